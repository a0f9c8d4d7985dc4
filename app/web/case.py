"""One case as a whole: where it stands, what happened, its papers and print-outs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import render_template, request, url_for

from app import cases
from app.errors import NotFound, ReasonNeeded
from app.procedures.common import may_put
from app.texts import T
from app.web import folder, reasons, sent, show, told
from app.web.door import door
from app.web.rights import actor, belongs_to, signed_in
from app.work import now
from app.worktime import local_day

TABS = (
    ("overview", T("概况")),
    ("timeline", T("经过")),
    ("why", T("为何到此")),
    ("diagram", T("流程图")),
    ("papers", T("材料")),
    ("messages", T("消息")),
)

# What a page tells of a case's history at once.
ENTRIES = 300


@door.get("/cases/<number>")
@signed_in
def case(number: str) -> str:
    """The case page, one tab of it."""
    tab = request.args.get("tab", "overview")
    if tab not in dict(TABS):
        raise NotFound
    person, at = actor(), now()
    whole = request.args.get("whole") == "1"
    found = cases.case(person, number, cases.Look.WHOLE if whole else cases.Look.MASKED)
    if whole and found.may_look and not found.clear:
        raise ReasonNeeded(case=number)
    return render_template(
        "case.html",
        case=show.case(found),
        tab=tab,
        tabs=TABS,
        open=[
            show.open_step(step, at, belongs_to(person, step.groups))
            for step in found.tasks
            if step.status == "open"
        ],
        prints=show.prints(found),
        may_withdraw=found.may_withdraw,
        may_force=found.may_force,
        watching=found.watching,
        running=found.status == "open",
        opinions=show.opinions(found.sides, at),
        may_look=found.may_look and not found.clear and (found.applicant or found.phone),
        now=at,
        **_tab(tab, found, whole=whole),
        **show.side(found, at),
    )


def _tab(tab: str, found: Any, *, whole: bool) -> dict[str, Any]:
    if tab == "papers":
        person, number = actor(), found.number
        thumbs = folder.thumbs_for(person, number, asked=whole and found.clear)
        sheets = folder.folder(number, local_day(now()), thumbs)
        return {"sheets": sheets, "pictured": whole, "may_put": may_put(person, found)}
    if tab == "timeline":
        return _timeline(found)
    if tab == "why":
        return {"reasons": reasons.told(actor(), found)}
    if tab == "diagram":
        return {"drawn": reasons.drawn(actor(), found.number, request.args.get("of"))}
    if tab == "messages":
        return {"messages": sent.messages(found.number), "can_post": cases.may_post(actor())}
    return {}


def _timeline(found: Any) -> dict[str, Any]:
    """What happened last, or before the moment that the page before ended at."""
    said = request.args.get("before")
    try:
        before = datetime.fromisoformat(said) if said else None
    except ValueError:
        raise NotFound from None
    if before is not None and before.tzinfo is None:
        raise NotFound
    entries, earlier = cases.last_entries(actor(), found.number, ENTRIES, before)
    older = earlier and url_for(
        "web.case", number=found.number, tab="timeline", before=earlier.isoformat()
    )
    return {"timeline": told.timeline(entries, found.release), "older": older, "before": before}
