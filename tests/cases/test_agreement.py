"""``flask cases verify``: whatever row is damaged is named, and a sound house is found sound."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from flask import Flask

from app import cases
from app.db import db, raw
from app.work import SYSTEM, now
from tests.cases.conftest import EVENTS, LIN, deploy
from tests.cases.test_path import ANSWERS

MINE = "case_id = (SELECT id FROM cases WHERE number = %(number)s)"
# Procedure, what is done to its rows, what is found.
DAMAGES = [
    ("two_steps", f"UPDATE tasks SET status = 'done' WHERE {MINE}", "task"),
    ("two_steps", f"UPDATE tasks SET engine_id = 'x' WHERE {MINE}", "task"),
    ("timed", f"DELETE FROM timers WHERE {MINE}", "timer"),
    ("timed", f"UPDATE timers SET due_at = due_at + interval '1 s' WHERE {MINE}", "timer"),
    ("timed", f"UPDATE timers SET queued = true WHERE {MINE}", "timer_job"),
    ("waiter", f"DELETE FROM subscriptions WHERE {MINE}", "message"),
    ("waiter", f"UPDATE subscriptions SET key = 'x' WHERE {MINE}", "message"),
    ("outside", f"UPDATE service_calls SET status = 'done' WHERE {MINE}", "call"),
    ("outside", f"UPDATE service_calls SET status = 'spent' WHERE {MINE}", "call_job"),
    ("outside", "DELETE FROM procrastinate_jobs WHERE task_name = 'call_outside'", "call_job"),
    ("two_steps", "UPDATE cases SET waits = '{}' WHERE number = %(number)s", "waits"),
    ("two_steps", "UPDATE cases SET state = '\\x01' WHERE number = %(number)s", "state"),
    ("two_steps", "UPDATE cases SET status = 'withdrawn' WHERE number = %(number)s", "left"),
]


def damage(sql: str, number: str) -> None:
    assert raw().execute(sql, {"number": number}).rowcount
    db.session.connection().connection.driver_connection.commit()


def kinds() -> set[tuple[str, str]]:
    return {(one.case, one.kind) for one in cases.agreement(now()).findings}


@pytest.fixture
def sound(fresh: Flask) -> dict[str, str]:
    """One open case of each procedure, by its name."""
    deploy()
    names = ("two_steps", "timed", "waiter", "outside", "side_by_side", "two_steps")
    numbers = {name: cases.start(name, {"reason": "买卖"} if name == "two_steps" else {}, by=LIN)
               for name in names}  # fmt: skip
    done = cases.start("two_steps", {}, by=LIN)
    cases.submit_task(done.tasks[0].id, ANSWERS, by=LIN)
    cases.withdraw(done.number, "不办了", by=LIN)
    return {name: moved.number for name, moved in numbers.items()}


def test_each_kind_of_damage_is_named_with_its_case(fresh: Flask, sound: dict[str, str]) -> None:
    assert cases.agreement(now(), portion=2).findings == []
    assert cases.agreement(now()).cases == 6
    for name, sql, kind in DAMAGES:
        number = cases.start(name, {}, by=LIN).number
        damage(sql, number)
        assert (number, kind) in kinds(), sql
    # The sound ones are not suspected for the others' sake; the one queue is everybody's.
    others = {(number, kind) for number, kind in kinds() if number in sound.values()}
    assert others == {(sound["outside"], "call_job")}


def test_what_nobody_comes_for_is_found(fresh: Flask, sound: dict[str, str]) -> None:
    later = now() + timedelta(days=30)
    late = {(one.case, one.kind) for one in cases.agreement(later).findings}
    assert late == {(sound["timed"], "overdue")}
    raw().execute("UPDATE procrastinate_jobs SET status = 'doing'")
    raw().execute("UPDATE procrastinate_events SET at = at - interval '1 hour'")
    db.session.connection().connection.driver_connection.commit()
    found = [one for one in cases.agreement(now()).findings if one.kind == "stalled"]
    assert [one.ref.split()[0] for one in found] == ["call_outside"]


def test_signals_and_starts_need_their_jobs(fresh: Flask) -> None:
    deploy(EVENTS)
    cases.start("listener", {}, by=LIN)
    cases.signal("storm", by=SYSTEM)
    assert kinds() == set()
    damage("DELETE FROM procrastinate_jobs WHERE task_name = 'spread_signal'", "")
    damage(
        "INSERT INTO start_timers (procedure, element, says, due_at, queued) "
        "VALUES ('routine', 'x', 'R/P1D', now(), true)", "",
    )  # fmt: skip
    assert kinds() == {("", "signal"), ("", "start")}


def test_the_command_says_it_and_ends_with_1(fresh: Flask, sound: dict[str, str]) -> None:
    runner = fresh.test_cli_runner()
    well = runner.invoke(args=["cases", "verify"])
    assert (well.exit_code, well.output) == (0, "已核对 6 件在办件：全部相符。\n")
    damage(f"DELETE FROM timers WHERE {MINE}", sound["timed"])
    ill = runner.invoke(args=["cases", "verify", "--json"])
    assert ill.exit_code == 1
    said = orjson.loads(ill.output)
    assert not said["ok"]
    assert said["findings"][0]["case"] == sound["timed"]
    assert said["findings"][0]["message"] == "定时与流程状态不符"
    assert sound["timed"] in runner.invoke(args=["cases", "verify"]).output
