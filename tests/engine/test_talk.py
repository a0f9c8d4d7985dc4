"""Messages, signals, errors and escalations that miss each other; outcomes of calls."""

from __future__ import annotations

import pytest

from app import engine
from tests.engine.drawings import (
    at,
    call,
    catch,
    drawing,
    end,
    err,
    error,
    ext,
    flow,
    io,
    message,
    msg,
    node,
    path,
    process,
    props,
    row,
    service,
    start,
    sub,
    throw,
    user,
    xor,
)

RULES = {
    "unheard_message", "unsent_message", "unheard_signal", "unsent_signal", "message_key",
    "error_uncaught", "escalation_uncaught", "never_thrown", "outcome",
}  # fmt: skip
SIGNAL = '<bpmn:signal id="S" name="alarm"/>'
ALARM = '<bpmn:signalEventDefinition signalRef="S"/>'
ESCALATION = '<bpmn:escalation id="ESC" name="up" escalationCode="UP"/>'
OTHER = '<bpmn:escalation id="ESC2" name="down" escalationCode="DOWN"/>'
ESCALATE = '<bpmn:escalationEventDefinition escalationRef="ESC"/>'


def found(*roots: str, **more: object) -> set[tuple[str, str, str]]:
    said = engine.check({"t.bpmn": drawing(*roots)}, **more)  # type: ignore[arg-type]
    return {(f.element, f.rule, f.severity) for f in said if f.rule in RULES}


def listener(key: str = "q", *marks: str) -> str:
    """A process that waits for message M."""
    wait = node("intermediateCatchEvent", f"{key}c", ext(*marks), message("M"))
    ways = path(f"{key}s", f"{key}c", f"{key}e")
    return process(key, start(f"{key}s"), wait, end(f"{key}e"), ways)


SEND = row(throw("t", ext('<zeebe:publishMessage correlationKey="= n"/>'), message("M")))


def test_a_message_needs_somebody_who_hears_it() -> None:
    keyed = msg("M", "paid", "= n")
    assert found(SEND, keyed) == {("t", "unheard_message", "warning")}
    assert found(SEND, listener(), keyed) == set()


def test_a_message_that_is_awaited_needs_somebody_who_sends_it() -> None:
    keyed = msg("M", "paid", "= n")
    wrong = {("qc", "unsent_message", "warning")}
    assert found(listener(), keyed, senders=()) == wrong
    assert found(listener(), keyed, senders=("paid",)) == set()
    assert found(listener("q", props(senders="cashier")), keyed, senders=()) == set()
    assert found(listener(), keyed) == set()
    assert found(listener(), SEND, keyed, senders=()) == set()


def test_a_message_is_sent_with_the_key_that_is_waited_for() -> None:
    plain = row(throw("t", message("N")))
    keyed, keyless = msg("M", "paid", "= n"), msg("N", "paid")
    assert ("t", "message_key", "warning") not in found(SEND, listener(), keyed)
    opened = process("q", start("qs", message("N")), end("qe"), path("qs", "qe"))
    assert found(plain, opened, keyless) == set()
    files = {"a.bpmn": drawing(plain, keyless), "b.bpmn": drawing(listener(), keyed)}
    rules = {(f.element, f.rule) for f in engine.check(files)}
    assert ("t", "message_key") in rules


def test_signals_need_both_sides() -> None:
    heard = process("q", start("qs", ALARM), end("qe"), path("qs", "qe"))
    assert found(row(throw("t", ALARM)), SIGNAL) == {("t", "unheard_signal", "warning")}
    assert found(heard, SIGNAL) == {("qs", "unsent_signal", "warning")}
    assert found(row(throw("t", ALARM)), heard, SIGNAL) == set()


def failing(code: str = "E") -> str:
    """A called process that may end with an error."""
    return process(
        "q", start("qs"), user("qa"), xor("qg", "f_qg_qe"), end("qe"), end("bad", error(code)),
        path("qs", "qa", "qg", "qe"), flow("qg", "bad", "= n > 1"),
    )  # fmt: skip


def calling(*caught: str) -> str:
    return process(
        "p", start(), call("c", "q"), *caught, end(), end("x"), path("s", "c", "e"),
        *(path("edge", "x") for _ in caught),
    )  # fmt: skip


ERRORS = (err("E", "BAD"), err("F", "WORSE"))


def test_a_caller_catches_the_errors_of_what_it_calls() -> None:
    assert found(calling(), failing(), *ERRORS) == {("c", "error_uncaught", "warning")}
    sure = found(calling(), failing(), *ERRORS, complete=True)
    assert sure == {("c", "error_uncaught", "error")}
    assert found(calling(at("c", "edge", error("E"))), failing(), *ERRORS) == set()
    assert found(calling(at("c", "edge", error())), failing(), *ERRORS) == set()
    assert found(calling(at("c", "edge", error("F"))), failing(), *ERRORS) == {
        ("c", "error_uncaught", "warning"),
        ("edge", "never_thrown", "warning"),
    }


