"""Moments and durations of ISO 8601 as timers write them. Reads no clock.

A date without a time means the end of that day (24:00, UTC+8): 「以内」包含本数, so a limit of
ten working days still holds on the whole of the tenth.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

CHINA = timezone(timedelta(hours=8))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# Names of FEEL's functions whose answers change with the calendar (``app/feel/js/calendar.js``).
COUNTED = re.compile(
    r"\b(working\s+(days|hours|minutes)\s+(after|between)|next\s+working\s+day"
    r"|is\s+working\s+(day|time))\s*\("
)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
DURATION = re.compile(
    r"P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
    r"(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)


@dataclass(frozen=True, slots=True)
class Duration:
    """Months count by the calendar, the rest by the clock."""

    months: int
    rest: timedelta

    def after(self, moment: datetime) -> datetime:
        there = moment.astimezone(CHINA)
        month = there.month - 1 + self.months
        year, month = there.year + month // 12, month % 12 + 1
        day = min(there.day, _days(year, month))
        return (there.replace(year=year, month=month, day=day) + self.rest).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Cycle:
    """``R3/PT10M``, ``R/2026-03-02T09:00:00+08:00/PT1H``; ``times`` None = for ever."""

    times: int | None
    start: datetime | None
    every: Duration
    text: str


def counts_service(expression: str) -> bool:
    """Whether an expression asks the calendar: what it gives has to be worked out anew when the
    calendar changes."""
    return COUNTED.search(expression) is not None


def _days(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


def duration(value: Any) -> Duration:
    """Raises ValueError for anything but an ISO duration that is not negative."""
    found = DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(value)
    years, months, weeks, days, hours, minutes = (int(g or 0) for g in found.groups()[:6])
    seconds = float(found.group(7) or 0)
    rest = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return Duration(years * 12 + months, rest)


def moment(value: Any) -> datetime:
    """An ISO date or date and time as aware UTC; without a zone it is China's."""
    if not isinstance(value, str):
        raise ValueError(value)
    text = value.strip().partition("@")[0].partition("[")[0]
    if DATE.fullmatch(text):
        day = date.fromisoformat(text) + timedelta(days=1)
        return datetime.combine(day, time(), CHINA).astimezone(UTC)
    read = datetime.fromisoformat(text)
    return (read if read.tzinfo else read.replace(tzinfo=CHINA)).astimezone(UTC)


def cycle(value: Any) -> Cycle:
    if not isinstance(value, str) or not value.strip().startswith("R"):
        raise ValueError(value)
    head, *parts = value.strip().split("/")
    if len(parts) not in (1, 2):
        raise ValueError(value)
    times = int(head[1:]) if head[1:] else None
    start = moment(parts[0]) if len(parts) == 2 else None
    every = duration(parts[-1])
    if times == 0 or (not every.months and not every.rest):
        raise ValueError(value)
    return Cycle(times, start, every, parts[-1])


def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC, as states keep moments. ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError("an aware moment is needed")
    return (at - EPOCH) // MICROSECOND


def from_micros(value: int) -> datetime:
    return EPOCH + timedelta(microseconds=value)
