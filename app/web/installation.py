"""The administrator's page: settings with their history, branches."""

from __future__ import annotations

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
    "percent": T("%"),
}


# Prefix of the keys → heading, and what must be known of them; others come last.
GROUPS: tuple[tuple[str, Text, Text | None], ...] = (
    ("limit", T("时限"), T("分钟、小时、天按自然时间（24 小时），工作日按工作日历，都包含本数。"
                         "改动只用于此后开始的等待；按参数名设定时限的在办件，保存时可选一并重算。")),
    ("service", T("服务时间"), T("改动后在办件的期限随即重算；各网点可在“工作日历”另行规定。")),
    ("number", T("编号"), None),
    ("", T("其他"), None),
)  # fmt: skip
Line = tuple[settings.Setting, str, str, str]


@door.get("/admin/settings")
@may("admin")
def settings_page() -> str:
    """All settings with value, default and source, in groups."""
    rows: dict[str, list[Line]] = {prefix: [] for prefix, _heading, _hint in GROUPS}
    for one in settings.all_settings():
        prefix = one.key.partition(".")[0]
        line = (one, _label(one), _shown(one.value), UNITS.get(one.unit, one.unit))
        rows[prefix if prefix in rows else ""].append(line)
    groups = [(heading, hint, rows[prefix]) for prefix, heading, hint in GROUPS]
    return render_template("admin_settings.html", tabs=TABS, groups=groups)


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
    back, title = url_for("web.settings_page"), T("{label}", label=_label(one))
    asks = (ask, RECOUNT) if key.removeprefix("limit.") in settings.limit_names() else (ask,)
    return Deed(title, T("保存"), key, back, asks, hint, lines=lines)


RECOUNT = Ask(
    "recount",
    T("在办件"),
    "checks",
    T("改动只用于此后开始的等待。流程图按此参数名设定的时限可一并重算。"),
    options=(("yes", T("同时重算在办件的期限")),),
)


def _put(key: str, given: Asked) -> tuple[Text, str]:
    kind = settings.SPECS[key].type
    typed: Any = given["value"]
    if kind == "integer":
        typed = int(typed) if typed.isdecimal() and len(typed) < 10 else None
    if kind in ("regions", "weekdays"):
        typed = _object(typed)
    settings.put(key, typed, recount=given.get("recount") == "yes", by=actor())
    return T("已保存，各处两秒内生效。"), url_for("web.settings_page")


def _object(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Invalid(fields={"value": T("请按原有形式填写。")}) from None


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
