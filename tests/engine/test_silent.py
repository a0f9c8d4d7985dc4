"""Where the bare engine goes wrong without a word: what a user sees here instead.

docs/bpmn.md has the whole table; what has its test elsewhere is named there.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app import engine
from app.errors import Conflict, Invalid
from tests.engine.drawings import (
    NOW,
    Case,
    at,
    both,
    call,
    catch,
    drawing,
    end,
    err,
    error,
    findings,
    first,
    flow,
    io,
    many,
    message,
    msg,
    node,
    path,
    process,
    row,
    script,
    service,
    start,
    stock,
    sub,
    throw,
    timer,
    user,
    xor,
)

# completed may be False while is_completed() is True (no end event)


def test_a_case_without_an_end_event_is_completed() -> None:
    body = process("p", start(), user("a"), path("s", "a"))
    case = Case(body).start().complete("a")
    assert (case.outcome.status, case.outcome.ended, case.open) == ("completed", None, [])
    assert engine.load(case.library, case.run.state()).look().status == "completed"


# a failed task stays ERROR in memory


def test_a_failed_move_leaves_the_state_and_the_run_is_not_used_again() -> None:
    case = Case(row(user("a"), script("x", "= n + 1", "m"))).start()
    task, before = case.task("a"), case.outcome.state
    failed = case.run.complete(task.id, {"n": "文字"}, NOW)
    assert (failed.status, failed.state) == ("failed", before)
    with pytest.raises(RuntimeError):
        case.run.complete(task.id, {"n": 1}, NOW)
    again = engine.load(case.library, failed.state).complete(task.id, {"n": 1}, NOW)
    assert (again.status, again.variables) == ("completed", {"n": 1, "m": 2})


# an error in a service surfaces as NameError: script


def test_what_a_service_says_is_what_the_incident_says() -> None:
    case = Case(row(service("v", "a.b"))).start().fail("NO_STOCK", "表库存不足")
    assert (case.outcome.error.kind, case.outcome.error.code) == ("bpmn_error", "NO_STOCK")
    assert case.outcome.error.element == "v"
    assert "表库存不足" in case.outcome.error.message
    assert "NO_STOCK" in case.outcome.error.message


# scripts cannot throw BPMN errors; the host routes them


def test_an_error_reaches_the_boundary_of_its_own_round() -> None:
    loop = many("= xs", "x", output="done", element="= x")
    each = sub("u", loop, start("us"), service("v", "a.b"), at("v", "oops", error("E")),
        end("ue"), end("ux"), path("us", "v", "ue"), path("oops", "ux"))  # fmt: skip
    case = Case(row(each), err("E", "BAD")).start(xs=[1, 2]).fail("BAD").answer()
    assert (case.outcome.ended, case.outcome.variables["done"]) == ("e", [1, 2])
    assert (case.trace.count("oops"), case.trace.count("ue")) == (1, 1)


# reset_from_task_id rewinds wrongly: the engine only goes forward


def test_a_done_task_cannot_be_done_again_nor_its_answers_be_changed() -> None:
    body = process("p", start(), both("f"), user("a"), user("b"), both("j"), user("c"), end(),
        path("s", "f", "a", "j", "c", "e"), path("f", "b", "j"))  # fmt: skip
    case = Case(body).start()
    task = case.task("a")
    case.complete("a", n=1).complete("b")
    assert case.open == ["c"]
    with pytest.raises(Conflict):
        case.run.complete(task.id, {"n": 2}, NOW)
    case = case._take(engine.load(case.library, case.outcome.state).look())
    assert (case.open, case.outcome.variables) == (["c"], {"n": 1})


# migrate_workflow aligns a removed current task to its replacement


def test_a_state_is_not_read_by_a_drawing_that_lost_its_open_task() -> None:
    case = Case(row(user("old"), user("b"))).start()
    later = engine.compile({"test.bpmn": drawing(row(user("new"), user("b")))})
    with pytest.raises(Invalid, match="old"):
        engine.load(later, case.outcome.state)


# messages: send_event raises when nobody waits


def test_a_message_that_nobody_waits_for_changes_nothing() -> None:
    case = Case(row(user("a"), catch("m", message("m1"))), msg("m1", "paid", "= n")).start(n="7")
    before = case.outcome.state
    assert case.run.deliver("paid", "7", {}, NOW) is None
    assert case.run.state() == before
    case.complete("a")
    for name, key in (("paid", "8"), ("other", "7")):
        assert case.run.deliver(name, key, {}, NOW) is None
    assert case.deliver("paid", "7", sum=5).outcome.variables == {"n": "7", "sum": 5}


def test_a_message_reaches_one_subscription_the_oldest() -> None:
    waits = [catch("m", message("m1")), catch("k", message("m1"))]
    body = process("p", start(), both("f"), *waits, end(), path("s", "f", "m", "e"),
        path("f", "k", "e"))  # fmt: skip
    case = Case(body, msg("m1", "paid", "= n")).start(n="7").deliver("paid", "7")
    assert (case.trace[-2:], len(case.outcome.subscriptions)) == (["m", "e"], 1)
    assert case.deliver("paid", "7").outcome.status == "completed"


# timers: naive datetimes, the system clock, negative durations


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_moment_without_zone_is_chinas_wherever_the_server_stands(elsewhere: None) -> None:
    case = Case(row(catch("t", timer("date", "2026-03-02T10:00:00")))).start()
    (waiting,) = case.outcome.timers
    assert waiting.due.isoformat() == "2026-03-02T02:00:00+00:00"


def test_a_naive_now_is_refused() -> None:
    case = Case(row(user("a")))
    case.now = datetime(2026, 3, 2, 1, 0)  # noqa: DTZ001 - the fault that is tried
    with pytest.raises(ValueError, match="aware"):
        case.start()


@pytest.mark.parametrize("year", [1990, 2090])
def test_timers_go_by_the_moment_handed_in(year: int) -> None:
    """The stock timer asks the system clock: in 1990 it would fire at once."""
    case = Case(row(user("a"), catch("t", timer("duration", "PT1H"))))
    case.now = NOW.replace(year=year)
    case.start().complete("a")
    (waiting,) = case.outcome.timers
    assert waiting.due == case.now + timedelta(hours=1)
    assert case.advance(minutes=59).outcome.status == "waiting"
    assert case.advance(minutes=1).outcome.status == "completed"


@pytest.mark.parametrize("value", ["-PT1H", "R0/PT1H", "20 minutes", "", None, 3, "P-1D"])
@pytest.mark.parametrize("kind", ["duration", "cycle"])
def test_a_time_that_is_none_or_negative_is_an_incident(kind: str, value: object) -> None:
    host = [start(), user("a"), at("a", "t", timer(kind, "= limit")), end(), path("s", "a", "e")]
    case = Case(process("p", *host, end("x"), path("t", "x"))).start(limit=value)
    assert case.outcome.status == "failed"
    assert (case.outcome.error.kind, case.outcome.error.element) == ("timer", "t")


def test_a_date_long_past_fires_at_once() -> None:
    case = Case(row(catch("t", timer("date", "2020-01-01T00:00:00Z")))).start()
    assert case.trace == ["s", "t", "e"]


def test_an_event_gateway_in_a_sub_process_keeps_its_due_times_through_saving() -> None:
    """The stock one gives both timers one due time."""
    inner = sub("u", start("us"), first("g"), catch("t1", timer("duration", "PT5H")),
        catch("t2", timer("duration", "PT1H")), end("u1"), end("u2"),
        path("us", "g", "t1", "u1"), path("g", "t2", "u2"))  # fmt: skip
    case = Case(row(inner)).start()
    due = {t.element: t.due - NOW for t in case.outcome.timers}
    assert due == {"t1": timedelta(hours=5), "t2": timedelta(hours=1)}
    assert case.advance(hours=5).trace == ["s", "us", "g", "t2", "u2", "u", "e"]


# multi-instance: negative cardinality hangs, collections empty or none


@pytest.mark.parametrize("sequential", [False, True])
def test_an_empty_collection_passes_and_gives_an_empty_list(sequential: bool) -> None:
    loop = many("= xs", "x", output="ys", element="= x", sequential=sequential)
    for task in (node("task", "a", loop), node("userTask", "a", loop), looped_sub(loop)):
        case = Case(row(task)).start(xs=[])
        assert (case.outcome.status, case.outcome.variables["ys"]) == ("completed", [])
        assert case.trace == ["s", "e"]


@pytest.mark.parametrize("value", [None, 3, -1, "abc", {"n": 1}])
def test_a_collection_that_is_no_list_is_an_incident(value: object) -> None:
    case = Case(row(node("userTask", "a", many("= xs", "x")))).start(xs=value)
    assert (case.outcome.error.kind, case.outcome.error.element) == ("collection", "a")


@pytest.mark.parametrize("number", ["-1", "three"])
def test_a_cardinality_that_is_no_number_is_refused(number: str) -> None:
    """The stock engine hangs on a negative one."""
    loop = (
        f"<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>{number}"
        "</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    )
    assert ("a", "loop", "error") in findings(row(node("userTask", "a", loop)))


@pytest.mark.parametrize("behavior", ["None", "One", "Complex"])
def test_a_behaviour_of_a_multi_instance_without_its_event_is_refused(behavior: str) -> None:
    loop = many("= xs", "x").replace(
        "<bpmn:multiInstanceLoopCharacteristics",
        f'<bpmn:multiInstanceLoopCharacteristics behavior="{behavior}"',
    )
    assert ("a", "loop", "error") in findings(row(node("userTask", "a", loop)))


def test_rounds_in_rounds_keep_their_elements_apart() -> None:
    inner = node("userTask", "a", many("= x", "y", output="zs", element="= y * 10"))
    outer = sub("u", many("= xs", "x", output="all", element="= zs"), start("us"), inner,
        end("ue"), path("us", "a", "ue"))  # fmt: skip
    case = Case(row(outer)).start(xs=[[1, 2], [], [3]])
    while case.outcome.tasks:
        case = case._take(case.run.complete(case.outcome.tasks[-1].id, {}, NOW))
    assert case.outcome.variables["all"] == [[10, 20], [], [30]]


def looped_sub(loop: str) -> str:
    return sub("a", loop, start("us"), user("b"), end("ue"), path("us", "b", "ue"))


# parallel joins overwrite; task.data holds only locals


def test_branches_in_sub_processes_and_calls_overwrite_nothing() -> None:
    work = process("work", start("ws"), user("w"), end("we"), path("ws", "w", "we"))
    inner = sub("u", start("us"), user("b"), end("ue"), path("us", "b", "ue"))
    outputs = io(outputs={"c": "= got"})
    body = process("p", start(), both("f"), inner, call("k", "work", outputs), user("a"),
        both("j"), end(), path("s", "f", "u", "j", "e"), path("f", "k", "j"),
        path("f", "a", "j"))  # fmt: skip
    case = Case(body, work).start(a=0, b=0, c=0, n=1)
    case.complete("a", a=1, n=2).complete("w", got=3).complete("b", b=2)
    assert case.outcome.variables == {"a": 1, "b": 2, "c": 3, "n": 2}


# an interrupting boundary event does not stop the remaining automatic tasks


def test_terminate_in_a_round_leaves_the_other_rounds() -> None:
    loop = many("= xs", "x")
    stop = node("endEvent", "t", "<bpmn:terminateEventDefinition/>")
    each = sub("u", loop, start("us"), both("f"), user("a"), user("b"), stop, end("ue"),
        path("us", "f", "a", "t"), path("f", "b", "ue"))  # fmt: skip
    case = Case(row(each)).start(xs=[1, 2]).complete("a", 1)
    assert sorted((t.element, t.instance) for t in case.outcome.tasks) == [("a", 2), ("b", 2)]


def test_a_timer_is_seen_between_two_automatic_steps() -> None:
    """The stock engine runs a whole batch before it looks at the timers."""
    inner = sub("u", start("us"), catch("w", timer("duration", "PT1H")), script("x", "= 1", "n"),
        script("y", "= 2", "m"), end("ue"), path("us", "w", "x", "y", "ue"))  # fmt: skip
    body = process("p", start(), inner, at("u", "late", timer("duration", "PT1H")), end(),
        end("x1"), path("s", "u", "e"), path("late", "x1"))  # fmt: skip
    case = Case(body).start().advance(hours=3)
    assert (case.outcome.ended, case.outcome.variables) == ("x1", {})


# iterators stop at depth 1000


def test_1200_steps_in_one_move_all_run() -> None:
    scripts = [script(f"x{n}", f"= {n}", "n") for n in range(1200)]
    case = Case(row(*scripts)).start()
    assert (case.outcome.status, case.outcome.variables) == ("completed", {"n": 1199})
    assert len(case.trace) == 1202


# Python without a sandbox, in every place where an author writes


PLACES = {
    "condition": [xor("g", "f_g_e"), path("s", "g"), flow("g", "a", "= {py}"), path("g", "e")],
    "script": [script("g", "= {py}", "r"), path("s", "g", "e")],
    "input": [user("g", io({"r": "= {py}"})), path("s", "g", "e")],
    "output": [script("g", "= 1", "r", io(outputs={"r": "= {py}"})), path("s", "g", "e")],
    "collection": [node("userTask", "g", many("= {py}", "x")), path("s", "g", "e")],
    "timer": [catch("g", timer("duration", "= {py}")), path("s", "g", "e")],
    "key": [catch("g", message("m1")), path("s", "g", "e")],
    "group": [user("g", '<zeebe:assignmentDefinition candidateGroups="= {py}"/>'),
        path("s", "g", "e")],
    "service": [service("g", "= {py}"), path("s", "g", "e")],
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_python_runs_nowhere(place: str, tmp_path: Path) -> None:
    print_ = tmp_path / "print"
    for python in (
        f"__import__('pathlib').Path('{print_}').touch()",
        f"open('{print_}', 'w')",
        f"[c for c in ().__class__.__base__.__subclasses__()] or open('{print_}', 'w')",
    ):
        body = "".join([start(), user("a"), end(), *PLACES[place], path("a", "e")])
        roots = process("p", body), msg("m1", "paid", "= {py}")
        outcome = Case(*(root.replace("{py}", python) for root in roots)).start().outcome
        assert (outcome.status, outcome.error.kind) == ("failed", "expression")
        assert not print_.exists()


# events that the bare engine takes for none-events: run, or refused where they have no place


NO_PLACE = [("start", "escalation"), ("start", "compensate"), ("start", "link"),
    ("start", "cancel"), ("catch", "escalation"), ("catch", "compensate"), ("catch", "cancel"),
    ("throw", "conditional"), ("throw", "cancel"), ("end", "conditional"), ("end", "link"),
    ("boundary", "link")]  # fmt: skip


@pytest.mark.parametrize(("place", "kind"), NO_PLACE)
def test_an_event_that_has_no_place_there_is_refused(place: str, kind: str) -> None:
    definition = f"<bpmn:{kind}EventDefinition/>"
    bodies = {
        "start": process("p", start("x", definition), end(), path("x", "e")),
        "catch": row(catch("x", definition)),
        "throw": row(throw("x", definition)),
        "end": process("p", start(), end("x", definition), path("s", "x")),
        "boundary": process("p", start(), user("a"), at("a", "x", definition), end(),
            path("s", "a", "e"), path("x", "e")),
    }  # fmt: skip
    assert ("x", "unsupported", "error") in findings(bodies[place])


@pytest.mark.parametrize("tag", ["startEvent", "endEvent", "intermediateThrowEvent"])
def test_a_definition_by_reference_to_nothing_is_refused(tag: str) -> None:
    """The stock engine makes a none-event of it."""
    event = node(tag, "x", "<bpmn:eventDefinitionRef>d</bpmn:eventDefinitionRef>")
    assert ("x", "dangling", "error") in findings(process("p", event))


def test_a_global_task_with_a_plain_script_is_refused() -> None:
    script = node("globalScriptTask", "g", "<bpmn:script>1</bpmn:script>")
    assert ("g", "unsupported", "error") in findings(row(call("c", "g")), script)


def test_a_choreography_is_refused() -> None:
    assert ("g", "unsupported", "error") in findings(row(user("a")), node("choreography", "g"))


@pytest.mark.parametrize("space", ["camunda.org/schema/1.0/bpmn", "flowable.org/bpmn"])
def test_extensions_of_another_engine_are_refused(space: str) -> None:
    """They carry behaviour (listeners, mappings, forms) that nothing here would run."""
    foreign = f'<c:inputOutput xmlns:c="http://{space}"/>'
    assert ("a", "unsupported", "error") in findings(row(user("a", foreign)))


# what the bare engine does with some of these, so that a later version shows itself


def test_the_stock_engine_takes_a_signal_end_for_a_none_event() -> None:
    body = process("p", start(), user("a"), end("x", "<bpmn:signalEventDefinition/>"),
        path("s", "a", "x"))  # fmt: skip
    workflow = stock(body)
    spec = workflow.spec.task_specs["x"]
    assert type(spec.event_definition).__name__ == "NoneEventDefinition"
