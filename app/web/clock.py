"""The time left, in words and a tone: never by colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.texts import T, Text
from app.web.speech import local
from app.worktime import Calendar

SOON = timedelta(hours=4)


@dataclass(frozen=True)
class Left:
    """What is left of a step's time: ``tone`` is late, soon, ok or paused."""

    text: Text
    tone: str


def left(due: datetime | None, now: datetime, calendar: Calendar, *, paused: bool = False) -> Left:
    """The time left until ``due`` as a person at the counter says it."""
    if paused:
        return Left(T("等待用户，时限暂停"), "paused")
    if due is None:
        return Left(T("不限时"), "paused")
    if due < now:
        return Left(T("超 {time}", time=_span(now - due)), "late")
    days = calendar.workdays_between(local(now).date(), local(due).date())
    if days >= 1 and due - now > timedelta(hours=20):
        return Left(T("剩 {n} 个工作日", n=days), "ok")
    return Left(T("剩 {time}", time=_span(due - now)), "soon" if due - now <= SOON else "ok")


def _span(time: timedelta) -> Text:
    minutes = int(time.total_seconds() // 60)
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return T("{n} 天", n=hours // 24)
    if hours and rest:
        return T("{hours} 小时 {minutes} 分", hours=hours, minutes=rest)
    return T("{n} 小时", n=hours) if hours else T("{n} 分钟", n=max(minutes, 1))
