"""The first floor: start, tasks, gateways, scripts, services, ends; saved between all moves."""

from __future__ import annotations

from tests.engine.drawings import (
    TERMINATE,
    Case,
    both,
    choose,
    end,
    flow,
    io,
    path,
    process,
    row,
    script,
    service,
    start,
    user,
    xor,
)  # fmt: skip


def test_a_row_of_tasks() -> None:
    case = Case(row(user("a"), user("b")))
    assert case.start(x=1).open == ["a"]
    case.complete("a", y=2)
    assert case.open == ["b"]
    case.complete("b")
    assert case.outcome.status == "completed"
    assert case.outcome.ended == "e"
    assert case.outcome.variables == {"x": 1, "y": 2}
    assert case.trace == ["s", "a", "b", "e"]


def choice() -> Case:
    return Case(
        process(
            "p",
            start(),
            xor("g", "f_g_no"),
            user("no"),
            user("yes"),
            end(),
            path("s", "g", "no", "e"),
            flow("g", "yes", "= amount > 5"),
            path("yes", "e"),
        )
    )


def test_a_condition_chooses() -> None:
    assert choice().start(amount=7).open == ["yes"]
    case = choice().start(amount=5)
    assert case.open == ["no"]
    why = case.steps[1].why
    assert (why.condition, why.flow, why.values) == (None, "f_g_no", {"amount": 5})


def test_a_condition_that_is_no_boolean_is_an_incident() -> None:
    case = choice().start()
    assert case.outcome.status == "failed"
    assert case.outcome.error.element == "g"
    assert choice().start(amount="7").outcome.status == "failed"


def test_conditions_are_asked_in_the_order_of_the_file() -> None:
    body = choose(("b", "= n > 1"), ("a", "= missing > 1"), ("c", "= n > 0"))
    assert Case(body).start(n=2).open == ["b"]
    assert Case(body).start(n=1).outcome.error.kind == "expression"
    assert Case(body).start(n=1, missing=0).open == ["c"]


def test_no_flow_is_an_incident() -> None:
    case = Case(process("p", start(), xor("g"), user("a"), user("b"), path("s", "g"),
        flow("g", "a", "= x = 1"), flow("g", "b", "= x = 2")))  # fmt: skip
    assert case.start(x=3).outcome.error.kind == "no_flow"


def test_parallel_branches_do_not_lose_each_others_updates() -> None:
    case = Case(
        process("p", start(), both("f"), user("a"), user("b"), both("j"), script("c", "=n+m", "z"),
            end(), path("s", "f", "a", "j", "c", "e"), path("f", "b", "j"))
    ).start(n=1, m=1, other="kept")  # fmt: skip
    assert case.open == ["a", "b"]
    case.complete("b", m=20)
    assert case.open == ["a"]
    case.complete("a", n=10, other="changed")
    assert case.outcome.variables == {"n": 10, "m": 20, "other": "changed", "z": 30}
    assert case.trace == ["s", "f", "b", "a", "j", "c", "e"]


def test_a_service_stops_and_is_answered() -> None:
    case = Case(
        row(service("v", "mod.fn", io({"no": "= account"}, {"bill": "= number"})))
    ).start(account="A1", hidden=1)  # fmt: skip
    assert case.outcome.status == "service"
    call = case.outcome.service
    assert (call.type, call.inputs, call.element) == ("mod.fn", {"no": "A1"}, "v")
    case.answer(number="B7", noise=1)
    assert case.outcome.status == "completed"
    assert case.outcome.variables == {"account": "A1", "hidden": 1, "bill": "B7"}


def test_terminate_ends_all() -> None:
    case = Case(process("p", start(), both("f"), user("a"), user("b"), end("e", TERMINATE),
        path("s", "f", "a", "e"), path("f", "b"))).start()  # fmt: skip
    case.complete("a")
    assert (case.outcome.status, case.outcome.ended, case.open) == ("completed", "e", [])
