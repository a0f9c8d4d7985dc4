"""A line to the database that breaks: before, in the middle, and while it is being saved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from app import audit, cases, config, create_app, people, work
from app import settings as values
from app.db import db, raw
from app.errors import Busy, Unavailable, Unsure
from tests.cases import parts
from tests.cases.conftest import LIN, deploy
from tests.cases.test_path import ANSWERS
from tests.chaos.proxy import Proxy
from tools.postgres import Cluster

ALL = """
    SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass
class Line:
    """An application whose way to the database can be cut, and the superuser's own way."""

    app: Flask
    proxy: Proxy
    admin: str

    def end_all(self) -> None:
        """The server ends every session of the application."""
        with psycopg.connect(self.admin, autocommit=True) as admin:
            row = admin.execute(ALL).fetchone()
        assert row
        assert row[0] >= 1


@pytest.fixture
def line(fresh: Flask, cluster: Cluster, tmp_path: Path) -> Iterator[Line]:
    deploy()
    settings = config.settings()
    database = settings.database_url.rpartition("/")[2].partition("?")[0]
    proxy = Proxy(tmp_path / "line", cluster.run)
    cut = config.read({
        "DATABASE_URL": proxy.url(settings.database_url), "VAR": str(settings.var), "DEMO": "1",
        "SECRET_KEY": "only-for-tests", "PASSWORD_EFFORT": "low", "DATABASE_TIMEOUT": "2",
        "FEEL_TIMEOUT_MS": "2000",
    })  # fmt: skip
    db.session.remove()
    application = create_app(cut)
    values.forget()
    cases.install(parts.FUNCTIONS)  # the factory has installed those of the procedures
    with application.app_context():
        # The first case of all makes the keys that names and requests are hashed under.
        first = cases.start("two_steps", {}, key="k-0", by=LIN)
        cases.submit_task(first.tasks[0].id, ANSWERS, by=LIN)
        yield Line(application, proxy, cluster.url("postgres", database))
        db.session.remove()
        db.engine.dispose()
    config.install(settings)
    proxy.close()


def entries(number: str, action: str) -> int:
    return sum(e.action == action for e in cases.trail(work.SYSTEM, number))


def test_a_line_that_the_server_closed_while_idle_is_never_used(line: Line) -> None:
    begun = cases.start("two_steps", {}, by=LIN)
    db.session.remove()
    line.end_all()
    # No command is needed for it: reading has no second try.
    assert raw().execute("SELECT 1").fetchone() == (1,)
    db.session.remove()
    cases.submit_task(begun.tasks[0].id, ANSWERS, by=LIN)
    assert entries(begun.number, "task:complete") == 1


def test_a_command_whose_line_breaks_in_the_middle_is_done_once(line: Line) -> None:
    begun = cases.start("two_steps", {}, by=LIN)
    # The session has its line already when the command begins.
    raw().execute("SELECT 1")
    line.end_all()
    cases.submit_task(begun.tasks[0].id, ANSWERS, by=LIN)
    assert entries(begun.number, "task:complete") == 1


@pytest.mark.parametrize("cut", ["answers_lost", "commits_lost"])
def test_with_a_key_it_is_done_once_wherever_its_commit_was_cut(line: Line, cut: str) -> None:
    begun = cases.start("two_steps", {}, by=LIN)
    setattr(line.proxy, cut, 1)
    moved = cases.submit_task(begun.tasks[0].id, ANSWERS, key="k-1", by=LIN)
    assert line.proxy.cut == 1
    assert moved.repeated == (cut == "answers_lost")
    assert [t.element for t in moved.tasks] == ["review"]
    assert entries(begun.number, "task:complete") == 1
    again = cases.submit_task(begun.tasks[0].id, ANSWERS, key="k-1", by=LIN)
    assert again.repeated
    assert audit.verify().findings == []


@pytest.mark.parametrize(("cut", "done"), [("answers_lost", 1), ("commits_lost", 0)])
def test_without_a_key_nobody_pretends_to_know(line: Line, cut: str, done: int) -> None:
    begun = cases.start("two_steps", {}, by=LIN)
    setattr(line.proxy, cut, 1)
    with pytest.raises(Unsure, match="不能确定是否已经办成"):
        cases.submit_task(begun.tasks[0].id, ANSWERS, by=LIN)
    assert entries(begun.number, "task:complete") == done


def test_the_api_says_503_with_the_time_to_wait_and_then_goes_on(line: Line) -> None:
    begun = cases.start("two_steps", {}, by=LIN)
    cases.release(begun.tasks[0].id, by=LIN)
    token = a_token()
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k-2"}
    client = line.app.test_client()

    def complete() -> Any:
        path = f"/api/v1/tasks/{begun.tasks[0].id}/complete"
        return asked(client.post, path, json={"answers": ANSWERS}, headers=headers)

    assert asked(client.get, "/api/v1/tasks", headers=headers).status_code == 200
    line.proxy.commits_lost = 2
    broken = complete()
    assert line.proxy.commits_lost == 0
    assert (broken.status_code, broken.headers["Retry-After"]) == (503, "2")
    assert broken.json["title"] == "暂时不能办理"
    behind, line.proxy.behind = line.proxy.behind, Path("/nonexistent")
    line.proxy.cut_all()
    gone = complete()
    assert gone.status_code == 503
    assert "数据库暂时连接不上" in gone.json["detail"]
    assert asked(client.get, "/healthz").status_code == 503
    line.proxy.behind = behind

    done = complete()
    assert done.status_code == 200
    assert entries(begun.number, "task:complete") == 1


def asked(ask: Any, *args: Any, **options: Any) -> Any:
    """A request ends with its session; here it borrows that of the test."""
    try:
        return ask(*args, **options)
    finally:
        db.session.remove()


def a_token() -> str:
    people.ensure_groups(by=work.SYSTEM)
    _hire(by=work.SYSTEM)
    return people.issue_token("linqi", by=work.SYSTEM)


@work.command
def _hire(running: work.Work) -> None:
    people.demo_cast(running, "tao-li-bu-yan-10")


def test_who_waits_too_long_for_a_case_is_told_and_what_hangs_gives_way(line: Line) -> None:
    begun = cases.start("two_steps", {}, by=LIN)
    db.session.remove()
    with line.app.app_context():
        # Somebody holds the case and does nothing.
        raw().execute("SELECT FROM cases WHERE number = %s FOR UPDATE", [begun.number])
        with line.app.app_context():
            with pytest.raises((sa.exc.DBAPIError, psycopg.Error)) as told:
                cases.submit_task(begun.tasks[0].id, ANSWERS, by=LIN)
            assert isinstance(work.outage(told.value), Busy)
            while True:
                try:
                    cases.submit_task(begun.tasks[0].id, ANSWERS, by=LIN)
                    break
                except psycopg.errors.LockNotAvailable:
                    continue
            db.session.remove()
        with pytest.raises((sa.exc.DBAPIError, psycopg.Error)) as told:
            raw().execute("SELECT 1")
        assert isinstance(work.outage(told.value), Unavailable)
        db.session.remove()
    assert entries(begun.number, "task:complete") == 1
