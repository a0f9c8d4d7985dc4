"""Reserved.

Revision ID: 0028_papers
Revises: 0027_relief
"""

from __future__ import annotations

revision = "0028_papers"
down_revision = "0027_relief"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""
