"""Until when a promised paper must come, and when its lateness was noted.

Revision ID: 0011_promised_papers
Revises: 0010_notices
"""

from alembic import op

revision = "0011_promised_papers"
down_revision = "0010_notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both columns; find the late ones without reading all papers."""
    op.execute("ALTER TABLE material ADD COLUMN due date, ADD COLUMN late_noted_at timestamptz")
    op.execute(
        "CREATE INDEX ix_material_promised ON material (due)"
        " WHERE superseded_at IS NULL AND due IS NOT NULL"
    )


def downgrade() -> None:
    """Take them away."""
    op.execute("DROP INDEX ix_material_promised")
    op.execute("ALTER TABLE material DROP COLUMN late_noted_at, DROP COLUMN due")
