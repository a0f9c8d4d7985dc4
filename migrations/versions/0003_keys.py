"""Data keys, wrapped by the master key.

Revision ID: 0003_keys
Revises: 0002_trail
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_keys"
down_revision = "0002_trail"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_keys",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=True),
        sa.Column("master_id", sa.Text, nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
        ),
    )
    # One index key of each kind, however many processes ask for it first.
    op.create_index(
        "uq_data_keys_index_kind",
        "data_keys",
        ["kind"],
        unique=True,
        postgresql_where=sa.text("kind LIKE 'index:%'"),
    )


def downgrade() -> None:
    op.drop_table("data_keys")
