"""The engine against a reference interpreter of the token game, on random drawings.

``RUNS=20000`` for a long one, with loops of 10,000 rounds;
``python -m tools.differential`` says more.
"""

from __future__ import annotations

import os
from collections import Counter
from random import Random

import pytest

from app import engine
from tests.engine import drawings as d
from tests.engine.reference import compare
from tests.engine.reference.compare import Difference, Move
from tests.engine.reference.duel import Duel, duel
from tests.engine.reference.generator import KINDS, generate
from tests.engine.reference.model import Drawing, Flow, Node, Scope, Test, Write

RUNS = int(os.environ.get("RUNS", "300"))
PARTS = 10


@pytest.mark.parametrize("part", range(PARTS))
def test_engine_plays_the_token_game(part: int) -> None:
    """Traces, what is open, variables, messages; loaded anew at every step; with all history."""
    ended: Counter[str] = Counter()
    for seed in range(part, RUNS, PARTS):
        _, run = duel(seed)
        try:
            ended[run.play()] += 1
        except Difference as said:
            pytest.fail(f"seed {seed}: {said}\n" + "\n".join(run.log))
    assert ended["completed"] > 0.8 * ended.total()


def test_generator_draws_every_kind() -> None:
    used: Counter[str] = Counter()
    for seed in range(300):
        used.update(generate(seed).used)
    assert set(used) == KINDS


def test_same_seed_same_drawing() -> None:
    assert generate(7).drawing == generate(7).drawing


# would it notice?


def rigged() -> Drawing:
    """start → and → (a | b) → and → script → end."""
    scope = Scope("p", "process")
    for id, kind in (("s", "start"), ("g", "and"), ("a", "user"), ("b", "user"), ("j", "and")):
        scope.nodes[id] = Node(id, kind)
    scope.nodes["w"] = Node("w", "script", write=Write("x", "x", 1))
    scope.nodes["e"] = Node("e", "end")
    for row in ("sg", "ga", "gb", "aj", "bj", "jw", "we"):
        scope.flows.append(Flow(f"f_{row}", row[0], row[1]))
    return Drawing({"p": scope}, {"x": 0})


def halfway() -> Duel:
    run = Duel(rigged(), {}, Random(1))
    run.replay([Move("start"), Move("task", "a")])
    return run


LAST = [("b", None), ("j", None), ("w", None), ("e", None)]


def judged(run: Duel, trace: list[tuple[str, int | None]], outcome: engine.Outcome) -> None:
    states = compare.play(run.game, run.states, Move("task", "b"))
    states = compare.follow(run.game, states, trace)
    compare.at_rest(run.game, states, outcome)


def last_move(run: Duel) -> engine.Outcome:
    assert run.outcome is not None
    return run.run.complete(run.outcome.tasks[0].id, {}, d.NOW)


def test_right_trace_passes() -> None:
    run = halfway()
    judged(run, LAST, last_move(run))


@pytest.mark.parametrize(
    "trace",
    [
        [LAST[0], LAST[2], LAST[1], LAST[3]],
        LAST[:1] + LAST[2:],
        LAST[:3],
        [*LAST, LAST[3]],
        [*LAST[:3], LAST[2], LAST[3]],
        [("a", None), *LAST[1:]],
    ],
    ids=["swapped", "dropped", "too early at rest", "too long", "twice", "another"],
)
def test_wrong_trace_is_noticed(trace: list[tuple[str, int | None]]) -> None:
    run = halfway()
    with pytest.raises(Difference):
        judged(run, trace, last_move(run))


def spoilt(outcome: engine.Outcome, name: str) -> None:
    if name == "variables":
        outcome.variables["x"] = 7
    elif name == "status":
        outcome.status = "waiting"
    elif name == "thrown":
        outcome.messages.append(engine.Thrown("M", "k", {}))
    else:
        outcome.subscriptions.append(engine.Subscription("1", "M", "k", "a"))


@pytest.mark.parametrize("name", ["variables", "status", "thrown", "open"])
def test_wrong_picture_is_noticed(name: str) -> None:
    run = halfway()
    outcome = last_move(run)
    spoilt(outcome, name)
    with pytest.raises(Difference, match=name if name != "variables" else "x: reference"):
        judged(run, LAST, outcome)


def test_another_rule_is_noticed() -> None:
    """A reference whose script adds another number than the drawing says must differ."""
    run = halfway()
    nodes = run.drawing.scopes["p"].nodes
    run.game.drawing.nodes["w"] = Node("w", "script", write=Write("x", "x", 2))
    assert nodes["w"].write == Write("x", "x", 1)
    with pytest.raises(Difference, match="x: reference 2, engine 1"):
        run.take(Move("task", "b"))


# big ones


