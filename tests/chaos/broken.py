"""What breaks within a case while nobody is at the desk: a service that raises or hangs, an
expression that does not end or eats all memory. Each must become an incident that says so, other
cases must not suffer, and once the fault is gone the incident must be mended by repeating it.
"""

from __future__ import annotations

import contextlib
import signal
import time
from dataclasses import dataclass, field
from typing import Any

import psycopg

from app import cases
from app.errors import Conflict
from app.work import SYSTEM
from tests.chaos.checks import HURRY, LEFT
from tests.chaos.clients import Desk
from tests.chaos.town import Town
from tests.cli.installations import entered

# What is given at the start, where it stops, and what the incident says.
KINDS = {
    "raise": ({"mode": "raise", "evil": "no"}, "inside", "RuntimeError"),
    "hang": ({"mode": "hang", "evil": "no"}, "inside", "没有办完"),
    "bomb": ({"mode": "no", "evil": "bomb"}, "way", "超过"),
    "hog": ({"mode": "no", "evil": "hog"}, "way", "已停止"),
}
OPEN = "SELECT number, status FROM cases WHERE procedure = 'chaos_broken'"
FOUND = """
    SELECT i.id, i.message, i.resolved_at IS NOT NULL FROM incidents i
    JOIN cases c ON c.id = i.case_id WHERE c.number = %s ORDER BY i.id DESC LIMIT 1
"""
STEP = """
    SELECT count(*) FROM tasks t JOIN cases c ON c.id = t.case_id
    WHERE c.number = %s AND t.status = 'open' AND t.element = 'after'
"""


@dataclass
class Line:
    """Of one fault: how often, what the clients saw, what did not hold, how long it lasted."""

    times: int = 0
    acknowledged: int = 0
    uncertain: int = 0
    retried: int = 0
    violations: list[str] = field(default_factory=list)
    recovery: float = 0.0
    drained: float = 0.0


class Broken:
    """Begins one case of each kind; whatever else breaks meanwhile, they wait to be mended."""

    def __init__(self, town: Town) -> None:
        self.town, self.line = town, Line()
        for name in ("raise", "hang"):
            (town.flags / name).touch()
        desk = Desk(town, 0)
        moved = {name: desk.start("chaos_broken", **given) for name, (given, _, _) in KINDS.items()}
        self.numbers = {name: case["number"] for name, case in moved.items() if case}

    def mended(self, seconds: float = 120) -> Line:
        """See their incidents, take the faults away, repeat them, see that the cases go on."""
        begun = time.monotonic()
        self.line.times = len(KINDS)
        for name in KINDS:
            self._incident(name, begun + seconds)
        for name in ("raise", "hang"):
            (self.town.flags / name).unlink()
        self._again()
        for name in ("raise", "hang"):
            self._goes_on(name, begun + 2 * seconds)
        self.line.drained = time.monotonic() - begun
        return self.line

    def _wrong(self, said: str) -> None:
        self.line.violations.append(said)

    def _incident(self, name: str, until: float) -> None:
        _, _element, words = KINDS[name]
        number = self.numbers.get(name, "")
        while not (found := self._rows(FOUND, number)) and time.monotonic() < until:
            time.sleep(0.25)
        if not found:
            self._wrong(f"no incident of {name}")
        elif words not in found[0][1]:
            self._wrong(f"the incident of {name} says: {found[0][1]}")

    def _again(self) -> None:
        with entered(self.town.land):
            for one in cases.incidents(SYSTEM):
                # What still hung has gone on by itself meanwhile, and settled it.
                with contextlib.suppress(Conflict):
                    cases.retry_incident(one.id, by=SYSTEM)

    def _goes_on(self, name: str, until: float) -> None:
        number = self.numbers.get(name, "")
        while time.monotonic() < until:
            step, found = self._rows(STEP, number), self._rows(FOUND, number)
            if step and step[0][0] == 1 and found and found[0][2]:
                return
            time.sleep(0.25)
        self._wrong(f"{name} was repeated and does not go on: {self._rows(LEFT)}")
        for worker in self.town.named("worker"):
            worker.send(signal.SIGUSR1)

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            self.town.rows(HURRY)
            return self.town.rows(sql, *values)
        except psycopg.Error:
            return []
