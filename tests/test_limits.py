"""Limits end where they say, pauses move them on by exactly what was paused."""

from datetime import date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.limits import Limit, Terms, paused, spent, union
from app.worktime import Calendar, read_spans

SHANGHAI = timezone(timedelta(hours=8))
SECOND = timedelta(seconds=1)
LUNCH = Calendar(
    {date(2026, 7, 1): False},
    breaks=read_spans("12:00-13:30"),
    weekdays={6: read_spans("09:00-12:00")},
)
CALENDARS = st.sampled_from([Calendar(), LUNCH])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


# All on the second, within one year whose holidays are known.
moments = st.integers(0, 300 * 86400).map(lambda n: at("2026-01-02T00:00:00") + n * SECOND)
lengths = st.integers(0, 20 * 86400).map(lambda n: n * SECOND)
pauses = st.lists(st.tuples(moments, lengths).map(lambda p: (p[0], p[0] + p[1])), max_size=5)
units = st.sampled_from(
    ["workdays", "working hours", "working minutes", "days", "hours", "minutes"]
)
limits = st.builds(Limit, st.integers(0, 30), units)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (5, "5 workdays"), ("5", "5 workdays"), ("5 工作日", "5 workdays"),
        ("5个工作日", "5 workdays"), ("1 workday", "1 workdays"), ("PT4H", "4 working hours"),
        ("PT1H30M", "90 working minutes"), ("30 working minutes", "30 working minutes"),
        ("4 工作小时", "4 working hours"), ("20 minutes", "20 minutes"), ("20分钟", "20 minutes"),
        ("24 hours", "24 hours"), ("30 天", "30 days"), (2.0, "2 workdays"),
    ],
)  # fmt: skip
def test_ways_to_write_a_limit(said: object, read: str) -> None:
    assert str(Limit.read(said)) == read
    assert Limit.read(read) == Limit.read(said)


@pytest.mark.parametrize(
    "said", ["", "five", "5 weeks", "-1", -1, 1.5, True, None, "P5D", "PT", "PT4S", "T-SURV", []]
)
def test_what_is_no_limit(said: object) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Limit.read(said)


@pytest.mark.parametrize(
    ("limit", "start", "due"),
    [
        # Source: cases.md 9: on the 24-hour clock, across midnight
        ("20 minutes", "2026-03-02T23:55:00", "2026-03-03T00:15:00"),
        # cases.md 10: the eve of National Day
        ("1", "2026-09-30T16:00:00", "2026-10-08T17:30:00"),
        ("3", "2026-09-30T16:00:00", "2026-10-10T17:30:00"),
        ("PT4H", "2026-03-06T16:30:00", "2026-03-09T11:30:00"),
        ("PT1H", "2026-03-06T16:30:00", "2026-03-06T17:30:00"),
        ("24 hours", "2026-03-06T16:30:00", "2026-03-07T16:30:00"),
        ("30 days", "2026-03-06T16:30:00", "2026-04-06T00:00:00"),
    ],
)
def test_when_a_limit_ends(limit: str, start: str, due: str) -> None:
    assert Limit.read(limit).after(at(start), Calendar()) == at(due)


def test_lunch_is_no_time_and_ends_with_the_morning() -> None:
    three = Limit.read("PT3H30M")
    assert three.after(at("2026-03-06T08:30:00"), LUNCH) == at("2026-03-06T12:00:00")
    four = Limit.read("PT4H")
    assert four.after(at("2026-03-06T08:30:00"), LUNCH) == at("2026-03-06T14:00:00")
    # the hall is open on Saturday mornings
    assert four.after(at("2026-03-06T16:30:00"), LUNCH) == at("2026-03-07T12:00:00")


@given(limits, moments, CALENDARS)
def test_within_includes_the_limit_to_the_second(
    limit: Limit, start: datetime, calendar: Calendar
) -> None:
    """One second less of the limit's own clock has not passed before the last one."""
    due = limit.after(start, calendar)
    assert due >= start.replace(hour=0)
    if limit.unit in ("workdays", "days") or not limit.n:
        return
    span = limit.n * (timedelta(hours=1) if "hours" in limit.unit else timedelta(minutes=1))
    assert limit.between(start, due, calendar) == span
    assert limit.between(start, due - SECOND, calendar) == span - SECOND


@given(limits, moments, pauses, CALENDARS)
def test_a_pause_moves_the_due_moment_by_exactly_what_was_paused(
    limit: Limit, start: datetime, stood: list[tuple[datetime, datetime]], calendar: Calendar
) -> None:
    without = Terms(limit, start).due(calendar)
    due = Terms(limit, start, 0, stood).due(calendar)
    assert limit.between(without, due, calendar) == paused(stood, start, None, calendar, limit)


@given(pauses, moments, moments, CALENDARS)
def test_overlapping_pauses_count_once(
    stood: list[tuple[datetime, datetime]], a: datetime, b: datetime, calendar: Calendar
) -> None:
    start, end = min(a, b), max(a, b)
    joined = union(stood)
    assert all(x[1] < y[0] for x, y in pairwise(joined))
    twice = paused([*stood, *stood], start, end, calendar)
    assert twice == paused(joined, start, end, calendar)
    # every minute of a day is paused or it is not
    day = [start + n * timedelta(minutes=1) for n in range(0, 1440, 60)]
    for moment in day:
        inside = any(x <= moment < y for x, y in stood)
        assert inside == any(x <= moment < y for x, y in joined)


@given(st.one_of(st.none(), limits), moments, moments, pauses, CALENDARS)
def test_net_is_never_more_than_gross_and_never_negative(
    limit: Limit | None,
    a: datetime,
    b: datetime,
    stood: list[tuple[datetime, datetime]],
    calendar: Calendar,
) -> None:
    start, end = min(a, b), max(a, b)
    took = spent(start, end, stood, calendar, limit)
    assert timedelta(0) <= took.net <= took.gross == end - start
    assert (
        took.net + paused(stood, start, end, calendar, limit)
        == spent(start, end, [], calendar, limit).net
    )


@given(limits, moments, st.integers(0, 20), CALENDARS)
def test_an_extension_by_working_days(
    limit: Limit, start: datetime, more: int, calendar: Calendar
) -> None:
    before, after = Terms(limit, start).due(calendar), Terms(limit, start, more).due(calendar)
    assert calendar.workdays_between(before, after) == more or limit.unit == "days"
    assert after >= before
