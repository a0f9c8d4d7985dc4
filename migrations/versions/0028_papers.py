"""Papers: what a scanner said of a file, thumbnails, the two moments of a promise, where shared
data come from.

Revision ID: 0028_papers
Revises: 0027_relief
"""

from __future__ import annotations

from alembic import op

revision = "0028_papers"
down_revision = "0027_relief"
branch_labels = None
depends_on = None

FILES = """
ALTER TABLE attachments
    ADD COLUMN scan text NOT NULL DEFAULT 'off' CONSTRAINT ck_attachments_scan
        CHECK (scan IN ('off', 'clean', 'skipped', 'infected'));
CREATE INDEX ix_attachments_unscanned ON attachments (uploaded_at) WHERE scan = 'skipped';
CREATE INDEX ix_attachments_superseded_by ON attachments (superseded_by)
    WHERE superseded_by IS NOT NULL;
CREATE TABLE attachment_pictures (
    attachment_id uuid CONSTRAINT pk_attachment_pictures PRIMARY KEY
        CONSTRAINT fk_attachment_pictures_attachment_id_attachments REFERENCES attachments,
    blob text,
    pages integer,
    fault text CONSTRAINT ck_attachment_pictures_fault CHECK (fault IN ('broken', 'too_large')),
    made_at timestamptz NOT NULL
)
"""
# remind_at: on the day until which the paper was promised, at the opening; late_at: the day after,
# at its first moment. Both stand for the row while it is the current one of its kind.
PROMISES = """
ALTER TABLE material
    ADD COLUMN source text,
    ADD COLUMN remind_at timestamptz,
    ADD COLUMN late_at timestamptz,
    ADD COLUMN reminded_at timestamptz;
UPDATE material SET remind_at = (due + time '08:30') AT TIME ZONE 'Asia/Shanghai',
    late_at = (due + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'
    WHERE due IS NOT NULL;
CREATE INDEX ix_material_remind_at ON material (remind_at)
    WHERE superseded_at IS NULL AND reminded_at IS NULL AND late_noted_at IS NULL;
CREATE INDEX ix_material_late_at ON material (late_at)
    WHERE superseded_at IS NULL AND late_noted_at IS NULL
"""


def upgrade() -> None:
    """Add them; what was promised before gets its moments, too."""
    op.execute(FILES)
    op.execute(PROMISES)


def downgrade() -> None:
    """Take them away; the files themselves stay."""
    op.execute("""
        ALTER TABLE material DROP COLUMN source, DROP COLUMN remind_at, DROP COLUMN late_at,
            DROP COLUMN reminded_at;
        DROP TABLE attachment_pictures;
        DROP INDEX ix_attachments_superseded_by;
        ALTER TABLE attachments DROP COLUMN scan;
    """)
