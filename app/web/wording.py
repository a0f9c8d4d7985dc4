"""Templates of notices: the list, one to edit with its preview, a new one, what was changed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for

from app import config, notices
from app.errors import Invalid
from app.notices import Body, Template
from app.texts import T, Text
from app.web import problems
from app.web.door import door
from app.web.rights import actor, may
from app.web.speech import say

LABELS = {
    "zh": T("通知内容"),
    "subject": T("标题（邮件、信函）"),
    "en": T("英文内容（选填）"),
    "subject_en": T("英文标题（选填）"),
    "code": T("服务商模板编号（短信）"),
}


@dataclass(frozen=True)
class Preview:
    """How a text would read: ``length`` in characters, ``count`` messages that are billed."""

    label: Text
    subject: str
    text: str
    length: int
    count: int


@door.get("/notices")
@may("process_owner", "admin")
def notice_templates() -> str:
    """All templates."""
    lines = [(one, _sized(T("短信"), notices.preview(one, one.body)[0]))
             for one in notices.templates()]  # fmt: skip
    return render_template("notice_templates.html", lines=lines)


def _sized(label: Text, written: notices.Written) -> Preview:
    chosen = config.settings()
    length, count = notices.segments(written.text, chosen.sms_sign or chosen.company)
    return Preview(label, written.subject, written.text, length, count)


@door.get("/notices/<name>")
@may("process_owner", "admin")
def notice_template(name: str) -> str:
    """One template: its text, its places, how it reads, who changed it."""
    found = notices.the_template(name)
    return _page(found, found.body)


@door.post("/notices/<name>")
@may("process_owner", "admin")
def change_notice_template(name: str) -> Response:
    """Show how it would read, or save it."""
    found, body = notices.the_template(name), _typed()
    way = request.form.get("_way", "save")
    if way == "default" and found.default:
        return make_response(_page(found, found.default))
    try:
        notices.need_body(found, body)
        if way == "save":
            version = request.form.get("version", "")
            number = int(version) if version.isdecimal() and len(version) < 9 else -1
            notices.change_template(name, body, number, by=actor())
    except Invalid as problem:
        return make_response(_page(found, body, problem.fields), problems.status_of(problem))
    if way == "preview":
        return make_response(_page(found, body))
    flash(say(T("已保存，新发的通知用新内容。")))
    return make_response(redirect(url_for("web.notice_template", name=name), 303))


def _typed() -> Body:
    names = [one.name for one in fields(Body)]
    return Body(**{n: request.form.get(n, "").replace("\r\n", "\n").strip() for n in names})


def _page(found: Template, body: Body, errors: Any = None) -> str:
    errors = errors or {}
    return render_template(
        "notice_template.html",
        one=found,
        body=body,
        labels=LABELS,
        errors=errors,
        previews=[] if errors else _previews(found, body),
        changes=[_change(entry) for entry in reversed(notices.history(found.name))],
        known=found.known.values(),
    )


def _previews(found: Template, body: Body) -> list[Preview]:
    chinese, english = notices.preview(found, body)
    shown = [_sized(T("中文"), chinese)]
    return shown if english is None else [*shown, _sized(T("英文"), english)]


@dataclass(frozen=True)
class Change:
    """One change of a template: who, when, and each part before and after."""

    who: str
    at: Any
    version: int
    parts: list[tuple[Text, str, str]]


def _change(entry: Any) -> Change:
    before, after = entry.body.get("before") or {}, entry.body["after"]
    parts = [
        (label, before.get(name, ""), after.get(name, ""))
        for name, label in LABELS.items()
        if before.get(name, "") != after.get(name, "")
    ]
    return Change(entry.actor_login, entry.at, after["version"], parts)


# --- a new one ------------------------------------------------------------------------------------


@door.get("/notices/new")
@may("process_owner", "admin")
def new_notice_template() -> str:
    """What is asked of a new template."""
    return render_template("notice_new.html", given={}, body=Body(), labels=LABELS, errors={})


@door.post("/notices/new")
@may("process_owner", "admin")
def add_notice_template() -> Response:
    """Add it."""
    given = {name: request.form.get(name, "").strip() for name in ("name", "title", "places")}
    body = _typed()
    try:
        notices.add_template(given["name"], given["title"], given["places"], body, by=actor())
    except Invalid as problem:
        shown = render_template(
            "notice_new.html", given=given, body=body, labels=LABELS, errors=problem.fields
        )
        return make_response(shown, 422)
    flash(say(T("已新增。流程图中用这个名称发通知。")))
    return make_response(redirect(url_for("web.notice_template", name=given["name"]), 303))
