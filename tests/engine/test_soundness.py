"""Soundness: what gets stuck, goes on for ever, runs twice or never, and what looks alike and is
right."""

from __future__ import annotations

import itertools
import time

import pytest
from lxml import etree

from app.engine.check import net, soundness
from app.engine.check.finding import Finding, Sheet
from tests.engine.drawings import (
    TERMINATE,
    at,
    both,
    catch,
    drawing,
    end,
    err,
    error,
    first,
    flow,
    message,
    msg,
    node,
    path,
    process,
    start,
    sub,
    throw,
    timer,
    user,
    xor,
)

ESCALATION = '<bpmn:escalation id="ESC" name="up" escalationCode="UP"/>'
ESCALATE = '<bpmn:escalationEventDefinition escalationRef="ESC"/>'
HOUR = timer("duration", "PT1H")


def said(*roots: str) -> list[Finding]:
    sheet = Sheet("t.bpmn", etree.fromstring(drawing(*roots)), [])
    soundness.rules(sheet)
    return sheet.findings


def found(*roots: str) -> set[tuple[str, str, str]]:
    return {(f.element, f.rule, f.severity) for f in said(*roots)}


def some(id: str, default: str | None = None) -> str:
    return node("inclusiveGateway", id, **({"default": default} if default else {}))


def diamond(split: str, join: str, *, conditions: bool = True) -> str:
    """Two branches, a and b, between gateways g and j."""
    tests = ("= n > 1", "= n < 5") if conditions else (None, None)
    return process(
        "p", start(), split, user("a"), user("b"), join, end(),
        path("s", "g"), flow("g", "a", tests[0]), flow("g", "b", tests[1]),
        path("a", "j", "e"), path("b", "j"),
    )  # fmt: skip


