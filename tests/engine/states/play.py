"""Plays moves named by element on a case, and says what came of each: plain values only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app import engine
from app.engine.times import duration


def picture(outcome: engine.Outcome) -> dict[str, Any]:
    """What a host sees after a move; ids too, because the host's tables keep them."""
    return {
        "status": outcome.status,
        "ended": outcome.ended,
        "trace": [[step.element, step.instance] for step in outcome.steps],
        "open": sorted(
            [[t.id, t.element, t.instance, "task"] for t in outcome.tasks]
            + [[t.id, t.element, t.due.isoformat(), "timer"] for t in outcome.timers]
            + [[s.id, s.element, s.name, s.key] for s in outcome.subscriptions]
            + [[c.id, c.element, c.type, "service"] for c in outcome.pending],
            key=str,
        ),
        "messages": [[m.name, m.key, m.variables] for m in outcome.messages],
        "variables": outcome.variables,
    }


class Table:
    """A case on a clock of its own."""

    def __init__(self, run: engine.Run, now: datetime, outcome: engine.Outcome) -> None:
        self.run, self.now, self.outcome = run, now, outcome

    def play(self, move: Mapping[str, Any]) -> dict[str, Any]:
        name = next(iter(move))
        if "after" in move:
            self.now = duration(move["after"]).after(self.now)
        self.outcome = getattr(self, f"_{name}")(move[name], move)
        return picture(self.outcome)

    def _complete(self, element: str, move: Mapping[str, Any]) -> engine.Outcome:
        instance = move.get("instance")
        task = next(
            t for t in self.outcome.tasks if t.element == element and instance in (None, t.instance)
        )
        return self.run.complete(task.id, move.get("answers") or {}, self.now)

    def _resume(self, element: str, move: Mapping[str, Any]) -> engine.Outcome:
        call = next(c for c in self.outcome.pending if c.element == element)
        return self.run.resume(call.id, move.get("answers") or {}, self.now)

    def _message(self, name: str, move: Mapping[str, Any]) -> engine.Outcome:
        outcome = self.run.deliver(name, move["key"], move.get("answers") or {}, self.now)
        assert outcome is not None
        return outcome

    def _signal(self, name: str, move: Mapping[str, Any]) -> engine.Outcome:
        outcome = self.run.signal(name, move.get("answers") or {}, self.now)
        assert outcome is not None
        return outcome

    def _fire(self, element: str, _move: Mapping[str, Any]) -> engine.Outcome:
        timer = next(t for t in self.outcome.timers if t.element == element)
        self.now = max(self.now, timer.due)
        return self.run.fire(timer.id, self.now)
