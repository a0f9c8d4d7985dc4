"""Reserved.

Revision ID: 0027_relief
Revises: 0026_acceptance
"""

from __future__ import annotations

revision = "0027_relief"
down_revision = "0026_acceptance"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
