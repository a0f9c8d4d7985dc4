"""What boards count by: the stage of a step, charges of a case.

Only adds: code from before runs on with it, and what it writes has no stage of its own.

Revision ID: 0032_boards
Revises: 0031_rows
"""

from __future__ import annotations

from alembic import op

revision = "0032_boards"
down_revision = "0031_rows"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the indexes."""
    op.execute("""
        -- The element of the case's own drawing where it stands: the step itself or the call.
        ALTER TABLE tasks ADD COLUMN stage text;
        CREATE INDEX ix_tasks_open_case ON tasks (case_id, id)
            WHERE status = 'open' AND side IS NULL;
        CREATE INDEX ix_cases_charged ON cases (started_at)
            WHERE open_vars ? 'charges_total';
    """)


def downgrade() -> None:
    """Take them away."""
    op.execute("""
        DROP INDEX ix_cases_charged, ix_tasks_open_case;
        ALTER TABLE tasks DROP COLUMN stage;
    """)
