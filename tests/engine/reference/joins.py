"""Joins: parallel, inclusive, complex."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations
from typing import TYPE_CHECKING

from tests.engine.reference.model import Node, Scope
from tests.engine.reference.state import Place, State, visible

if TYPE_CHECKING:
    from tests.engine.reference.game import Choice, Game


def holds(game: Game, place: Place, node: Node) -> bool:
    """Does a token wait here for others?"""
    if node.kind == "and":
        return True
    return node.kind in ("or", "complex") and len(_flows(game, place, node)) > 1


def hold(place: Place, node: Node, flow: str) -> None:
    name = (node.id, flow)
    place.held[name] = place.held.get(name, 0) + 1


def _flows(game: Game, place: Place, node: Node) -> list[str]:
    return [f.id for f in game.drawing.scopes[place.scope].into(node.id)] or [""]


def _filled(game: Game, place: Place, node: Node) -> list[str]:
    return [f for f in _flows(game, place, node) if place.held.get((node.id, f))]


def _held(game: Game, place: Place, kinds: tuple[str, ...]) -> list[Node]:
    names = dict.fromkeys(n for (n, _), count in place.held.items() if count)
    return [game.node(n) for n in names if game.node(n).kind in kinds]


def parallel(game: Game, place: Place) -> list[Choice]:
    return [
        (node.id, "join", place.id, node.id)
        for node in _held(game, place, ("and",))
        if len(_filled(game, place, node)) == len(_flows(game, place, node))
    ]


def enough(game: Game, place: Place) -> list[Choice]:
    """Complex gateways whose condition holds and that have not fired since they were last empty.

    It may have fired before the last tokens came: any of those that are enough may be taken.
    """
    found: list[Choice] = []
    for node in _held(game, place, ("complex",)):
        if node.id not in place.fired and node.test is not None:
            for flows in _some(_filled(game, place, node)):
                counted = {**visible(place), "activationCount": len(flows)}
                if node.test.holds(counted):
                    found.append((node.id, "join", place.id, "|".join([node.id, *flows])))
    return found


def _some(flows: list[str]) -> list[tuple[str, ...]]:
    return [some for n in range(1, len(flows) + 1) for some in combinations(flows, n)]


def rest(game: Game, place: Place) -> list[Choice]:
    """Complex gateways that have fired and that nothing more can come to."""
    found: list[Choice] = []
    for id, came in place.fired.items():
        node = game.node(id)
        filled = [f for f in _filled(game, place, node) if f not in came]
        if not _may_come(game, place, node, filled, set(came)):
            found.append(("", "rest", place.id, id))
    return found


def swallow(game: Game, place: Place, node: Node) -> None:
    for flow in _filled(game, place, node):
        if flow not in place.fired[node.id]:
            place.held[node.id, flow] -= 1
    del place.fired[node.id]


def late(game: Game, place: Place) -> list[Choice]:
    found: list[Choice] = rest(game, place)
    for node in _held(game, place, ("or",)):
        if not _may_come(game, place, node, _filled(game, place, node)):
            found.append((node.id, "join", place.id, node.id))
    return found


def fire(game: Game, state: State, place: Place, gate: str) -> None:
    id, *chosen = gate.split("|")
    node = game.node(id)
    filled = chosen or _filled(game, place, node)
    for flow in filled:
        place.held[node.id, flow] -= 1
    if node.kind == "complex" and len(filled) < len(_flows(game, place, node)):
        place.fired[node.id] = filled
    game.leave(state, place, node)


def _may_come(
    game: Game, place: Place, gate: Node, filled: list[str], came: Collection[str] = ()
) -> bool:
    """Can a token still come to an empty flow, and to no filled one, without passing the join?
    ``came``: flows that a complex gateway has taken a token from already; they count as filled."""
    scope = game.drawing.scopes[place.scope]
    for node in _standing(game, place, gate):
        seen = _reach(scope, node, gate.id)
        full = {*filled, *came}
        if seen - full and not seen & full:
            return True
    return False


def _standing(game: Game, place: Place, gate: Node) -> list[str]:
    nodes = [r.node for r in place.ready] + [a.node for a in place.acts]
    nodes += [n for (n, _), count in place.held.items() if count and n != gate.id]
    return nodes


def _reach(scope: Scope, start: str, gate: str) -> set[str]:
    """Flows into the gateway that a token at a node can come to."""
    found: set[str] = set()
    seen, todo = {start}, [start]
    while todo:
        here = todo.pop()
        node = scope.nodes[here]
        nexts = [n.id for n in scope.at(here)]
        if node.kind == "link_throw":
            nexts += [
                n.id for n in scope.nodes.values() if n.kind == "link_catch" and n.link == node.link
            ]
        for flow in scope.out(here):
            if flow.target == gate:
                found.add(flow.id)
            else:
                nexts.append(flow.target)
        todo += [n for n in nexts if n not in seen]
        seen.update(nexts)
    return found
