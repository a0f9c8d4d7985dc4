"""The administrator's calendar: a year at a glance, its days off, service hours, for the house and
for branches that differ. What changes here works out the limits of open cases anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import render_template, request, url_for

from app import audit, settings
from app.errors import NotFound
from app.texts import T, Text
from app.web.admin import TABS
from app.web.door import door
from app.web.rights import may
from app.web.speech import when
from app.work import now
from app.worktime import FIRST, LAST, Calendar, announced, holiday, local_day, written

Asked = dict[str, str]
WEEK = (T("一"), T("二"), T("三"), T("四"), T("五"), T("六"), T("日"))
WEEKDAYS = (
    T("周一"), T("周二"), T("周三"), T("周四"), T("周五"), T("周六"), T("周日"),
)  # fmt: skip
CLOSED = "休"
RUNNING = T("正在重算在办件的期限：{seen} / {total}，已改 {changed} 件")
SAID: Mapping[str, Callable[[Any], Text]] = {
    "calendar:change": lambda a: T("{day} {kind} {name}", day=a["day"], kind=_kind(a["workday"]),
                                   name=a["name"]),
    "calendar:import": lambda a: T("导入 {n} 天", n=len(a["days"])),
    "calendar:year": lambda a: T("{year} 年{state}", year=a["year"],
                                 state=T("已核对") if a["filled"] else T("改回暂定")),
    "branch:hours": lambda _a: T("改服务时间"),
}  # fmt: skip


@dataclass(frozen=True)
class Square:
    """A day of the grid. ``mark``: what differs from the usual week; ``tone``: work or rest."""

    day: date
    tone: str
    mark: Text | None
    said: Text
    own: bool


@door.get("/admin/calendar")
@may("admin")
def calendar_page() -> str:
    """One year of the house's calendar, or of a branch's."""
    branch, year = chosen_branch(), chosen_year()
    calendar = _calendar(branch)
    own = {one.day: one for one in settings.days(branch)}
    filled = settings.filled_years().get(year)
    return render_template(
        "admin_calendar.html",
        tabs=TABS,
        year=year,
        years=(year - 1, year + 1),
        branch=branch or "",
        branches=[one.name for one in settings.branches()],
        week=WEEK,
        months=[_month(year, month, calendar, own) for month in range(1, 13)],
        special=_special(year, own),
        provisional=calendar.provisional(year),
        filled=filled and T("{who} {at} 核对", who=filled.filled_by, at=when(filled.filled_at)),
        hours=_told(calendar),
        history=_history(branch),
        runs=[_run(one) for one in settings.recounts()],
    )


def chosen_branch() -> str | None:
    """Which one is asked for. Raises NotFound."""
    name = request.args.get("branch", "").strip()
    if not name:
        return None
    if settings.branch(name) is None:
        raise NotFound(T("没有名为“{name}”的网点。", name=name))
    return name


def chosen_year() -> int:
    said = request.args.get("year", "")
    year = int(said) if said.isdecimal() and len(said) == 4 else local_day(now()).year
    return min(max(year, FIRST.year), LAST.year)


def _calendar(branch: str | None) -> Calendar:
    return settings.calendars().get(branch or "") or settings.calendar(branch)


def _month(year: int, month: int, calendar: Calendar, own: Mapping[date, Any]) -> dict[str, Any]:
    first = date(year, month, 1)
    start = first - timedelta(days=first.weekday())
    days = [start + timedelta(days=n) for n in range(42)]
    squares = [_square(day, calendar, own) if day.month == month else None for day in days]
    weeks = [squares[n : n + 7] for n in range(0, 42, 7)]
    return {"name": T("{n} 月", n=month), "weeks": [week for week in weeks if any(week)]}


def _square(day: date, calendar: Calendar, own: Mapping[date, Any]) -> Square:
    works, usual = calendar.is_workday(day), day.weekday() < 5
    mark = None if works == usual else T("班") if works else T("休")
    name = own[day].name if day in own else holiday(day)
    said = T("{day} {kind} {name}", day=day.isoformat(), kind=_kind(works), name=name or "")
    return Square(day, "work" if works else "rest", mark, said, day in own)


def _kind(works: bool | None) -> Text:
    if works is None:
        return T("按公布的节假日")
    return T("上班") if works else T("休息")


def _special(year: int, own: Mapping[date, Any]) -> list[tuple[str, Text, str, Text]]:
    """The days of the year that differ: dates, worked or not, name, who says so."""
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    found: list[tuple[list[date], Text, str, Text]] = []
    for day in (d for d in days if d.year == year):
        if day in own:
            told = (_kind(own[day].workday), own[day].name, T("本单位"))
        elif announced(day) is not None:
            told = (_kind(announced(day)), holiday(day) or "", T("国家公布"))
        else:
            continue
        if found and found[-1][1:] == told and found[-1][0][-1] == day - timedelta(days=1):
            found[-1][0].append(day)
        else:
            found.append(([day], *told))
    return [(_range(run), kind, name, source) for run, kind, name, source in found]


def _range(days: Sequence[date]) -> str:
    first, last = days[0].isoformat(), days[-1].isoformat()
    return first if first == last else f"{first} – {last}"


def _told(calendar: Calendar) -> list[tuple[Text, str]]:
    """Service hours in words: usual, then the weekdays that differ."""
    rows: list[tuple[Text, str]] = [(T("平日"), written(calendar.usual))]
    for day, spans in sorted(calendar.weekdays.items()):
        rows.append((WEEKDAYS[day - 1], written(spans) or CLOSED))
    return rows


def _history(branch: str | None) -> list[Text]:
    entries = settings.calendar_history(branch)
    return [_line(entry) for entry in entries if entry.action in SAID]


def _line(entry: audit.Entry) -> Text:
    what = SAID[entry.action](entry.body.get("after") or {})
    return T("{at} {who}：{what}", at=when(entry.at), who=entry.actor_login, what=what)


def _run(one: settings.LimitRun) -> tuple[Text, bool]:
    """How far it is; whether it goes on."""
    if one.finished_at is not None:
        text = T("{at} 重算完毕：{seen} 件，改动 {changed} 件，未能重算 {failed} 件",
                 at=when(one.finished_at), seen=one.seen, changed=one.changed,
                 failed=one.failed)  # fmt: skip
        return text, False
    if one.started_at is None:
        return T("{at} 等待重算（后台作业）", at=when(one.asked_at)), True
    told = {"seen": one.seen, "total": one.total, "changed": one.changed}
    return T("正在重算在办件的期限：{seen} / {total}，已改 {changed} 件", **told), True


@door.get("/admin/calendar/runs")
@may("admin")
def recount_runs() -> str:
    """How far the worker is: a part of the page that comes again by itself."""
    return render_template("recounts.html", runs=[_run(one) for one in settings.recounts()])


def back(**more: Any) -> str:
    """Back to the year and branch that were looked at."""
    kept = {"branch": request.args.get("branch") or None, "year": request.args.get("year") or None}
    return url_for("web.calendar_page", **{**kept, **more})


def about(branch: str | None) -> Text:
    return T("工作日历 · {name}", name=branch) if branch else T("工作日历")
