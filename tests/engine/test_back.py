"""Sending back: what opens, what falls away, what stays, in every kind of scope."""

from __future__ import annotations

from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import engine
from app.errors import Conflict
from tests.engine.drawings import (
    NOW,
    Case,
    at,
    both,
    call,
    end,
    flow,
    many,
    node,
    path,
    process,
    start,
    sub,
    timer,
    user,
    xor,
)


def finish(case: Case) -> Case:
    """Complete whatever is open, the first first."""
    for _ in range(200):
        if not case.outcome.tasks:
            return case
        task = case.outcome.tasks[0]
        case.complete(task.element, task.instance)
        assert case.outcome.status != "failed", case.outcome.error
    raise AssertionError("no end")


def line(*names: str) -> Case:
    return Case(process("p", start(), *map(user, names), end(), path("s", *names, "e"))).start()


def test_back_in_a_line_opens_the_step_and_closes_what_came_after() -> None:
    case = line("a", "b", "c").complete("a", n=1).complete("b")
    assert case.ways_back("c") == ["a", "b"]
    case.send_back("c", "a")
    assert case.open == ["a"]
    assert case.run.variables == {"n": 1}
    case.complete("a").complete("b").complete("c")
    assert (case.outcome.status, case.trace[-1]) == ("completed", "e")


def test_what_lies_ahead_and_the_step_itself_are_not_offered() -> None:
    case = line("a", "b", "c").complete("a")
    assert case.ways_back("b") == ["a"]
    ahead = engine.Back("c", "p", "", "user_task")
    with pytest.raises(Conflict):
        case.run.send_back(case.task("b").id, ahead, NOW)


def fork(*inner: str) -> Case:
    """``x``, then ``a1 a2`` beside ``b1 b2``, then ``z``."""
    names = ["x", "a1", "a2", "b1", "b2", "z"]
    return Case(
        process(
            "p",
            start(),
            *map(user, names),
            both("f"),
            both("j"),
            end(),
            path("s", "x", "f", "a1", "a2", "j", "z", "e"),
            path("f", "b1", "b2", "j"),
            *inner,
        )
    ).start()


def test_back_within_a_branch_leaves_the_other_branch_alone() -> None:
    case = fork().complete("x").complete("a1")
    other = case.task("b1").id
    case.send_back("a2", "a1")
    assert sorted(case.open) == ["a1", "b1"]
    assert case.task("b1").id == other
    finish(case)
    assert case.trace.count("z") == 1


def test_back_within_a_branch_keeps_what_has_arrived_at_the_join() -> None:
    case = fork().complete("x").complete("b1").complete("b2").complete("a1")
    case.send_back("a2", "a1")
    assert case.open == ["a1"]
    case.complete("a1").complete("a2")
    assert case.open == ["z"]


def test_back_out_of_a_branch_takes_all_branches_with_it() -> None:
    case = fork().complete("x").complete("b1").complete("b2").complete("a1")
    case.send_back("a2", "x")
    assert case.open == ["x"]
    case.complete("x")
    assert sorted(case.open) == ["a1", "b1"]
    finish(case)
    assert case.trace.count("z") == 1


def test_a_step_of_the_other_branch_is_not_offered() -> None:
    case = fork().complete("x").complete("b1").complete("a1")
    assert case.ways_back("a2") == ["x", "a1"]


def test_back_from_behind_the_join_into_a_branch_is_no_way_to_a_deadlock() -> None:
    """Only before the fork: a branch alone would wait at the join for ever."""
    case = finish_until(fork(), "z")
    assert case.ways_back("z") == ["x"]


def finish_until(case: Case, element: str) -> Case:
    while element not in case.open:
        case.complete(case.open[0])
    return case


def test_back_behind_a_fork_whose_loop_leads_before_it() -> None:
    loop = Case(
        process(
            "p",
            start(),
            *map(user, ["x", "a1", "a2", "b1"]),
            xor("g", default="g_j"),
            both("f"),
            both("j"),
            end(),
            path("s", "x", "f", "a1", "a2", "g"),
            flow("g", "x", "= again"),
            flow("g", "j", id="g_j"),
            path("f", "b1", "j", "e"),
        )
    ).start(again=False)
    loop.complete("x").complete("a1").send_back("a2", "a1")
    assert sorted(loop.open) == ["a1", "b1"]


def called(inner: str, *around: str) -> Case:
    main = process(
        "p", start(), *around, call("k", "inner"), user("z"), end(), path("s", "a", "k", "z", "e")
    )
    return Case(main, inner).start()


def test_out_of_a_called_procedure_and_into_one_that_is_over() -> None:
    inner = process(
        "inner", start("is"), user("i1"), user("i2"), end("ie"), path("is", "i1", "i2", "ie")
    )
    case = called(inner, user("a")).complete("a").complete("i1")
    assert case.ways_back("i2") == ["i1", "a", "k"]
    case.send_back("i2", "i1")
    assert case.open == ["i1"]
    case.complete("i1").send_back("i2", "a")
    assert case.open == ["a"]
    finish_until(case, "z")
    assert case.ways_back("z") == ["a", "k"]
    case.send_back("z", "k")
    assert case.open == ["i1"]
    finish(case)
    assert case.outcome.status == "completed"


