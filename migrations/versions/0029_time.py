"""Reserved.

Revision ID: 0029_time
Revises: 0028_papers
"""

from __future__ import annotations

revision = "0029_time"
down_revision = "0028_papers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
