"""Reserved.

Revision ID: 0031_rows
Revises: 0030_notices
"""

from __future__ import annotations

revision = "0031_rows"
down_revision = "0030_notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
