"""Open tasks in the order of a worklist, and cases by any part of their address.

The index that it takes the place of goes with it: code from before sorts without one meanwhile.

Revision ID: 0035_scale
Revises: 0034_ended
"""

from __future__ import annotations

from alembic import op

revision = "0035_scale"
down_revision = "0034_ended"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes."""
    op.execute("""
        CREATE INDEX ix_tasks_urgent
            ON tasks ((coalesce(due_at, 'infinity'::timestamptz)), id) WHERE status = 'open';
        DROP INDEX ix_tasks_due;
        CREATE INDEX ix_cases_address_pairs ON cases USING gin (address_pairs(address))
            WITH (fastupdate = off);
    """)


def downgrade() -> None:
    """Make the old one again."""
    op.execute("""
        DROP INDEX ix_tasks_urgent, ix_cases_address_pairs;
        CREATE INDEX ix_tasks_due ON tasks (due_at, id) WHERE status = 'open';
    """)
