"""Notices to customers and every attempt to deliver them.

Revision ID: 0010_notices
Revises: 0009_cases
"""

from alembic import op

revision = "0010_notices"
down_revision = "0009_cases"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE notices (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_notices PRIMARY KEY,
    key text NOT NULL CONSTRAINT uq_notices_key UNIQUE,
    key_id uuid NOT NULL CONSTRAINT fk_notices_key_id_data_keys REFERENCES data_keys,
    channel text NOT NULL CONSTRAINT ck_notices_channel
        CHECK (channel IN ('sms', 'email', 'phone', 'letter')),
    template text NOT NULL,
    case_number text,
    recipient bytea NOT NULL,
    body bytea NOT NULL,
    state text NOT NULL DEFAULT 'queued' CONSTRAINT ck_notices_state
        CHECK (state IN ('queued', 'sent', 'failed', 'letter')),
    instead_of bigint CONSTRAINT uq_notices_instead_of UNIQUE
        CONSTRAINT fk_notices_instead_of_notices REFERENCES notices,
    created_at timestamptz NOT NULL,
    chain_seq integer NOT NULL DEFAULT 0,
    chain_head bytea NOT NULL DEFAULT ''
);
CREATE INDEX ix_notices_case_number ON notices (case_number);
CREATE INDEX ix_notices_open ON notices (id) WHERE state IN ('queued', 'failed');
CREATE TABLE notice_attempts (
    notice_id bigint NOT NULL
        CONSTRAINT fk_notice_attempts_notice_id_notices REFERENCES notices,
    number integer NOT NULL,
    at timestamptz NOT NULL,
    by_login text NOT NULL,
    ok boolean NOT NULL,
    detail bytea NOT NULL,
    CONSTRAINT pk_notice_attempts PRIMARY KEY (notice_id, number)
)
"""


def upgrade() -> None:
    """Make the tables."""
    op.execute(TABLES)


def downgrade() -> None:
    """Take the tables away."""
    op.execute("DROP TABLE notice_attempts, notices")
