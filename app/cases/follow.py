"""What a move changes in the tables: the difference between what was open and what is. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from app import engine

TASKS_OF_A_CASE = 1_000_000


@dataclass
class Waits:
    """What is open in a case, as its own row keeps it: engine id → task id, due time, message
    (name, key; a signal with a third word that says so).

    Beside it: ``sides``, side task → the task that it belongs to, and its kind; ``again``, step →
    the task done earlier whose answers are offered when the step opens; ``watchers``, persons.
    """

    tasks: dict[str, int] = field(default_factory=dict)
    timers: dict[str, str] = field(default_factory=dict)
    messages: dict[str, list[str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    sides: dict[str, tuple[int, str]] = field(default_factory=dict)
    again: dict[str, int] = field(default_factory=dict)
    watchers: list[int] = field(default_factory=list)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Waits:
        """From the row's JSON; what is empty was not stored."""
        return cls(
            dict(stored.get("t", {})),
            dict(stored.get("d", {})),
            dict(stored.get("m", {})),
            list(stored.get("c", [])),
            {side: (main, kind) for side, (main, kind) in stored.get("s", {}).items()},
            dict(stored.get("a", {})),
            list(stored.get("w", [])),
        )

    def stored(self) -> dict[str, Any]:
        """For the row's JSON."""
        named = {
            "t": self.tasks,
            "d": self.timers,
            "m": self.messages,
            "c": self.calls,
            "s": self.sides,
            "a": self.again,
            "w": self.watchers,
        }
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True)
class Plan:
    """Rows to write. ``closed`` are ids of tasks that nobody did: cancelled. ``again``: of the
    tasks opened, those that offer the answers of an earlier one. ``stay``: open before and after.
    """

    waits: Waits
    task_count: int
    opened: list[tuple[int, engine.OpenTask]]
    closed: list[int]
    timers: list[engine.OpenTimer]
    timers_gone: list[str]
    subscriptions: list[engine.Subscription]
    subscriptions_gone: list[str]
    calls_gone: list[str]
    again: dict[int, int] = field(default_factory=dict)
    stay: list[int] = field(default_factory=list)


def follow(
    case_id: int,
    task_count: int,
    waits: Waits,
    outcome: engine.Outcome,
    done: Collection[str] = (),
) -> Plan:
    """Compare what was open with what is. Tasks that stay open are not touched: claims stay.

    ``done``: engine ids of the tasks that a person completed in this move.
    """
    fresh = [t for t in outcome.tasks if t.id not in waits.tasks or t.id in done]
    first = case_id * TASKS_OF_A_CASE + task_count + 1
    opened = [(first + n, task) for n, task in enumerate(fresh)]
    now_open = {t.id: waits.tasks.get(t.id, 0) for t in outcome.tasks}
    now_open |= {task.id: number for number, task in opened}
    sides, aside = _sides(waits, set(now_open.values()))
    again = {n: waits.again[t.element] for n, t in opened if t.element in waits.again}
    timers = {t.id: t.due.isoformat() for t in outcome.timers}
    messages = {s.id: heard(s.name, s.key, s.kind) for s in outcome.subscriptions}
    calls = [c.id for c in outcome.pending]
    return Plan(
        waits=Waits(
            now_open,
            timers,
            messages,
            calls,
            sides,
            {e: n for e, n in waits.again.items() if n not in again.values()},
            waits.watchers,
        ),
        task_count=task_count + len(opened),
        opened=opened,
        closed=aside + [n for e, n in waits.tasks.items() if e not in now_open and e not in done],
        timers=[t for t in outcome.timers if waits.timers.get(t.id) != timers[t.id]],
        timers_gone=[e for e in waits.timers if timers.get(e) != waits.timers[e]],
        subscriptions=[
            s for s in outcome.subscriptions if waits.messages.get(s.id) != messages[s.id]
        ],
        subscriptions_gone=[e for e, m in waits.messages.items() if messages.get(e) != m],
        calls_gone=[c for c in waits.calls if c not in calls],
        again=again,
        stay=_stay(waits, now_open, opened, sides),
    )


def _stay(
    waits: Waits,
    now_open: Mapping[str, int],
    opened: list[tuple[int, engine.OpenTask]],
    sides: Mapping[str, tuple[int, str]],
) -> list[int]:
    """Tasks that were open before and are still, those beside them too."""
    new = {number for number, _task in opened}
    before = set(waits.tasks.values())
    steps = [number for number in now_open.values() if number in before and number not in new]
    return steps + [int(side) for side in sides]


def heard(name: str, key: str, kind: str) -> list[str]:
    """What is waited for, as the case's row keeps it."""
    return [name, key, *([kind] if kind != "message" else [])]


def _sides(
    waits: Waits, still_open: Collection[int]
) -> tuple[dict[str, tuple[int, str]], list[int]]:
    """Side tasks that stay, and those that close with the task that they belong to."""
    stay = {side: of for side, of in waits.sides.items() if of[0] in still_open}
    return stay, [int(side) for side in waits.sides if side not in stay]
