"""Working time: which days are working days, and counting them. Pure; knows no clock.

Holidays and make-up days are those that the State Council announces, by ``chinese_calendar``;
an installation's settings may say otherwise of single dates. A year not announced yet counts
weekends only and is provisional.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cached_property, lru_cache
from typing import Any, overload

from chinese_calendar import constants

SHANGHAI = timezone(timedelta(hours=8))
SERVICE_HOURS = (time(8, 30), time(17, 30))
FIRST, LAST = date(2004, 1, 1), date(2049, 12, 31)
# A year counts as announced when its National Day has been.
ANNOUNCED = frozenset(day.year for day in constants.holidays if (day.month, day.day) == (10, 1))


@lru_cache(maxsize=20_000)
def _announced_workday(day: date) -> bool:
    if day in constants.workdays:
        return True
    return day.weekday() < 5 and day not in constants.holidays


@dataclass(frozen=True)
class Calendar:
    """Working days of one installation.

    ``overrides``: date → is it a working day; ``hours``: opening and closing, Shanghai time.
    """

    overrides: Mapping[date, bool] = field(default_factory=dict)
    hours: tuple[time, time] = SERVICE_HOURS

    @cached_property
    def version(self) -> str:
        """Stable name of the content: equal calendars have equal versions in every process."""
        content = json.dumps(self.table(), sort_keys=True).encode()
        return hashlib.sha256(content).hexdigest()[:16]

    def is_workday(self, day: date) -> bool:
        """Whether the day (a moment: its day in Shanghai) is a working day."""
        day = local_day(day)
        override = self.overrides.get(day)
        return _announced_workday(day) if override is None else override

    def provisional(self, year: int) -> bool:
        """Whether the holidays of the year have not been announced yet."""
        return year not in ANNOUNCED

    @overload
    def add_workdays(self, start: datetime, n: int) -> datetime: ...
    @overload
    def add_workdays(self, start: date, n: int) -> date: ...
    def add_workdays(self, start: date, n: int) -> date:
        """The n-th working day after ``start``, which itself never counts; 0 gives ``start``.

        A moment (aware) gives the close of service of that day, aware UTC: “以内” includes the
        limit, so whatever is done until that moment, it included, is in time; 0 gives the close
        of its own day. Raises ValueError for negative n and naive moments.
        """
        if n < 0:
            raise ValueError("n must not be negative")
        day = self._after(local_day(start), n)
        return self.closing(day) if isinstance(start, datetime) else day

    def _after(self, day: date, n: int) -> date:
        while n:
            day += timedelta(days=1)
            n -= self.is_workday(day)
        return day

    def workdays_between(self, start: date, end: date) -> int:
        """Working days after ``start`` up to and with ``end``; negative when ``end`` is earlier."""
        first, last = local_day(start), local_day(end)
        if last < first:
            return -self.workdays_between(last, first)
        days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
        return sum(map(self.is_workday, days))

    def next_workday(self, day: date) -> date:
        """The first working day after a day, which itself never counts."""
        return self._after(local_day(day), 1)

    def working_time_between(self, start: datetime, end: datetime) -> timedelta:
        """Service time between two aware moments, to the millisecond; negative when reversed.

        Only what lies between opening and closing of working days counts.
        Raises ValueError for naive moments.
        """
        if end < start:
            return -self.working_time_between(end, start)
        days = self.workdays_between(start, end) - self.is_workday(end) + self.is_workday(start)
        return days * self._length + self._served(end) - self._served(start)

    def add_working_time(self, start: datetime, span: timedelta) -> datetime:
        """The moment when so much service time has passed since an aware ``start``; aware UTC.

        “以内” includes the limit: time that is used up with the close of service ends then, not
        with the next opening. No time gives ``start`` itself. Raises ValueError for a negative
        span and naive moments.
        """
        if span < timedelta(0):
            raise ValueError("span must not be negative")
        local_day(start)
        if not span:
            return start.astimezone(UTC)
        left, day = span + self._served(start), local_day(start)
        if not self.is_workday(day):
            day = self.next_workday(day)
        while left > self._length:
            left, day = left - self._length, self.next_workday(day)
        return self.opening(day) + left

    @cached_property
    def _length(self) -> timedelta:
        """Service time of a working day."""
        return self.closing(FIRST) - self.opening(FIRST)

    def _served(self, moment: datetime) -> timedelta:
        """Service time of the moment's own day up to it, in whole milliseconds."""
        if not self.is_workday(moment):
            return timedelta(0)
        whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        return min(max(whole - self.opening(moment), timedelta(0)), self._length)

    def opening(self, day: date) -> datetime:
        """Start of service of a day, aware UTC."""
        return _moment(day, self.hours[0])

    def closing(self, day: date) -> datetime:
        """Close of service of a day, aware UTC."""
        return _moment(day, self.hours[1])

    def is_open(self, moment: datetime) -> bool:
        """Whether service is open at an aware moment; opening and closing time included."""
        local = moment.astimezone(SHANGHAI)
        return self.is_workday(moment) and self.hours[0] <= local.time() <= self.hours[1]

    def table(self) -> dict[str, Any]:
        """The calendar compiled for look-up, as JSON for FEEL.

        ``days``: one sign a day from ``first``, 1 for a working day; ``hours``: opening, closing.
        """
        return {"first": FIRST.isoformat(), "days": self._days, "hours": _texts(self.hours)}

    @cached_property
    def _days(self) -> str:
        count = (LAST - FIRST).days + 1
        days = (FIRST + timedelta(days=n) for n in range(count))
        return "".join("1" if self.is_workday(day) else "0" for day in days)


def _texts(hours: Iterable[time]) -> list[str]:
    return [each.isoformat("minutes") for each in hours]


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(local_day(day), at, SHANGHAI).astimezone(UTC)


def local_day(day: date) -> date:
    """The day in Shanghai of a date or an aware moment. Raises ValueError for naive moments."""
    if not isinstance(day, datetime):
        return day
    if day.tzinfo is None:
        raise ValueError("a moment must be aware")
    return day.astimezone(SHANGHAI).date()
