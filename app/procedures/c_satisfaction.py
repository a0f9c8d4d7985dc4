"""回访: a customer is asked by somebody who had no hand in the case (4.19, SVC-16)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app import definitions, registry, settings
from app.cases import Call, service
from app.errors import Invalid
from app.texts import T
from app.work import Work
from app.worktime import SHANGHAI

ANSWERS = {
    "rating": "string",
    "promise_kept": "string",
    "attitude": "string",
    "cost_complaint": "boolean",
    "cost_text": "string",
    "complaint": "string",
    "suggestions": "string",
}


@service(
    "c_satisfaction.prepare",
    inputs={"case_number": "string", "process": "string", "mandatory": "boolean"},
    outputs={
        "record_id": "number",
        "max_attempts": "number",
        "call_by": "string",
        "process_name": "string",
    },
    label=T("登记回访"),
)
def prepare(work: Work, call: Call) -> dict[str, Any]:
    """Open the record. What need not be followed up is tried once."""
    given = call.inputs
    record = registry.open_satisfaction(
        work,
        case=given["case_number"],
        asked_in=call.case_number,
        procedure=given["process"],
        account_no=call.account_no,
    )
    days = settings.get("limit.T-CALLBACK")
    drawn = definitions.library(call.release).processes.get(given["process"])
    return {
        "record_id": record,
        "max_attempts": settings.get("limit.T-CALLBACK.attempts") if given["mandatory"] else 1,
        "call_by": settings.calendar().add_workdays(work.at, days).isoformat(),
        "process_name": drawn.name if drawn else "",
    }


@service(
    "c_satisfaction.note",
    inputs={
        "record_id": "number",
        "called_at": "string",
        "contact_result": "string",
        "is_satisfied": "string",
        **ANSWERS,
    },
    outputs={
        "attempts": "number",
        "score": "number",
        "next_call_at": "string",
        "call_by": "string",
    },
    pii=("complaint", "suggestions", "cost_text"),
    label=T("登记回访结果"),
)
def note(work: Work, call: Call) -> dict[str, Any]:
    """Write the attempt down, and the answers when somebody answered.

    Gives when to try next: the opening of a working day, and until when.
    """
    given, record = call.inputs, int(call.inputs["record_id"])
    at, result = _moment(given["called_at"]), given["contact_result"]
    attempts = registry.note_attempt(work, record, at=at, result=result)
    score = int(given["rating"] or 0) if result == "reached" else 0
    if result == "reached":
        outcome = "satisfied" if given["is_satisfied"] == "yes" else "dissatisfied"
        answers = {name: given[name] for name in ANSWERS if name != "rating"}
        registry.close_satisfaction(work, record, outcome, {**answers, "score": score})
    calendar, gap = settings.calendar(), settings.get("limit.T-CALLBACK.gap")
    day = calendar.add_workdays(work.at.astimezone(SHANGHAI).date(), gap)
    return {
        "attempts": attempts,
        "score": score,
        "next_call_at": calendar.opening(day).isoformat(),
        "call_by": calendar.closing(day).isoformat(),
    }


def _moment(text: str) -> datetime:
    """A moment as a form holds it; without an offset it is said in Shanghai."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(fields={"called_at": T("请填写回访时间")}) from None
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)


@service("c_satisfaction.give_up", inputs={"record_id": "number"}, label=T("登记未联系上"))
def give_up(work: Work, call: Call) -> dict[str, Any]:
    """Nobody could be reached, or nobody wanted to be asked."""
    registry.close_satisfaction(work, int(call.inputs["record_id"]), "unreachable")
    return {}


@service(
    "c_satisfaction.note_measure",
    inputs={"record_id": "number", "measure": "string", "director_decision": "string"},
    outputs={"rework": "boolean"},
    pii=("measure",),
    label=T("登记处理措施"),
)
def note_measure(work: Work, call: Call) -> dict[str, Any]:
    """What the director did about it; ``rework``: the case goes back to its handlers."""
    given = call.inputs
    rework = given["director_decision"] == "rework"
    registry.note_measure(work, int(given["record_id"]), measure=given["measure"], rework=rework)
    return {"rework": rework}


@service("c_satisfaction.urge", inputs={"case_number": "string"}, label=T("催办回访"))
def urge(_work: Work, _call: Call) -> dict[str, Any]:
    """The step itself is the urging: it stands in the trail and in the overdue list."""
    return {}