def started(drawing: Drawing) -> Duel:
    run = Duel(drawing, {}, Random(1))
    run.take(Move("start"))
    return run


def many(kind: str) -> str:
    rows = f"={list(range(1, 1001))}"
    return d.many(rows, sequential=kind == "one", output="out", element="=got")


@pytest.mark.parametrize("kind", ["one", "all"])
def test_thousand_instances_of_a_script(kind: str) -> None:
    text = '<zeebe:script expression="=item + 1" resultVariable="got"/>'
    case = d.Case(d.row(d.node("scriptTask", "a", d.ext(text), many(kind)))).start()
    assert case.outcome.status == "completed"
    assert case.outcome.variables["out"] == list(range(2, 1002))


@pytest.mark.parametrize("kind", ["one", "all"])
def test_thousand_instances_of_a_user_task(kind: str) -> None:
    task = d.node("userTask", "a", d.ext("<zeebe:userTask/>"), many(kind))
    case = d.Case(d.row(task), reload=False).start()
    for number in range(1000):
        if number % 100 == 0:
            case.run = engine.load(case.library, case.outcome.state)
        last = case.outcome.tasks[-1]
        case.complete("a", last.instance, got=last.instance)
    assert case.outcome.status == "completed"
    assert case.outcome.variables["out"] == list(range(1, 1001))


def test_parallel_split_of_a_hundred() -> None:
    scope = Scope("p", "process")
    for each in (Node("s", "start"), Node("g", "and"), Node("j", "and"), Node("e", "end")):
        scope.nodes[each.id] = each
    scope.flows += [Flow("f1", "s", "g"), Flow("f2", "j", "e")]
    for number in range(100):
        id = f"u{number}"
        scope.nodes[id] = Node(id, "user")
        scope.flows += [Flow(f"i{number}", "g", id), Flow(f"o{number}", id, "j")]
    run = started(Drawing({"p": scope}, {"x": 0}))
    for number in Random(3).sample(range(100), 100):
        run.take(Move("task", f"u{number}"))
    assert run.outcome is not None
    assert run.outcome.status == "completed"


# Well beyond the depth of a thousand where the bare engine's iterators stop.
ROUNDS = 10_000 if RUNS > 1000 else 2_000


def test_thousands_of_rounds_of_a_gateway_loop() -> None:
    nodes = d.xor("m") + d.script("a", "=x + 1", "x") + d.xor("g", default="out")
    back = d.flow("g", "m", f"=x < {ROUNDS}") + d.flow("g", "e", id="out")
    case = d.Case(d.process("p", d.start(), nodes, d.end(), d.path("s", "m", "a", "g"), back))
    case.start(x=0)
    assert case.outcome.status == "completed"
    assert case.trace.count("a") == ROUNDS


def test_thousands_of_rounds_of_a_standard_loop() -> None:
    mark = (
        '<bpmn:standardLoopCharacteristics testBefore="true">'
        f'<bpmn:loopCondition xsi:type="bpmn:tFormalExpression">=x &lt; {ROUNDS}'
        "</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
    )
    text = '<zeebe:script expression="=x + 1" resultVariable="x"/>'
    case = d.Case(d.row(d.node("scriptTask", "a", d.ext(text), mark))).start(x=0)
    assert case.outcome.status == "completed"
    assert case.outcome.variables == {"x": ROUNDS}


def test_thousands_of_rounds_of_a_person() -> None:
    nodes = d.xor("m") + d.user("a") + d.xor("g", default="out")
    back = d.flow("g", "m", "=again") + d.flow("g", "e", id="out")
    ways = d.path("s", "m", "a", "g") + back
    case = d.Case(d.process("p", d.start(), nodes, d.end(), ways), reload=False).start()
    sizes = []
    for number in range(ROUNDS):
        if number % 100 == 0:
            sizes.append(len(case.outcome.state))
            case.run = engine.load(case.library, case.outcome.state)
        case.complete("a", again=number < ROUNDS - 1)
    assert case.outcome.status == "completed"
    assert max(sizes) < min(sizes) + 100, "the state must not grow with age"


def test_a_gateway_loop_is_a_reference_too() -> None:
    """The reference alone runs a loop to its end: it is not the engine that counts for it."""
    scope = Scope("p", "process")
    scope.nodes = {
        "s": Node("s", "start"),
        "a": Node("a", "script", write=Write("x", "x", 1)),
        "g": Node("g", "xor", default="out"),
        "e": Node("e", "end"),
    }
    scope.flows = [
        Flow("f1", "s", "a"),
        Flow("f2", "a", "g"),
        Flow("back", "g", "a", Test("x", "<", 50)),
        Flow("out", "g", "e"),
    ]
    run = started(Drawing({"p": scope}, {"x": 0}))
    assert run.states[0].root.variables == {"x": 50}
