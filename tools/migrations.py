"""Run the migrations on a database."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "migrations"


def upgrade(
    owner_url: str, app_url: str, auditor_url: str = "", to: str = "head", folder: Path = FOLDER
) -> None:
    """Bring a database to the newest migration, or to the one named, as its owner."""
    config = _config(folder)
    config.attributes.update(owner_url=owner_url, app_url=app_url, auditor_url=auditor_url)
    command.upgrade(config, to)


def last_expanding(owner_url: str, folder: Path = FOLDER) -> str:
    """The newest migration that the release before can live with: all that wait up to the first
    that takes something away."""
    script = ScriptDirectory.from_config(_config(folder))
    here = _stands_at(owner_url)
    waiting = reversed(list(script.iterate_revisions("head", here or "base")))
    expanding = takewhile(lambda one: phase(one.module) == "expand", waiting)
    return [here or "base", *(one.revision for one in expanding)][-1]


def phase(module: object) -> str:
    """``expand`` or ``contract``, as a migration says of itself (docs/scale.md)."""
    return str(getattr(module, "phase", "expand"))


def _config(folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder))
    return config


def _stands_at(owner_url: str) -> str | None:
    with psycopg.connect(owner_url) as connection:
        known = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
        if known != (True,):
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None