RIGHT = {
    "exclusive": diamond(xor("g"), xor("j")),
    "parallel": diamond(both("g"), both("j"), conditions=False),
    "inclusive": diamond(some("g"), some("j")),
    "exclusive into inclusive": diamond(xor("g"), some("j")),
    "parallel into inclusive": diamond(both("g"), some("j"), conditions=False),
    "parallel into complex": diamond(both("g"), node("complexGateway", "j"), conditions=False),
    "events": diamond(first("g"), xor("j"), conditions=False)
    .replace("userTask", "intermediateCatchEvent"),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_what_belongs_together_is_sound(name: str) -> None:
    assert found(RIGHT[name]) == set()


def test_a_choice_before_a_parallel_join_is_an_error_and_names_the_flow() -> None:
    (finding,) = said(diamond(xor("g"), both("j")))
    assert (finding.element, finding.rule, finding.severity) == ("j", "deadlock", "error")
    assert "f_a_j" in str(finding.message) or "f_b_j" in str(finding.message)


def test_an_event_gateway_before_a_parallel_join_is_an_error() -> None:
    body = diamond(first("g"), both("j"), conditions=False)
    assert found(body.replace("userTask", "intermediateCatchEvent")) == {("j", "deadlock", "error")}


def test_an_inclusive_split_into_a_parallel_join_depends_on_the_data() -> None:
    assert found(diamond(some("g"), both("j"))) == {("j", "deadlock", "warning")}
    sure = diamond(some("g"), both("j"), conditions=False)
    assert found(sure) == set()


def test_parallel_branches_that_meet_without_a_join_run_what_follows_twice() -> None:
    def body(meeting: str) -> str:
        return process(
            "p", start(), both("g"), user("a"), user("b"), meeting, user("c"), end(),
            path("s", "g", "a", "m", "c", "e"), path("g", "b", "m"),
        )  # fmt: skip

    assert found(body(xor("m"))) == {("c", "lack_of_synchronization", "warning")}
    assert found(body(both("m"))) == set()


def test_parallel_branches_may_end_at_the_same_end() -> None:
    body = process(
        "p", start(), both("g"), user("a"), user("b"), xor("m"), end(),
        path("s", "g", "a", "m", "e"), path("g", "b", "m"),
    )  # fmt: skip
    assert found(body) == set()


def leaves(finish: str) -> str:
    """One of two parallel branches may leave by an end event of its own."""
    return process(
        "p", start(), both("g"), user("a"), user("b"), xor("x", "f_x_j"), both("j"), end(),
        end("out", finish), path("s", "g", "a", "j", "e"), path("g", "b", "x", "j"),
        flow("x", "out", "= n > 1"),
    )  # fmt: skip


def test_a_branch_that_leaves_keeps_the_join_waiting_unless_it_ends_everything() -> None:
    assert found(leaves("")) == {("j", "deadlock", "error")}
    assert found(leaves(TERMINATE)) == set()
    assert found(leaves(error("E")), err("E", "BAD")) == set()


def test_choices_that_belong_together_are_only_a_warning() -> None:
    """Both branches ask the same question; whether they do, the tokens do not tell."""
    body = process(
        "p", start(), both("g"), user("a"), xor("x", "f_x_j"), user("b"), xor("y", "f_y_j"),
        both("j"), both("k"), end(),
        path("s", "g", "a", "x", "j", "e"), path("g", "b", "y", "j"),
        flow("x", "k", "= n > 1"), flow("y", "k", "= n > 1"), path("k", "e"),
    )  # fmt: skip
    assert {(rule, how) for _, rule, how in found(body)} == {("deadlock", "warning")}


def test_a_boundary_event_that_leaves_a_parallel_branch() -> None:
    def body(*ways: str) -> str:
        return process(
            "p", start(), both("g"), user("a"), user("b"), at("b", "late", HOUR), both("j"),
            end(), end("x"), xor("m"), path("s", "g", "a", "j", "e"), path("g", "b", "m", "j"),
            *ways,
        )  # fmt: skip

    assert found(body(path("late", "x"))) == {("j", "deadlock", "error")}
    assert found(body(path("late", "m"))) == set()


def test_a_reminder_beside_is_sound_and_one_that_runs_into_the_main_path_is_not() -> None:
    def body(*ways: str) -> str:
        return process(
            "p", start(), user("a"), at("a", "late", HOUR, interrupting=False), user("b"),
            user("note"), xor("m"), end(), end("x"), path("s", "a", "m", "b", "e"),
            path("late", "note"), *ways,
        )  # fmt: skip

    assert found(body(path("note", "x"))) == set()
    assert found(body(path("note", "m"))) == {("b", "lack_of_synchronization", "warning")}


def test_a_loop_with_a_way_out_is_sound_and_one_without_never_ends() -> None:
    loop = (start(), xor("m"), user("a"), xor("g", "f_g_m"), end(), path("s", "m", "a", "g", "m"))
    assert found(process("p", *loop, flow("g", "e", "= n > 1"))) == set()
    assert found(process("p", *loop)) == {("m", "no_end", "warning")}


def test_a_loop_that_one_branch_may_never_leave() -> None:
    body = process(
        "p", start(), xor("g", "f_g_e"), xor("m"), user("a"), end(),
        path("s", "g", "e"), flow("g", "m", "= n > 1"), path("m", "a", "m"),
    )  # fmt: skip
    assert found(body) == {("m", "no_end", "warning")}


def test_a_loop_back_into_a_parallel_join_gets_stuck() -> None:
    body = process(
        "p", start(), both("j"), user("a"), xor("g", "f_g_e"), end(),
        path("s", "j", "a", "g", "e"), flow("g", "j", "= n > 1"),
    )  # fmt: skip
    assert found(body) == {("j", "deadlock", "error")}
    assert found(body.replace("parallelGateway", "inclusiveGateway")) == set()


def inner(*more: str, finish: str = "") -> str:
    return sub("u", start("us"), user("w"), end("ue", finish), path("us", "w", "ue"), *more)


def test_a_sub_process_that_gets_stuck_inside() -> None:
    stuck = sub(
        "u", start("us"), xor("g"), both("j"), end("ue"),
        path("us", "g"), flow("g", "j", "= n > 1", id="f1"), flow("g", "j", "= n < 2", id="f2"),
        path("j", "ue"),
    )  # fmt: skip
    assert found(process("p", start(), stuck, end(), path("s", "u", "e"))) == {
        ("j", "deadlock", "error")
    }
    assert found(process("p", start(), inner(), end(), path("s", "u", "e"))) == set()


def test_an_error_leaves_its_sub_process_with_all_that_runs_in_it() -> None:
    body = process(
        "p", start(),
        sub("u", start("us"), both("g"), user("w"), end("ue"), end("bad", error("E")),
            path("us", "g", "w", "ue"), path("g", "bad")),
        at("u", "b", error("E")), end(), end("x"), user("after"),
        path("s", "u", "after", "e"), path("b", "x"),
    )  # fmt: skip
    graph = soundness.explore(net.read(etree.fromstring(drawing(body, err("E", "BAD")))[0]))
    assert graph.stuck == []
    assert "b" in graph.game.touched
    assert found(body, err("E", "BAD")) == {("after", "dead", "warning")}


def test_an_escalation_that_does_not_interrupt_adds_a_token() -> None:
    def body(interrupting: bool) -> str:
        flag = "true" if interrupting else "false"
        edge = node("boundaryEvent", "b", ESCALATE, attachedToRef="u", cancelActivity=flag)
        inside = sub("u", start("us"), throw("t", ESCALATE), end("ue"), path("us", "t", "ue"))
        return process(
            "p", start(), inside, edge, xor("m"), user("c"), end(),
            path("s", "u", "m", "c", "e"), path("b", "m"),
        )  # fmt: skip

    assert found(body(True), ESCALATION) == {("ue", "dead", "warning")}
    assert found(body(False), ESCALATION) == {("c", "lack_of_synchronization", "warning")}


def test_event_sub_processes_are_looked_into() -> None:
    def body(join: str) -> str:
        aside = sub(
            "v", node("startEvent", "vs", HOUR, isInterrupting="false"), xor("g"), join,
            end("ve"), path("vs", "g"), flow("g", "j", "= n > 1", id="f1"),
            flow("g", "j", "= n < 2", id="f2"), path("j", "ve"), triggeredByEvent="true",
        )  # fmt: skip
        return process("p", start(), user("a"), aside, end(), path("s", "a", "e"))

    assert found(body(both("j"))) == {("j", "deadlock", "error")}
    assert found(body(xor("j"))) == set()


def test_links_lead_on() -> None:
    link = '<bpmn:linkEventDefinition name="l"/>'
    body = process(
        "p", start(), throw("t", link), catch("c", link), user("a"), end(),
        path("s", "t"), path("c", "a", "e"),
    )  # fmt: skip
    graph = soundness.explore(net.read(etree.fromstring(drawing(body))[0]))
    assert "a" in graph.game.touched
    assert found(body) == set()


def test_quantities_that_do_not_add_up() -> None:
    def body(made: str, taken: str) -> str:
        one = user("a", completionQuantity=made)
        two = user("b", startQuantity=taken)
        return process("p", start(), one, two, end(), path("s", "a", "b", "e"))

    assert found(body("2", "2")) == set()
    assert found(body("1", "2")) == {("b", "deadlock", "warning")}


def test_starts_by_message_are_each_looked_at() -> None:
    body = process(
        "p", start("s1", message("m1")), start("s2", message("m2")), both("j"), end(),
        path("s1", "j", "e"), path("s2", "j"),
    )  # fmt: skip
    assert found(body, msg("m1", "m1"), msg("m2", "m2")) == {("j", "deadlock", "error")}
    one = body.replace("parallelGateway", "exclusiveGateway")
    assert found(one, msg("m1", "m1"), msg("m2", "m2")) == set()


def test_conditional_flows_out_of_an_activity_split_as_they_run() -> None:
    def body(join: str) -> str:
        return process(
            "p", start(), user("x"), user("a"), user("b"), join, end(),
            path("s", "x", "a", "j", "e"), flow("x", "b", "= n > 1"), path("b", "j"),
        )  # fmt: skip

    assert found(body(some("j"))) == set()
    assert ("j", "deadlock") in {f[:2] for f in found(body(both("j")))}


def wide(branches: int) -> str:
    """A parallel split; each branch chooses between two user tasks and merges again."""
    parts = [start(), both("g"), both("j"), end(), path("s", "g"), path("j", "e")]
    for n in range(branches):
        parts += [xor(f"x{n}", f"f_x{n}_a{n}"), user(f"a{n}"), user(f"b{n}"), xor(f"m{n}")]
        parts += [path("g", f"x{n}", f"a{n}", f"m{n}", "j"), flow(f"x{n}", f"b{n}", "= n > 1")]
        parts += [path(f"b{n}", f"m{n}")]
    return process("p", *parts)


def test_a_hundred_branches_with_choices_are_decided() -> None:
    assert found(wide(100)) == set()


def test_beyond_the_bound_it_says_so() -> None:
    """Forty loops of three steps side by side that never come to rest together."""
    ways = [
        path("g", f"m{n}", f"a{n}", f"x{n}")
        + flow(f"x{n}", f"m{n}", "= n > 1")
        + flow(f"x{n}", f"e{n}_{k}", "= n = 1", id=f"w{n}_{k}")
        for n, k in itertools.product(range(40), [0])
    ]
    ways += [flow(f"x{n}", f"b{n}", "= n = 2") + path(f"b{n}", "j") for n in range(40)]
    nodes = [xor(f"m{n}") + user(f"a{n}") + xor(f"x{n}") + user(f"b{n}") for n in range(40)]
    nodes += [end(f"e{n}_0") for n in range(40)]
    body = process("p", start(), both("g"), some("j"), end(), path("s", "g"), path("j", "e"),
                   *nodes, *ways)  # fmt: skip
    begun = time.process_time()
    assert ("p", "not_decided", "warning") in found(body)
    assert time.process_time() - begun < 5


def test_ten_thousand_elements_are_quick() -> None:
    ids = [f"t{n}" for n in range(5000)]
    body = process("p", start(), *(user(i) for i in ids), end(), path("s", *ids, "e"))
    begun = time.process_time()
    assert found(body) == set()
    assert time.process_time() - begun < 3
