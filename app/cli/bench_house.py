"""An installation for a bench: a database server of its own, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import psycopg
from flask import Flask

from app import config, definitions, people
from app import settings as room_settings
from app.config import ROOT
from app.db import db
from app.registry import demo
from app.work import SYSTEM, Work, command
from tools import migrations
from tools.postgres import Cluster

# The name of the installation that ``bench fill`` leaves.
KEPT = "fill"


@contextlib.contextmanager
def installation(
    keep: str | None = None, *, anew: bool = False
) -> Iterator[tuple[dict[str, str], int]]:
    """A server of its own with one migrated database, and its process; gone afterwards.

    ``keep``: it stays under var/ by this name for another command, until it is asked for ``anew``.
    """
    with house(keep, anew=anew) as (cluster, var, server):
        yield installed(cluster, var, "bench"), server


@contextlib.contextmanager
def house(keep: str | None = None, *, anew: bool = False) -> Iterator[tuple[Cluster, Path, int]]:
    """A server of its own with no database yet, a folder beside it, and the server's process."""
    with contextlib.ExitStack() as closing:
        var = ROOT / "var" / f"bench-{keep}" if keep else Path(
            closing.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))
        )  # fmt: skip
        cluster = Cluster(ROOT, var, f"bench-{keep or os.getpid()}")
        if anew:
            subprocess.run(["rm", "-rf", str(cluster.home), str(var)], check=True)
        server = cluster.start()
        if server is None:
            raise click.ClickException("另一个测量命令正在使用这个数据库：请等它结束。")
        if not keep:
            closing.callback(subprocess.run, ["rm", "-rf", str(cluster.home)], check=False)
        closing.callback(cluster.stop, server)
        cluster.ensure_roles()
        yield cluster, var, server.pid


def installed(cluster: Cluster, var: Path, name: str) -> dict[str, str]:
    """Make a migrated database; gives the environment of an installation on it."""
    cluster.ensure_database(name)
    environment = cluster.environment(name)
    migrations.upgrade(
        environment["DATABASE_OWNER_URL"],
        environment["DATABASE_URL"],
        environment["DATABASE_AUDITOR_URL"],
    )
    more = {"SECRET_KEY": "b" * 40, "PASSWORD_EFFORT": "low", "DEMO": "1"}
    return {**environment, "VAR": str(var), **more}


@contextlib.contextmanager
def opened(environment: dict[str, str]) -> Iterator[Flask]:
    """An application on the installation; what it holds of the database is given back."""
    from app import create_app  # the factory imports the benches

    application = create_app(config.read(environment))
    with application.app_context():
        try:
            yield application
        finally:
            db.session.remove()
            db.engine.dispose()


def city(environment: dict[str, str], accounts: int, password: str) -> None:
    """Furnish the installation and let so many accounts settle in it."""
    staff(password)
    done = definitions.deploy(ROOT, by=SYSTEM)
    assert not done.refused, done.findings
    todo = demo.plans(accounts, 1)
    # As many at a time as one command can number.
    for first in range(0, len(todo), demo.MOST):
        _grow(todo[first : first + demo.MOST], by=SYSTEM)
    learn(environment)


def learn(environment: dict[str, str]) -> None:
    """Let the planner know what is there; the application's own role may not."""
    db.session.remove()
    with psycopg.connect(environment["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")


def staff(password: str) -> None:
    """Groups, settings and branches, and the people of the demo with one password."""
    people.ensure_groups(by=SYSTEM)
    room_settings.ensure_defaults(by=SYSTEM)
    _cast(password, by=SYSTEM)


@command(right="system")
def _cast(work: Work, password: str) -> None:
    people.demo_cast(work, password)
    room_settings.demo_branches(work)


@command(right="system")
def _grow(work: Work, todo: list[demo.Plan]) -> None:
    demo.grow(work, todo)
