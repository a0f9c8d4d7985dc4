"""One run: a random drawing, random events, the engine and the reference side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from app import engine
from tests.engine.drawings import NOW
from tests.engine.reference import compare, xml
from tests.engine.reference.compare import Difference, Move
from tests.engine.reference.game import Game
from tests.engine.reference.generator import KINDS, Maker, generate
from tests.engine.reference.model import Drawing
from tests.engine.reference.state import State, Undecided

STEPS = 40


@dataclass
class Duel:
    """``moves``: what has been done so far, enough to do it again. ``twins``: runs that must do
    the same as the first: one loaded anew for each move, one that never forgets anything."""

    drawing: Drawing
    answers: dict[str, tuple[str, ...]]
    random: Random
    moves: list[Move] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    now: int = 0
    saved: bytes = b""

    def __post_init__(self) -> None:
        self.library = engine.compile({"t.bpmn": xml.write(self.drawing)})
        self.game = Game(self.drawing)
        self.states: list[State] = []
        self.run, self.full = engine.Run(self.library), engine.Run(self.library)
        self.full.contract = False
        self.outcome: engine.Outcome | None = None

    def play(self, steps: int = STEPS) -> str:
        """``completed``, ``waiting``, ``failed``, ``undecided``. Raises Difference."""
        try:
            self.take(Move("start"))
            for _ in range(steps):
                move = self._choose()
                if move is None or self.outcome is None:
                    break
                self.take(move)
        except Undecided:
            return "undecided"
        return self.outcome.status if self.outcome is not None else "failed"

    def replay(self, moves: list[Move]) -> None:
        for move in moves:
            self.take(move)

    def take(self, move: Move) -> None:
        """One move on all sides."""
        self.moves.append(move)
        self.log.append(str(move))
        self.now = move.at
        before, last, saved = self.states, self.outcome, self.saved
        outcome = self._engine(self.run, move, last)
        trace = [(step.element, step.instance) for step in outcome.steps]
        self.log.append(f"  engine: {outcome.status} {trace} {outcome.error or ''}")
        if outcome.status != "failed":
            self.saved = outcome.state
        self._twins(move, last, outcome, saved)
        self.states = self._reference(move, before)
        if outcome.status == "failed":
            self.outcome = None
            if not compare.may_break(self.game, self.states):
                raise Difference(f"the engine has an incident: {outcome.error}")
            return
        self.states = compare.follow(self.game, self.states, trace)
        self.outcome = outcome
        self._rest(outcome)

    def _rest(self, outcome: engine.Outcome) -> None:
        if outcome.service is not None:
            return
        self.states = compare.at_rest(self.game, self.states, outcome)

    def _reference(self, move: Move, before: list[State]) -> list[State]:
        if move.kind == "start":
            return [self.game.begin()]
        after = compare.play(self.game, before, move)
        if not after:
            raise Difference(f"the reference does not know {move}")
        return after

    def _twins(
        self, move: Move, last: engine.Outcome | None, outcome: engine.Outcome, saved: bytes
    ) -> None:
        if last is not None:
            again = engine.load(self.library, saved)
            other = self._engine(again, move, last)
            self._same("loaded anew", outcome, other)
            if outcome.status != "failed" and other.state != self.saved:
                raise Difference("the state of a case loaded anew is another one")
        full = self._engine(self.full, move, last)
        self._same("with all history", outcome, full)

    def _same(self, what: str, one: engine.Outcome, other: engine.Outcome) -> None:
        for name in ("steps", "status", "error", "ended"):
            if getattr(one, name) != getattr(other, name):
                raise Difference(f"{what}: {name} {getattr(other, name)}")
        if compare.seen(one) != compare.seen(other):
            raise Difference(f"{what}: {compare.seen(other)}, not {compare.seen(one)}")

    def _engine(self, run: engine.Run, move: Move, last: engine.Outcome | None) -> engine.Outcome:
        now, answers = NOW + timedelta(seconds=move.at), dict(move.answers)
        if move.kind == "start" or last is None:
            return run.start("p", self.drawing.variables, now)
        makes: dict[str, Callable[[], engine.Outcome | None]] = {
            "task": lambda: run.complete(_open(last.tasks, move), answers, now),
            "service": lambda: run.resume(_open(last.pending, move), answers, now),
            "fail": lambda: run.fail(_open(last.pending, move), move.code, move.code, now),
            "later": lambda: run.proceed(now),
            "timer": lambda: run.fire(_due(last, move), now),
            "message": lambda: run.deliver(move.element, "k", answers, now),
            "signal": lambda: run.signal(move.element, answers, now),
        }
        outcome = makes[move.kind]()
        if outcome is None:
            raise Difference(f"the engine does not know {move}")
        return outcome

    # what comes next

    def _choose(self) -> Move | None:
        outcome = self.outcome
        if outcome is None or outcome.status == "completed":
            return None
        if outcome.service is not None:
            if self.random.random() < 0.3:
                return Move("later", at=self.now)
            if self.random.random() < 0.1:
                call = outcome.service
                return Move("fail", call.element, call.instance, (), self.now, "E1")
            return self._answer("service", outcome.service)
        rows: list[Callable[[], Move]] = []
        rows += [lambda t=t: self._answer("task", t) for t in outcome.tasks]  # type: ignore[misc]
        rows += [lambda c=c: self._answer("service", c) for c in outcome.pending]  # type: ignore[misc]
        names = dict.fromkeys((s.kind, s.name) for s in outcome.subscriptions)
        rows += [lambda k=k, n=n: self._event(k, n) for k, n in names]  # type: ignore[misc]
        if outcome.timers:
            rows.append(lambda: self._timer(outcome))
        return self.random.choice(rows)() if rows else None

    def _answer(self, kind: str, thing: Any) -> Move:
        names = self.answers.get(thing.element, ())
        answers = tuple((n, self.random.randint(0, 2)) for n in names if self.random.random() < 0.6)
        return Move(kind, thing.element, thing.instance, answers, self.now)

    def _event(self, kind: str, name: str) -> Move:
        brings = (("spare", self.random.randint(4, 9)),) if self.random.random() < 0.3 else ()
        return Move(kind, name, None, brings, self.now)

    def _timer(self, outcome: engine.Outcome) -> Move:
        first = min(outcome.timers, key=lambda t: (t.due, t.id))
        at = max(self.now, int((first.due - NOW).total_seconds()))
        return Move("timer", first.element, None, (), at)


def _open(things: list[Any], move: Move) -> str:
    return next(
        (t.id for t in things if (t.element, t.instance) == (move.element, move.number)), ""
    )


def _due(last: engine.Outcome, move: Move) -> str:
    timers = sorted(last.timers, key=lambda t: (t.due, t.id))
    return next(t.id for t in timers if t.element == move.element)


def duel(seed: int, kinds: frozenset[str] = KINDS, size: int = 8) -> tuple[Maker, Duel]:
    maker = generate(seed, kinds, size)
    return maker, Duel(maker.drawing, maker.answers, Random(seed))
