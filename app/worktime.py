"""Working time: which days are working days, and counting them. Pure; knows no clock.

Holidays and make-up days are those that the State Council announces, by ``chinese_calendar``;
an installation's settings may say otherwise of single dates. A year not announced yet counts
weekends only and is provisional until the installation has filled it in. Service hours are spans
of a day: a break at noon splits it, and a weekday may have hours of its own (a hall open on
Saturdays).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cached_property, lru_cache
from typing import Any, overload

from chinese_calendar import constants

SHANGHAI = timezone(timedelta(hours=8))
Span = tuple[time, time]
Spans = tuple[Span, ...]
SERVICE_HOURS = (time(8, 30), time(17, 30))
ZERO = timedelta(0)
FIRST, LAST = date(2004, 1, 1), date(2049, 12, 31)
# A year counts as announced when its National Day has been.
ANNOUNCED = frozenset(day.year for day in constants.holidays if (day.month, day.day) == (10, 1))


@lru_cache(maxsize=20_000)
def announced(day: date) -> bool | None:
    """What the State Council says of a date: made up for (True), holiday (False), nothing."""
    if day in constants.workdays:
        return True
    return False if day in constants.holidays else None


def holiday(day: date) -> str | None:
    """The announced holiday that a date belongs to, or is made up for, in Chinese."""
    found = constants.holidays.get(day) or constants.workdays.get(day)
    return None if found is None else str(constants.Holiday(found).chinese)


@dataclass(frozen=True)
class Calendar:
    """Working days and service hours of an installation, or of one of its branches.

    ``overrides``: date → is it a working day; ``hours``: opening and closing, Shanghai time;
    ``breaks``: when service rests in between; ``weekdays``: ISO weekday → its own spans, none for a
    day without service; ``filled``: years that were not announced and are filled in here.
    """

    overrides: Mapping[date, bool] = field(default_factory=dict)
    hours: Span = SERVICE_HOURS
    breaks: Spans = ()
    weekdays: Mapping[int, Spans] = field(default_factory=dict)
    filled: frozenset[int] = frozenset()

    @cached_property
    def version(self) -> str:
        """Stable name of the content: equal calendars have equal versions in every process."""
        content = json.dumps(self.table(), sort_keys=True).encode()
        return hashlib.sha256(content).hexdigest()[:16]

    def is_workday(self, day: date) -> bool:
        """Whether the day (a moment: its day in Shanghai) is a working day."""
        return bool(self.spans(day))

    def spans(self, day: date) -> Spans:
        """When service is open on a day; nothing on a day that is none of work."""
        day = local_day(day)
        found = self._known.get(day)
        if found is None:
            found = self._known[day] = self._spans(day)
        return found

    @cached_property
    def _known(self) -> dict[date, Spans]:
        return {}

    def _spans(self, day: date) -> Spans:
        said = self.overrides.get(day)
        said = announced(day) if said is None else said
        if said is False:
            return ()
        own = self.weekdays.get(day.isoweekday())
        if said:
            # A weekend that is made up for is a whole day of work, whatever a hall does else.
            return self.usual if day.weekday() >= 5 or not own else own
        if own is not None:
            return own
        return self.usual if day.weekday() < 5 else ()

    @cached_property
    def usual(self) -> Spans:
        """The spans of an ordinary working day."""
        left: list[Span] = []
        start = self.hours[0]
        for rest, back in sorted(self.breaks):
            left.append((start, rest))
            start = back
        return tuple(span for span in (*left, (start, self.hours[1])) if span[0] < span[1])

    def provisional(self, year: int) -> bool:
        """Whether the holidays of the year are neither announced nor filled in here."""
        return year not in ANNOUNCED and year not in self.filled

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
        first, last = local_day(start), local_day(end)
        days = (first + timedelta(days=n) for n in range((last - first).days))
        whole = sum((self.length(day) for day in days), ZERO)
        return whole + self._served(end) - self._served(start)

    def add_working_time(self, start: datetime, span: timedelta) -> datetime:
        """The moment when so much service time has passed since an aware ``start``; aware UTC.

        “以内” includes the limit: time that is used up with the close of service ends then, not
        with the next opening. No time gives ``start`` itself. Raises ValueError for a negative
        span and naive moments.
        """
        if span < ZERO:
            raise ValueError("span must not be negative")
        day = local_day(start)
        if not span:
            return start.astimezone(UTC)
        left = span + self._served(start)
        while left > self.length(day):
            left, day = left - self.length(day), self.next_workday(day)
        return self._reached(day, left)

    def _reached(self, day: date, left: timedelta) -> datetime:
        """The moment of a day by which so much of its service time is over."""
        for start, end in self.spans(day):
            length = _moment(day, end) - _moment(day, start)
            if left <= length:
                return _moment(day, start) + left
            left -= length
        raise ValueError(day)

    def length(self, day: date) -> timedelta:
        """Service time of a day."""
        return _length(self.spans(day))

    @property
    def day(self) -> timedelta:
        """Service time of an ordinary working day."""
        return _length(self.usual)

    def _served(self, moment: datetime) -> timedelta:
        """Service time of the moment's own day up to it, in whole milliseconds."""
        whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        day = local_day(moment)
        spans = ((_moment(day, start), _moment(day, end)) for start, end in self.spans(day))
        return sum((min(whole, end) - start for start, end in spans if start < whole), ZERO)

    def opening(self, day: date) -> datetime:
        """Start of service of a day, aware UTC; of a day without service the usual one."""
        return _moment(day, (self.spans(day) or self.usual)[0][0])

    def closing(self, day: date) -> datetime:
        """Close of service of a day, aware UTC; of a day without service the usual one."""
        return _moment(day, (self.spans(day) or self.usual)[-1][1])

    def is_open(self, moment: datetime) -> bool:
        """Whether service is open at an aware moment; the ends of each span included."""
        at = moment.astimezone(SHANGHAI).time()
        return any(start <= at <= end for start, end in self.spans(moment))

    def table(self) -> dict[str, Any]:
        """The calendar compiled for look-up, as JSON for FEEL.

        ``days``: one sign a day from ``first``, 0 for a day off, else the number of its hours, from
        1; ``hours``: the spans of each, in minutes of the day.
        """
        return {"first": FIRST.isoformat(), "days": self._days, "hours": self._kinds}

    @cached_property
    def _hours(self) -> list[Spans]:
        """The usual spans, then those of weekdays that differ; at most nine."""
        own = (self.weekdays[day] for day in sorted(self.weekdays))
        return list(dict.fromkeys((self.usual, *(spans for spans in own if spans))))

    @cached_property
    def _kinds(self) -> list[list[list[int]]]:
        return [[[_minute(a), _minute(b)] for a, b in spans] for spans in self._hours]

    @cached_property
    def _days(self) -> str:
        signs = {(): "0", **{spans: str(n) for n, spans in enumerate(self._hours, 1)}}
        count = (LAST - FIRST).days + 1
        days = (FIRST + timedelta(days=n) for n in range(count))
        return "".join(signs[self.spans(day)] for day in days)


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


