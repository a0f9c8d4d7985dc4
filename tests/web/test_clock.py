"""The time left in words: at the close of service, at noon, over a weekend, while it is paused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone

import pytest
from flask import Flask

from app import settings
from app.cases import Timing
from app.limits import Spent
from app.web.clock import left, lines
from app.work import SYSTEM

SHANGHAI = timezone(timedelta(hours=8))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI)


@pytest.fixture
def page(app: Flask) -> Iterator[None]:
    """Inside of a request, in Chinese."""
    with app.test_request_context("/"):
        yield


FRIDAY = Timing(at("03-06T17:30:00"), limit="1 workdays")


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("now", "text", "tone"),
    [
        ("03-04T16:00:00", "剩 2 个工作日", "ok"),
        ("03-05T16:00:00", "剩 1 个工作日", "ok"),
        ("03-05T22:00:00", "剩 1 个工作日", "ok"),
        ("03-06T07:00:00", "剩 9 小时", "ok"),
        ("03-06T08:31:00", "剩 8 小时 59 分", "ok"),
        ("03-06T13:30:00", "剩 4 小时", "soon"),
        ("03-06T17:29:00", "剩 1 分钟", "soon"),
        ("03-06T17:29:30", "剩不到 1 分钟", "soon"),
        ("03-06T17:30:00", "剩不到 1 分钟", "soon"),
        ("03-06T17:30:01", "已超时", "late"),
        ("03-08T12:00:00", "已超时", "late"),
        ("03-09T09:00:00", "超 30 分钟", "late"),
        ("03-10T09:30:00", "超 10 小时", "late"),
    ],
)
def test_what_is_left_until_the_close_of_friday(now: str, text: str, tone: str) -> None:
    said = left(FRIDAY, at(now))
    assert (str(said.text), said.tone) == (text, tone)


@pytest.mark.usefixtures("app")
def test_lunch_and_the_weekend_are_no_time() -> None:
    settings.ensure_defaults(by=SYSTEM)
    settings.put("service.lunch", "12:00-13:30", by=SYSTEM)
    monday = Timing(at("03-09T10:00:00"), limit="4 working hours")
    assert str(left(monday, at("03-06T11:30:00")).text) == "剩 6 小时"
    assert str(left(monday, at("03-06T12:45:00")).text) == "剩 5 小时 30 分"
    assert str(left(monday, at("03-06T13:30:00")).text) == "剩 5 小时 30 分"
    assert str(left(monday, at("03-07T12:00:00")).text) == "剩 1 小时 30 分"


@pytest.mark.usefixtures("app")
def test_the_24_hour_clock_runs_at_night() -> None:
    order = Timing(at("03-03T00:15:00"), limit="20 minutes")
    assert str(left(order, at("03-02T23:55:00")).text) == "剩 20 分钟"
    assert left(order, at("03-03T00:15:00")).tone == "soon"
    assert str(left(order, at("03-03T00:21:00")).text) == "超 6 分钟"
    long = Timing(at("03-30T00:00:00"), limit="30 days")
    assert str(left(long, at("03-20T00:00:00")).text) == "剩 10 天"


@pytest.mark.usefixtures("app")
def test_a_moment_at_night_is_told_by_the_wall() -> None:
    until = Timing(at("03-06T23:59:00"))
    assert str(left(until, at("03-06T17:59:00")).text) == "剩 6 小时"
    assert str(left(Timing(None), at("03-06T17:59:00")).text) == "不限时"


@pytest.mark.usefixtures("page")
def test_a_pause_says_why_since_when_and_both_times() -> None:
    since = at("03-06T14:30:00")
    paused = Timing(FRIDAY.due, None, since, "等待客户补正", "1 workdays")
    said = left(paused, at("03-09T12:00:00"))
    assert (str(said.text), said.tone) == ("暂停：等待客户补正", "paused")
    took = Spent(timedelta(days=4), timedelta(hours=15))
    assert [str(line) for line in lines(paused, took, 7200, at("03-09T12:00:00"))] == [
        "截止 03-06 17:30",
        "自 03-06 14:30 起暂停，届时还剩 3 小时",
        "净用时 15 小时，历时 4 天",
        "已扣除等待用户 2 小时 0 分",
    ]
    late = Timing(FRIDAY.due, None, at("03-06T17:30:01"), "等待客户补正、等待许可", "1 workdays")
    said = left(late, at("03-09T12:00:00"))
    assert (str(said.text), said.tone) == ("已超时，暂停：等待客户补正 等 2 步", "late")


@pytest.mark.usefixtures("page")
def test_a_year_without_announced_holidays_is_provisional() -> None:
    settings.ensure_defaults(by=SYSTEM)
    there = Timing(datetime(2031, 3, 6, 17, 30, tzinfo=SHANGHAI), limit="5 workdays")
    told = [
        str(line)
        for line in lines(there, Spent(timedelta(0), timedelta(0)), 0, at("03-06T09:00:00"))
    ]
    assert told == ["截止 2031-03-06 17:30", "暂定：2031 年节假日尚未公布"]
    settings.fill_year(2031, by=SYSTEM)
    assert not there.provisional
    assert Timing(there.due, limit="30 days").provisional is False


@pytest.mark.usefixtures("app")
def test_a_branch_counts_by_its_own_calendar() -> None:
    settings.ensure_defaults(by=SYSTEM)
    settings.put_branch("城东营业厅", kind="outlet", region="城东", by=SYSTEM)
    hall = Timing(at("03-09T10:00:00"), limit="4 working hours", branch="城东营业厅", region="城东")
    saturday = at("03-07T09:00:00")
    assert str(left(hall, saturday).text) == "剩 1 小时 30 分"
    hours = {"open": "08:30", "close": "17:30", "lunch": "", "weekdays": {"6": "09:00-12:00"}}
    settings.put_hours("城东营业厅", hours, by=SYSTEM)
    assert str(left(hall, saturday).text) == "剩 4 小时 30 分"
    settings.put_day(date(2026, 3, 7), False, "盘点", branch="城东营业厅", by=SYSTEM)
    assert str(left(hall, saturday).text) == "剩 1 小时 30 分"
