"""Who a person is at the house's own provider, and how a session was opened.

Revision ID: 0020_single_sign_on
Revises: 0019_looks
"""

from alembic import op

revision = "0020_single_sign_on"
down_revision = "0019_looks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """``subject``: issuer and sub, which alone stay the same for good."""
    op.execute("""
        ALTER TABLE persons ADD COLUMN subject text CONSTRAINT uq_persons_subject UNIQUE;
        ALTER TABLE sessions ADD COLUMN by_provider boolean NOT NULL DEFAULT false;
    """)


def downgrade() -> None:
    """Take them away."""
    op.execute("""
        ALTER TABLE sessions DROP COLUMN by_provider;
        ALTER TABLE persons DROP COLUMN subject;
    """)