@lru_cache(maxsize=256)
def _length(spans: Spans) -> timedelta:
    return timedelta(minutes=sum(_minute(end) - _minute(start) for start, end in spans))


SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
APART = re.compile(r"[\s,，、;；]+")


def read_spans(text: str) -> Spans:
    """Spans as people write them: ``08:30-12:00 13:30-17:30``; none for an empty text.

    Raises ValueError for what is none, ends before it begins, or begins before the one before it.
    """
    return tuple(_read_spans(text))


def _read_spans(text: str) -> Iterator[Span]:
    last = time.min
    for word in filter(None, APART.split(text)):
        found = SPAN.fullmatch(word)
        if found is None:
            raise ValueError(word)
        a, b, c, d = map(int, found.groups())
        start, end = time(a, b), time(c, d)
        if start < last or end <= start:
            raise ValueError(word)
        yield start, end
        last = end


def written(spans: Spans) -> str:
    """What ``read_spans`` reads."""
    return " ".join(f"{a:%H:%M}-{b:%H:%M}" for a, b in spans)


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(local_day(day), at, SHANGHAI).astimezone(UTC)


def local_day(day: date) -> date:
    """The day in Shanghai of a date or an aware moment. Raises ValueError for naive moments."""
    if not isinstance(day, datetime):
        return day
    if day.tzinfo is None:
        raise ValueError("a moment must be aware")
    return day.astimezone(SHANGHAI).date()