def test_out_of_a_sub_process_with_a_timer_at_its_edge() -> None:
    case = Case(
        process(
            "p",
            start(),
            user("a"),
            sub("k", start("is"), user("i1"), end("ie"), path("is", "i1", "ie")),
            at("k", "late", timer("duration", "P1D")),
            user("z"),
            end(),
            path("s", "a", "k", "e"),
            path("late", "z", "e"),
        )
    ).start()
    case.complete("a")
    assert len(case.outcome.timers) == 1
    case.send_back("i1", "a")
    assert (case.open, case.outcome.timers) == (["a"], [])
    case.complete("a").advance(days=2)
    assert case.open == ["z"]


def test_out_of_the_rounds_of_a_list() -> None:
    case = Case(
        process(
            "p",
            start(),
            user("a"),
            node("userTask", "m", many("= [1, 2, 3]", "x")),
            end(),
            path("s", "a", "m", "e"),
        )
    ).start()
    case.complete("a").complete("m", 2)
    assert case.ways_back("m") == ["a"]
    case.send_back("m", "a", 3)
    assert case.open == ["a"]
    case.complete("a")
    assert case.open == ["m", "m", "m"]


def test_a_loop_may_be_gone_back_in_for_ever_and_stays_flat() -> None:
    case = line("a", "b")
    case.complete("a")
    size = len(case.outcome.state)
    for _ in range(60):
        case.send_back("b", "a").complete("a")
    assert len(case.outcome.state) <= size + 6
    case.complete("b")
    assert case.outcome.status == "completed"


# --- any block-structured drawing -----------------------------------------------------------------


def blocks() -> st.SearchStrategy[object]:
    leaf = st.just("task")
    return st.recursive(
        leaf,
        lambda inner: st.tuples(
            st.sampled_from(["row", "both", "one", "sub"]), st.lists(inner, min_size=1, max_size=3)
        ),
        max_leaves=7,
    )


class Drawn:
    """A drawing of a block: nodes, and flows from an entry to an exit."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.numbers = count(1)

    def draw(self, block: object) -> tuple[str, str]:
        if block == "task":
            return self.task()
        kind, inner = block  # type: ignore[misc]
        return getattr(self, f"_{kind}")(inner)  # type: ignore[no-any-return]

    def task(self) -> tuple[str, str]:
        name = f"t{next(self.numbers)}"
        self.parts.append(user(name))
        return name, name

    def _row(self, inner: list[object]) -> tuple[str, str]:
        ends = [self.draw(one) for one in inner]
        for (_, left), (right, _) in pairwise(ends):
            self.parts.append(path(left, right))
        return ends[0][0], ends[-1][1]

    def _both(self, inner: list[object]) -> tuple[str, str]:
        number = next(self.numbers)
        opens, closes = f"f{number}", f"j{number}"
        self.parts += [both(opens), both(closes)]
        for one in inner:
            first, last = self.draw(one)
            self.parts += [path(opens, first), path(last, closes)]
        return opens, closes

    def _one(self, inner: list[object]) -> tuple[str, str]:
        number = next(self.numbers)
        opens, closes = f"x{number}", f"y{number}"
        ways = [(f"{opens}_{n}", one) for n, one in enumerate(inner)]
        self.parts += [xor(opens, default=ways[-1][0]), xor(closes)]
        for n, (name, one) in enumerate(ways):
            first, last = self.draw(one)
            condition = f"= pick = {n}" if name != ways[-1][0] else None
            self.parts += [flow(opens, first, condition, id=name), path(last, closes)]
        return opens, closes

    def _sub(self, inner: list[object]) -> tuple[str, str]:
        number = next(self.numbers)
        within = Drawn()
        within.numbers = self.numbers
        first, last = within._row(inner)
        begin, stop = f"b{number}", f"c{number}"
        within.parts += [start(begin), end(stop), path(begin, first), path(last, stop)]
        self.parts.append(sub(f"u{number}", *within.parts))
        return f"u{number}", f"u{number}"


@given(blocks(), st.data(), st.integers(0, 2))
def test_after_any_ways_back_every_drawing_still_comes_to_its_one_end(
    block: object, data: st.DataObject, pick: int
) -> None:
    drawn = Drawn()
    first, last = drawn.draw(block)
    case = Case(process("p", start(), *drawn.parts, end(), path("s", first), path(last, "e")))
    case.start(pick=pick)
    for _ in range(12):
        if not case.outcome.tasks:
            break
        task = data.draw(st.sampled_from(case.outcome.tasks))
        ways = case.run.ways_back(task.id)
        if ways and data.draw(st.booleans()):
            way = data.draw(st.sampled_from(ways))
            case._take(case.run.send_back(task.id, way, case.now))
            assert task.id not in {t.id for t in case.outcome.tasks}
        else:
            case.complete(task.element, task.instance)
        assert case.outcome.status != "failed", case.outcome.error
        assert len(case.open) == len(set(case.open))
    finish(case)
    assert case.outcome.status == "completed"
    assert case.trace.count("e") == 1
