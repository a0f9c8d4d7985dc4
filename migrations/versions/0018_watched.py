"""What auditors leaf through, newest first: refused attempts and looks at personal data.

Revision ID: 0018_watched
Revises: 0017_staff
"""

from alembic import op

revision = "0018_watched"
down_revision = "0017_staff"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A small index over the few entries that are watched."""
    op.execute("""
        CREATE INDEX ix_trail_watched ON trail (action, at)
        WHERE action IN ('attempt:refused', 'case:look', 'customer:look')
    """)


def downgrade() -> None:
    """Take it away."""
    op.execute("DROP INDEX ix_trail_watched")
