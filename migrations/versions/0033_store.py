"""When a meter was verified last; what a case keeps is found at once when the case ends.

Only adds: code from before runs on with it.

Revision ID: 0033_store
Revises: 0032_boards
"""

from __future__ import annotations

from alembic import op

revision = "0033_store"
down_revision = "0032_boards"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the indexes."""
    op.execute("""
        ALTER TABLE meter ADD COLUMN verified_on date;
        CREATE INDEX ix_meter_held ON meter (held_by) WHERE held_by IS NOT NULL;
        CREATE INDEX ix_seal_held ON seal (held_by) WHERE held_by IS NOT NULL;
    """)


def downgrade() -> None:
    """Take them away."""
    op.execute("""
        DROP INDEX ix_seal_held, ix_meter_held;
        ALTER TABLE meter DROP COLUMN verified_on;
    """)
