"""Reserved.

Revision ID: 0026_acceptance
Revises: 0025_stock
"""

from __future__ import annotations

revision = "0026_acceptance"
down_revision = "0025_stock"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
