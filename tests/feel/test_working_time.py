"""FEEL's working time is that of worktime.py: the same for thousands of days and moments."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from random import Random
from typing import Any

import pytest

from app import feel
from app.worktime import Calendar, read_spans

SHANGHAI = timezone(timedelta(hours=8))
ZONES = [UTC, SHANGHAI, timezone(timedelta(hours=-5)), timezone(timedelta(hours=5, minutes=30))]
CALENDARS = [
    Calendar(),
    Calendar({date(2026, 7, 1): False, date(2026, 7, 5): True}, (time(9, 0), time(17, 0))),
    # lunch, a hall open on Saturday mornings, Wednesdays closed, a Saturday that is made up for
    Calendar(
        {date(2026, 3, 4): True, date(2026, 3, 14): True},
        breaks=read_spans("12:00-13:30"),
        weekdays={3: (), 5: read_spans("08:30-12:00 13:00-16:00"), 6: read_spans("09:00-12:00")},
    ),
]
EDGES = ["08:29:59", "08:30:00", "08:30:01", "12:00:00", "12:00:01", "13:29:59", "13:30:00"]
EDGES += ["17:29:00", "17:30:00", "17:30:01", "00:00:00"]


def random_days(chance: Random, count: int) -> list[date]:
    return [date(2024, 1, 1) + timedelta(days=chance.randrange(1460)) for _ in range(count)]


def random_moments(chance: Random, count: int) -> list[datetime]:
    edges = [time.fromisoformat(chance.choice(EDGES)) for _ in range(count // 2)]
    anywhen = [time(chance.randrange(24), chance.randrange(60)) for _ in range(count // 2)]
    days = random_days(chance, count)
    pairs = zip(days, [*edges, *anywhen], strict=True)
    local = [datetime.combine(day, at, SHANGHAI) for day, at in pairs]
    return [at.astimezone(chance.choice(ZONES)) for at in local]


def answers(
    expr: str, scopes: list[dict[str, Any]], now: datetime, calendar: Calendar
) -> list[Any]:
    """In portions: the limit on time is for all that is asked at once."""
    found = []
    for at in range(0, len(scopes), 100):
        jobs = [(expr, scope) for scope in scopes[at : at + 100]]
        found += feel.evaluate_many(jobs, now=now, calendar=calendar)
    return found


@pytest.mark.parametrize("calendar", CALENDARS)
def test_days(now: datetime, calendar: Calendar) -> None:
    chance = Random(1)
    starts, ends = random_days(chance, 1500), random_days(chance, 1500)
    counts = [chance.randrange(40) for _ in starts]
    scopes = [
        {"a": a.isoformat(), "b": b.isoformat(), "n": n}
        for a, b, n in zip(starts, ends, counts, strict=True)
    ]
    assert answers("working days after(date(a), n)", scopes, now, calendar) == [
        calendar.add_workdays(a, n).isoformat() for a, n in zip(starts, counts, strict=True)
    ]
    assert answers("working days between(date(a), date(b))", scopes, now, calendar) == [
        calendar.workdays_between(a, b) for a, b in zip(starts, ends, strict=True)
    ]
    assert answers("is working day(date(a))", scopes, now, calendar) == [
        calendar.is_workday(a) for a in starts
    ]
    assert answers("next working day(a)", scopes, now, calendar) == [
        calendar.next_workday(a).isoformat() for a in starts
    ]


@pytest.mark.parametrize("calendar", CALENDARS)
def test_moments(now: datetime, calendar: Calendar) -> None:
    chance = Random(2)
    starts, ends = random_moments(chance, 1500), random_moments(chance, 1500)
    minutes = [chance.choice([0, 1, 30, 540, 541, 5000]) for _ in starts]
    scopes = [
        {"a": a.isoformat(), "b": b.isoformat(), "n": n}
        for a, b, n in zip(starts, ends, minutes, strict=True)
    ]
    after = [
        calendar.add_working_time(a, timedelta(minutes=n)).astimezone(SHANGHAI).isoformat()
        for a, n in zip(starts, minutes, strict=True)
    ]
    by_minutes = "working minutes after(date and time(a), n)"
    assert answers(by_minutes, scopes, now, calendar) == after
    assert answers("working hours after(a, n / 60)", scopes, now, calendar) == after
    between = [
        calendar.working_time_between(a, b) / timedelta(hours=1)
        for a, b in zip(starts, ends, strict=True)
    ]
    by_hours = "working hours between(date and time(a), date and time(b))"
    assert answers(by_hours, scopes, now, calendar) == pytest.approx(between)
    assert answers("is working time(a)", scopes, now, calendar) == [
        calendar.is_open(a) for a in starts
    ]
    days = "working days after(date and time(a), n)"
    assert answers(days, [{**s, "n": 3} for s in scopes], now, calendar) == [
        calendar.add_workdays(a.astimezone(SHANGHAI).date(), 3).isoformat() for a in starts
    ]


@pytest.mark.parametrize(
    "expr",
    [
        'working days after(date("2026-03-02"), -1)',
        'working days after(date("2026-03-02"), 1.5)',
        'working days after(date and time("2026-03-02T10:00:00"), 1)',
        'working days after(date("2003-12-31"), 1)',
        'working days after(date("2050-01-01"), 1)',
        'working days after(date("2049-12-31"), 1)',
        'is working day(date("0099-03-02"))',
        "is working day(null)",
        'working days between(date("2026-03-02"), null)',
        'working hours after(date and time("2026-03-02T10:00:00"), 1)',
        'working hours after(date("2026-03-02"), 1)',
        'working hours after(date and time("2026-03-02T10:00:00+08:00"), -1)',
        'working hours after(date and time("2026-03-02T10:00:00+08:00"), "1")',
        'working hours after(date and time("2003-03-02T10:00:00+08:00"), 1)',
        'working hours after(date and time("2049-12-31T17:00:00+08:00"), 90)',
        'working hours between(date and time("2026-03-02T10:00:00"), now())',
    ],
)
def test_what_cannot_be_counted_has_a_reason(expr: str, now: datetime, calendar: Calendar) -> None:
    with pytest.raises(feel.FeelError) as caught:
        feel.evaluate(expr, {}, now=now, calendar=calendar)
    assert caught.value.kind == "warning"


def test_without_a_calendar_there_is_a_reason(now: datetime) -> None:
    with pytest.raises(feel.FeelError) as caught:
        feel.evaluate("is working day(today())", {}, now=now)
    assert caught.value.kind == "warning"


def test_they_work_in_conditions_decisions_and_are_no_variables(
    now: datetime, calendar: Calendar
) -> None:
    expr = "working hours between(now(), now()) = 0 and is working time(now())"
    assert feel.condition(expr, {}, now=now, calendar=calendar)
    assert feel.parse("next working day(start) > due day", ("due day",)).variables == {
        "start",
        "due day",
    }
