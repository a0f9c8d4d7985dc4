"""The time left, in words and a tone: never by colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.cases import Timing
from app.limits import Spent
from app.texts import T, Text, authored
from app.web.speech import local, when

SOON = timedelta(hours=4)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Left:
    """What is left of a step's time: ``tone`` is late, soon, ok or paused."""

    text: Text
    tone: str


def left(timing: Timing, now: datetime) -> Left:
    """The time left as a person at the counter says it: service time where that is what counts."""
    late = timing.late(now)
    if timing.paused_since is not None:
        why = _reasons(timing.reason)
        if late:
            return Left(T("已超时，暂停：{why}", why=why), "late")
        return Left(T("暂停：{why}", why=why), "paused")
    if timing.due is None:
        return Left(T("不限时"), "paused")
    if late:
        over = -(timing.left(now) or timedelta(0))
        return Left(T("超 {time}", time=span(over)) if over >= MINUTE else T("已超时"), "late")
    return _left(timing, timing.due, now)


def _left(timing: Timing, due: datetime, now: datetime) -> Left:
    rest = timing.left(now) or timedelta(0)
    if not rest:
        # No service before it any more, as at night: then the clock on the wall says when.
        rest = due - now
    elif not timing.round_the_clock:
        days = timing.calendar.workdays_between(local(now).date(), local(due).date())
        if days >= 1 and rest >= timing.calendar.day:
            return Left(T("剩 {n} 个工作日", n=days), "ok")
    tone = "soon" if rest <= SOON else "ok"
    if rest < MINUTE:
        return Left(T("剩不到 1 分钟"), tone)
    return Left(T("剩 {time}", time=span(rest, days=timing.round_the_clock)), tone)


def _reasons(names: str | None) -> Text:
    found = [authored(name) for name in (names or "").split("、") if name]
    if not found:
        return T("等待用户")
    return found[0] if len(found) == 1 else T("{first} 等 {n} 步", first=found[0], n=len(found))


def lines(timing: Timing, spent: Spent, paused_seconds: int, now: datetime) -> Sequence[Text]:
    """What stands under the time left: until when, how long it took, how long the clock stood."""
    return [*_until(timing, now), *_took(timing, spent, paused_seconds)]


def _until(timing: Timing, now: datetime) -> Sequence[Text]:
    if timing.due is None:
        return []
    at, year = when(timing.due, now), local(timing.due).year
    said = [T("截止 {at}", at=at)]
    if timing.provisional:
        said.append(T("暂定：{year} 年节假日尚未公布", year=year))
    if timing.paused_since is not None:
        rest = max(timing.left(now) or timedelta(0), timedelta(0))
        since = when(timing.paused_since, now)
        said.append(T("自 {at} 起暂停，届时还剩 {time}", at=since, time=span(rest)))
    return said


def _took(timing: Timing, spent: Spent, paused_seconds: int) -> Sequence[Text]:
    if paused_seconds < 60 and timing.paused_since is None:
        return []
    gross = span(spent.gross, days=True)
    said = [T("净用时 {net}，历时 {gross}", net=span(spent.net), gross=gross)]
    if paused_seconds >= 60:
        hours, minutes = divmod(paused_seconds // 60, 60)
        said.append(T("已扣除等待用户 {hours} 小时 {minutes} 分", hours=hours, minutes=minutes))
    return said


def span(time: timedelta, *, days: bool = False) -> Text:
    """Hours and minutes; of wall time (``days``) more than two days in days."""
    hours, rest = divmod(int(time.total_seconds() // 60), 60)
    if days and hours >= 48:
        return T("{n} 天", n=hours // 24)
    if hours and rest:
        return T("{hours} 小时 {minutes} 分", hours=hours, minutes=rest)
    return T("{n} 小时", n=hours) if hours else T("{n} 分钟", n=rest)
