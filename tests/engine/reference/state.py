"""The marking of a case: scopes that are open, what stands in them, what is waited for."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.engine.reference.model import Event


@dataclass(eq=False)
class Wait:
    """One event that may come. ``left``: definitions that have not come yet."""

    id: int
    element: str
    owner: Act | Place
    left: list[Event]
    due: int | None = None
    fires: int | None = None
    truth: bool = False
    got: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Round:
    """One round of an activity. ``status``: wait (for the world), inner (a scope), ready."""

    id: int
    act: Act
    number: int | None
    frame: dict[str, Any] = field(default_factory=dict)
    status: str = "ready"
    inner: Place | None = None
    got: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Act:
    """An activity, catch event or event-based gateway that has begun, or a throw of compensation
    that waits for handlers (``undo``: those still to be called). ``comp``: called by that act."""

    id: int
    node: str
    place: Place
    rounds: list[Round] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    total: int = 0
    begun: int = 0
    done: int = 0
    results: dict[int, Any] = field(default_factory=dict)
    undo: list[Record] | None = None
    busy: bool = False
    comp: Act | None = None


@dataclass(eq=False)
class Ready:
    """A token at a node that needs nothing but its turn. ``then``: the event that came, of an
    event-based gateway."""

    id: int
    node: str
    place: Place
    got: dict[str, Any] = field(default_factory=dict)
    then: str | None = None


@dataclass(eq=False)
class Record:
    """A completed activity that can be undone. ``by``: boundary event or event sub-process."""

    node: str
    by: str | None
    inner: list[Record] = field(default_factory=list)


@dataclass(eq=False)
class Place:
    """An open scope."""

    id: int
    scope: str
    host: Round | None
    variables: dict[str, Any] | None = None
    ready: list[Ready] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    held: dict[tuple[str, str], int] = field(default_factory=dict)
    fired: dict[str, list[str]] = field(default_factory=dict)
    done: list[Record] = field(default_factory=list)
    leaving: bool = False
    enough: bool = False
    outcome: str | None = None


class Undecided(Exception):
    """Too many markings are possible to go on."""


class Stuck(Exception):
    """An incident: the move cannot be made."""


@dataclass(eq=False)
class State:
    """All of it. ``thrown``: names of messages sent in this move."""

    root: Place
    now: int = 0
    last: int = 0
    over: bool = False
    broken: str | None = None
    thrown: list[str] = field(default_factory=list)

    def copy(self) -> State:
        return pickle.loads(pickle.dumps(self, 5))  # type: ignore[no-any-return]

    def new(self) -> int:
        self.last += 1
        return self.last

    def places(self) -> Iterator[Place]:
        if not self.over:
            yield from _down(self.root)

    def acts(self) -> Iterator[Act]:
        for place in self.places():
            yield from place.acts

    def waits(self) -> Iterator[Wait]:
        for place in self.places():
            yield from place.waits
            for act in place.acts:
                yield from act.waits

    def find(self, id: int) -> Any:
        for place in self.places():
            for thing in _things(place):
                if thing.id == id:
                    return thing
        return None


def _down(place: Place) -> Iterator[Place]:
    yield place
    for act in list(place.acts):
        for round_ in list(act.rounds):
            if round_.inner is not None:
                yield from _down(round_.inner)


def _things(place: Place) -> Iterator[Any]:
    yield from place.ready
    yield from place.waits
    for act in place.acts:
        yield act
        yield from act.rounds
        yield from act.waits


def chain(place: Place, round_: Round | None = None) -> list[dict[str, Any]]:
    """Frames of variables, the nearest first, the process's last."""
    frames = [round_.frame] if round_ is not None else []
    at = place
    while at.variables is None:
        assert at.host is not None
        frames.append(at.host.frame)
        at = at.host.act.place
    return [*frames, at.variables]


def number(round_: Round | None) -> int | None:
    """Of the nearest round around, also through calls."""
    at = round_
    while at is not None and at.number is None:
        at = at.act.place.host
    return at.number if at is not None else None


def visible(place: Place, round_: Round | None = None) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for frame in reversed(chain(place, round_)):
        merged.update(frame)
    return merged


def store(place: Place, values: dict[str, Any], round_: Round | None = None) -> None:
    """Where a name already lives, else in the process."""
    frames = chain(place, round_)
    for name, value in values.items():
        next((f for f in frames[:-1] if name in f), frames[-1])[name] = value


def key(state: State) -> Any:
    """Equal for markings that cannot be told apart."""
    return (state.over, state.broken, _place(state.root), tuple(sorted(state.thrown)))


def _sorted(rows: Any) -> tuple[Any, ...]:
    return tuple(sorted(rows, key=repr))


def _place(place: Place) -> Any:
    return (
        place.scope,
        repr(sorted((place.variables or {}).items())),
        _sorted((r.node, repr(r.got), r.then) for r in place.ready),
        _sorted(_act(a) for a in place.acts),
        _sorted(_wait(w) for w in place.waits),
        _sorted((k, n) for k, n in place.held.items() if n),
        repr(sorted(place.fired.items())),
        repr([(r.node, len(r.inner)) for r in place.done]),
        place.leaving,
        place.enough,
    )


def _act(act: Act) -> Any:
    rounds = _sorted(
        (r.number, repr(r.frame), r.status, repr(r.got), r.inner and _place(r.inner))
        for r in act.rounds
    )
    undo = None if act.undo is None else repr([r.node for r in act.undo])
    waits = _sorted(_wait(w) for w in act.waits)
    return (act.node, rounds, waits, act.begun, act.done, repr(act.results), undo, act.busy)


def _wait(wait: Wait) -> Any:
    return (wait.element, repr(wait.left), wait.due, wait.fires, wait.truth, repr(wait.got))
