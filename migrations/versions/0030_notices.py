"""Reserved.

Revision ID: 0030_notices
Revises: 0029_time
"""

from __future__ import annotations

revision = "0030_notices"
down_revision = "0029_time"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
