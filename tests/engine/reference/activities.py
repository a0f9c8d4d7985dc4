"""Activities: their rounds, what they wait for, what follows when they are done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.engine.reference import waiting
from tests.engine.reference.model import Loop, Node
from tests.engine.reference.state import Act, Place, Ready, Round, State, store, visible

if TYPE_CHECKING:
    from tests.engine.reference.game import Choice, Game


def start(game: Game, state: State, place: Place, node: Node, comp: Act | None = None) -> Act:
    act = Act(state.new(), node.id, place, comp=comp)
    place.acts.append(act)
    if node.kind == "catch":
        act.rounds.append(Round(state.new(), act, None, status="wait"))
        waiting.arm(game, state, place, node.id, node.events, act)
        return act
    for boundary in game.drawing.scopes[place.scope].at(node.id):
        if boundary.events[0].kind != "compensation":
            waiting.arm(game, state, place, boundary.id, boundary.events, act)
    if node.loop is None:
        begin(game, state, act, None)
    else:
        _start_loop(game, state, act, node.loop)
    return act


def _start_loop(game: Game, state: State, act: Act, loop: Loop) -> None:
    act.total = loop.count
    if loop.kind == "all":
        for number in range(1, loop.count + 1):
            begin(game, state, act, number)
    elif another(act, loop):
        begin(game, state, act, 1)
    if not act.rounds:
        finish(game, state, act)


def another(act: Act, loop: Loop) -> bool:
    """One more round?"""
    if loop.kind == "one":
        return act.begun < act.total
    if loop.maximum is not None and act.done >= loop.maximum:
        return False
    if loop.test is None or (act.done == 0 and not loop.before):
        return True
    return loop.test.holds({**visible(act.place), "loopCounter": act.done})


def begin(game: Game, state: State, act: Act, number: int | None) -> None:
    node = game.node(act.node)
    round_ = Round(state.new(), act, number)
    act.rounds.append(round_)
    act.begun += 1
    if node.loop is not None:
        round_.frame["loopCounter"] = number
        if node.loop.kind != "while" and not node.loop.cardinality:
            round_.frame["item"] = number
        if node.loop.output is not None:
            round_.frame["got"] = None
    if node.kind in ("user", "service"):
        round_.status = "wait"
    elif node.kind == "receive":
        round_.status = "wait"
        waiting.arm(game, state, act.place, node.id, node.events, act)
    elif node.scope is not None:
        _enter(game, state, round_, node.scope.id, None)
    elif node.calls is not None:
        _enter(game, state, round_, node.calls, visible(act.place, round_))


def _enter(
    game: Game, state: State, round_: Round, scope: str, variables: dict[str, Any] | None
) -> None:
    given = None
    if variables is not None:
        given = {name: variables[name] for name in game.drawing.variables}
    round_.status, round_.inner = "inner", Place(state.new(), scope, round_, given)
    game.open(state, round_.inner)


def choices(game: Game, act: Act) -> list[Choice]:
    found: list[Choice] = []
    if act.undo is not None and not act.busy:
        if act.undo:
            by = act.undo[-1].by or ""
            element = by
            if game.node(by).scope is not None:
                return [("", "handler", act.id, "")]
            return [(element, "handler", act.id, "")]
        return [(act.node, "undone", act.id, "")]
    found += [(act.node, "round", r.id, "") for r in act.rounds if r.status == "ready"]
    return found


def complete(game: Game, state: State, round_: Round) -> None:
    """A round is done: what it brings is written, then more rounds, then the flows out."""
    act = round_.act
    node, place = game.node(act.node), act.place
    if node.write is not None:
        value = node.write.value(visible(place, round_))
        store(place, {node.write.target: value}, round_)
    store(place, round_.got, round_)
    if round_.inner is not None and node.calls is not None:
        assert round_.inner.variables is not None
        brought = {name: round_.inner.variables[name] for name in node.outputs}
        store(place, brought or {"called": 1})
    act.rounds.remove(round_)
    act.done += 1
    if round_.number is not None:
        act.results[round_.number] = round_.frame.get("got")
    game.remember(place, act, round_.inner)
    if node.loop is not None and _goes_on(game, state, act, node.loop):
        return
    finish(game, state, act)


def _goes_on(game: Game, state: State, act: Act, loop: Loop) -> bool:
    counts = {
        "numberOfInstances": act.total,
        "numberOfCompletedInstances": act.done,
        "numberOfActiveInstances": len(act.rounds),
    }
    if loop.until is not None and loop.until.holds({**visible(act.place), **counts}):
        act.rounds = []
        return False
    if loop.kind == "all":
        return bool(act.rounds)
    if another(act, loop):
        begin(game, state, act, act.begun + 1)
        return True
    return False


def finish(game: Game, state: State, act: Act) -> None:
    node, place = game.node(act.node), act.place
    place.acts.remove(act)
    if node.loop is not None and node.loop.output is not None:
        values = [act.results.get(n) for n in range(1, act.total + 1)]
        store(place, {node.loop.output: values})
    if act.comp is not None:
        act.comp.busy = False
        return
    scope = game.drawing.scopes[place.scope]
    if node.scope is None or node.scope.kind != "event":
        game.leave(state, place, node)
    if scope.kind == "adhoc":
        _ad_hoc(game, state, place)


def _ad_hoc(game: Game, state: State, place: Place) -> None:
    scope = game.drawing.scopes[place.scope]
    if scope.until is None:
        return
    if place.enough or scope.until.holds(visible(place)):
        place.enough = True
        if not scope.keeps:
            game.clear(place)
        return
    if not place.acts and not place.ready:
        for node in scope.starts():
            game.arrive(state, place, node, "")


def choose(game: Game, state: State, place: Place, node: Node) -> None:
    """An event-based gateway: the first of its events wins."""
    act = Act(state.new(), node.id, place)
    place.acts.append(act)
    for flow in game.drawing.scopes[place.scope].out(node.id):
        target = game.node(flow.target)
        waiting.arm(game, state, place, target.id, target.events, act)


def won(game: Game, state: State, act: Act, element: str, got: dict[str, Any]) -> None:
    """An event that was waited for alone, or behind a gateway, has come."""
    act.place.acts.remove(act)
    if game.node(act.node).kind == "choice":
        act.place.ready.append(Ready(state.new(), act.node, act.place, got, element))
    else:
        act.place.ready.append(Ready(state.new(), element, act.place, got))
