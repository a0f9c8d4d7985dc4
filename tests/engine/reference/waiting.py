"""Events that are waited for: armed, looked at, triggered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tests.engine.reference import activities
from tests.engine.reference.model import Event, Node
from tests.engine.reference.state import Act, Place, Ready, State, Wait, visible

if TYPE_CHECKING:
    from tests.engine.reference.game import Choice, Game


def arm(
    game: Game,
    state: State,
    place: Place,
    element: str,
    events: tuple[Event, ...],
    owner: Act | Place,
) -> None:
    """``element``: the catching event, the boundary event, or the event sub-process."""
    wait = Wait(state.new(), element, owner, list(events))
    for event in events:
        if event.kind == "timer":
            wait.due, wait.fires = state.now + event.seconds, event.times
    owner.waits.append(wait)


def catcher(game: Game, wait: Wait) -> Node:
    """The event itself: of an event sub-process its start."""
    node = game.node(wait.element)
    return node.scope.start_event() if node.scope is not None else node


def due(game: Game, state: State) -> list[Choice]:
    """Timers whose moment has come; what they let loose is completed at once."""
    return [
        (_seen_first(game, wait), "due", wait.id, "")
        for wait in state.waits()
        if wait.due is not None and wait.due <= state.now
    ]


def _seen_first(game: Game, wait: Wait) -> str:
    owner = wait.owner
    if isinstance(owner, Act) and game.node(owner.node).kind == "choice":
        return owner.node
    return catcher(game, wait).id


def trigger(
    game: Game, state: State, wait: Wait, event: Event, got: dict[str, Any] | None = None
) -> None:
    """One definition of a wait has come."""
    node = catcher(game, wait)
    got = {**wait.got, **(got or {})}
    if node.all_events and event in wait.left and len(wait.left) > 1:
        wait.left.remove(event)
        wait.got = got
        if event.kind == "timer":
            wait.due = None
        return
    owner = wait.owner
    if isinstance(owner, Place):
        _event_sub(game, state, owner, wait, event, got)
    elif node.kind == "boundary":
        _boundary(game, state, owner, wait, event, got)
    elif node.kind == "receive" and game.node(owner.node).kind == "receive":
        for round_ in owner.rounds:
            round_.status, round_.got = "ready", got
        owner.waits = [w for w in owner.waits if w is not wait]
    else:
        activities.won(game, state, owner, wait.element, got)


def _again(game: Game, state: State, wait: Wait, event: Event) -> None:
    """One that does not interrupt goes on waiting, unless its timer has nothing left."""
    wait.left = list(catcher(game, wait).events)
    if event.kind != "timer":
        return
    if event.times is None or wait.fires == 1:
        wait.left = [e for e in wait.left if e.kind != "timer"]
        wait.due = None
        if not wait.left:
            wait.owner.waits.remove(wait)
        return
    wait.fires = (wait.fires or 0) and (wait.fires or 0) - 1
    assert wait.due is not None
    wait.due += event.seconds


def _boundary(
    game: Game, state: State, act: Act, wait: Wait, event: Event, got: dict[str, Any]
) -> None:
    node = game.node(wait.element)
    if node.interrupting:
        act.place.acts.remove(act)
        act.waits = []
    else:
        _again(game, state, wait, event)
    act.place.ready.append(Ready(state.new(), node.id, act.place, got))


def _event_sub(
    game: Game, state: State, place: Place, wait: Wait, event: Event, got: dict[str, Any]
) -> None:
    first = catcher(game, wait)
    if first.interrupting:
        game.clear(place)
    else:
        _again(game, state, wait, event)
    if place.host is not None:
        place.host.status = "inner"
    act = activities.start(game, state, place, game.node(wait.element))
    inner = act.rounds[0].inner
    assert inner is not None
    inner.ready[0].got = got


def conditions(game: Game, state: State) -> bool:
    """Look at every conditional event; trigger one that has come true."""
    for wait in list(state.waits()):
        for event in wait.left:
            if event.test is None:
                continue
            place = wait.owner if isinstance(wait.owner, Place) else wait.owner.place
            holds = event.test.holds(visible(place))
            rose = holds and not wait.truth
            wait.truth = holds
            if rose:
                trigger(game, state, wait, event)
                return True
    return False


def hearing(state: State, kind: str, name: str) -> Iterator[tuple[Wait, Event]]:
    """Who waits for a message or a signal."""
    for wait in state.waits():
        for event in wait.left:
            if event.kind == kind and event.ref == name:
                yield wait, event
                break


def broadcast(game: Game, state: State, name: str, got: dict[str, Any]) -> None:
    for wait, event in list(hearing(state, "signal", name)):
        if any(wait is still for still in state.waits()):
            trigger(game, state, wait, event, got)
