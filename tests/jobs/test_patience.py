"""A job that hangs is given up and holds nothing; one that met no database goes on trying."""

from __future__ import annotations

from threading import Event
from typing import Any

import psycopg
import pytest
from flask import Flask
from procrastinate.jobs import Job

from app import cases, hangs
from app.cases.hold import hold_case
from app.db import db
from app.jobs.patience import Patience, TooLong, within
from app.work import SYSTEM, Work, command
from tests.cases.conftest import LIN, deploy
from tests.cases.test_path import ANSWERS


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A third of a second in all."""
    monkeypatch.setattr(hangs, "MORE", 0.3 - 60)


def test_what_hangs_is_given_up_and_holds_nothing(
    fresh: Flask, soon: None, caplog: pytest.LogCaptureFixture
) -> None:
    deploy()
    begun = cases.start("two_steps", {}, by=LIN)
    db.session.remove()
    let_go, came = Event(), Event()

    @command(right="system")
    def hang(work: Work) -> None:
        hold_case(work, begun.number)
        let_go.wait(20)
        came.set()

    with pytest.raises(TooLong, match="没有办完"):
        within(lambda: hang(by=SYSTEM))
    assert "let_go.wait(20)" in caplog.text, "the log says where"
    # The case is free although the function still hangs.
    cases.submit_task(begun.tasks[0].id, ANSWERS, by=LIN)
    assert not came.is_set()
    let_go.set()
    assert came.wait(5)


def test_what_an_act_gives_or_raises_comes_through(app: Flask) -> None:
    assert within(lambda: 7) == 7
    with pytest.raises(TimeoutError, match="its own"):
        within(_own)


def _own() -> Any:
    raise TimeoutError("its own")


@pytest.mark.parametrize(
    ("error", "again"),
    [(psycopg.OperationalError(), True), (psycopg.errors.DiskFull(), True), (ValueError(), False)],
)
def test_attempts_that_the_database_has_spoilt_have_no_end(error: Exception, again: bool) -> None:
    job = Job(id=1, queue="default", lock=None, queueing_lock=None, task_name="x", attempts=99)
    decision = Patience(max_attempts=3).get_retry_decision(exception=error, job=job)
    assert (decision is not None) == again
