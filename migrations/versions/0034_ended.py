"""Cases that ended in some days, found by when they did.

Only adds: code from before runs on with it.

Revision ID: 0034_ended
Revises: 0033_store
"""

from __future__ import annotations

from alembic import op

revision = "0034_ended"
down_revision = "0033_store"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.execute("CREATE INDEX ix_cases_ended ON cases (ended_at) WHERE status = 'ended'")


def downgrade() -> None:
    """Take it away."""
    op.execute("DROP INDEX ix_cases_ended")