def test_an_error_that_nobody_catches_is_a_warning_where_callers_are_not_known() -> None:
    assert found(failing(), *ERRORS) == {("bad", "error_uncaught", "warning")}


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        (user("a"), {("b", "never_thrown", "warning")}),
        (service("a", "x.y"), set()),
        (call("a", "elsewhere"), set()),
        (sub("a", start("is"), end("ie"), path("is", "ie")), {("b", "never_thrown", "warning")}),
        (sub("a", start("is"), end("ie", error("E")), path("is", "ie")), set()),
        (sub("a", start("is"), service("v", "x.y"), end("ie"), path("is", "v", "ie")), set()),
    ],
)
def test_an_error_is_caught_where_it_can_come_from(
    host: str, wanted: set[tuple[str, str, str]]
) -> None:
    body = process(
        "p", start(), host, at("a", "b", error("E")), end(), end("x"), path("s", "a", "e"),
        path("b", "x"),
    )  # fmt: skip
    assert found(body, *ERRORS) == wanted


def test_escalations_need_both_sides() -> None:
    inside = sub("u", start("us"), throw("t", ESCALATE), end("ue"), path("us", "t", "ue"))

    def body(definition: str | None) -> str:
        edge = node("boundaryEvent", "b", definition or "", attachedToRef="u")
        caught = (edge, path("b", "x")) if definition else ()
        ways = path("s", "u", "e")
        return process("p", start(), inside, end(), end("x"), user("y"), path("y", "x"), ways,
                       *caught)  # fmt: skip

    assert found(body(None), ESCALATION, OTHER) == {("t", "escalation_uncaught", "warning")}
    assert found(body(ESCALATE), ESCALATION, OTHER) == set()
    assert found(body(ESCALATE.replace('"ESC"', '"ESC2"')), ESCALATION, OTHER) == {
        ("t", "escalation_uncaught", "warning"),
        ("b", "never_thrown", "warning"),
    }


def test_event_sub_processes_catch_too() -> None:
    aside = sub(
        "v", node("startEvent", "vs", error("E")), end("ve"), path("vs", "ve"),
        triggeredByEvent="true",
    )  # fmt: skip
    with_it = failing().replace("</bpmn:process>", aside + "</bpmn:process>")
    assert found(with_it, *ERRORS) == set()


def test_the_end_of_an_interrupting_event_sub_process_is_an_outcome() -> None:
    def called(interrupts: str) -> str:
        aside = sub(
            "v", node("startEvent", "vs", ALARM, isInterrupting=interrupts), end("ve"),
            path("vs", "ve"), triggeredByEvent="true",
        )  # fmt: skip
        return process("q", start("qs"), user("qa"), end("qe"), aside, path("qs", "qa", "qe"))

    heard = row(throw("t", ALARM)).replace('id="p"', 'id="r"').replace('"s"', '"rs"')
    heard = heard.replace('"e"', '"re"').replace("f_s_t", "f1").replace("f_t_e", "f2")
    caller = process(
        "p", start(), call("c", "q", io(outputs={"x": "= outcome"})), end(), path("s", "c", "e")
    )
    stopped = found(caller, called("true"), heard, SIGNAL)
    assert ("c", "outcome", "warning") in stopped
    assert found(caller, called("false"), heard, SIGNAL) == set()


def test_names_from_other_files_count() -> None:
    files = {
        "a.bpmn": drawing(SEND, msg("M", "paid", "= n")),
        "b.bpmn": drawing(listener(), msg("M", "paid", "= n")),
    }
    rules = {f.rule for f in engine.check(files, senders=())}
    assert not rules & RULES


def test_sentences_name_what_is_meant() -> None:
    found_ = engine.check({"t.bpmn": drawing(SEND, msg("M", "paid", "= n"))})
    (finding,) = [f for f in found_ if f.rule == "unheard_message"]
    assert "paid" in finding.message


def test_catching_in_an_event_gateway_counts() -> None:
    wait = catch("c1", message("M"))
    gate = node("eventBasedGateway", "g")
    other = catch("c2", ALARM)
    body = process(
        "p", start(), gate, wait, other, end(), path("s", "g", "c1", "e"), path("g", "c2", "e")
    )
    said = found(body, msg("M", "paid", "= n"), SIGNAL, senders=())
    assert said == {("c1", "unsent_message", "warning"), ("c2", "unsent_signal", "warning")}
