from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.worktime import Calendar

SHANGHAI = timezone(timedelta(hours=8))
days = st.dates(date(2024, 1, 1), date(2027, 12, 31))
counts = st.integers(0, 60)


def test_accepted_on_the_eve_of_national_day_is_due_after_the_holiday() -> None:
    calendar = Calendar()
    accepted = datetime(2026, 9, 30, 16, 0, tzinfo=SHANGHAI)
    assert calendar.add_workdays(accepted, 1) == datetime(2026, 10, 8, 17, 30, tzinfo=SHANGHAI)
    # Saturday 10 October is made up for the holiday
    assert calendar.add_workdays(accepted, 3) == datetime(2026, 10, 10, 17, 30, tzinfo=SHANGHAI)
    assert calendar.add_workdays(date(2026, 10, 10), 1) == date(2026, 10, 12)


def test_limit_itself_is_still_in_time() -> None:
    calendar = Calendar()
    due = calendar.add_workdays(datetime(2026, 3, 2, 1, 0, tzinfo=UTC), 1)
    assert due.tzinfo is UTC
    assert calendar.is_open(due)
    assert not calendar.is_open(due + timedelta(seconds=1))


def test_settings_override_single_days() -> None:
    flood = date(2026, 7, 1)
    sunday = date(2026, 7, 5)
    calendar = Calendar({flood: False, sunday: True})
    assert not calendar.is_workday(flood)
    assert calendar.is_workday(sunday)
    assert calendar.version != Calendar().version
    assert calendar.version == Calendar({sunday: True, flood: False}).version


def test_year_not_announced_counts_weekends_only() -> None:
    calendar = Calendar()
    assert not calendar.provisional(2026)
    assert calendar.provisional(2031)
    assert calendar.is_workday(date(2031, 10, 1))
    assert not calendar.is_workday(date(2031, 10, 4))


def test_moment_counts_by_its_day_in_shanghai() -> None:
    # 17:00 UTC on Friday is Saturday in Shanghai
    assert not Calendar().is_workday(datetime(2026, 3, 6, 17, 0, tzinfo=UTC))


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Calendar().add_workdays(date(2026, 3, 2), -1)
    with pytest.raises(ValueError, match="aware"):
        Calendar().add_workdays(datetime(2026, 3, 2, 9, 0), 1)  # noqa: DTZ001


@given(days, counts)
def test_the_nth_working_day_is_one_and_lies_n_away(start: date, n: int) -> None:
    calendar = Calendar()
    end = calendar.add_workdays(start, n)
    assert calendar.workdays_between(start, end) == n
    assert n == 0 or calendar.is_workday(end)


@given(days, counts, counts)
def test_counting_on_is_counting_together(start: date, a: int, b: int) -> None:
    calendar = Calendar()
    assert calendar.add_workdays(calendar.add_workdays(start, a), b) == calendar.add_workdays(
        start, a + b
    )


@given(days, days)
def test_backwards_is_the_negative(a: date, b: date) -> None:
    calendar = Calendar()
    assert calendar.workdays_between(a, b) == -calendar.workdays_between(b, a)


moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)).map(  # noqa: DTZ001
    lambda at: at.replace(microsecond=0, tzinfo=SHANGHAI)
)
spans = st.integers(0, 60 * 60 * 80).map(lambda n: timedelta(seconds=n))


def test_service_time_stops_at_night_over_holidays_and_counts_made_up_days() -> None:
    calendar = Calendar()
    eve = datetime(2026, 9, 30, 16, 30, tzinfo=SHANGHAI)
    after = datetime(2026, 10, 8, 9, 30, tzinfo=SHANGHAI)
    assert calendar.working_time_between(eve, after) == timedelta(hours=2)
    assert calendar.working_time_between(after, eve) == timedelta(hours=-2)
    made_up = datetime(2026, 10, 10, 12, 0, tzinfo=SHANGHAI)
    assert calendar.working_time_between(made_up, made_up + timedelta(hours=1)) == timedelta(
        hours=1
    )
    assert calendar.add_working_time(eve, timedelta(hours=2)) == after


def test_service_time_that_ends_with_the_day_ends_at_its_close() -> None:
    calendar = Calendar()
    friday = datetime(2026, 3, 6, 16, 30, tzinfo=SHANGHAI)
    closing = datetime(2026, 3, 6, 17, 30, tzinfo=SHANGHAI)
    assert calendar.add_working_time(friday, timedelta(hours=1)) == closing
    saturday = datetime(2026, 3, 7, 10, 0, tzinfo=SHANGHAI)
    assert calendar.add_working_time(saturday, timedelta(minutes=1)) == datetime(
        2026, 3, 9, 8, 31, tzinfo=SHANGHAI
    )
    assert calendar.add_working_time(saturday, timedelta(0)) == saturday


def test_service_time_that_cannot_be_counted_is_refused() -> None:
    naive = datetime(2026, 3, 6, 16, 30)  # noqa: DTZ001
    with pytest.raises(ValueError, match="aware"):
        Calendar().add_working_time(naive, timedelta(0))
    with pytest.raises(ValueError, match="aware"):
        Calendar().working_time_between(naive, naive)
    with pytest.raises(ValueError, match="negative"):
        Calendar().add_working_time(naive.replace(tzinfo=SHANGHAI), timedelta(seconds=-1))


@given(moments, spans)
def test_service_time_added_lies_between(start: datetime, span: timedelta) -> None:
    calendar = Calendar()
    end = calendar.add_working_time(start, span)
    assert calendar.working_time_between(start, end) == span
    assert not span or calendar.is_open(end)
    # a second less has not yet passed: the limit is the first moment by which it has
    if span:
        assert calendar.working_time_between(start, end - timedelta(seconds=1)) < span
