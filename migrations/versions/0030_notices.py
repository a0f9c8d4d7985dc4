"""Notices by templates, with receipts, letters that are posted and come back, and a way out.

Revision ID: 0030_notices
Revises: 0029_time
"""

from __future__ import annotations

from alembic import op

revision = "0030_notices"
down_revision = "0029_time"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what a notice keeps, its files, and the templates that were changed."""
    op.execute("""
        ALTER TABLE notices
            ADD COLUMN subject bytea,
            ADD COLUMN given bytea,
            ADD COLUMN address bytea,
            ADD COLUMN version integer NOT NULL DEFAULT 0,
            ADD COLUMN tell text,
            ADD COLUMN attach text NOT NULL DEFAULT '',
            ADD COLUMN sending_at timestamptz,
            ADD COLUMN receipt text,
            ADD COLUMN looks integer NOT NULL DEFAULT 0,
            ADD COLUMN look_at timestamptz;
        ALTER TABLE notices DROP CONSTRAINT ck_notices_state;
        ALTER TABLE notices ADD CONSTRAINT ck_notices_state CHECK
            (state IN ('queued', 'sent', 'failed', 'letter', 'handed', 'lost', 'returned'));
        CREATE INDEX ix_notices_look_at ON notices (look_at) WHERE state = 'handed';
        CREATE INDEX ix_notices_letters ON notices (id)
            WHERE channel = 'letter' AND state IN ('queued', 'failed');
        CREATE TABLE notice_files (
            notice_id bigint NOT NULL CONSTRAINT fk_notice_files_notice_id_notices
                REFERENCES notices,
            number integer NOT NULL,
            name text NOT NULL,
            body bytea NOT NULL,
            CONSTRAINT pk_notice_files PRIMARY KEY (notice_id, number)
        );
        CREATE TABLE notice_templates (
            name text CONSTRAINT pk_notice_templates PRIMARY KEY,
            version integer NOT NULL,
            title text NOT NULL,
            places json NOT NULL,
            body json NOT NULL,
            changed_at timestamptz NOT NULL,
            changed_by text NOT NULL,
            chain_seq integer NOT NULL DEFAULT 0,
            chain_head bytea NOT NULL DEFAULT ''
        );
    """)


def downgrade() -> None:
    """Take them away; what the states of before cannot say is told as they could."""
    op.execute("""
        DROP TABLE notice_templates;
        DROP TABLE notice_files;
        DROP INDEX ix_notices_letters;
        DROP INDEX ix_notices_look_at;
        UPDATE notices SET state = CASE state WHEN 'handed' THEN 'sent' ELSE 'failed' END
            WHERE state IN ('handed', 'lost', 'returned');
        ALTER TABLE notices DROP CONSTRAINT ck_notices_state;
        ALTER TABLE notices ADD CONSTRAINT ck_notices_state CHECK
            (state IN ('queued', 'sent', 'failed', 'letter'));
        ALTER TABLE notices
            DROP COLUMN subject, DROP COLUMN given, DROP COLUMN address, DROP COLUMN version,
            DROP COLUMN tell, DROP COLUMN sending_at, DROP COLUMN receipt, DROP COLUMN looks,
            DROP COLUMN look_at,
            DROP COLUMN attach;
    """)
