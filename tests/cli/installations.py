"""Installations with real commits for the commands of backup: one at work, and bare ones."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
from flask import Flask

from app import attachments, cases, config, create_app
from app import settings as values
from app.cli import backup_bring
from app.db import db, raw
from app.registry import demo
from app.work import Work, command
from tests.conftest import ROOT
from tests.procedures.steps import NEW_OWNER
from tests.procedures.visit import CLERK, PLAIN
from tests.test_leaks import NAME, NUMBER, PHONE
from tools.postgres import Cluster

FLASK = str(ROOT / ".venv" / "bin" / "flask")
# Of nobody, and new in each run: what must not be found in clear.
PERSON = {**NEW_OWNER, "new_name": NAME, "new_id_no": NUMBER, "new_phone": PHONE}
FREE = """
SELECT account_no FROM account a WHERE state = 'normal' AND account_no <> ALL(%s)
AND NOT EXISTS (SELECT FROM account_lock l WHERE l.account_no = a.account_no) ORDER BY 1
"""
PNG = b"\x89PNG\r\n\x1a\n" + NAME.encode() * 9 + b"\0\0\0\0IEND\xaeB`\x82"


@dataclass(frozen=True)
class Land:
    """Where an installation stands or will stand: a database and a folder."""

    cluster: Cluster
    database: str
    var: Path
    more: dict[str, str]

    @property
    def env(self) -> dict[str, str]:
        """What its commands are started with."""
        return {
            **os.environ, **self.cluster.environment(self.database), "VAR": str(self.var),
            "DEMO": "1", "SECRET_KEY": "only-for-tests", "PASSWORD_EFFORT": "low",
            "FLASK_APP": "wsgi:app", "FEEL_TIMEOUT_MS": "2000", **self.more,
        }  # fmt: skip

    def start(self, *words: object) -> subprocess.Popen[str]:
        """A command of the shell, going on."""
        return subprocess.Popen(
            [FLASK, *map(str, words)], cwd=ROOT, env=self.env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def flask(self, *words: object, code: int = 0) -> str:
        """A command of the shell that ends with that code; gives what it says."""
        with self.start(*words) as process:
            said, faults = process.communicate(timeout=120)
        assert process.returncode == code, (process.returncode, said, faults)
        return said if code != 2 else faults

    def typed(self, *words: object, code: int = 0) -> str:
        """The same within this process, which is quicker."""
        with entered(self) as application:
            done = application.test_cli_runner().invoke(args=[str(word) for word in words])
        assert done.exit_code == code, (done.exit_code, done.output, done.exception)
        return done.stdout if code != 2 else done.stderr

    def json(self, *words: object, code: int = 0) -> dict[str, Any]:
        """The same as JSON."""
        found: dict[str, Any] = json.loads(self.typed(*words, "--json", code=code))
        return found

    @property
    def settings(self) -> config.Settings:
        """The same for this process."""
        return config.read({**self.env, "FLASK_APP": ""})


@contextmanager
def entered(land: Land) -> Iterator[Flask]:
    """This process as a part of that installation."""
    before = config.settings()
    application = create_app(land.settings)
    values.forget()
    try:
        with application.app_context():
            try:
                yield application
            finally:
                db.session.remove()
                for engine in db.engines.values():
                    engine.dispose()
    finally:
        config.install(before)
        values.forget()


@contextmanager
def bare(cluster: Cluster, var: Path, **more: str) -> Iterator[Land]:
    """A database with nothing in it, gone afterwards."""
    name = f"test_{os.getpid()}_{secrets.token_hex(4)}"
    cluster.ensure_database(name)
    try:
        yield Land(cluster, name, var, more)
    finally:
        cluster.drop_database(name)


@command
def name_it(work: Work, file_id: str, case: str) -> None:
    attachments.name_in_case(work, [file_id], case)


def take_in(account: str) -> str:
    """受理 of one transfer, with a photo; gives the case's number."""
    moved = cases.start("meter_transfer", {"account_no": account}, by=CLERK)
    photo = attachments.upload(BytesIO(PNG), f"{NAME}.png", by=CLERK)
    name_it(photo.id, moved.number, by=CLERK)
    cases.submit_task(moved.tasks[0].id, {**PLAIN, **PERSON}, by=CLERK)
    return moved.number


class Clerk(Thread):
    """A clerk who goes on working, one account after the other, until it is over."""

    def __init__(self, application: Flask, accounts: list[str]) -> None:
        super().__init__()
        self.application, self.accounts = application, accounts
        self.over, self.numbers = Event(), list[str]()
        self.failed: Exception | None = None

    def run(self) -> None:
        with self.application.app_context():
            try:
                while not self.over.is_set() and self.accounts:
                    self.numbers.append(take_in(self.accounts.pop()))
            except Exception as error:
                self.failed = error
            finally:
                db.session.remove()


@dataclass(frozen=True)
class House:
    """An installation at work, a backup of it, and what the command said."""

    land: Land
    out: Path
    said: dict[str, Any]
    done: list[str]

    @property
    def key(self) -> Path:
        """The master key, kept apart."""
        return self.land.var / "secrets" / "master.key"


def free_accounts() -> list[str]:
    """Accounts that nobody waits for."""
    return [no for (no,) in raw().execute(FREE, [list(demo.KNOWN.values())])]


def tables(land: Land) -> int:
    with psycopg.connect(land.settings.database_owner_url) as owner:
        row = owner.execute(backup_bring.EMPTY).fetchone()
    assert row
    return int(row[0])


def files(land: Land) -> list[str]:
    return [one.name for one in (land.var / "files").rglob("*") if one.is_file()]


def untouched(land: Land) -> bool:
    return tables(land) == 0 and files(land) == [] and not (land.var / "secrets").exists()
