"""A compiled library is shared: between threads, and unharmed by the cases that run on it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app import engine
from app.errors import Conflict, NotFound
from tests.engine.drawings import (
    NOW,
    Case,
    at,
    both,
    call,
    drawing,
    end,
    err,
    error,
    flow,
    io,
    path,
    process,
    script,
    start,
    timer,
    user,
    xor,
)

BODY = process("p", start(), both("f"), user("a"), user("b"), both("j"), call("c", "q",
    io({"n": "= n"}, {"out": "= outcome"})), end(), path("s", "f", "a", "j", "c", "e"),
    path("f", "b", "j"))  # fmt: skip
CALLED = process("q", start(), xor("g", "f_g_odd"), end("odd"), end("even"), path("s", "g", "odd"),
    flow("g", "even", "= modulo(n, 2) = 0"))  # fmt: skip


def test_many_threads_run_on_one_library() -> None:
    library = engine.compile({"t.bpmn": drawing(BODY, CALLED)})

    def play(number: int) -> str:
        outcome = engine.Run(library).start("p", {"n": number}, NOW)
        while outcome.tasks:
            run = engine.load(library, outcome.state)
            outcome = run.complete(outcome.tasks[-1].id, {}, NOW)
        return str(outcome.variables["out"])

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(play, range(40))) == ["even", "odd"] * 20


def test_a_task_is_done_once() -> None:
    case = Case(BODY, CALLED).start(n=1)
    task = case.task("a")
    case.complete("a")
    with pytest.raises(Conflict):
        case.run.complete(task.id, {}, NOW)
    case.complete("b")
    assert case.outcome.ended == "e"


def test_unknown_process_and_strange_bytes() -> None:
    case = Case(BODY, CALLED)
    with pytest.raises(NotFound):
        case.run.start("zz", {}, NOW)
    for state in (b"", b"[]", b'{"v": 99}', b'{"v": 1, "p": "zz"}'):
        with pytest.raises(Exception, match="状态"):
            engine.load(case.library, state)


def test_a_state_is_read_once_the_run_has_moved_on_only_before() -> None:
    case = Case(BODY, CALLED, reload=False).start(n=1)
    first = case.outcome
    case.complete("a")
    with pytest.raises(RuntimeError):
        _ = first.state


def test_open_things_keep_their_ids() -> None:
    case = Case(BODY, CALLED).start(n=1)
    before = case.task("b").id
    assert case.complete("a").task("b").id == before


def test_cancel_leaves_nothing_open() -> None:
    case = Case(process("p", start(), call("c", "w"), at("c", "x", timer("duration", "PT1H")),
        end(), path("s", "c", "e"), path("x", "e")), process("w", start(), user("a"),
        path("s", "a"))).start()  # fmt: skip
    outcome = case.run.cancel(NOW)
    assert (outcome.status, outcome.ended) == ("completed", None)
    assert (outcome.tasks, outcome.timers) == ([], [])


def test_an_error_end_in_a_call_goes_to_the_callers_boundary() -> None:
    called = process("w", start(), user("a"), end("bad", error("E")), path("s", "a", "bad"))
    case = Case(process("p", start(), call("c", "w"), at("c", "x", error("E")), end(), end("out"),
        path("s", "c", "e"), path("x", "out")), called, err("E", "BAD")).start()  # fmt: skip
    case.complete("a")
    assert (case.outcome.ended, case.trace) == ("out", ["s", "s", "a", "bad", "x", "out"])


def test_conditional_flows_of_an_activity_have_a_default_too() -> None:
    task = user("a", default="f_a_c")
    body = process("p", start(), task, user("b"), user("c"), path("s", "a"),
        flow("a", "b", "= n > 1"), flow("a", "c"))  # fmt: skip
    assert Case(body).start(n=1).complete("a").open == ["c"]
    assert Case(body).start(n=2).complete("a").open == ["b"]


def test_a_timer_that_is_due_at_once_fires_in_the_same_move() -> None:
    case = Case(process("p", start(), user("a"), at("a", "b", timer("duration", "PT0S")), end(),
        path("s", "a"), path("b", "e"))).start()  # fmt: skip
    assert (case.outcome.ended, case.trace) == ("e", ["s", "b", "e"])


def test_running_in_circles_is_an_incident() -> None:
    body = process("p", start(), xor("m"), script("x", "= 1", "n"), xor("g", "f_g_m"), end(),
        path("s", "m", "x", "g", "m"), flow("g", "e", "= n > 1"))  # fmt: skip
    assert Case(body).start().outcome.error.kind == "endless"
