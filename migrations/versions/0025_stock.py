"""Reserved.

Revision ID: 0025_stock
Revises: 0024_connection
"""

from __future__ import annotations

revision = "0025_stock"
down_revision = "0024_connection"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
