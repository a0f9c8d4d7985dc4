"""The administrator's calendar: a year at a glance, its days off, service hours, for the house and
for branches that differ. What changes here works out the limits of open cases anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Response, render_template, request, url_for

from app import audit, settings
from app.errors import Invalid, NotFound
from app.settings import dates
from app.texts import T, Text
from app.web.admin import TABS
from app.web.deeds import Ask, Deed, answer, page
from app.web.door import door
from app.web.rights import actor, may
from app.web.speech import when
from app.work import now
from app.worktime import FIRST, LAST, Calendar, announced, holiday, local_day, written

Asked = dict[str, str]
WEEK = (T("一"), T("二"), T("三"), T("四"), T("五"), T("六"), T("日"))
WEEKDAYS = (
    T("周一"), T("周二"), T("周三"), T("周四"), T("周五"), T("周六"), T("周日"),
)  # fmt: skip
CLOSED = "休"
# Fixed by law (全国年节及纪念日放假办法); those by the moon are announced each year.
BY_LAW = (
    (1, 1, "元旦"), (5, 1, "劳动节"), (5, 2, "劳动节"), (10, 1, "国庆节"), (10, 2, "国庆节"),
    (10, 3, "国庆节"),
)  # fmt: skip
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
    branch, year = _branch(), _year()
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


def _branch() -> str | None:
    """Which one is asked for. Raises NotFound."""
    name = request.args.get("branch", "").strip()
    if not name:
        return None
    if settings.branch(name) is None:
        raise NotFound(T("没有名为“{name}”的网点。", name=name))
    return name


def _year() -> int:
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


def _home(**more: Any) -> str:
    """Back to the year and branch that were looked at."""
    kept = {"branch": request.args.get("branch") or None, "year": request.args.get("year") or None}
    return url_for("web.calendar_page", **{**kept, **more})


def _about(branch: str | None) -> Text:
    return T("工作日历 · {name}", name=branch) if branch else T("工作日历")


# --- one day --------------------------------------------------------------------------------------


@door.get("/admin/calendar/put")
@may("admin")
def day_page() -> str:
    """What is asked of a date."""
    return page(_day())


@door.post("/admin/calendar/put")
@may("admin")
def put_day() -> Response:
    """Say that a date is a working day or not, or as it is without."""
    return answer(_day(), _put_day)


def _day() -> Deed:
    branch, said = _branch(), request.args.get("day", "")
    kinds = (("work", T("上班")), ("rest", T("休息")), ("usual", T("按公布的节假日")))
    known = next((d for d in settings.days(branch) if d.day.isoformat() == said), None)
    return Deed(
        T("设定工作日"), T("保存"), str(_about(branch)), _home(),
        (
            Ask("day", T("日期"), "date", most=10, chosen=said),
            Ask("kind", T("这一天"), "options", options=kinds,
                chosen="work" if known and known.workday else "rest"),
            Ask("name", T("名称"), "line", T("例如：台风停工"), most=40,
                chosen=known.name if known else ""),
        ),
    )  # fmt: skip


def _put_day(given: Asked) -> tuple[Text, str]:
    try:
        day = date.fromisoformat(given["day"])
    except ValueError:
        raise Invalid(fields={"day": T("请按 2026-03-02 的形式填写日期")}) from None
    workday = None if given["kind"] == "usual" else given["kind"] == "work"
    settings.put_day(day, workday, given["name"], branch=_branch(), by=actor())
    return T("已保存，在办件的期限随后重算。"), _home(year=day.year)


# --- many days ------------------------------------------------------------------------------------


@door.get("/admin/calendar/import")
@may("admin")
def days_page() -> str:
    """Paste dates, or bring a file."""
    return page(_days())


@door.post("/admin/calendar/import")
@may("admin")
def put_days() -> Response:
    """Take them over."""
    return answer(_days(), _put_days)


def _days() -> Deed:
    branch, year = _branch(), _year()
    ways = (
        ("whole", T("这就是 {year} 年的全部，原有设定作废", year=year)),
        ("add", T("只补充这些日子")),
    )
    proposal = "" if branch or not settings.calendar().provisional(year) else _proposal(year)
    return Deed(
        T("导入 {year} 年节假日和调休", year=year), T("导入"), str(_about(branch)), _home(),
        (
            Ask("days", T("日期"), "words", T("每行一个日期或一段日期，后写“上班”或“休息”和名称，"
                "如 2027-02-05~2027-02-11 休息 春节"), most=20_000, chosen=proposal),
            Ask("file", T("或选择 CSV、XLSX 文件（前三列：日期、上班或休息、名称）"), "sheet"),
            Ask("way", T("怎样导入"), "options", options=ways, chosen="whole"),
        ),
    )  # fmt: skip


def _proposal(year: int) -> str:
    """What the law fixes of a year that is not announced: to be corrected and added to."""
    return "\n".join(f"{date(year, m, d).isoformat()} 休息 {name}" for m, d, name in BY_LAW)


def _put_days(given: Asked) -> tuple[Text, str]:
    year, sent = _year(), request.files.get("_file")
    content = sent.read(dates.MOST_BYTES + 1) if sent else b""
    said = dates.read_sheet(content) if content else dates.read_lines(given["days"])
    whole = year if given["way"] == "whole" else None
    count = settings.put_days(said, branch=_branch(), year=whole, by=actor())
    return T("已导入，改动 {n} 天；在办件的期限随后重算。", n=count), _home()


# --- a year ---------------------------------------------------------------------------------------


@door.get("/admin/calendar/year")
@may("admin")
def year_page() -> str:
    """Whether a year that was not announced is complete."""
    return page(_fill())


@door.post("/admin/calendar/year")
@may("admin")
def fill_year() -> Response:
    """Say so, or take it back."""
    return answer(_fill(), _filled)


def _fill() -> Deed:
    year = _year()
    states = (("filled", T("已按国家公布的安排核对")), ("open", T("暂定，尚未公布")))
    chosen = "filled" if year in settings.filled_years() else "open"
    hint = T("暂定年份只除去周末，其中的期限都标为暂定；核对后在办件的期限重算。")
    return Deed(
        T("{year} 年的节假日", year=year), T("保存"), str(T("工作日历")), _home(),
        (Ask("state", T("状态"), "options", options=states, chosen=chosen),), hint,
    )  # fmt: skip


def _filled(given: Asked) -> tuple[Text, str]:
    settings.fill_year(_year(), given["state"] == "filled", by=actor())
    return T("已保存，在办件的期限随后重算。"), _home()


# --- service hours --------------------------------------------------------------------------------


@door.get("/admin/calendar/hours")
@may("admin")
def hours_page() -> str:
    """Service hours of the house or a branch."""
    return page(_hours())


@door.post("/admin/calendar/hours")
@may("admin")
def put_hours() -> Response:
    """Change them."""
    return answer(_hours(), _put_hours)


def _hours() -> Deed:
    branch = _branch()
    row = settings.branch(branch)
    hours = (row.hours if row is not None else None) or _house()
    week = [
        Ask(f"day{n}", WEEKDAYS[n - 1], "line", most=100,
            chosen=_chosen(hours["weekdays"].get(str(n))))
        for n in range(1, 8)
    ]  # fmt: skip
    whose = (("own", T("另有服务时间")), ("house", T("与本单位相同")))
    own = Ask("whose", T("服务时间"), "options", options=whose,
              chosen="own" if row is not None and row.hours else "house")  # fmt: skip
    return Deed(
        T("服务时间"), T("保存"), str(_about(branch)), _home(),
        (
            *([own] if branch else []),
            Ask("open", T("服务开始时间"), "line", most=5, chosen=hours["open"]),
            Ask("close", T("服务结束时间"), "line", most=5, chosen=hours["close"]),
            Ask("lunch", T("午休（留空为不休）"), "line", T("如 12:00-13:30"), most=60,
                chosen=hours["lunch"]),
            *week,
        ),
        T("星期留空即按平日（周一至周五服务，周末不服务）；写“休”为不服务；"
          "另有时间的写时段，如 09:00-12:00。"),
    )  # fmt: skip


def _house() -> dict[str, Any]:
    parts = ("open", "close", "lunch", "weekdays")
    return {part: settings.get(f"service.{part}") for part in parts}


def _chosen(spans: str | None) -> str:
    return "" if spans is None else spans or CLOSED


def _put_hours(given: Asked) -> tuple[Text, str]:
    branch = _branch()
    if branch and given["whose"] == "house":
        settings.put_hours(branch, None, by=actor())
    else:
        settings.put_hours(branch or "", _read_hours(given), by=actor())
    return T("已保存，在办件的期限随后重算。"), _home()


def _read_hours(given: Asked) -> dict[str, Any]:
    typed = {str(n): given[f"day{n}"] for n in range(1, 8)}
    weekdays = {n: "" if text == CLOSED else text for n, text in typed.items() if text}
    wrong: Sequence[str] = [f"day{n}" for n, text in weekdays.items() if settings.spans_error(text)]
    if settings.spans_error(given["lunch"]):
        wrong = [*wrong, "lunch"]
    if wrong:
        raise Invalid(fields=dict.fromkeys(wrong, T("请按 08:30-12:00 的形式填写时段。")))
    plain = {part: given[part] for part in ("open", "close", "lunch")}
    return {**plain, "weekdays": weekdays}


# --- by hand --------------------------------------------------------------------------------------


@door.get("/admin/calendar/recount")
@may("admin")
def recount_page() -> str:
    """Whether to work out the limits of open cases anew."""
    return page(_recount())


@door.post("/admin/calendar/recount")
@may("admin")
def recount() -> Response:
    """Do so."""
    return answer(_recount(), _recounted)


def _recount() -> Deed:
    hint = T("改日历时会自动重算；办件经过里记明改动前后。已触发的定时不再改。")
    return Deed(T("重算在办件的期限"), T("开始重算"), str(T("工作日历")), _home(),
                (Ask("sure", T("确认"), "hidden"),), hint)  # fmt: skip


def _recounted(_given: Asked) -> tuple[Text, str]:
    settings.recount(by=actor())
    return T("已交后台重算。"), _home()
