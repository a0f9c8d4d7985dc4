"""Events of many at once, on real connections and with the worker: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask

from app import audit, cases
from app.db import db, raw
from app.jobs import run_worker
from app.jobs.tasks import TIMER
from app.work import SYSTEM, now
from tests.cases import parts
from tests.cases.conftest import EVENTS, LIN, clerk, deploy
from tests.cases.test_races import together

ADMIN = clerk(190, "祁明远", "admin")
ROUNDS = 40
READY = """
    SELECT count(*) FROM procrastinate_jobs
    WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()
"""


@pytest.fixture
def real(fresh: Flask) -> Flask:
    deploy(EVENTS)
    db.session.remove()
    return fresh


def work_off() -> None:
    """Run all jobs that are ready, and those that they lead to."""
    db.session.remove()
    while True:
        asyncio.run(run_worker(wait=False))
        if not count(READY):
            return


def count(sql: str, *values: object) -> int:
    (found,) = raw().execute(sql, values).fetchone() or (0,)
    db.session.remove()
    return int(found)


def test_two_workers_open_one_case_of_a_timer(real: Flask) -> None:
    first = raw().execute("SELECT due_at, id FROM start_timers").fetchone()
    assert first
    db.session.remove()
    at = first[0] + timedelta(seconds=1)
    assert sorted(together(real, [lambda: cases.queue_due_timers(by=TIMER, at=at)] * 2)) == [0, 1]

    def begin() -> bool:
        return bool(cases.start_by_timer(first[1], by=TIMER, at=at))

    assert sorted(together(real, [begin] * 4)) == [False, False, False, True]
    assert count("SELECT count(*) FROM cases WHERE procedure = 'routine'") == 1


def test_a_message_and_who_comes_to_wait_for_it_always_meet(real: Flask) -> None:
    for n in range(ROUNDS):
        bill = f"B{n}"
        task = cases.start("late_waiter", {"bill": bill}, by=LIN).tasks[0].id

        def wait(task: int = task) -> Any:
            return cases.submit_task(task, {}, by=LIN)

        def pay(bill: str = bill) -> Any:
            return cases.deliver_message("paid_early", bill, {"amount": 1}, by=SYSTEM)

        together(real, [wait, pay])
    assert count("SELECT count(*) FROM kept_messages") == 0
    assert count("SELECT count(*) FROM subscriptions") == 0
    taken = "SELECT count(*) FROM trail WHERE action = 'case:message'"
    assert count(taken) == ROUNDS
    assert count("SELECT count(*) FROM tasks WHERE element = 'after'") == ROUNDS


def test_one_kept_message_goes_to_one_of_two_cases(real: Flask) -> None:
    for _ in range(10):
        tasks = [cases.start("late_waiter", {"bill": "B"}, by=LIN).tasks[0].id for _ in "12"]
        cases.deliver_message("paid_early", "B", {"amount": 1}, by=SYSTEM)

        def wait(task: int) -> Callable[[], Any]:
            return lambda: cases.submit_task(task, {}, by=LIN)

        ended = together(real, [wait(task) for task in tasks])
        assert sorted(len(moved.tasks) for moved in ended) == [0, 1]
        loser = next(moved for moved in ended if not moved.tasks)
        cases.withdraw(loser.number, "不办了", by=LIN)
        winner = next(moved for moved in ended if moved.tasks)
        cases.withdraw(winner.number, "不办了", by=LIN)


def test_two_messages_that_may_each_open_the_case_open_one(real: Flask) -> None:
    for n in range(10):
        key = f"P{n}"

        def send(name: str, key: str = key) -> Callable[[], Any]:
            return lambda: cases.deliver_message(name, key, {"pair": key}, by=SYSTEM)

        one, two = together(real, [send("left_came"), send("right_came")])
        assert one == two
    assert count("SELECT count(*) FROM cases") == 10


def test_who_throws_a_signal_waits_for_nobody_that_hears_it(real: Flask) -> None:
    cases.start("listener", {}, by=LIN)
    warner = cases.start("warner", {}, by=LIN)
    db.session.remove()
    with psycopg.connect(real.config["SETTINGS"].database_url) as other:
        other.execute("SELECT 1 FROM cases WHERE procedure = 'listener' FOR UPDATE")
        raw().execute("SET lock_timeout = '2s'")
        assert cases.submit_task(warner.tasks[0].id, {}, by=LIN).status == "open"
    assert count("SELECT count(*) FROM signal_receivers WHERE case_id IS NOT NULL") == 1


def test_the_worker_tells_each_case_of_a_signal_and_a_broken_one_stops_nobody(real: Flask) -> None:
    numbers = [cases.start("listener", {}, by=LIN).number for _ in range(5)]
    warner = cases.start("warner", {}, by=LIN)
    cases.submit_task(warner.tasks[0].id, {}, by=LIN)
    # Its state cannot be read: whatever is tried with this case fails.
    raw().execute("UPDATE cases SET state = '\\x00' WHERE number = %s", (numbers[2],))
    db.session.connection().connection.driver_connection.commit()
    work_off()
    told = count("SELECT count(*) FROM tasks WHERE element = 'act' AND status = 'open'")
    assert told == 4
    raw().execute("UPDATE procrastinate_jobs SET attempts = 2, scheduled_at = NULL")
    db.session.connection().connection.driver_connection.commit()
    work_off()
    (incident,) = cases.incidents(ADMIN)
    assert (incident.kind, incident.case_number) == ("signal", numbers[2])
    assert incident.message
    assert len(parts.CALLED) == 5, "four cases and the one that was opened"
    assert audit.verify().findings == []


def test_the_worker_opens_the_case_of_a_timer(real: Flask) -> None:
    raw().execute("UPDATE start_timers SET due_at = %s", (now() - timedelta(days=3),))
    db.session.connection().connection.driver_connection.commit()
    assert cases.queue_due_timers(by=TIMER) == 1
    work_off()
    assert count("SELECT count(*) FROM cases WHERE procedure = 'routine'") == 1
    assert count("SELECT count(*) FROM start_timers WHERE due_at > now() AND fired = 1") == 1
