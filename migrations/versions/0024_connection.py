"""Reserved.

Revision ID: 0024_connection
Revises: 0023_events
"""

from __future__ import annotations

revision = "0024_connection"
down_revision = "0023_events"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
