"""Shapes of a drawing: implicit starts and ends, splits, joins, names."""

from __future__ import annotations

from tests.engine.drawings import Case, both, end, flow, path, process, start, user


def test_no_start_and_no_end_drawn() -> None:
    case = Case(process("p", user("a"), user("b"), user("c"), path("a", "b"))).start()
    assert sorted(case.open) == ["a", "c"]
    case.complete("a").complete("c").complete("b")
    assert (case.outcome.status, case.outcome.ended) == ("completed", None)


def test_several_flows_out_of_a_task_split_and_conditional_ones_choose() -> None:
    case = Case(
        process(
            "p",
            start(),
            user("a"),
            user("b"),
            user("c"),
            user("d"),
            path("s", "a", "b"),
            flow("a", "c", "= n > 1"),
            flow("a", "d", "= n > 2"),
        )
    ).start(n=2)
    assert sorted(case.complete("a").open) == ["b", "c"]


def test_a_case_that_nothing_can_move_is_an_incident() -> None:
    case = Case(
        process(
            "p",
            start(),
            user("a"),
            both("j"),
            end(),
            path("s", "a", "j", "e"),
            user("k"),
            path("k", "j"),
        )
    ).start()
    case.complete("a")
    assert (case.outcome.status, case.outcome.error.kind) == ("failed", "stuck")


def test_elements_named_like_the_stock_engines_own() -> None:
    """Start, End and Root collide with internal specifications: all tasks vanished."""
    case = Case(
        process(
            "p",
            start("Start"),
            user("Root"),
            user("p.EndJoin"),
            end("End"),
            path("Start", "Root", "p.EndJoin", "End"),
        )
    ).start()
    case.complete("Root").complete("p.EndJoin")
    assert case.trace == ["Start", "Root", "p.EndJoin", "End"]


def test_a_surplus_token_waits_at_the_join() -> None:
    case = Case(
        process(
            "p",
            start(),
            both("f"),
            user("a"),
            user("b"),
            both("j"),
            user("c"),
            user("again"),
            path("s", "f", "a", "j", "c"),
            path("f", "b", "j"),
            path("f", "again", "a"),
        )
    ).start()
    case.complete("again")
    case.complete("a").complete("a")
    assert case.open == ["b"]
    case.complete("b")
    assert case.open == ["c"]
    assert case.run.state().count(b'"#j"') == 1


def test_two_flows_from_one_gateway_into_one_join() -> None:
    case = Case(
        process(
            "p",
            start(),
            both("f"),
            both("j"),
            end(),
            path("s", "f"),
            flow("f", "j", id="f1"),
            flow("f", "j", id="f2"),
            path("j", "e"),
        )
    ).start()
    assert case.trace == ["s", "f", "j", "e"]
