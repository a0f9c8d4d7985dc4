"""Holds the engine against the reference: each move must be one that the token game allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from app import engine
from tests.engine.drawings import NOW
from tests.engine.reference import throwing, waiting
from tests.engine.reference.game import Game
from tests.engine.reference.model import Event
from tests.engine.reference.state import Round, State, Undecided, Wait, key, number

MOST = 100


class Difference(AssertionError):
    """The engine did what the token game does not allow."""


@dataclass(frozen=True)
class Move:
    """What comes from outside: start, task, service, timer, message, signal."""

    kind: str
    element: str = ""
    number: int | None = None
    answers: tuple[tuple[str, int], ...] = ()
    at: int = 0
    code: str = ""

    def __str__(self) -> str:
        brings = f"{self.number or ''} {self.code} {dict(self.answers)}"
        return f"{self.kind} {self.element} {brings} at {self.at}"


def play(game: Game, states: list[State], move: Move) -> list[State]:
    """All markings right after a move, before anything follows from it. A timer's move is but the
    clock: whatever is due at that moment may come first."""
    after: list[State] = []
    for state in states:
        after += [_played(game, state, move, act) for act in _ways(game, state, move)]
    return _distinct(after)


Way = Callable[[Game, State], None]


def _played(game: Game, state: State, move: Move, way: Way) -> State:
    copy = game.copy(state)
    copy.now, copy.thrown = move.at, []
    way(game, copy)
    game.settle(copy)
    return copy


def _ways(game: Game, state: State, move: Move) -> list[Way]:
    answers = dict(move.answers)
    if move.kind in ("task", "service"):
        return [_answered(r.id, answers) for r in _rounds(game, state) if _is(r, move)]
    if move.kind == "fail":
        return [_failed(r.id, move.code) for r in _rounds(game, state) if _is(r, move)]
    if move.kind == "message":
        heard = waiting.hearing(state, "message", move.element)
        return [_came(w.id, "message", move.element, answers) for w, _ in heard]
    if move.kind == "signal":
        return [lambda g, s: waiting.broadcast(g, s, move.element, answers)]
    return [lambda _g, _s: None]


def _is(round_: Round, move: Move) -> bool:
    return (round_.act.node, number(round_)) == (move.element, move.number)


def _answered(id: int, answers: dict[str, int]) -> Way:
    return lambda game, state: game.answer(state.find(id), answers)


def _failed(id: int, code: str) -> Way:
    def way(game: Game, state: State) -> None:
        round_ = state.find(id)
        if not throwing.outwards(game, state, None, round_, Event("error", code)):
            state.broken = round_.act.node

    return way


def _came(id: int, kind: str, name: str | None, answers: dict[str, int]) -> Way:
    def way(game: Game, state: State) -> None:
        wait = state.find(id)
        event = next(e for e in wait.left if e.kind == kind and e.ref == name)
        waiting.trigger(game, state, wait, event, answers)

    return way


def _rounds(game: Game, state: State) -> Iterable[Round]:
    for act in state.acts():
        if game.node(act.node).kind in ("user", "service"):
            yield from (r for r in act.rounds if r.status == "wait")


def _distinct(states: Iterable[State]) -> list[State]:
    rows = list({key(s): s for s in states}.values())
    if len(rows) > MOST:
        raise Undecided
    return rows


def follow(game: Game, states: list[State], trace: Iterable[tuple[str, int | None]]) -> list[State]:
    """All markings after these elements (and rounds) have been completed in this order."""
    done: list[str] = []
    for element, instance in trace:
        states = _silent(game, states)
        after = _step(game, states, element, instance)
        if not after:
            could = sorted({c[0] for s in states for c in game.choices(s)})
            raise Difference(f"after {done} comes {element}, possible: {could}")
        states = _distinct(after)
        done.append(element)
    return _silent(game, states)


def _step(game: Game, states: list[State], element: str, instance: int | None) -> list[State]:
    """The number of the round only narrows the search: 005 does not say how rounds count."""
    after = []
    for state in states:
        choices = [c for c in game.choices(state) if c[0] == element]
        choices = [c for c in choices if game.instance(state, c) == instance] or choices
        for choice in choices:
            copy = state if choice is choices[-1] else game.copy(state)
            game.fire(copy, choice)
            if copy.broken is None:
                after.append(copy)
    return after


def _silent(game: Game, states: list[State]) -> list[State]:
    """Also what follows without a trace: an event sub-process begins to undo."""
    rows = list(states)
    for state in rows:
        for choice in game.choices(state):
            if choice[0] == "":
                copy = game.copy(state)
                game.fire(copy, choice)
                rows.append(copy)
    return rows


# the picture at rest


def picture(game: Game, state: State) -> dict[str, Any]:
    status = "completed" if state.over else "waiting"
    rows: list[tuple[Any, ...]] = []
    for round_ in _rounds(game, state):
        kind = "task" if game.node(round_.act.node).kind == "user" else "service"
        rows.append((kind, round_.act.node, number(round_)))
    for wait in state.waits():
        rows += _waits_for(game, wait)
    return {
        "status": status,
        "open": Counter(rows),
        "thrown": Counter(state.thrown),
        "variables": state.root.variables,
    }


def _waits_for(game: Game, wait: Wait) -> Iterable[tuple[Any, ...]]:
    element = waiting.catcher(game, wait).id
    if wait.due is not None:
        yield ("timer", element, wait.due)
    for event in wait.left:
        if event.kind in ("message", "signal", "conditional"):
            yield (event.kind, element, event.ref)


def seen(outcome: engine.Outcome) -> dict[str, Any]:
    """The same of the engine."""
    rows: list[tuple[Any, ...]] = [("task", t.element, t.instance) for t in outcome.tasks]
    rows += [("service", c.element, c.instance) for c in outcome.pending]
    rows += [("timer", t.element, (t.due - NOW).total_seconds()) for t in outcome.timers]
    rows += [(s.kind, s.element, s.name) for s in outcome.subscriptions]
    rows += [("conditional", c.element, None) for c in outcome.conditions]
    return {
        "status": outcome.status,
        "open": Counter(rows),
        "thrown": Counter(m.name for m in outcome.messages),
        "variables": outcome.variables,
    }


def at_rest(game: Game, states: list[State], outcome: engine.Outcome) -> list[State]:
    """Those markings that are the engine's; nothing in them may move by itself."""
    said = seen(outcome)
    still = [s for s in states if not game.choices(s)]
    if not still:
        could = sorted({c[0] for s in states for c in game.choices(s)})
        raise Difference(f"the engine rests, {could} could go on")
    fitting = [s for s in still if picture(game, s) == said]
    if not fitting:
        raise Difference(_unlike(picture(game, still[0]), said))
    return fitting


def _unlike(own: dict[str, Any], said: dict[str, Any]) -> str:
    rows = []
    for name, value in own.items():
        other = said[name]
        if value == other:
            continue
        if isinstance(value, Counter):
            rows.append(f"{name}: only reference {value - other}, only engine {other - value}")
        elif isinstance(value, dict):
            names = {n for n in {*value, *other} if value.get(n, "-") != other.get(n, "-")}
            rows += [
                f"{n}: reference {value.get(n, '-')}, engine {other.get(n, '-')}" for n in names
            ]
        else:
            rows.append(f"{name}: reference {value}, engine {other}")
    return "; ".join(sorted(rows))


def may_break(game: Game, states: list[State]) -> bool:
    """Can an incident be reached?"""
    todo, known = list(states), set()
    while todo:
        state = todo.pop()
        if state.broken is not None or _dead(game, state):
            return True
        if key(state) in known:
            continue
        known.add(key(state))
        if len(known) > MOST:
            raise Undecided
        for choice in game.choices(state):
            copy = game.copy(state)
            game.fire(copy, choice)
            todo.append(copy)
    return False


def _dead(game: Game, state: State) -> bool:
    return not state.over and not game.choices(state) and not picture(game, state)["open"]
