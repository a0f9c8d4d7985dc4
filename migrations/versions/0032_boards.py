"""Reserved.

Revision ID: 0032_boards
Revises: 0031_rows
"""

from __future__ import annotations

revision = "0032_boards"
down_revision = "0031_rows"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
