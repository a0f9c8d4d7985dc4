"""Why a person looks at the whole personal values of a case or a customer, once for each.

Revision ID: 0019_looks
Revises: 0018_watched
"""

from alembic import op

revision = "0019_looks"
down_revision = "0018_watched"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The words are sealed with the key of the case or customer."""
    op.execute("""
        CREATE TABLE looks (
            kind text NOT NULL,
            key text NOT NULL,
            person_id bigint NOT NULL,
            why text NOT NULL,
            words bytea,
            at timestamptz NOT NULL,
            CONSTRAINT pk_looks PRIMARY KEY (kind, key, person_id),
            CONSTRAINT ck_looks_kind CHECK (kind IN ('case', 'customer'))
        )
    """)


def downgrade() -> None:
    """Take it away."""
    op.execute("DROP TABLE looks")
