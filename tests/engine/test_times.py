"""Moments, durations and cycles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.times import cycle, duration, from_micros, micros, moment

FROM = datetime(1990, 1, 1, tzinfo=UTC).replace(tzinfo=None)
TO = datetime(2100, 1, 1, tzinfo=UTC).replace(tzinfo=None)
NOW = datetime(2026, 1, 31, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("PT20M", "2026-01-31T04:20:00+00:00"),
        ("P1M", "2026-02-28T04:00:00+00:00"),
        ("P1Y1M", "2027-02-28T04:00:00+00:00"),
        ("P2W", "2026-02-14T04:00:00+00:00"),
        ("P1DT2H3M4.5S", "2026-02-01T06:03:04.500000+00:00"),
        ("P11M", "2026-12-31T04:00:00+00:00"),
    ],
)
def test_durations(text: str, after: str) -> None:
    assert duration(text).after(NOW).isoformat() == after


@pytest.mark.parametrize("text", ["", "P", "PT", "20M", "-PT1H", "P1H", "PT1D", None, 3, ["PT1H"]])
def test_no_durations(text: object) -> None:
    with pytest.raises(ValueError, match=r".*"):
        duration(text)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-02T09:00:00+08:00", "2026-03-02T01:00:00+00:00"),
        ("2026-03-02T09:00:00", "2026-03-02T01:00:00+00:00"),
        ("2026-03-02T01:00:00Z", "2026-03-02T01:00:00+00:00"),
        ("2026-03-02T09:00:00@Asia/Shanghai", "2026-03-02T01:00:00+00:00"),
        ("2026-02-28", "2026-02-28T16:00:00+00:00"),
    ],
)
def test_moments(text: str, utc: str) -> None:
    assert moment(text).isoformat() == utc


@pytest.mark.parametrize(
    "text", ["PT1H", "R3", "R0/PT1H", "R0.5/PT1H", "R/PT0S", "0 0 9 * * *", "R/PT1H/x/y"]
)
def test_no_cycles(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        cycle(text)


def test_cycles() -> None:
    assert (cycle("R/PT1H").times, cycle("R3/PT1H").times) == (None, 3)
    begun = cycle("R2/2026-03-02T09:00:00+08:00/P1D").start
    assert begun == datetime(2026, 3, 2, 1, tzinfo=UTC)


@given(st.datetimes(min_value=FROM, max_value=TO))
def test_moments_come_back_from_the_state(naive: datetime) -> None:
    at = naive.replace(tzinfo=UTC)
    assert from_micros(micros(at)) == at
    assert duration("PT1S").after(at) - at == timedelta(seconds=1)
