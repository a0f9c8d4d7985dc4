"""Papers promised for later (承诺容缺): who is reminded of them, and taking one in.

The case is over by then, as a rule; so this is a deed on the case, not a step of a drawing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import IO, Any

from app import attachments, cases, identifiers, notices, registry, settings
from app.errors import Conflict, Invalid
from app.procedures.common import SHANGHAI, need_part
from app.registry import PromiseFacts
from app.texts import T, Text
from app.work import Actor, Work, command
from app.worktime import local_day

ROW = re.compile(r"(?P<list>\w+)\[(?P<n>\d+)\]\.")
MODES = ("original", "copy", "checked")
MOST_PAGES = 500
PLACES = (("title", "材料名称", "不动产权证"), ("due", "承诺期限", "2026-12-14"))
DUE = notices.template(
    "promise_due",
    "承诺补交当日提醒",
    "您办理业务时承诺补交：{title}，今天（{due}）是最后一天。请尽快补交，案号{case}。",
    places=PLACES,
    en="You promised to bring: {title}. Today ({due}) is the last day. Please bring it soon, "
    "case {case}.",
)
LATE = notices.template(
    "promise_late",
    "承诺补交逾期提醒",
    "您办理业务时承诺补交：{title}，期限{due}已过。请尽快补交，案号{case}。",
    places=PLACES,
    en="You promised to bring: {title}, by {due}, which is past. Please bring it soon, "
    "case {case}.",
)


# --- the day that the clerk may choose ----------------------------------------------------------


def last_day(at: datetime) -> date:
    """Until when a paper may be promised at most (T-COMMIT)."""
    days = settings.get("limit.T-COMMIT")
    return settings.calendar().add_workdays(local_day(at), days)


def check_day(value: Any, context: Any) -> Text | None:
    """The form's check ``promise_day``: a working day after today, within the limit. What was
    promised before may stay: its day does not move by being handed in again."""
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return None  # the form says so itself
    if _held(context) == str(value):
        return None
    last = last_day(context.now)
    if not local_day(context.now) < day <= last:
        return T("补交日期须在今天之后、{last} 以前", last=last)
    if not settings.calendar().is_workday(day):
        return T("{day} 不是工作日，用户无法到窗口补交，请另选一天", day=day)
    return None


def _held(context: Any) -> str | None:
    """The day of the same row as the case holds it, when it was promised already."""
    found = ROW.match(context.key)
    rows = context.scope.get(found["list"]) if found else None
    if not found or not isinstance(rows, list) or int(found["n"]) >= len(rows):
        return None
    row = rows[int(found["n"])]
    return row.get("due") if row.get("state") == "commitment" else None


CHECKS = {"promise_day": check_day}


# --- its moments --------------------------------------------------------------------------------


@command(right="system")
def tell_of_promises(work: Work) -> dict[str, list[PromiseFacts]]:
    """Do what the moments of promises that have come ask for; each once, however often this runs.

    On its day the applicant is reminded by short message; once it is late it is put on record, the
    applicant is told, and so is who took the case in and who works on it. Without a mobile number,
    or for who wants no messages, it is on record, in the lists and on the case alone.
    """
    late, due = registry.note_late(work), registry.note_reminded(work)
    for one in late:
        _tell(work, one, LATE)
        cases.ring(work, cases.contact(one.case).staff, "promise", one.case, step=one.title)
    for one in due:
        _tell(work, one, DUE)
    return {"late": late, "due": due}


def _tell(work: Work, one: PromiseFacts, template: str) -> None:
    phone = cases.contact(one.case).phone
    if not phone or identifiers.mobile(phone) or registry.refuses_sms(phone):
        return
    notices.queue_notice(
        work, channel="sms", recipient=phone, template=template, case=one.case,
        values={"title": one.title, "due": one.due}, key=f"{template}:{one.id}",
    )  # fmt: skip


def late_promises_for(actor: Actor, at: datetime) -> list[PromiseFacts]:
    """Papers of cases of the actor's region that are late, the longest late first."""
    late = registry.late_promises(at.astimezone(SHANGHAI).date())
    ours = cases.seen(actor, [one.case for one in late])
    return [one for one in late if one.case in ours]


# --- it comes -----------------------------------------------------------------------------------


@command(right="case")
def take_in_promised(
    work: Work, number: str, kind: str, mode: str, pages: int,
    files: Iterable[tuple[IO[bytes], str | None]] = (),
) -> None:  # fmt: skip
    """Write a promised paper down as received: ``mode`` original, copy or checked; ``files``:
    contents and names of scans. Its moments are over with it.

    Raises NotFound, NotAllowed, Invalid (fields ``mode``, ``pages``, ``file``), Conflict (it is
    there), Infected, NoScanner, Down; then nothing is written.
    """
    need_part(work.by, cases.case(work.by, number))
    if mode not in MODES:
        raise Invalid(fields={"mode": T("请选择收到的是原件还是复印件")})
    if not 1 <= pages <= MOST_PAGES:
        raise Invalid(fields={"pages": T("请填 1 至 {n} 页", n=MOST_PAGES)})
    paper = next((one for one in registry.materials(number) if one.kind == kind), None)
    if paper is None or paper.mode != "commitment":
        raise Conflict(T("这份材料没有承诺补交，或已补交。"), case=number)
    given = [attachments.store(work, content, name, case=number).id for content, name in files]
    registry.put_material(
        work, case=number, kind=kind, title=paper.title, mode=mode, pages=pages, received=True,
        file_ids=[*paper.file_ids, *given],
    )  # fmt: skip
