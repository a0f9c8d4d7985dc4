"""Contraction and saving change nothing: random block-structured drawings, same traces."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import engine
from app.engine.bench import bench, loop
from tests.engine.drawings import (
    NOW,
    at,
    both,
    catch,
    drawing,
    end,
    ext,
    first,
    flow,
    io,
    many,
    path,
    process,
    start,
    sub,
    timer,
    user,
    xor,
)

LEAVES = ["task", "timed", "reminded", "events"]
PAIRS = ["row", "all", "either"]
WRAPS = ["loop", "sub", "subtimed", "many", "inorder"]


@st.composite
def blocks(draw: Any, depth: int = 0) -> tuple[Any, ...]:
    """A tree of blocks, always some levels deep: most faults need a few things at once."""
    kinds = [*PAIRS, *WRAPS] if depth < 2 else [*LEAVES, *PAIRS, *WRAPS] if depth < 4 else LEAVES
    kind = draw(st.sampled_from(kinds))
    parts = 2 if kind in PAIRS else 1 if kind in WRAPS else 0
    return (kind, *(draw(blocks(depth + 1)) for _ in range(parts)))


BLOCKS = blocks()


class Builder:
    """Writes a block as nodes and flows; each block has one way in and one way out."""

    def __init__(self) -> None:
        self.ids = count(1)

    def block(self, shape: tuple[Any, ...]) -> tuple[str, str, str]:
        """XML, id of the way in, id of the way out."""
        made: tuple[str, str, str] = getattr(self, shape[0])(*shape[1:])
        return made

    def id(self, letter: str) -> str:
        return f"{letter}{next(self.ids)}"

    def task(self) -> tuple[str, str, str]:
        name = self.id("t")
        return user(name), name, name

    def timed(self) -> tuple[str, str, str]:
        name, edge, out = self.id("t"), self.id("b"), self.id("g")
        xml = user(name) + at(name, edge, timer("duration", "PT1H")) + xor(out)
        return xml + path(name, out) + path(edge, out), name, out

    def reminded(self) -> tuple[str, str, str]:
        name, edge, gone = self.id("t"), self.id("b"), self.id("e")
        xml = user(name) + at(name, edge, timer("cycle", "R2/PT1H"), interrupting=False)
        return xml + end(gone) + path(edge, gone), name, name

    def events(self) -> tuple[str, str, str]:
        gate, one, two, out = (self.id(c) for c in "gccg")
        xml = first(gate) + catch(one, timer("duration", "PT1H"))
        xml += catch(two, timer("duration", "PT2H")) + xor(out)
        return xml + path(gate, one, out) + path(gate, two, out), gate, out

    def row(self, a: Any, b: Any) -> tuple[str, str, str]:
        (xa, ia, oa), (xb, ib, ob) = self.block(a), self.block(b)
        return xa + xb + path(oa, ib), ia, ob

    def all(self, a: Any, b: Any) -> tuple[str, str, str]:
        return self._fork(a, b, both)

    def either(self, a: Any, b: Any) -> tuple[str, str, str]:
        split, join = self.id("g"), self.id("g")
        (xa, ia, oa), (xb, ib, ob) = self.block(a), self.block(b)
        xml = xor(split, f"f_{split}_{ib}") + xor(join) + xa + xb
        xml += flow(split, ia, "= modulo(n, 2) = 0") + path(split, ib)
        return xml + path(oa, join) + path(ob, join), split, join

    def _fork(self, a: Any, b: Any, gate: Any) -> tuple[str, str, str]:
        split, join = self.id("g"), self.id("g")
        (xa, ia, oa), (xb, ib, ob) = self.block(a), self.block(b)
        xml = gate(split) + gate(join) + xa + xb
        return (
            xml + path(split, ia) + path(split, ib) + path(oa, join) + path(ob, join),
            split,
            join,
        )

    def loop(self, a: Any) -> tuple[str, str, str]:
        head, tail = self.id("g"), self.id("g")
        xml, inside, out = self.block(a)
        xml += xor(head) + xor(tail, f"f_{tail}_{head}x")
        back = flow(tail, head, "= modulo(n, 3) = 0")
        onward = self.id("g")
        xml += xor(onward) + flow(tail, onward, id=f"f_{tail}_{head}x")
        return xml + path(head, inside) + path(out, tail) + back, head, onward

    def sub(self, a: Any, *more: str) -> tuple[str, str, str]:
        name, begin, finish = self.id("u"), self.id("s"), self.id("e")
        xml, inside, out = self.block(a)
        body = start(begin) + xml + end(finish) + path(begin, inside) + path(out, finish)
        return sub(name, *more, body), name, name

    def subtimed(self, a: Any) -> tuple[str, str, str]:
        xml, name, _ = self.sub(a)
        edge, out = self.id("b"), self.id("g")
        xml += at(name, edge, timer("duration", "PT3H")) + xor(out)
        return xml + path(name, out) + path(edge, out), name, out

    def many(self, a: Any) -> tuple[str, str, str]:
        return self.sub(a, ext(io({"n": "= n"})), many("= [1, 2]", output="o", element="= n"))

    def inorder(self, a: Any) -> tuple[str, str, str]:
        return self.sub(a, many("= [1, 2]", sequential=True))


def build(shape: tuple[Any, ...]) -> engine.Library:
    xml, inside, out = Builder().block(shape)
    body = start() + xml + end() + path("s", inside) + path(out, "e")
    return engine.compile({"r.bpmn": drawing(process("p", body))})


class Plain(engine.Run):
    """Keeps all finished history, as the stock engine does."""

    contract = False


def walk(library: engine.Library, picks: list[int], *, keep: bool, reload: bool) -> list[Any]:
    run: engine.Run = (Plain if keep else engine.Run)(library)
    now = NOW
    outcome = run.start("p", {"n": 1}, now)
    seen: list[Any] = list(told(outcome))
    for number, pick in enumerate(picks):
        if outcome.status == "completed":
            break
        if reload:
            run = engine.load(library, outcome.state)
        choices: list[Any] = [*outcome.tasks, *outcome.timers]
        chosen = choices[pick % len(choices)]
        if isinstance(chosen, engine.OpenTask):
            outcome = run.complete(chosen.id, {"n": number}, now)
        else:
            now = max(now, chosen.due) + timedelta(minutes=pick)
            outcome = run.fire(chosen.id, now)
        seen += told(outcome)
    return seen


def told(outcome: engine.Outcome) -> Iterator[Any]:
    yield from ((step.element, step.instance) for step in outcome.steps)
    yield sorted((t.element, t.instance or 0) for t in outcome.tasks)
    yield sorted((t.element, t.due) for t in outcome.timers)
    yield outcome.status, outcome.ended, outcome.variables


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(BLOCKS, st.lists(st.integers(0, 40), min_size=15, max_size=40))
def test_contraction_and_saving_change_nothing(shape: Any, picks: list[int]) -> None:
    library = build(shape)
    kept = walk(library, picks, keep=True, reload=False)
    assert walk(library, picks, keep=False, reload=False) == kept
    assert walk(library, picks, keep=False, reload=True) == kept


def test_a_loop_of_2000_rounds_stays_small_and_goes_on() -> None:
    """The stock iterators stop at depth 1000: a loop ended without error or completion."""
    library = engine.compile({"l.bpmn": loop()})
    outcome = engine.Run(library).start("p", {"n": 0}, NOW)
    sizes = []
    for number in range(2000):
        run = engine.load(library, outcome.state)
        outcome = run.complete(outcome.tasks[0].id, {"n": number}, NOW)
        sizes.append(len(outcome.state))
    assert max(sizes) - min(sizes) < 40
    last = engine.load(library, outcome.state).complete(outcome.tasks[0].id, {"n": -1}, NOW)
    assert last.ended == "e"


def test_the_bench_has_its_keys() -> None:
    found = bench(rounds=(10, 20))
    assert set(found) >= {"step_ms", "stock_step_ms", "loop_ms", "state_bytes", "loop_state_bytes"}
    assert set(found["loop_ms"]) == {"10", "20"}
    assert found["step_ms"] < found["stock_step_ms"]
    assert found["state_bytes"] < found["stock_state_bytes"]
