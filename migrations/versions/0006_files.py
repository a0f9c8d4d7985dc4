"""Attachments and the cases they were named in.

Revision ID: 0006_files
Revises: 0005_settings
"""

from alembic import op

from migrations import roles

revision = "0006_files"
down_revision = "0005_settings"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE attachments (
    id uuid CONSTRAINT pk_attachments PRIMARY KEY,
    key_id uuid NOT NULL CONSTRAINT fk_attachments_key_id_data_keys REFERENCES data_keys,
    blob text NOT NULL CONSTRAINT uq_attachments_blob UNIQUE,
    sha256 text NOT NULL,
    type text NOT NULL CONSTRAINT ck_attachments_type
        CHECK (type IN ('image/jpeg', 'image/png', 'application/pdf')),
    size bigint NOT NULL,
    name bytea NOT NULL,
    uploaded_by bigint,
    uploaded_at timestamptz NOT NULL,
    superseded_by uuid CONSTRAINT fk_attachments_superseded_by_attachments REFERENCES attachments,
    chain_seq integer NOT NULL DEFAULT 0,
    chain_head bytea NOT NULL DEFAULT ''
);
CREATE INDEX ix_attachments_sha256 ON attachments (sha256);
CREATE TABLE attachment_cases (
    attachment_id uuid NOT NULL
        CONSTRAINT fk_attachment_cases_attachment_id_attachments REFERENCES attachments,
    case_number text NOT NULL,
    named_at timestamptz NOT NULL,
    CONSTRAINT pk_attachment_cases PRIMARY KEY (attachment_id, case_number)
);
CREATE INDEX ix_attachment_cases_case_number ON attachment_cases (case_number)
"""


def upgrade() -> None:
    """Make the tables; what was handed in is never deleted, not even by a fault of ours."""
    op.execute(TABLES)
    for table in ("attachments", "attachment_cases"):
        roles.revoke("DELETE, TRUNCATE", table, roles.application())


def downgrade() -> None:
    """Take the tables away."""
    op.execute("DROP TABLE attachment_cases, attachments")
