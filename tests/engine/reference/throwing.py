"""Throwing: errors and escalations outwards, signals to all, compensation, cancel, terminate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.engine.reference import activities, waiting
from tests.engine.reference.model import Event, Node
from tests.engine.reference.state import Act, Place, Ready, Record, Round, State, Stuck, Wait

if TYPE_CHECKING:
    from tests.engine.reference.game import Game


def undoes(node: Node) -> bool:
    return node.kind in ("throw", "end") and any(
        e.kind in ("compensation", "cancel") for e in node.events
    )


def throw(game: Game, state: State, place: Place, node: Node, event: Event) -> None:
    if event.kind == "message":
        state.thrown.append(event.ref or "")
    elif event.kind == "signal":
        waiting.broadcast(game, state, event.ref or "", {})
    elif event.kind == "terminate":
        game.clear(place)
        place.outcome = node.id
    elif event.kind in ("error", "escalation"):
        caught = outwards(game, state, place, None, event)
        if event.kind == "error" and not caught:
            raise Stuck(node.id)


def alive(state: State, place: Place) -> bool:
    return any(place is other for other in state.places())


def outwards(
    game: Game, state: State, place: Place | None, round_: Round | None, event: Event
) -> bool:
    """To the nearest catcher; from inside a scope, or from an activity itself."""
    got, own = {}, None
    if event.kind == "error":
        got = {"errorCode": event.ref, "errorMessage": event.ref}
    while place is not None or round_ is not None:
        if place is not None:
            found = _match(game, [w for w in place.waits if w.element != own], event)
            round_ = place.host
        else:
            assert round_ is not None
            found = _match(game, round_.act.waits, event)
            # What an event sub-process throws again goes on outside the scope that it belongs to.
            place, own, round_ = round_.act.place, round_.act.node, None
            if found is not None:
                waiting.trigger(game, state, *found, got)
                return True
            continue
        if found is not None:
            waiting.trigger(game, state, *found, got)
            return True
        place = None
    return False


def _match(game: Game, waits: list[Wait], event: Event) -> tuple[Wait, Event] | None:
    rows = [
        (wait, e)
        for wait in waits
        for e in wait.left
        if e.kind == event.kind and e.ref in (None, event.ref)
    ]
    return min(rows, key=lambda row: row[1].ref is None, default=None)


# compensation


def start_undo(game: Game, state: State, place: Place, node: Node) -> None:
    event = next(e for e in node.events if e.kind in ("compensation", "cancel"))
    if event.kind == "cancel":
        done = place.done
        game.clear(place)
        place.done, place.leaving = done, True
    act = Act(state.new(), node.id, place, undo=[])
    place.acts.append(act)
    act.undo = _take(place.done, event.ref)


def _take(done: list[Record], only: str | None) -> list[Record]:
    """What is to be undone, the last first to be called; taken out, for each is called once."""
    chosen = [r for r in done if only in (None, r.node)]
    done[:] = [r for r in done if r not in chosen]
    return _flat(chosen)


def _flat(records: list[Record]) -> list[Record]:
    rows: list[Record] = []
    for record in records:
        rows += [record] if record.by is not None else _flat(record.inner)
    return rows


def next_handler(game: Game, state: State, act: Act) -> None:
    assert act.undo
    record = act.undo.pop()
    act.busy = True
    by = game.node(record.by or "")
    handler = by if by.scope is not None else game.node(by.handler or "")
    activities.start(game, state, act.place, handler, comp=act)


def undone(game: Game, state: State, act: Act) -> None:
    """All handlers have been called: the throw goes on, a transaction is left."""
    place, node = act.place, game.node(act.node)
    place.acts.remove(act)
    if place.leaving:
        _left(game, state, place)
        return
    if node.kind == "end":
        place.outcome = node.id
        return
    game.leave(state, place, node)


def _left(game: Game, state: State, place: Place) -> None:
    assert place.host is not None
    host = place.host.act
    wait: Any = next(w for w in host.waits if any(e.kind == "cancel" for e in w.left))
    host.place.acts.remove(host)
    host.place.ready.append(Ready(state.new(), wait.element, host.place))
