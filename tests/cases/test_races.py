"""Many at once, on real connections: one wins, nothing is lost, nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

from flask import Flask

from app import cases
from app.db import db, raw
from app.errors import Conflict
from app.jobs.tasks import TIMER
from app.work import Actor, now
from tests.cases import parts
from tests.cases.conftest import LIN, RUAN, clerk
from tests.cases.test_path import ANSWERS

ROUNDS = 200


def together(app: Flask, acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do all at the same moment, each on a connection of its own; errors are results."""
    gate = Barrier(len(acts))

    def one(act: Callable[[], Any]) -> Any:
        with app.app_context():
            gate.wait()
            try:
                return act()
            except Conflict as problem:
                return problem
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def test_one_of_two_wins_two_hundred_times(real: Flask) -> None:
    for _ in range(ROUNDS):
        begun = cases.start("two_steps", {}, by=clerk(1, "无名", "window_clerk"))
        task = begun.tasks[0].id
        cases.release(task, by=clerk(1, "无名", "window_clerk"))

        def submit(by: Actor, task: int = task) -> Any:
            return cases.submit_task(task, ANSWERS, by=by)

        results = together(real, [lambda: submit(LIN), lambda: submit(RUAN)])
        lost = [r for r in results if isinstance(r, Conflict)]
        assert len(lost) == 1
        assert lost[0].details["holder"] in ("林栖", "阮清和")
    done = raw().execute("SELECT count(*) FROM tasks WHERE status = 'done'").fetchone()
    assert done == (ROUNDS,)


def test_a_start_needs_one_connection(real: Flask) -> None:
    """Thirty at once share five connections; their numbers have no gap."""
    pool = db.engine.pool
    pool._pool.maxsize, pool._max_overflow, pool._timeout = 5, 0, 20  # type: ignore[attr-defined]
    begun = together(real, [lambda: cases.start("two_steps", ANSWERS, by=LIN)] * 30)
    numbers = sorted(int(r.number.rpartition("-")[2]) for r in begun)
    assert numbers == list(range(numbers[0], numbers[0] + 30))
    assert pool.checkedout() <= 1  # type: ignore[attr-defined]


def test_one_key_is_one_case(real: Flask) -> None:
    def begin() -> Any:
        return cases.start("two_steps", {"reason": "买卖"}, key="k-1", by=LIN)

    results = together(real, [begin] * 20)
    assert len({r.number for r in results}) == 1
    assert sum(not r.repeated for r in results) == 1
    assert raw().execute("SELECT count(*) FROM cases").fetchone() == (1,)


def test_two_parallel_tasks_of_one_case_both_succeed(real: Flask) -> None:
    for _ in range(20):
        begun = cases.start("side_by_side", {}, by=LIN)
        left, right = (t.id for t in begun.tasks)

        def submit(task: int) -> Any:
            return cases.submit_task(task, {}, by=LIN)

        results = together(real, [lambda: submit(left), lambda: submit(right)])  # noqa: B023
        assert sorted(r.status for r in results) == ["ended", "open"]


def test_two_who_ask_for_the_next_get_two(real: Flask) -> None:
    boss = clerk(1, "无名", "window_clerk")
    for _ in range(8):
        begun = cases.start("two_steps", {}, by=boss)
        cases.release(begun.tasks[0].id, by=boss)
    people = [clerk(200 + n, f"人{n}", "window_clerk") for n in range(8)]
    taken = together(real, [lambda p=p: cases.claim_next(by=p) for p in people])
    assert None not in taken
    assert len(set(taken)) == 8


def test_numbers_have_no_gaps(real: Flask) -> None:
    results = together(real, [lambda: cases.start("two_steps", {}, by=LIN)] * 8)
    numbers = sorted(int(r.number[-4:]) for r in results)
    assert numbers == list(range(1, 9))


def test_a_timer_fires_once_however_many_workers_come(real: Flask) -> None:
    for _ in range(10):
        parts.forget()
        begun = cases.start("timed", {}, by=LIN, at=now() - timedelta(minutes=21))
        (timer,) = raw().execute(
            "SELECT t.engine_id FROM timers t JOIN cases c ON c.id = t.case_id WHERE c.number = %s",
            (begun.number,),
        ).fetchone() or ("",)
        db.session.remove()
        ticks = together(real, [lambda: cases.queue_due_timers(by=TIMER)] * 2)
        assert sum(ticks) == 1
        number = begun.number

        def fire(number: str = number, timer: str = timer) -> bool:
            return cases.fire_timer(number, timer, by=TIMER)

        assert sorted(together(real, [fire] * 4)) == [False, False, False, True]
        assert [f"urge {number}"] == parts.CALLED


def test_a_timer_queued_by_a_clock_ahead_of_the_worker_s_comes_again(real: Flask) -> None:
    cases.start("timed", {}, by=LIN)
    (number, timer, due) = raw().execute(
        "SELECT c.number, t.engine_id, t.due_at FROM timers t JOIN cases c ON c.id = t.case_id"
    ).fetchone() or ("", "", now())
    assert cases.queue_due_timers(by=TIMER, at=due) == 1
    moment = timedelta(milliseconds=1)
    assert not cases.fire_timer(number, timer, by=TIMER, at=due - moment)
    assert cases.queue_due_timers(by=TIMER, at=due + moment) == 1
    assert cases.fire_timer(number, timer, by=TIMER, at=due + moment)
