"""The linter: each thing that the engine would not run rightly is refused, by element and rule."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from app import engine
from tests.engine.drawings import (
    HEAD,
    TERMINATE,
    at,
    both,
    call,
    catch,
    choose,
    drawing,
    end,
    err,
    error,
    ext,
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
    props,
    row,
    script,
    service,
    start,
    sub,
    throw,
    timer,
    user,
    xor,
)


def found(*roots: str, severity: str = "error", **more: object) -> set[tuple[str, str]]:
    said = findings(*roots, **more)
    return {(element, rule) for element, rule, how in said if how == severity}


def around(xml: str, name: str, *roots: str) -> set[tuple[str, str]]:
    """Errors of a drawing with one node between start and end."""
    return found(process("p", start(), xml, end(), path("s", name, "e")), *roots)


REFUSED = {
    "loop marker": node("userTask", "x", "<bpmn:standardLoopCharacteristics/>"),
    "parallel event gateway": node("eventBasedGateway", "x", eventGatewayType="Parallel"),
    "listener": user("x", "<zeebe:executionListeners/>"),
    "timer start": node("subProcess", "x", node("startEvent", "y", timer("duration", "PT1H"))),
    "timer throw": throw("x", timer("duration", "PT1H")),
    "terminate throw": throw("x", TERMINATE),
}


@pytest.mark.parametrize("name", REFUSED)
def test_not_run(name: str) -> None:
    rules = around(REFUSED[name], "x", msg("m", "m", "= n"))
    assert {("x", "unsupported"), ("y", "unsupported")} & rules


def test_an_event_sub_process_that_nothing_opens_is_refused() -> None:
    inner = sub("x", start("xs"), end("xe"), path("xs", "xe"), triggeredByEvent="true")
    body = process("p", start(), end(), inner, path("s", "e"))
    assert ("xs", "unsupported") in found(body)


@pytest.mark.parametrize("tag", ["userTask", "signalEventDefinition", "sequenceFlow"])
@pytest.mark.parametrize("around", ["incoming", "sequenceFlow", "laneSet", "documentation"])
def test_what_stands_where_nothing_looks_is_refused(tag: str, around: str) -> None:
    inside = node(around, "place", node(tag, "x"))
    assert ("x", "misplaced") in found(process("p", start(), inside, end(), path("s", "e")))


def test_a_signal_end_without_a_signal_is_refused() -> None:
    finish = end("e", "<bpmn:signalEventDefinition/>")
    assert ("e", "signal") in found(process("p", start(), finish, path("s", "e")))


WANTING = {
    "no_service": node("serviceTask", "x"),
    "script": node("scriptTask", "x", "<bpmn:script>import os</bpmn:script>"),
    "decision": node("businessRuleTask", "x", ext('<zeebe:calledDecision decisionId="d"/>')),
    "called": node("callActivity", "x"),
    "message": node("sendTask", "x"),
    "timer": catch("x", timer("duration", "20 minutes")),
    "event": catch("x"),
    "loop": node("task", "x", "<bpmn:multiInstanceLoopCharacteristics/>"),
    "due": user("x", '<zeebe:taskSchedule dueDate="soon"/>'),
    "assignment": user("x", '<zeebe:assignmentDefinition assignee="me"/>'),
    "variable_name": script("x", "= 1", "变量"),
    "feel": script("x", "= 1 +", "y"),
    "message_key": catch("x", message("m")),
    "dangling": catch("x", message("nowhere")),
}


@pytest.mark.parametrize("rule", WANTING)
def test_wanting(rule: str) -> None:
    assert ("x", rule) in around(WANTING[rule], "x", msg("m", "m"))


def test_a_static_script_is_no_expression() -> None:
    assert ("x", "script") in around(script("x", "1", "y"), "x")


def test_feel_errors_have_a_place() -> None:
    body = row(script("x", "= a ＞ 5", "y"))
    findings = engine.check({"t.bpmn": drawing(body)})
    (finding,) = [f for f in findings if f.rule == "feel"]
    assert (finding.element, finding.severity, finding.file) == ("x", "error", "t.bpmn")
    assert "3" in finding.message


def test_structure() -> None:
    body = process(
        "p",
        start(),
        xor("g", "zz"),
        user("a"),
        user("b"),
        end(),
        user("lost"),
        user("lost2"),
        path("lost", "lost2", "lost"),
        path("s", "g"),
        flow("g", "a", "amount"),
        flow("g", "b"),
        path("a", "e"),
        path("b", "nowhere"),
        flow("e", "a"),
        at("gone", "edge", timer("duration", "PT1H")),
    )
    rules = found(body)
    for expected in [
        ("g", "default"),
        ("f_g_b", "condition"),
        ("f_g_a", "condition"),
        ("lost", "unreachable"),
        ("f_b_nowhere", "dangling"),
        ("f_e_a", "flow"),
        ("edge", "dangling"),
    ]:
        assert expected in rules


def test_a_default_with_a_condition() -> None:
    body = process(
        "p",
        start(),
        xor("g", "f_g_a"),
        user("a"),
        user("b"),
        path("s", "g"),
        flow("g", "a", "= x"),
        flow("g", "b", "= y"),
    )
    assert ("f_g_a", "default") in found(body)


def test_flows_stay_in_their_scope() -> None:
    inner = sub("u", start("us"), user("w"), end("ue"), path("us", "w", "ue"))
    assert ("f_s_w", "dangling") in found(process("p", start(), inner, path("s", "w")))


def test_ids_twice() -> None:
    assert ("s", "duplicate_id") in found(process("p", start(), end("s")))
    one = drawing(process("p", start(), end(), path("s", "e")))
    findings = engine.check({"1.bpmn": one, "2.bpmn": one})
    assert {f.rule for f in findings if f.severity == "error"} == {"duplicate_process"}


def test_an_event_gateway_leads_to_events() -> None:
    body = process(
        "p",
        start(),
        first("g"),
        user("a"),
        catch("c", timer("duration", "PT1H")),
        path("s", "g", "a"),
        path("g", "c"),
    )
    assert ("f_g_a", "event_gateway") in found(body)


def test_an_error_boundary_interrupts() -> None:
    body = process(
        "p",
        start(),
        service("v", "a.b"),
        at("v", "b", error("E"), interrupting=False),
        end(),
        path("s", "v", "e"),
        path("b", "e"),
    )
    assert ("b", "boundary") in found(body, err("E", "BAD"))


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
        b"not xml",
        b"<x/>",
        b"<x>" + b" " * (5 * 1024 * 1024) + b"</x>",
        (HEAD + "&undefined;</bpmn:definitions>").encode(),
    ],
)
def test_unsafe_or_foreign_xml(content: bytes) -> None:
    (finding,) = engine.check({"bad.bpmn": content})
    assert (finding.file, finding.rule, finding.severity) == ("bad.bpmn", "xml", "error")


def test_an_entity_never_reads_a_file() -> None:
    attack = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    assert [f.rule for f in engine.check({"bad.bpmn": attack})] == ["xml"]


TWO_ENDS = process(
    "c",
    start("cs"),
    user("a"),
    xor("g", "f_g_no"),
    end("yes"),
    end("no"),
    path("cs", "a", "g", "no"),
    flow("g", "yes", "= agreed"),
)


def caller(*flows: str, default: str | None = None, mapped: bool = True) -> set[tuple[str, str]]:
    outputs = io(outputs={"result": "= outcome"}) if mapped else io(outputs={"x": "= y"})
    body = process(
        "p",
        start(),
        call("call", "c", outputs),
        xor("g2", default),
        end("e1"),
        end("e2"),
        path("s", "call", "g2"),
        *flows,
    )
    return found(body, TWO_ENDS)


def test_every_outcome_has_a_way() -> None:
    yes = flow("g2", "e1", '= result = "yes"')
    no = flow("g2", "e2", '= result = "no"')
    assert caller(yes, no) == set()
    assert caller(yes, flow("g2", "e2"), default="f_g2_e2") == set()
    assert caller(yes, flow("g2", "e2", '= result = "nope"')) == {("call", "outcome")}
    assert ("call", "outcome") in caller(yes, no, mapped=False)


def test_what_is_missing_is_a_warning_here_and_an_error_at_deployment() -> None:
    task = user("a", '<zeebe:formDefinition formId="p.a"/>')
    rule = node(
        "businessRuleTask", "d", ext('<zeebe:calledDecision decisionId="none" resultVariable="r"/>')
    )
    body = process(
        "p",
        start(),
        task,
        rule,
        call("c", "gone"),
        service("v", "x.y"),
        end(),
        path("s", "a", "d", "c", "v", "e"),
    )
    missing = {
        ("a", "missing_form"),
        ("d", "missing_decision"),
        ("c", "missing_process"),
        ("v", "missing_service"),
    }
    assert missing <= found(body, severity="warning")
    assert found(body) == set()
    assert found(body, services={}, complete=True) == missing
    files = {"t.bpmn": drawing(body), "forms/p/a.form": b'{"components": []}'}
    rules = {(f.element, f.rule) for f in engine.check(files)}
    assert ("a", "missing_form") not in rules


@dataclass
class Contract:
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)


def test_services_keep_their_contract() -> None:
    body = process(
        "p",
        start(),
        service("v", "x.y", io({"a": "= n"})),
        script("z", "= m + 1", "k"),
        end(),
        path("s", "v", "z", "e"),
        extensions=props(variables="n"),
    )
    services = {"x.y": Contract({"a": "number", "b": "number"}, {"m": "number"})}
    assert found(body, services=services) == {("v", "service_input")}
    assert not {
        r for r in found(body, services=services, severity="warning") if r[1] == "unwritten"
    }
    services = {"x.y": Contract({"a": "number"}, {"other": "number"})}
    assert ("z", "unwritten") in found(body, services=services, severity="warning")


def test_a_variable_that_nothing_writes() -> None:
    body = process(
        "p",
        start(),
        script("z", "= gien + 1", "k"),
        end(),
        path("s", "z", "e"),
        extensions=props(variables="given"),
    )
    assert ("z", "unwritten") in found(body, severity="warning")
    form = b'{"id": "p.a", "components": [{"type": "group", "components": [{"key": "gien"}]}]}'
    body = row(user("a", '<zeebe:formDefinition formId="p.a"/>'), script("z", "= gien + 1", "k"))
    findings = engine.check({"t.bpmn": drawing(body), "a.form": form})
    assert "unwritten" not in {f.rule for f in findings}


def test_warnings_about_the_picture_and_the_default() -> None:
    body = choose(("a", "= n = 1"), ("b", "= n = 2"))
    assert {("g", "no_default"), ("p", "no_diagram"), ("a", "no_form")} <= found(
        body, severity="warning"
    )
    body = choose(("a", "= n > 1"), ("b", "= n <= 1"))
    assert ("g", "no_default") not in found(body, severity="warning")


def test_a_good_drawing_has_no_errors_and_speaks_two_languages() -> None:
    body = process(
        "p",
        start("Start"),
        both("f"),
        user("a"),
        user("b"),
        both("j"),
        end("End"),
        path("Start", "f", "a", "j", "End"),
        path("f", "b", "j"),
    )
    findings = engine.check({"t.bpmn": drawing(body)})
    assert {f.severity for f in findings} == {"warning"}
    assert all(f.message for f in findings)


def test_other_loops_are_refused_and_ours_is_not() -> None:
    task = user("x").replace("</bpmn:userTask>", many("= people") + "</bpmn:userTask>")
    assert around(task, "x") == set()


def test_a_catalogue_of_english_must_be_readable() -> None:
    good = b'msgid "\xe5\x8f\x97\xe7\x90\x86"\nmsgstr "Acceptance"\n'
    assert [f for f in engine.check({"en.po": good}) if f.rule in ("catalogue", "file_kind")] == []
    (found,) = (f for f in engine.check({"en.po": b"msgid nothing\n"}) if f.rule == "catalogue")
    assert found.severity == "error"
