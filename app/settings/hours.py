"""Service hours as settings say them, and the calendars that follow. Pure but for ``read_own``.

Hours are ``{"open": "08:30", "close": "17:30", "lunch": "12:00-13:30", "weekdays": {"6":
"09:00-12:00"}}``: weekdays by their ISO number, with spans of their own or "" for no service.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from app.db import raw
from app.texts import T, Text
from app.worktime import Calendar, Spans, read_spans

Hours = Mapping[str, Any]
PARTS = ("open", "close", "lunch", "weekdays")
WEEK = ("1", "2", "3", "4", "5", "6", "7")


@dataclass
class Own:
    """What a branch has of its own. ``company``: the branch company of its region."""

    region: str | None
    company: bool
    hours: Hours | None
    days: dict[date, bool] = field(default_factory=dict)


OWN = """
    SELECT b.name, b.region, b.kind = 'branch', b.hours, d.day, d.workday
    FROM branches b LEFT JOIN branch_days d ON d.branch_id = b.id
    WHERE b.hours IS NOT NULL OR d.day IS NOT NULL
    ORDER BY b.name
"""


def read_own() -> dict[str, Own]:
    """The branches that have hours or days of their own."""
    found: dict[str, Own] = {}
    for name, region, company, hours, day, workday in raw().execute(OWN).fetchall():
        own = found.setdefault(name, Own(region, company, hours))
        if day is not None:
            own.days[day] = workday
    return found


def house_hours(values: Mapping[str, Any]) -> Hours:
    """The house's, out of its settings."""
    return {part: values[f"service.{part}"] for part in PARTS}


def made(hours: Hours, days: Mapping[date, bool], filled: frozenset[int]) -> Calendar:
    """The calendar that follows."""
    return Calendar(
        days,
        (time.fromisoformat(hours["open"]), time.fromisoformat(hours["close"])),
        read_spans(hours["lunch"]),
        {int(day): read_spans(text) for day, text in hours["weekdays"].items()},
        filled,
    )


def hours_error(hours: Hours) -> Text | None:
    """What is wrong with hours as a whole; None for good ones."""
    wrong = weekdays_error(hours.get("weekdays"))
    if wrong is not None:
        return wrong
    try:
        calendar = made(hours, {}, frozenset())
    except (ValueError, KeyError, TypeError, AttributeError):
        return T("请按 08:30-12:00 的形式填写时段。")
    if calendar.hours[0] >= calendar.hours[1]:
        return T("服务结束时间须晚于开始时间。")
    if not _between(calendar.breaks, calendar.hours) or not calendar.usual:
        return T("午休须在服务时间以内。")
    open_days = [day for day in range(1, 8) if calendar.weekdays.get(day, day <= 5)]
    return None if open_days else T("一周至少要有一天服务。")


def _between(breaks: Spans, hours: tuple[time, time]) -> bool:
    return all(hours[0] < start and end < hours[1] for start, end in breaks)


def spans_error(value: Any) -> Text | None:
    """What is wrong with spans in words; none are fine."""
    try:
        read_spans(value)
    except (ValueError, TypeError):
        return T("请按 08:30-12:00 的形式填写时段。")
    return None


def weekdays_error(value: Any) -> Text | None:
    """What is wrong with weekdays and their spans."""
    if not isinstance(value, dict) or not set(value) <= set(WEEK):
        return T("请按 1 至 7 填写星期。")
    errors = (spans_error(text) for text in value.values())
    return next((error for error in errors if error is not None), None)
