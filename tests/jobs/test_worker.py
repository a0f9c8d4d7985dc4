"""The worker with a real queue: due timers, outside calls, what was rolled back or killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from app import cases
from app.db import db, raw
from app.errors import Refused
from app.jobs import run_worker, tasks
from app.jobs.tasks import TIMER
from app.queue import enqueue
from app.work import now
from tests.cases import parts
from tests.cases.conftest import LIN, deploy

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def real(fresh: Flask) -> Flask:
    deploy()
    return fresh


def work_off() -> None:
    """Run all jobs that are ready."""
    db.session.remove()
    asyncio.run(run_worker(wait=False))


def environment(real: Flask) -> dict[str, str]:
    """Of a process of its own on the same database."""
    settings = real.config["SETTINGS"]
    given = {
        "DATABASE_URL": settings.database_url,
        "VAR": str(settings.var),
        "SECRET_KEY": "x" * 40,
        "PYTHONPATH": str(ROOT),
        "DEMO": "1",
    }
    return {**os.environ, **given}


def test_an_outside_call_is_made_after_the_commit(real: Flask) -> None:
    begun = cases.start("outside", {}, by=LIN)
    assert parts.CALLED == []
    work_off()
    assert len(parts.CALLED) == 1
    assert [t.name for t in cases.case(LIN, begun.number).tasks] == ["之后"]


def test_a_due_timer_becomes_a_job(real: Flask) -> None:
    earlier = now() - timedelta(hours=1)
    begun = cases.start("timed", {}, by=LIN, at=earlier)
    assert cases.queue_due_timers(by=TIMER) == 1
    work_off()
    assert f"urge {begun.number}" in parts.CALLED
    assert [t.status for t in cases.case(LIN, begun.number).tasks] == ["open"]


def test_a_job_leads_to_other_jobs(real: Flask) -> None:
    begun = cases.start("timed", {}, by=LIN, at=now() - timedelta(hours=1))
    tasks.queue.configure_task("tick", connection=raw()).defer(timestamp=0)
    db.session.connection().connection.driver_connection.commit()
    work_off()
    work_off()
    assert f"urge {begun.number}" in parts.CALLED


def test_killed_before_the_commit_leaves_neither_case_nor_job(real: Flask) -> None:
    script = textwrap.dedent("""
        import os, signal
        from app import cases, create_app
        from tests.cases import parts
        from tests.cases.conftest import LIN
        from app.work import Work
        app = create_app()
        cases.install(parts.FUNCTIONS)
        Work._finish = lambda self: os.kill(os.getpid(), signal.SIGKILL)
        with app.app_context():
            cases.start("outside", {}, by=LIN)
    """)
    died = subprocess.run([sys.executable, "-c", script], env=environment(real), cwd=ROOT)
    assert died.returncode == -signal.SIGKILL
    counted = "SELECT (SELECT count(*) FROM cases), (SELECT count(*) FROM procrastinate_jobs)"
    assert raw().execute(counted).fetchone() == (0, 0)
    cases.start("outside", {}, by=LIN)
    db.session.rollback()
    assert raw().execute(counted).fetchone() == (1, 1)


def test_a_call_that_fails_for_good_is_an_incident(real: Flask) -> None:
    begun = cases.start("outside", {}, by=LIN)
    parts.BROKEN.add("sms")
    # As if it had been tried before: the next attempt is the last.
    raw().execute("UPDATE procrastinate_jobs SET attempts = 4")
    db.session.connection().connection.driver_connection.commit()  # the queue's row, not ours
    work_off()
    page = cases.case(LIN, begun.number)
    assert page.state == "failed"
    assert page.incidents[0][3] == "ConnectionError"


def test_nothing_starts_while_open_cases_need_a_service_that_is_gone(real: Flask) -> None:
    begun = cases.start("timed", {}, by=LIN)
    db.session.commit()
    cases.install([f for f in parts.FUNCTIONS if f is not parts.urge])
    with pytest.raises(Refused, match=f"parts.urge.*{begun.number}"):
        asyncio.run(run_worker(wait=False))
    for command in ("worker", "prepare"):
        answer = real.test_cli_runner().invoke(args=[command])
        assert answer.exit_code == 1
        assert "parts.urge" in answer.output
    cases.install(parts.FUNCTIONS)
    cases.withdraw(begun.number, "不办了", by=LIN)
    cases.install([f for f in parts.FUNCTIONS if f is not parts.urge])
    cases.need_services()


def test_a_job_of_a_killed_worker_is_given_out_again(real: Flask) -> None:
    begun = cases.start("outside", {}, by=LIN)
    db.session.commit()
    script = textwrap.dedent("""
        import asyncio, os, signal
        from app import cases, create_app
        from tests.cases import parts
        from app.jobs import run_worker, tasks
        app = create_app()
        cases.install(parts.FUNCTIONS)
        cases.clockwork._asked = lambda work, call: os.kill(os.getpid(), signal.SIGKILL)
        with app.app_context():
            asyncio.run(run_worker(wait=False))
    """)
    died = subprocess.run([sys.executable, "-c", script], env=environment(real), cwd=ROOT)
    assert died.returncode == -signal.SIGKILL
    jobs = "SELECT status FROM procrastinate_jobs WHERE task_name = 'call_outside'"
    assert raw().execute(jobs).fetchone() == ("doing",)
    # As if its last sign of life were long ago.
    raw().execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    raw().execute("DELETE FROM procrastinate_jobs WHERE task_name = 'rescue' AND status = 'todo'")
    tasks.queue.configure_task("rescue", connection=raw()).defer(timestamp=0)
    db.session.connection().connection.driver_connection.commit()
    work_off()
    work_off()
    assert len(parts.CALLED) == 1
    assert [t.name for t in cases.case(LIN, begun.number).tasks] == ["之后"]


def test_a_job_of_a_newer_release_is_left_to_its_workers(real: Flask) -> None:
    with db.session.begin():
        enqueue("of_the_next_release", case_number="GH20260302-0001")
    work_off()
    jobs = "SELECT status::text, attempts FROM procrastinate_jobs WHERE task_name = %s"
    assert raw().execute(jobs, ["of_the_next_release"]).fetchall() == [("todo", 0)]


def test_jobs_of_an_older_release_are_taken(real: Flask) -> None:
    begun = cases.start("outside", {}, by=LIN)
    raw().execute("UPDATE procrastinate_jobs SET queue_name = 'default'")
    db.session.connection().connection.driver_connection.commit()  # the queue's row, not ours
    work_off()
    assert [t.name for t in cases.case(LIN, begun.number).tasks] == ["之后"]


@pytest.mark.parametrize(("name", "seconds"), [("tick", 1), ("rescue", 10), ("queue_receipts", 15)])
def test_what_comes_by_itself_comes_as_often_as_it_says(name: str, seconds: int) -> None:
    """Through an hour and without a gap."""
    clock = tasks.queue.periodic_registry.periodic_tasks[name, ""].croniter
    clock.set_current(0)
    moments = [clock.get_next(float) for _ in range(3600 // seconds)]
    assert moments == [n * seconds for n in range(1, 3600 // seconds + 1)]
