"""What counters need beside the drawing: send back, ask, more time, end, merge, urge, watch."""

from __future__ import annotations

from typing import Any

from app import cases, people
from app.api import questions, shapes
from app.api.caller import actor, body, member
from app.api.moved import moved
from app.api.operations import operation
from app.errors import Invalid, NotFound


@operation(
    "GET", "/tasks/<int:task_id>/ways-back", "read", "Where a task may be sent back to",
    answer=shapes.WaysBack, problems=(404,),
)  # fmt: skip
def ways_back(task_id: int) -> dict[str, Any]:
    """The last steps first; none when the task is not the caller's."""
    found = cases.ways_back(actor(), task_id)
    return {"items": [{"element": way.element, "name": way.name} for way in found]}


@operation(
    "POST", "/tasks/<int:task_id>/send-back", "write", "Send a case back to an earlier step",
    body=questions.SendBackBody, answer=shapes.Moved, problems=(404, 409, 415, 422),
)  # fmt: skip
def send_back(task_id: int) -> Any:
    """Who did the step gets it again, with what was entered."""
    given = body()
    to, reason = member(given, "to", str), member(given, "reason", str)
    return moved(cases.send_back(task_id, to, reason, by=actor()))


@operation(
    "GET", "/tasks/<int:task_id>/opinions", "read", "Opinions asked for beside a task",
    answer=shapes.Opinions, problems=(404,),
)  # fmt: skip
def opinions(task_id: int) -> dict[str, Any]:
    """For who may see the task; of an opinion's own task, that one."""
    page = cases.task_for(actor(), task_id)
    found = page.sides if page.side is None else (cases.side_of(actor(), task_id)[0],)
    return {"items": [_opinion(one) for one in found]}


def _opinion(one: cases.Side) -> dict[str, Any]:
    return {
        "id": one.id, "kind": one.kind, "state": one.status, "question": one.question,
        "by": one.by_name, "asked": one.asked_at, "days": one.days, "decision": one.decision,
        "opinion": one.opinion, "answered_by": one.answered_by,
        "answered": one.answered_at if one.status == "done" else None,
    }  # fmt: skip


@operation(
    "POST", "/tasks/<int:task_id>/ask", "write", "Ask a leader", status=201,
    body=questions.AskBody, answer=shapes.Asked, problems=(404, 409, 415, 422),
)  # fmt: skip
def ask(task_id: int) -> dict[str, Any]:
    """The step may go on meanwhile."""
    given = body()
    to, question = member(given, "to", str), member(given, "question", str)
    return {"id": cases.ask(task_id, to, question, by=actor())}


@operation(
    "POST", "/tasks/<int:task_id>/sign", "write", "Ask a colleague for a sign-off", status=201,
    body=questions.SignBody, answer=shapes.Asked, problems=(404, 409, 415, 422),
)  # fmt: skip
def sign(task_id: int) -> dict[str, Any]:
    """The step cannot be completed before it is back."""
    given = body()
    login, question = member(given, "to", str), member(given, "question", str)
    try:
        colleague = people.person(login)
    except NotFound as error:
        raise Invalid(fields={"to": error.text}) from None
    return {"id": cases.add_sign(task_id, colleague.id, question, by=actor())}


@operation(
    "POST", "/tasks/<int:task_id>/extend", "write", "Ask for more time", status=201,
    body=questions.ExtendBody, answer=shapes.Asked, problems=(404, 409, 415, 422),
)  # fmt: skip
def extend(task_id: int) -> dict[str, Any]:
    """Once for each case."""
    given = body()
    days, reason = member(given, "days", int), member(given, "reason", str)
    return {"id": cases.ask_extension(task_id, days, reason, by=actor())}


@operation(
    "POST", "/tasks/<int:task_id>/answer", "write", "Give the opinion asked for",
    body=questions.OpinionBody, answer=shapes.CaseNumber, problems=(404, 409, 415, 422),
)  # fmt: skip
def answer(task_id: int) -> dict[str, Any]:
    """Never by who asked."""
    given = body()
    said = member(given, "opinion", str)
    decision = given.get("decision")
    chosen = None if decision is None else member(given, "decision", str)
    return {"number": cases.answer(task_id, said, chosen, by=actor())}


@operation(
    "POST", "/tasks/<int:task_id>/take-back", "write", "Take back what one asked",
    answer=shapes.CaseNumber, problems=(404, 409),
)  # fmt: skip
def take_back(task_id: int) -> dict[str, Any]:
    """409 when it has been answered."""
    return {"number": cases.take_back(task_id, by=actor())}


@operation(
    "POST", "/cases/<number>/force", "write", "End a case by force",
    body=questions.ReasonBody, answer=shapes.Moved, problems=(404, 415, 422),
)  # fmt: skip
def force_case(number: str) -> Any:
    """The director may, with a reason."""
    return moved(cases.force_end(number, member(body(), "reason", str), by=actor()))


@operation(
    "POST", "/cases/<number>/merge", "write", "Merge a duplicate into another case",
    body=questions.MergeBody, answer=shapes.Moved, problems=(404, 415, 422),
)  # fmt: skip
def merge_case(number: str) -> Any:
    """Both open, of one procedure, account or address."""
    given = body()
    into, reason = member(given, "into", str), member(given, "reason", str)
    return moved(cases.merge(number, into, reason, by=actor()))


@operation(
    "POST", "/cases/<number>/urge", "write", "Urge who has the case",
    body=questions.UrgeBody, answer=shapes.Urged, problems=(404, 415, 422),
)  # fmt: skip
def urge_case(number: str) -> dict[str, Any]:
    """Gives the names of those told."""
    return {"told": cases.urge(number, member(body(), "words", str, ""), by=actor())}


@operation(
    "POST", "/cases/<number>/watch", "write", "Be told of each step of a case, or no longer",
    status=204, body=questions.WatchBody, problems=(404, 415, 422),
)  # fmt: skip
def watch_case(number: str) -> None:
    """The caller's own watching only."""
    cases.watch(number, member(body(), "on", bool), by=actor())


@operation("GET", "/alerts", "read", "Unread alerts", answer=shapes.Alerts)
def alerts() -> dict[str, Any]:
    """The caller's own, the newest first, fifty at most."""
    return {"items": [_alert(one) for one in cases.unread(actor())]}


def _alert(one: cases.Alert) -> dict[str, Any]:
    return {
        "id": one.id, "kind": one.kind, "case": one.case_number, "task": one.task_id,
        "step": one.step, "by": one.by_name, "at": one.at,
    }  # fmt: skip


@operation(
    "POST", "/alerts/read", "write", "Mark alerts as read", status=204,
    body=questions.ReadBody, problems=(415, 422),
)  # fmt: skip
def read_alerts() -> None:
    """One, or all."""
    given = body()
    one = member(given, "id", int) if "id" in given else None
    cases.read_alerts(one, by=actor())
