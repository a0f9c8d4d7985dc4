"""What failed with nobody at the desk, and what was refused: for who watches over the house."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response, render_template, request, url_for

from app import cases, people
from app.replica import aside
from app.texts import T, Text
from app.web.admin import TABS
from app.web.deeds import Ask, Deed, answer, page
from app.web.door import door
from app.web.rights import actor, belongs, may
from app.work import now

Asked = dict[str, str]
INCIDENT = "/admin/incidents/<int:incident>"
TYPES = {"string": T("文字"), "number": T("数字"), "boolean": T("true 或 false"), "list": T("列表")}
MENDERS = frozenset({"admin", "cs_director"})
KINDS = {
    "timer": T("定时"),
    "service": T("外部调用"),
    "message": T("到达的消息"),
    "signal": T("收到的信号"),
    "start": T("定时启动"),
}
REASONS = {
    "NotAllowed": T("无权"),
    "Conflict": T("与他人冲突"),
    "Refused": T("规则不许"),
    "Stuck": T("流程走不下去"),
}


@door.get("/admin/incidents")
@may("admin", "cs_director", "auditor")
def incidents_page() -> str:
    """What failed with nobody at the desk."""
    person = actor()
    return render_template(
        "admin_incidents.html", tabs=TABS, incidents=cases.incidents(person), now=now(),
        kinds=KINDS, may_mend=belongs(person, MENDERS),
    )  # fmt: skip


@door.post(f"{INCIDENT}/retry")
@may("admin", "cs_director")
def retry_incident(incident: int) -> Response:
    """Try again what failed."""
    back = url_for("web.incidents_page")
    deed = Deed(T("重试"), T("重试"), "", back, ())
    return answer(deed, lambda _: (_retried(incident), back))


def _retried(incident: int) -> Text:
    cases.retry_incident(incident, by=actor())
    return T("已重新排队，办成后自动消失。")


@door.get(f"{INCIDENT}/skip")
@may("admin", "cs_director")
def skip_page(incident: int) -> str:
    """What it was given, and what has to be given in its place."""
    return page(_skip(cases.skip_of(actor(), incident)))


@door.post(f"{INCIDENT}/skip")
@may("admin", "cs_director")
def skip_incident(incident: int) -> Response:
    """Go on without it."""
    skip = cases.skip_of(actor(), incident)
    return answer(_skip(skip), lambda given: _skipped(incident, skip, given))


def _skip(skip: cases.Skip) -> Deed:
    asked = (
        Ask(name, T("结果 {name}", name=name), "line", TYPES.get(kind))
        for name, kind in skip.outputs.items()
    )
    hint = T("此项不再处理，案件照常办理。")
    if skip.inputs or skip.outputs:
        hint = T("请先由人工办妥这次调用，再填写它本应给出的结果，案件据此继续。")
    return Deed(
        T("跳过故障"), T("确认跳过"), f"{skip.case_number} {skip.element or ''}",
        url_for("web.incidents_page"),
        (Ask("reason", T("原因"), hint=T("写入案件记录，以后可查。"), most=2000), *asked),
        hint, danger=True, heading=T("调用时传入的内容"),
        lines=tuple(T("{name}：{value}", name=n, value=_shown(v)) for n, v in skip.inputs.items()),
    )  # fmt: skip


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _skipped(incident: int, skip: cases.Skip, given: Asked) -> tuple[Text, str]:
    answers = {name: _typed(given[name], kind) for name, kind in skip.outputs.items()}
    cases.skip_incident(incident, given["reason"], answers, by=actor())
    return T("已跳过，案件继续办理。"), url_for("web.incidents_page")


def _typed(text: str, kind: str) -> Any:
    if kind == "string":
        return text
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


@door.get("/admin/refused")
@may("admin", "auditor")
def refused_page() -> str:
    """Attempts that a rule refused, the newest first."""
    by, asked = actor(), request.args.get("cursor")
    (found, cursor), as_of = aside(lambda: people.refused_attempts(by, asked))
    return render_template(
        "admin_refused.html", tabs=TABS, attempts=found, cursor=cursor, now=now(), reasons=REASONS,
        as_of=as_of,
    )  # fmt: skip


@door.get("/audit/looks")
@may("auditor")
def looks_page() -> str:
    """Who looked at whole personal values, when and why."""
    by, asked = actor(), request.args.get("cursor")
    (found, cursor), as_of = aside(lambda: cases.lookers(by, asked))
    return render_template(
        "looks.html", looks=found, cursor=cursor, now=now(), reasons=cases.WHY, as_of=as_of
    )
