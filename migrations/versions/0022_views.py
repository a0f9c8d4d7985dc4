"""Views of the worklist that a person has named; lateness is told once for each task.

Revision ID: 0022_views
Revises: 0021_refunds
"""

from alembic import op

revision = "0022_views"
down_revision = "0021_refunds"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """``query``: tab and filters as the page's address has them."""
    op.execute("""
        CREATE TABLE views (
            id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_views PRIMARY KEY,
            person_id bigint NOT NULL,
            name text NOT NULL,
            query jsonb NOT NULL,
            CONSTRAINT uq_views_name UNIQUE (person_id, name)
        );
        CREATE INDEX ix_alerts_late ON alerts (task_id) WHERE kind IN ('late', 'escalated');
    """)


def downgrade() -> None:
    """Take them away."""
    op.execute("DROP INDEX ix_alerts_late; DROP TABLE views")
