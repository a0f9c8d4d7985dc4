"""Signs, names, times, loops and the order of writing and reading."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from app import engine
from tests.engine.drawings import (
    at,
    call,
    catch,
    drawing,
    end,
    flow,
    io,
    path,
    process,
    props,
    row,
    script,
    start,
    timer,
    user,
    xor,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)
RULES = {
    "unknown_group", "missing_print", "clause", "not_by", "timer_past", "timer_zero",
    "timer_short", "loop_without_wait", "read_before_written", "perhaps_missing",
}  # fmt: skip


def found(*roots: str, files: dict[str, bytes] | None = None, **more: Any) -> set[Any]:
    said = engine.check({"t.bpmn": drawing(*roots), **(files or {})}, **more)
    return {(f.element, f.rule, f.severity) for f in said if f.rule in RULES}


SIGNS = {
    "a ＞ 5": (3, ">"), "a ＜ 5": (3, "<"), "a ＝ 5": (3, "="), "（a）": (1, "("), "a，b": (2, ","),
    "a = “x”": (5, '"'), "a ≥ 5": (3, ">="), "a ≤ 5": (3, "<="), "a ≠ 5": (3, "!="),
    "a == 5": (3, "="), "a && b": (3, "and"), "a || b": (3, "or"), "a = 'x'": (5, '"'),
    "!a": (1, "not"), 'a = "x': (5, '"'), "a <> 5": (3, "!="), "［a］": (1, "["),
    'f = "（对）" and a ＞ 5': (17, ">"),
}  # fmt: skip


@pytest.mark.parametrize("expression", SIGNS)
def test_wrong_signs_are_told_with_the_right_one(expression: str) -> None:
    place, right = SIGNS[expression]
    body = row(script("z", f"= {expression}", "r"))
    (finding,) = [f for f in engine.check({"t.bpmn": drawing(body)}) if f.rule == "feel"]
    assert (finding.element, finding.severity) == ("z", "error")
    assert f"第 {place} 个" in finding.message
    assert right in finding.message


@pytest.mark.parametrize(
    "expression", ['a = "（全角，对）"', "a != 5", 'a = "不 == &amp;"', "a >= 5 and a <= 9"]
)
def test_signs_within_texts_are_no_signs(expression: str) -> None:
    body = row(script("z", f"= {expression}", "r"))
    assert "feel" not in {f.rule for f in engine.check({"t.bpmn": drawing(body)})}


# --- names


def group(text: str) -> str:
    return row(user("a", f"<zeebe:assignmentDefinition candidateGroups='{text}'/>"))


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("clerk", True),
        ("clerk,cashier", True),
        ("clerk:east", True),
        ("clerks", False),
        ("clerk,cashiers", False),
        ('= "clerk:" + region', True),
        ('= ["clerk:" + region, "cashier"]', True),
        ('= ["clerk:" + region, "cashiers"]', False),
        ('= if urgent = "yes" then "clerk" else "cashier"', True),
        ('= if urgent = "yes" then "clerk" else "cashiers"', False),
        ("= levels", True),
    ],
)
def test_groups_are_those_of_the_installation(text: str, known: bool) -> None:
    groups = {"clerk", "cashier"}
    wrong = {("a", "unknown_group", "warning")}
    assert found(group(text), groups=groups) == (set() if known else wrong)
    assert found(group(text)) == set()


def test_an_unknown_group_is_an_error_at_deployment() -> None:
    said = engine.check({"t.bpmn": drawing(group("clerks"))}, groups={"clerk"}, complete=True)
    assert ("a", "unknown_group", "error") in {(f.element, f.rule, f.severity) for f in said}


def test_print_outs_exist() -> None:
    body = row(user("a", props(print="p.paper,p.other")))
    prints = {"forms/p/paper.typ": b""}
    assert found(body, files=prints) == {("a", "missing_print", "warning")}
    assert found(body, files={**prints, "forms/p/other.typ": b""}) == set()
    assert found(body) == set()


def test_clauses_are_written_as_clauses() -> None:
    assert found(row(user("a", props(clause="SVC-14 D18§23 ACC-3,FEE-1")))) == set()
    assert found(row(user("a", props(clause="第十四条")))) == {("a", "clause", "warning")}
    body = row(user("a", props(clause="SVC-14")))
    assert found(body, clauses={"SVC-1"}) == {("a", "clause", "warning")}
    assert found(body, clauses={"SVC-14"}) == set()


def test_four_eyes_name_a_task_that_comes_before() -> None:
    def body(first: str, second: str) -> str:
        return row(user("a", props(not_by=first)), user("b", props(not_by=second)))

    assert found(body("", "a")) == set()
    assert found(body("", "nobody")) == {("b", "not_by", "warning")}
    assert found(body("", "b")) == {("b", "not_by", "warning")}
    assert found(body("b", "")) == {("a", "not_by", "warning")}


def test_four_eyes_in_a_loop_may_name_what_comes_after() -> None:
    body = process(
        "p", start(), xor("m"), user("a", props(not_by="b")), user("b"), xor("g", "f_g_e"), end(),
        path("s", "m", "a", "b", "g", "e"), flow("g", "m", "= n > 1"),
    )  # fmt: skip
    assert found(body) == set()


# --- time


@pytest.mark.parametrize(
    ("kind", "text", "rule"),
    [
        ("date", "2026-03-01T00:00:00Z", "timer_past"),
        ("date", '= "2026-03-01T00:00:00Z"', "timer_past"),
        ("date", "2026-09-01T00:00:00Z", None),
        ("date", "= due", None),
        ("duration", "PT0S", "timer_zero"),
        ("duration", '= duration("P0D")', "timer_zero"),
        ("duration", "PT1S", None),
    ],
)
def test_times_that_do_not_wait(kind: str, text: str, rule: str | None) -> None:
    body = row(catch("c", timer(kind, text)))
    assert found(body, now=NOW) == ({("c", rule, "warning")} if rule else set())


def test_without_a_clock_nothing_is_past() -> None:
    assert found(row(catch("c", timer("date", "2026-03-01T00:00:00Z")))) == set()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("R/PT30S", "timer_short"),
        ("R/PT1M", None),
        ("R3/2026-03-01T00:00:00Z/P1D", "timer_past"),
        ("R300/2026-03-01T00:00:00Z/P1D", None),
    ],
)
def test_cycles(text: str, rule: str | None) -> None:
    late = at("a", "b", timer("cycle", text), interrupting=False)
    body = process("p", start(), user("a"), late, end(), path("s", "a", "e"), path("b", "e"))
    assert found(body, now=NOW) == ({("b", rule, "warning")} if rule else set())


def circle(step: str, condition: str = "= n < 5") -> str:
    return process(
        "p", start(), script("z", "= 1", "n"), xor("m"), step, xor("g", "f_g_e"), end(),
        path("s", "z", "m", "x", "g", "e"), flow("g", "m", condition),
    )  # fmt: skip


def test_a_loop_needs_something_that_waits_or_changes() -> None:
    idle = {("m", "loop_without_wait", "error")}
    assert found(circle(script("x", "= n + 1", "other"))) == idle
    assert found(circle(script("x", "= n + 1", "n"))) == set()
    assert found(circle(user("x"))) == set()
    assert found(circle(catch("x", timer("duration", "PT1H")))) == set()
    assert found(circle(script("x", "= 1", "other"), "= now() < date and time(n)")) == set()


def test_a_loop_of_scripts_without_a_way_out() -> None:
    body = process("p", start(), xor("m"), script("x", "= 1", "n"), path("s", "m", "x", "m"))
    assert found(body) == {("m", "loop_without_wait", "error")}


# --- order


def test_what_is_read_is_written_before() -> None:
    read, write = script("x", "= n + 1", "k"), script("y", "= 1", "n")
    assert found(row(read, write)) == {("x", "read_before_written", "warning")}
    assert found(row(write, read)) == set()


def test_a_step_does_not_read_what_only_it_writes() -> None:
    again = script("x", "= n + 1", "n")
    assert found(row(again)) == {("x", "read_before_written", "warning")}
    assert found(row(script("y", "= 0", "n"), again)) == set()
    given = process("p", start(), again, end(), path("s", "x", "e"),
                    extensions=props(variables="n"))  # fmt: skip
    assert found(given) == set()


def test_what_a_loop_brings_back_is_written() -> None:
    body = process(
        "p", start(), xor("m"), script("x", "= n + 1", "k"), script("y", "= 1", "n"), user("a"),
        xor("g", "f_g_e"), end(), path("s", "m", "x", "y", "a", "g", "e"),
        flow("g", "m", "= k < 5"),
    )  # fmt: skip
    assert ("x", "read_before_written", "warning") not in found(body)


def test_callers_and_conditions_read_too() -> None:
    called = process(
        "q", start("qs"), script("w", "= given + 1", "given"), end("qe"), path("qs", "w", "qe")
    )
    caller = process("p", start(), call("c", "q", io({"given": "= 1"}, {"r": "= given"})), end(),
                     path("s", "c", "e"))  # fmt: skip
    assert found(caller, called) == set()
    body = process(
        "p", start(), xor("g", "f_g_b"), script("b", "= 1", "n"), user("a"), end(),
        path("s", "g", "b", "e"), flow("g", "a", "= n = 1"), path("a", "e"),
    )  # fmt: skip
    assert found(body) == {("f_g_a", "read_before_written", "warning")}


def form(**more: Any) -> dict[str, bytes]:
    way = {
        "type": "radio",
        "key": "way",
        "validate": {"required": True},
        "values": [{"value": "cash"}, {"value": "bank"}],
    }
    account = {"type": "textfield", "key": "account_of", **more}
    schema = {"id": "p.a", "components": [way, account]}
    return {"forms/p/a.form": json.dumps(schema).encode()}


ASK = user("a", '<zeebe:formDefinition formId="p.a"/>')
HIDDEN = {"conditional": {"hide": '= way = "cash"'}, "validate": {"required": True}}


def test_a_hidden_field_is_not_there() -> None:
    missing = {("z", "perhaps_missing", "warning")}
    body = row(ASK, script("z", '= "to " + account_of', "r"))
    assert found(body, files=form(**HIDDEN)) == missing
    assert found(body, files=form()) == missing
    assert found(body, files=form(validate={"required": True})) == set()


def test_a_hidden_field_may_have_a_first_value_or_be_guarded() -> None:
    read = script("z", '= "to " + account_of', "r")
    first = script("i", '= ""', "account_of")
    assert found(row(first, ASK, read), files=form(**HIDDEN)) == set()
    guarded = script("z", '= if way = "bank" then account_of else ""', "r")
    assert found(row(ASK, guarded), files=form(**HIDDEN)) == set()
    asked = process(
        "p", start(), ASK, xor("g", "f_g_e"), read, end(), path("s", "a", "g", "e"),
        flow("g", "z", '= way = "bank"'), path("z", "e"),
    )  # fmt: skip
    assert found(asked, files=form(**HIDDEN)) == set()


# --- size


def test_ten_thousand_elements_are_checked_in_time() -> None:
    steps = [script(f"t{n}", f"= n{n - 1} + 1" if n else "= 1", f"n{n}") for n in range(4990)]
    body = process("p", start(), *steps, end(), path("s", *(f"t{n}" for n in range(4990)), "e"))
    content = drawing(body)
    begun = time.process_time()
    rules = {f.rule for f in engine.check({"t.bpmn": content})}
    assert time.process_time() - begun < 10
    assert not rules & {"types", "read_before_written", "not_decided"}
