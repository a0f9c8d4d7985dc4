"""Rows of the table of BPMN elements that no drawing of the library is about."""

from __future__ import annotations

import pytest

from tests.engine.drawings import Case, end, ext, msg, node, path, process, row, start, sub, user

NOTE = '<bpmn:messageEventDefinition messageRef="m1"/>'
WORD = '<bpmn:messageEventDefinition messageRef="m2"/>'


def test_a_call_by_the_standards_own_attribute() -> None:
    inner = process("c", start("cs"), user("a"), end("ce"), path("cs", "a", "ce"))
    case = Case(row(node("callActivity", "x", calledElement="c")), inner).start()
    assert case.open == ["a"]
    assert case.complete("a").trace == ["s", "cs", "a", "ce", "x", "e"]


GLOBAL = {
    "globalTask": "",
    "globalManualTask": "",
    "globalUserTask": "",
    "globalBusinessRuleTask": ext('<zeebe:taskDefinition type="a.b"/>'),
}


@pytest.mark.parametrize("tag", GLOBAL)
def test_a_global_task_is_done_in_the_place_of_its_call(tag: str) -> None:
    case = Case(row(node("callActivity", "x", calledElement="g")), node(tag, "g", GLOBAL[tag]))
    case.start()
    if tag == "globalBusinessRuleTask":
        case.answer()
    elif tag != "globalTask":
        case.complete("x")
    assert (case.trace, case.outcome.status) == (["s", "x", "e"], "completed")


@pytest.mark.parametrize("parallel", [False, True])
def test_a_multiple_start_beside_its_scope(parallel: bool) -> None:
    more = {"parallelMultiple": "true"} if parallel else {}
    first = node("startEvent", "us", NOTE + WORD, isInterrupting="false", **more)
    beside = sub("u", first, end("ue"), path("us", "ue"), triggeredByEvent="true")
    body = process("p", start(), user("a"), end(), beside, path("s", "a", "e"))
    case = Case(body, msg("m1", "note", "= k"), msg("m2", "word", "= k")).start(k="1")
    case.deliver("note", "1").deliver("word", "1")
    assert case.trace.count("us") == (1 if parallel else 2)
    assert case.open == ["a"]
    assert case.complete("a").outcome.status == "completed"
