"""Run the migrations on a database."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

ROOT = Path(__file__).resolve().parent.parent


def upgrade(owner_url: str, app_url: str, auditor_url: str = "", to: str = "head") -> None:
    """Bring a database to the newest migration, or to the one named, as its owner."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes.update(owner_url=owner_url, app_url=app_url, auditor_url=auditor_url)
    command.upgrade(config, to)
