"""Reminders: what happened to one's work, papers promised and late, notices not sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Response, make_response, redirect, render_template, url_for

from app import cases, notices
from app.errors import NotFound
from app.procedures import promised
from app.texts import T, Text, authored
from app.web.door import door
from app.web.rights import actor, belongs, signed_in, visitor
from app.work import now

# Who looks after messages that did not go out.
OUTBOX = frozenset({"admin", "cs_director", "hotline_agent"})
SAID = {
    "back": T("{by}退回：{step}"),
    "assign": T("{by}转交给您：{step}"),
    "urge": T("{by}催办：{step}"),
    "ask": T("{by}请示：{step}"),
    "sign": T("{by}请您加签：{step}"),
    "extend": T("{by}申请延期：{step}"),
    "opinion": T("{by}已答复：{step}"),
    "end": T("{by}结束了案件"),
    "move": T("您关注的案件有进展"),
    "late": T("已超时：{step}"),
    "promise": T("承诺补交的材料已逾期：{step}"),
    "escalated": T("本组工作超时（{by}）：{step}"),
}


@dataclass(frozen=True)
class Line:
    """One reminder."""

    id: int
    number: str
    text: Text
    at: datetime


@door.get("/reminders")
@signed_in
def reminders() -> str:
    """All that is unread, the newest first."""
    person, at = actor(), now()
    return render_template(
        "reminders.html",
        lines=[_line(one) for one in cases.unread(person)],
        promises=promised.late_promises_for(person, at),
        unsent=notices.unsent() if belongs(person, OUTBOX) else [],
        now=at,
    )


def _line(one: cases.Alert) -> Line:
    text = T(str(SAID[one.kind]), by=one.by_name or T("系统"), step=authored(one.step or ""))
    return Line(one.id, one.case_number, text, one.at)


@door.post("/reminders/<int:alert>")
@signed_in
def open_reminder(alert: int) -> Response:
    """Mark it as read and go where it leads."""
    found = next((one for one in cases.unread(actor()) if one.id == alert), None)
    if found is None:
        raise NotFound
    cases.read_alerts(alert, by=actor())
    if found.task_id is not None and cases.may_open(actor(), found.task_id):
        return make_response(redirect(url_for("web.task", task_id=found.task_id), 303))
    return make_response(redirect(url_for("web.case", number=found.case_number), 303))


@door.post("/reminders")
@signed_in
def read_reminders() -> Response:
    """Mark all as read."""
    cases.read_alerts(by=actor())
    return make_response(redirect(url_for("web.reminders"), 303))


def unread() -> int:
    """How many are unread, for the bar; none for a stranger."""
    person = visitor()
    return cases.unread_count(person) if person else 0
