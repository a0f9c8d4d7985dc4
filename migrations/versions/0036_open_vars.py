"""Cases by what was entered in them.

Revision ID: 0036_open_vars
Revises: 0035_scale
"""

from __future__ import annotations

from alembic import op

from migrations import indexes

revision = "0036_open_vars"
down_revision = "0035_scale"
branch_labels = None
depends_on = None
phase = "expand"


def upgrade() -> None:
    """Make the index; cases go on being written meanwhile."""
    indexes.create(
        "ix_cases_open_vars",
        "ON cases USING gin (open_vars jsonb_path_ops) WITH (fastupdate = off)",
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP INDEX ix_cases_open_vars")
