"""What the administrator changes in the calendar: days, years, service hours, limits anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Response, request

from app import settings
from app.errors import Invalid
from app.settings import dates
from app.texts import T, Text
from app.web import calendar
from app.web.calendar import CLOSED, WEEKDAYS
from app.web.deeds import Ask, Deed, answer, page
from app.web.door import door
from app.web.rights import actor, may

Asked = dict[str, str]
# Fixed by law (全国年节及纪念日放假办法); those by the moon are announced each year.
BY_LAW = (
    (1, 1, "元旦"), (5, 1, "劳动节"), (5, 2, "劳动节"), (10, 1, "国庆节"), (10, 2, "国庆节"),
    (10, 3, "国庆节"),
)  # fmt: skip

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
    branch, said = calendar.chosen_branch(), request.args.get("day", "")
    kinds = (("work", T("上班")), ("rest", T("休息")), ("usual", T("按公布的节假日")))
    known = next((d for d in settings.days(branch) if d.day.isoformat() == said), None)
    return Deed(
        T("设定工作日"), T("保存"), str(calendar.about(branch)), calendar.back(),
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
    settings.put_day(day, workday, given["name"], branch=calendar.chosen_branch(), by=actor())
    return T("已保存，在办件的期限随后重算。"), calendar.back(year=day.year)


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
    branch, year = calendar.chosen_branch(), calendar.chosen_year()
    ways = (
        ("whole", T("这就是 {year} 年的全部，原有设定作废", year=year)),
        ("add", T("只补充这些日子")),
    )
    proposal = "" if branch or not settings.calendar().provisional(year) else _proposal(year)
    return Deed(
        T("导入 {year} 年节假日和调休", year=year), T("导入"), str(calendar.about(branch)),
        calendar.back(),
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
    year, sent = calendar.chosen_year(), request.files.get("_file")
    content = sent.read(dates.MOST_BYTES + 1) if sent else b""
    said = dates.read_sheet(content) if content else dates.read_lines(given["days"])
    whole = year if given["way"] == "whole" else None
    count = settings.put_days(said, branch=calendar.chosen_branch(), year=whole, by=actor())
    return T("已导入，改动 {n} 天；在办件的期限随后重算。", n=count), calendar.back()


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
    year = calendar.chosen_year()
    states = (("filled", T("已按国家公布的安排核对")), ("open", T("暂定，尚未公布")))
    chosen = "filled" if year in settings.filled_years() else "open"
    hint = T("暂定年份只除去周末，其中的期限都标为暂定；核对后在办件的期限重算。")
    return Deed(
        T("{year} 年的节假日", year=year), T("保存"), str(T("工作日历")), calendar.back(),
        (Ask("state", T("状态"), "options", options=states, chosen=chosen),), hint,
    )  # fmt: skip


def _filled(given: Asked) -> tuple[Text, str]:
    settings.fill_year(calendar.chosen_year(), given["state"] == "filled", by=actor())
    return T("已保存，在办件的期限随后重算。"), calendar.back()


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
    branch = calendar.chosen_branch()
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
        T("服务时间"), T("保存"), str(calendar.about(branch)), calendar.back(),
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
    branch = calendar.chosen_branch()
    if branch and given["whose"] == "house":
        settings.put_hours(branch, None, by=actor())
    else:
        settings.put_hours(branch or "", _read_hours(given), by=actor())
    return T("已保存，在办件的期限随后重算。"), calendar.back()


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
    return Deed(T("重算在办件的期限"), T("开始重算"), str(T("工作日历")), calendar.back(),
                (Ask("sure", T("确认"), "hidden"),), hint)  # fmt: skip


def _recounted(_given: Asked) -> tuple[Text, str]:
    settings.recount(by=actor())
    return T("已交后台重算。"), calendar.back()
