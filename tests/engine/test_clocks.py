"""Limits of steps, what stops the service clock, and moments that the calendar was asked for."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from app import engine
from app.engine.run import load
from app.worktime import Calendar
from tests.engine.drawings import (
    NOW,
    Case,
    at,
    both,
    call,
    catch,
    drawing,
    end,
    ext,
    findings,
    first,
    message,
    msg,
    path,
    process,
    props,
    row,
    script,
    start,
    sub,
    timer,
    user,
)

CLOSED = Calendar({date(2026, 3, 3): False, date(2026, 3, 4): False})


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}+08:00")


def counting(case: Case, **variables: Any) -> Case:
    """Start it with a calendar."""
    case.run = engine.Run(case.library, Calendar())
    return case.start(**variables)


def recounted(case: Case, calendar: Calendar) -> engine.Outcome:
    """The case as it was saved, by another calendar, saved again and read."""
    run = load(case.library, case.outcome.state, calendar)
    moved = run.recount()
    assert moved.error is None, moved.error
    again = load(case.library, moved.state, calendar).look()
    assert [t.due for t in again.timers] == [t.due for t in moved.timers]
    assert [t.due for t in again.tasks] == [t.due for t in moved.tasks]
    return moved


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("3", "3 workdays"), ("PT4H", "4 working hours"), ("20分钟", "20 minutes"),
        ("=days", "7 workdays"), ('=string(days) + " hours"', "7 hours"), ("T-SURV", "T-SURV"),
        ('="T-CONN." + kind', "T-CONN.none"), ("=null", None),
    ],
)  # fmt: skip
def test_how_long_a_step_may_take(said: str, kept: str | None) -> None:
    case = Case(row(user("a", props(limit=said)))).start(days=7, kind="none")
    assert case.task("a").limit == kept
    assert case.task("a").due is None
    assert load(case.library, case.outcome.state).look().tasks[0].limit == kept


@pytest.mark.parametrize("said", ['="soon"', "=-1", "=1.5", "=[1]", '=date("2026-03-02")'])
def test_a_limit_that_is_none_is_an_incident(said: str) -> None:
    outcome = engine.Run(engine.compile({"p.bpmn": drawing(row(user("a", props(limit=said))))}))
    failed = outcome.start("p", {}, NOW)
    assert failed.status == "failed"
    assert failed.error is not None
    assert (failed.error.kind, failed.error.element) == ("limit", "a")


def test_what_stops_the_clock_says_its_name_once_however_deep() -> None:
    waits = ext(props(clock="paused"))
    inner = sub(
        "w", waits, start("s2"), both("g"), user("x"),
        user("y", props(clock="paused"), name="缴费"), path("s2", "g", "x"), path("g", "y"),
        name="等待客户",
    )  # fmt: skip
    case = Case(
        process("p", start(), both("f"), inner, user("a"), path("s", "f", "w"), path("f", "a"))
    ).start()
    assert case.outcome.pauses == ["等待客户", "缴费"]
    assert not case.outcome.paused, "somebody of the house has something to do"
    assert case.complete("y").outcome.pauses == ["等待客户"]
    assert case.complete("a").outcome.paused
    assert case.complete("x").outcome.pauses == []


def test_an_event_gateway_and_a_called_process_stop_it_too() -> None:
    paused = ext(props(clock="paused"))
    gate = process(
        "q", start("s2"), first("g"), catch("m", paused, message("k")),
        catch("t", timer("duration", "P9D")), end("e2"), end("e3"),
        path("s2", "g", "m", "e2"), path("g", "t", "e3"),
    )  # fmt: skip
    case = Case(row(call("c", "q", all=True)), gate, msg("k", "came", "=n"), key="p").start(n="1")
    assert case.outcome.pauses == ["m"]
    assert case.deliver("came", "1").outcome.pauses == []


def test_a_timer_that_asks_the_calendar_is_worked_out_anew_from_its_start() -> None:
    text = '=string(working days after(today(), n)) + "T17:30:00+08:00"'
    case = Case(
        process(
            "p", start(), user("a"), at("a", "t", timer("date", text), interrupting=False),
            end("e"), end("late"), path("s", "a", "e"), path("t", "late"),
        )
    )  # fmt: skip
    counting(case, n=2)
    (timed,) = case.outcome.timers
    assert (timed.due, timed.counted) == (moment("03-04T17:30:00"), True)
    (timed,) = recounted(case, CLOSED).timers
    assert timed.due == moment("03-06T17:30:00")


def test_it_reads_what_it_read_when_it_began_to_wait() -> None:
    text = "=string(working hours after(now(), n))"
    case = Case(
        process(
            "p", start(), both("f"), user("a"), user("b"),
            at("a", "t", timer("date", text), interrupting=False),
            end("late"), path("s", "f", "a"), path("f", "b"), path("t", "late"),
        )
    )  # fmt: skip
    counting(case, n=12)
    assert case.outcome.timers[0].due == moment("03-03T12:00:00")
    case.reload = False
    case.run.context.calendar = Calendar()
    case.now += timedelta(hours=1)
    case.complete("b", n=1)
    (timed,) = recounted(case, CLOSED).timers
    assert timed.due == moment("03-05T12:00:00")


def test_a_date_of_a_task_and_one_of_several_events() -> None:
    due = '<zeebe:taskSchedule dueDate="=working days after(today(), 1)"/>'
    after = "=string(working days after(today(), 1))"
    case = Case(
        process(
            "p", start(), both("f"), user("a", due), first("g"),
            catch("m", message("k")), catch("t", timer("date", after)),
            end("x"), end("y"),
            path("s", "f", "a"), path("f", "g", "m", "x"), path("g", "t", "y"),
        ),
        msg("k", "came", "=n"),
    )  # fmt: skip
    counting(case, n="1")
    moved = recounted(case, CLOSED)
    assert moved.tasks[0].due == moved.timers[0].due == moment("03-06T00:00:00")
    assert moved.tasks[0].counted
    assert moved.subscriptions[0].key == "1"


def test_what_asks_no_calendar_stays_to_the_byte() -> None:
    case = Case(
        process(
            "p", start(), user("a"), at("a", "t", timer("duration", "P2D"), interrupting=False),
            end("e"), end("late"), path("s", "a", "e"), path("t", "late"),
        )
    )  # fmt: skip
    counting(case)
    assert load(case.library, case.outcome.state, CLOSED).recount().state == case.outcome.state


def test_what_cannot_be_worked_out_leaves_the_case_as_it_was() -> None:
    text = "=string(working days after(today(), n))"
    case = Case(row(user("a"), catch("t", timer("date", text)), user("b")))
    counting(case, n=1)
    case.run = engine.load(case.library, case.outcome.state, Calendar())
    case.reload = False
    case.complete("a")
    before = case.outcome.state
    moved = load(case.library, before).recount()  # no calendar at all
    assert moved.status == "failed"
    assert moved.state == before


def limits(*nodes: str, extensions: str = "", **more: Any) -> set[tuple[str, str, str]]:
    rules = {"limit", "unknown_limit", "clock", "timer_frozen"}
    found = findings(process("p", *nodes, extensions=extensions), **more)
    return {f for f in found if f[1] in rules}


@pytest.mark.parametrize("said", ["5", "PT4H", "20 minutes", "30 天", "=n", "T-SURV"])
def test_limits_that_are_understood(said: str) -> None:
    way = (start(), user("a", props(limit=said)), end(), path("s", "a", "e"))
    assert limits(*way, extensions=props(limit=said), limits={"T-SURV"}) == set()


def test_the_check_refuses_other_limits() -> None:
    way = (
        start(), user("a", props(limit="P5D", clock="stopped")),
        script("c", "=1", "x", props(limit="5")),
        user("b", '<zeebe:taskSchedule dueDate="=n"/>', props(limit="5")), end(),
        path("s", "a", "c", "b", "e"),
    )  # fmt: skip
    assert limits(*way, extensions=props(limit="T-NONE"), limits={"T-SURV"}) == {
        ("p", "unknown_limit", "warning"),
        ("a", "limit", "error"),
        ("a", "clock", "warning"),
        ("b", "limit", "error"),
        ("c", "limit", "warning"),
    }
    assert ("p", "unknown_limit", "warning") not in limits(*way, extensions=props(limit="T-NONE"))


def test_a_moment_counted_beforehand_is_told() -> None:
    before = script("c", "=working days after(today(), 5)", "until")
    way = (start(), before, catch("t", timer("date", "=string(until)")), end())
    assert limits(*way, path("s", "c", "t", "e")) == {("t", "timer_frozen", "warning")}
    itself = catch("t", timer("date", "=string(working days after(until, 1))"))
    assert limits(start(), before, itself, end(), path("s", "c", "t", "e")) == set()
