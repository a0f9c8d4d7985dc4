"""The administrator's page: settings with their history, branches, working days."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
from flask import Response, render_template, url_for

from app import settings
from app.errors import Invalid, NotFound
from app.texts import T, Text
from app.web.admin import TABS
from app.web.deeds import Ask, Deed, answer, page
from app.web.door import door
from app.web.rights import actor, may
from app.web.speech import language

Asked = dict[str, str]
UNITS = {
    "minutes": T("分钟"),
    "hours": T("小时"),
    "days": T("天"),
    "workdays": T("工作日"),
    "times": T("次"),
    "months": T("个月"),
}


@door.get("/admin/settings")
@may("admin")
def settings_page() -> str:
    """All settings with value, default and source."""
    rows = [
        (one, _label(one), _shown(one.value), UNITS.get(one.unit, one.unit))
        for one in settings.all_settings()
    ]
    return render_template("admin_settings.html", tabs=TABS, rows=rows)


def _label(one: settings.Setting) -> str:
    return one.label_en if language() == "en" else one.label_zh


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


@door.get("/admin/settings/<key>")
@may("admin")
def setting_page(key: str) -> str:
    """One setting: a new value, and every change."""
    return page(_setting(key))


@door.post("/admin/settings/<key>")
@may("admin")
def put_setting(key: str) -> Response:
    """Change it."""
    return answer(_setting(key), lambda given: _put(key, given))


def _setting(key: str) -> Deed:
    one = next((s for s in settings.all_settings() if s.key == key), None)
    if one is None:
        raise NotFound
    value = _shown(one.value)
    hint = T("默认 {value}；出处 {source}", value=_shown(one.default_value), source=one.source)
    lines = tuple(
        T("{at} {who}：{value}", at=e.at.date().isoformat(), who=e.actor_login,
          value=_shown((e.body.get("after") or {}).get("value")))
        for e in reversed(settings.history(key))
    )  # fmt: skip
    unit = T("单位：{unit}", unit=UNITS.get(one.unit, one.unit) or "—")
    ask = Ask("value", T("取值"), "line", unit, most=500, chosen=value)
    back = url_for("web.settings_page")
    return Deed(T("{label}", label=_label(one)), T("保存"), key, back, (ask,), hint, lines=lines)


def _put(key: str, given: Asked) -> tuple[Text, str]:
    kind = settings.SPECS[key].type
    typed: Any = given["value"]
    if kind == "integer":
        typed = int(typed) if typed.isdecimal() and len(typed) < 10 else None
    if kind == "regions":
        typed = _object(typed)
    settings.put(key, typed, by=actor())
    return T("已保存，各处两秒内生效。"), url_for("web.settings_page")


def _object(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Invalid(fields={"value": T("请填写片区及其代码。")}) from None


@door.get("/admin/branches")
@may("admin")
def branches_page() -> str:
    """Branches and outlets."""
    return render_template("admin_branches.html", tabs=TABS, branches=settings.branches())


@door.get("/admin/branches/put")
@may("admin")
def branch_page() -> str:
    """What is asked of a branch."""
    return page(_branch())


@door.post("/admin/branches/put")
@may("admin")
def put_branch() -> Response:
    """Add a branch, or change the one of that name."""
    return answer(_branch(), _put_branch)


def _branch() -> Deed:
    kinds = (("branch", T("供水分公司")), ("outlet", T("服务网点")))
    regions = [("", T("总部（全部片区）")), *((r, r) for r in settings.regions())]
    return Deed(
        T("新增或修改网点"), T("保存"), T("网点"), url_for("web.branches_page"),
        (
            Ask("name", T("名称"), "line", T("与已有名称相同即为修改。"), most=60),
            Ask("kind", T("类别"), "options", options=kinds, chosen="outlet"),
            Ask("region", T("片区"), "options", options=regions, empty=True),
            Ask("address", T("地址"), "line", most=120),
            Ask("phone", T("电话"), "line", most=40),
        ),
    )  # fmt: skip


def _put_branch(given: Asked) -> tuple[Text, str]:
    if not given["name"]:
        raise Invalid(fields={"name": T("请填写")})
    settings.put_branch(
        given["name"], kind=given["kind"], region=given["region"] or None,
        address=given["address"], phone=given["phone"], by=actor(),
    )  # fmt: skip
    return T("已保存。"), url_for("web.branches_page")


@door.get("/admin/calendar")
@may("admin")
def calendar_page() -> str:
    """The dates of which the installation says otherwise."""
    return render_template("admin_calendar.html", tabs=TABS, days=settings.days())


@door.get("/admin/calendar/put")
@may("admin")
def day_page() -> str:
    """What is asked of a date."""
    return page(_day())


@door.post("/admin/calendar/put")
@may("admin")
def put_day() -> Response:
    """Say that a date is a working day or not, or as announced."""
    return answer(_day(), _put_day)


def _day() -> Deed:
    kinds = (("work", T("上班")), ("rest", T("休息")), ("usual", T("按公布的节假日")))
    return Deed(
        T("设定工作日"), T("保存"), T("工作日历"), url_for("web.calendar_page"),
        (
            Ask("day", T("日期"), "date", most=10),
            Ask("kind", T("这一天"), "options", options=kinds, chosen="rest"),
            Ask("name", T("名称"), "line", T("例如：台风停工"), most=40),
        ),
    )  # fmt: skip


def _put_day(given: Asked) -> tuple[Text, str]:
    try:
        day = date.fromisoformat(given["day"])
    except ValueError:
        raise Invalid(fields={"day": T("请按 2026-03-02 的形式填写日期")}) from None
    workday = None if given["kind"] == "usual" else given["kind"] == "work"
    settings.put_day(day, workday, given["name"], by=actor())
    return T("已保存。"), url_for("web.calendar_page")
