"""Timers, messages, errors, at boundaries and between; sub-processes."""

from __future__ import annotations

import pytest

from app.errors import Conflict
from tests.engine.drawings import (
    TERMINATE,
    Case,
    at,
    both,
    catch,
    detour,
    end,
    err,
    error,
    first,
    flow,
    io,
    message,
    msg,
    node,
    path,
    process,
    script,
    service,
    start,
    sub,
    throw,
    timer,
    user,
)


def around(boundary: str, *roots: str) -> Case:
    """A user task ``a`` with a boundary event ``b`` that leads to ``c``."""
    body = (start(), user("a"), boundary, user("c"), end(), end("x"))
    return Case(process("p", *body, path("s", "a", "e"), path("b", "c", "x")), *roots)


def test_interrupting_timer() -> None:
    case = around(at("a", "b", timer("duration", "PT20M"))).start()
    assert [t.element for t in case.outcome.timers] == ["b"]
    assert (case.outcome.timers[0].due - case.now).total_seconds() == 1200
    with pytest.raises(Conflict):
        case.run.fire(case.outcome.timers[0].id, case.now)
    case.advance(minutes=20)
    assert (case.open, case.outcome.timers) == (["c"], [])
    assert case.trace == ["s", "b"]


def test_a_done_task_takes_its_timer_along() -> None:
    case = around(at("a", "b", timer("duration", "PT20M"))).start().complete("a")
    assert (case.outcome.status, case.outcome.timers) == ("completed", [])


def test_a_timer_that_does_not_interrupt_fires_once() -> None:
    case = around(at("a", "b", timer("duration", "PT20M"), interrupting=False)).start()
    case.advance(hours=5)
    assert sorted(case.open) == ["a", "c"]
    case.complete("a").complete("c")
    assert case.trace == ["s", "b", "a", "e", "c", "x"]


def test_a_cycle_fires_as_often_as_it_says() -> None:
    case = around(at("a", "b", timer("cycle", "R3/PT10M"), interrupting=False)).start()
    case.advance(minutes=25)
    assert case.open.count("c") == 2
    case.advance(hours=9)
    assert case.open.count("c") == 3
    assert case.outcome.timers == []


def test_a_date_without_time_is_the_end_of_that_day() -> None:
    case = around(at("a", "b", timer("date", '= date("2026-03-04")'))).start()
    assert case.outcome.timers[0].due.isoformat() == "2026-03-04T16:00:00+00:00"


def test_message_at_a_boundary_may_come_again() -> None:
    case = around(
        at("a", "b", message("m"), interrupting=False), msg("m", "answered", "= number")
    ).start(number="N1")
    (waiting,) = case.outcome.subscriptions
    assert (waiting.name, waiting.key, waiting.element) == ("answered", "N1", "b")
    assert case.run.deliver("answered", "N2", {}, case.now) is None
    case.deliver("answered", "N1", text="好").deliver("answered", "N1")
    assert case.open.count("c") == 2
    assert case.outcome.variables["text"] == "好"


def test_an_event_gateway_keeps_a_due_time_for_each_timer() -> None:
    case = Case(
        process(
            "p",
            start(),
            first("g"),
            catch("t1", timer("duration", "PT1H")),
            catch("t2", timer("duration", "PT5H")),
            catch("m1", message("m")),
            end(),
            end("x"),
            end("y"),
            path("s", "g", "t1", "e"),
            path("g", "t2", "x"),
            path("g", "m1", "y"),
        ),
        msg("m", "paid", "= n"),
    ).start(n="7")
    dues = {t.element: (t.due - case.now).total_seconds() / 3600 for t in case.outcome.timers}
    assert dues == {"t1": 1, "t2": 5}
    assert len({t.id for t in case.outcome.timers} | {case.outcome.subscriptions[0].id}) == 3
    case.deliver("paid", "7", amount=3)
    assert (case.outcome.ended, case.trace) == ("y", ["s", "g", "m1", "y"])
    assert case.outcome.variables == {"n": "7", "amount": 3}


def test_an_event_gateway_by_time() -> None:
    case = (
        Case(
            process(
                "p",
                start(),
                first("g"),
                catch("t1", timer("duration", "PT1H")),
                catch("t2", timer("duration", "PT5H")),
                end(),
                end("x"),
                path("s", "g", "t1", "e"),
                path("g", "t2", "x"),
            )
        )
        .start()
        .advance(hours=2)
    )
    assert (case.outcome.ended, case.outcome.timers) == ("e", [])


def failing(*boundaries: str, inside: bool = False) -> Case:
    body = service("v", "x.y")
    if inside:
        body = sub("u", start("us"), body, end("ue"), path("us", "v", "ue"))
    host = "u" if inside else "v"
    ends = [end(), end("x1"), end("x2")]
    names = [b.split('id="')[1].split('"')[0] for b in boundaries]
    return Case(
        process(
            "p",
            start(),
            body,
            *boundaries,
            *ends,
            path("s", host, "e"),
            *(flow(n, f"x{i + 1}") for i, n in enumerate(names)),
        ),
        err("E1", "NO_MONEY"),
    ).start()


