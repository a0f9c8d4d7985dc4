"""Limits: how they are written, when they end, and what a pause does to them. Pure.

A limit counts working days, service time, or time on the 24-hour clock; 「以内」 includes the limit
itself. While a case waits for its customer its clock stands: the end moves on by what was paused,
counted on the limit's own clock. Pauses are a union: overlapping ones count once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from app.worktime import SHANGHAI, ZERO, Calendar

Pause = tuple[datetime, datetime]

# As people write them → the unit. Days, hours and minutes alone are those of the 24-hour clock.
WORDS = {
    "workdays": "workdays", "workday": "workdays", "working days": "workdays",
    "working day": "workdays", "工作日": "workdays", "个工作日": "workdays",
    "working hours": "working hours", "working hour": "working hours", "工作小时": "working hours",
    "个工作小时": "working hours", "working minutes": "working minutes",
    "working minute": "working minutes", "工作分钟": "working minutes",
    "days": "days", "day": "days", "天": "days", "日": "days",
    "hours": "hours", "hour": "hours", "小时": "hours", "个小时": "hours",
    "minutes": "minutes", "minute": "minutes", "分钟": "minutes",
}  # fmt: skip
UNITS = ("workdays", "working hours", "working minutes", "days", "hours", "minutes")
SPANS = {
    "working hours": timedelta(hours=1),
    "working minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "minutes": timedelta(minutes=1),
}
TEXT = re.compile(r"(\d{1,6})\s*(\D*)")
ISO = re.compile(r"PT(?=.)(?:(\d{1,5})H)?(?:(\d{1,6})M)?")
# The name of a limit among the settings, as domain 4.0 writes them.
NAME = re.compile(r"T-[A-Z0-9]+(\.[a-z]+)?")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many of a unit: see ``UNITS``."""

    n: int
    unit: str

    @classmethod
    def read(cls, said: Any) -> Limit:
        """From a drawing, an expression or a row: a number means working days.

        ``5``, ``5 workdays``, ``PT4H`` (service time), ``30 working minutes``, ``20 minutes``,
        ``24 hours``, ``30 days`` (24-hour clock), and the same in Chinese. ValueError: none.
        """
        if isinstance(said, int | float) and not isinstance(said, bool):
            if said < 0 or said != int(said):
                raise ValueError(said)
            return cls(int(said), "workdays")
        if not isinstance(said, str):
            raise ValueError(said)
        return cls._written(said.strip())

    @classmethod
    def _written(cls, text: str) -> Limit:
        if iso := ISO.fullmatch(text):
            minutes = int(iso[1] or 0) * 60 + int(iso[2] or 0)
            hours, rest = divmod(minutes, 60)
            return cls(minutes, "working minutes") if rest else cls(hours, "working hours")
        found = TEXT.fullmatch(text)
        unit = found and (WORDS.get(found[2].strip()) if found[2].strip() else "workdays")
        if not found or not unit:
            raise ValueError(text)
        return cls(int(found[1]), unit)

    def __str__(self) -> str:
        return f"{self.n} {self.unit}"

    @property
    def round_the_clock(self) -> bool:
        """Whether nights, weekends and holidays count."""
        return self.unit in ("days", "hours", "minutes")

    def after(self, start: datetime, calendar: Calendar) -> datetime:
        """The last moment that is in time, aware UTC: whatever is done by then, it included.

        Working days end with the close of service, days with the end of the day in Shanghai.
        """
        if self.unit == "workdays":
            return calendar.add_workdays(start, self.n)
        if self.unit == "days":
            day = start.astimezone(SHANGHAI).date() + timedelta(days=self.n + 1)
            return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)
        span = self.n * SPANS[self.unit]
        if self.round_the_clock:
            return start.astimezone(UTC) + span
        return calendar.add_working_time(start, span)

    def between(self, start: datetime, end: datetime, calendar: Calendar) -> timedelta:
        """Time on the clock of this limit."""
        return end - start if self.round_the_clock else calendar.working_time_between(start, end)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a due moment follows from: the limit, since when, days more, what was paused."""

    limit: Limit
    start: datetime
    more: int = 0
    pauses: Sequence[Pause] = ()

    def due(self, calendar: Calendar) -> datetime:
        """The last moment in time, moved on by exactly what was paused since the start."""
        if self.more and self.limit.unit == "workdays":
            due = Limit(self.limit.n + self.more, "workdays").after(self.start, calendar)
        else:
            due = self.limit.after(self.start, calendar)
            due = calendar.add_workdays(due, self.more) if self.more else due
        return moved(due, self.paused(calendar), calendar, round_the_clock=self.round_the_clock)

    @property
    def round_the_clock(self) -> bool:
        """Of the limit."""
        return self.limit.round_the_clock

    def paused(self, calendar: Calendar) -> timedelta:
        """How long the clock of this limit stood."""
        return paused(self.pauses, self.start, None, calendar, self.limit)


def moved(
    due: datetime, by: timedelta, calendar: Calendar, *, round_the_clock: bool = False
) -> datetime:
    """A due moment later by so much, on its clock."""
    return due + by if round_the_clock else calendar.add_working_time(due, by)


def within(pauses: Iterable[Pause], start: datetime, end: datetime | None = None) -> list[Pause]:
    """The parts of pauses that lie between two moments."""
    cut = [(max(a, start), b if end is None else min(b, end)) for a, b in pauses]
    return [(a, b) for a, b in cut if a < b]


def union(pauses: Iterable[Pause]) -> list[Pause]:
    """The same time covered without overlaps, in order."""
    joined: list[Pause] = []
    for start, end in sorted(pauses):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def paused(
    pauses: Iterable[Pause],
    start: datetime,
    end: datetime | None,
    calendar: Calendar,
    limit: Limit | None = None,
) -> timedelta:
    """What was paused between two moments: on the clock of a limit, else in service time."""
    clock = limit or Limit(0, "workdays")
    parts = within(union(pauses), start, end)
    return sum((clock.between(a, b, calendar) for a, b in parts), ZERO)


@dataclass(frozen=True, slots=True)
class Spent:
    """How long something took: ``gross`` by the wall, ``net`` on its own clock without pauses."""

    gross: timedelta
    net: timedelta

    @property
    def seconds(self) -> tuple[int, int]:
        """Whole seconds, gross and net."""
        return int(self.gross.total_seconds()), int(self.net.total_seconds())


def spent(
    start: datetime,
    end: datetime,
    pauses: Iterable[Pause],
    calendar: Calendar,
    limit: Limit | None = None,
) -> Spent:
    """The time between two moments; service time unless the limit runs round the clock."""
    clock = limit or Limit(0, "workdays")
    stood = paused(pauses, start, end, calendar, clock)
    return Spent(end - start, max(clock.between(start, end, calendar) - stood, ZERO))