@pytest.mark.parametrize("inside", [False, True])
def test_an_error_goes_to_the_boundary_that_names_it(inside: bool) -> None:
    host = "u" if inside else "v"
    case = failing(at(host, "any", error()), at(host, "exact", error("E1")), inside=inside)
    case.fail("NO_MONEY")
    assert case.outcome.ended == "x2"
    assert "v" not in case.trace
    other = failing(at(host, "any", error()), at(host, "exact", error("E1")), inside=inside)
    assert other.fail("ELSE").outcome.ended == "x1"


def test_an_error_that_nobody_catches_fails_and_leaves_the_state() -> None:
    case = failing(at("v", "exact", error("E1")))
    before = case.outcome.state
    case.fail("ELSE", "别的")
    assert (case.outcome.status, case.outcome.error.code) == ("failed", "ELSE")
    assert case.outcome.state == before


def test_error_end_leaves_a_sub_process() -> None:
    inner = sub(
        "u",
        start("us"),
        both("f"),
        user("w"),
        user("v"),
        end("ue", error("E1")),
        path("us", "f", "w"),
        path("f", "v", "ue"),
    )
    case = Case(
        process(
            "p",
            start(),
            inner,
            at("u", "b", error("E1")),
            end(),
            user("c"),
            path("s", "u", "e"),
            path("b", "c"),
        ),
        err("E1", "BAD"),
    ).start()
    case.complete("v")
    assert case.open == ["c"]
    assert case.trace == ["s", "us", "f", "v", "ue", "b"]


def test_an_interrupted_sub_process_stops_at_once() -> None:
    """The stock engine runs on through the automatic tasks that are left in its batch."""
    inner = sub(
        "u",
        start("us"),
        throw("t", message("m")),
        script("z", "=1", "late"),
        end("ue"),
        catch("w", timer("duration", "PT1H")),
        path("us", "w", "t", "z", "ue"),
    )
    case = Case(
        detour(inner, at("u", "b", timer("duration", "PT1H"))),
        msg("m", "told", "=1"),
    ).start()
    case.advance(hours=1)
    assert (case.outcome.ended, case.trace) == ("x", ["s", "us", "b", "x"])
    assert "late" not in case.outcome.variables


def test_two_timers_at_one_moment_fire_the_outer_one_first() -> None:
    inner = sub(
        "u",
        start("us"),
        user("w"),
        at("w", "bi", timer("duration", "PT1H")),
        end("ue"),
        end("ux"),
        path("us", "w", "ue"),
        path("bi", "ux"),
    )
    case = Case(
        process(
            "p",
            start(),
            inner,
            at("u", "bo", timer("duration", "PT1H")),
            end(),
            end("x"),
            path("s", "u", "e"),
            path("bo", "x"),
        )
    ).start()
    by = {t.element: t for t in case.outcome.timers}
    case._take(case.run.fire(by["bi"].id, by["bi"].due))
    assert (case.outcome.ended, case.trace) == ("x", ["s", "us", "bo", "x"])


def test_terminate_inside_ends_only_the_sub_process() -> None:
    inner = sub(
        "u",
        start("us"),
        both("f"),
        user("w"),
        user("v"),
        end("ue", TERMINATE),
        path("us", "f", "w"),
        path("f", "v", "ue"),
    )
    case = Case(process("p", start(), inner, user("c"), path("s", "u", "c"))).start()
    case.complete("v")
    assert (case.open, case.trace) == (["c"], ["s", "us", "f", "v", "ue", "u"])


def test_messages_thrown() -> None:
    send = node(
        "sendTask",
        "q",
        "<bpmn:extensionElements>" + io({"amount": "= fee"}) + "</bpmn:extensionElements>",
        messageRef="m",
    )
    case = Case(
        process("p", start(), send, end("e", message("m")), path("s", "q", "e")),
        msg("m", "asked", "= number"),
    ).start(number=12, fee=3)
    assert [(m.name, m.key, m.variables) for m in case.messages] == [
        ("asked", "12", {"amount": 3}),
        ("asked", "12", {}),
    ]


def test_a_receive_task_with_a_deadline() -> None:
    receive = node("receiveTask", "r", messageRef="m")
    case = Case(
        detour(receive, at("r", "b", timer("duration", "P10D"))),
        msg("m", "got", "=n"),
    ).start(n="1")
    assert len(case.outcome.subscriptions) == len(case.outcome.timers) == 1
    case.deliver("got", "1")
    assert (case.outcome.ended, case.trace) == ("e", ["s", "r", "e"])


def test_a_message_start() -> None:
    case = Case(
        process(
            "p", node("startEvent", "ms", message("m")), user("a"), end(), path("ms", "a", "e")
        ),
        msg("m", "asked"),
    )
    (begin,) = case.library.message_starts
    assert (begin.name, begin.process_key, begin.element) == ("asked", "p", "ms")
    case._take(case.run.start("p", {"x": 1}, case.now, element="ms"))
    assert (case.open, case.trace, case.outcome.variables) == (["a"], ["ms"], {"x": 1})
