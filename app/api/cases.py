"""Cases: lists, one case, its trail, its print-outs, withdrawing."""

from __future__ import annotations

from typing import Any

from flask import Response

from app import cases
from app.api import questions, shapes
from app.api.caller import actor, body, member, searched
from app.api.cursors import checked
from app.api.moved import moved
from app.api.operations import operation
from app.api.timed import sla, timed
from app.work import now


@operation(
    "GET", "/cases", "read", "Cases, newest first",
    query=questions.CaseQuery, answer=shapes.Cases, problems=(422,),
)  # fmt: skip
def list_cases(
    procedure: str, state: str, q: str, account: str, cursor: str | None
) -> dict[str, Any]:
    """Those of the caller's region."""
    page = cases.all_cases(
        actor(), q=q, procedure=procedure, state=state, account=account, cursor=checked(cursor)
    )
    return {"items": [_line(line) for line in page.items], "cursor": page.cursor}


@operation(
    "POST", "/cases/search", "read", "Find cases by a person, or by what was entered in them",
    body=questions.CaseSearchBody, answer=shapes.Cases, problems=(415, 422),
)  # fmt: skip
def search_cases() -> Any:
    """As the GET does; what is asked stands in no address and no log."""
    given = body()
    variables = member(given, "variables", dict, {})
    procedure = member(given, "procedure", str, "")
    q = searched(given, "" if variables else None)
    cases.need_open(variables, procedure)
    cursor = checked(member(given, "cursor", str, "") or None)
    page = cases.all_cases(actor(), q=q, procedure=procedure, variables=variables, cursor=cursor)
    return {"items": [_line(line) for line in page.items], "cursor": page.cursor}


def _line(line: cases.CaseLine) -> dict[str, Any]:
    return {
        "number": line.number, "procedure": line.procedure_key, "name": line.procedure,
        "version": line.version, "state": line.state, "outcome": line.outcome,
        "account_no": line.account_no, "address": line.address, "region": line.region,
        "applicant": line.applicant, "step": line.step, "started": line.started_at,
        "ended": line.ended_at, "due": line.due_at,
    }  # fmt: skip


@operation("GET", "/cases/<number>", "read", "A case", answer=shapes.Case, problems=(404,))
def get_case(number: str) -> dict[str, Any]:
    """State, variables that the caller may see, open tasks, service clock. Personal values are
    whole to who gave a reason, and each time on record."""
    page = cases.case(actor(), number, cases.Look.WHOLE)
    open_tasks = [_task(t) for t in page.tasks if t.status == "open"]
    return {
        "number": page.number, "procedure": page.procedure, "name": page.procedure_name,
        "version": page.version, "release": page.release, "state": page.state,
        "outcome": page.outcome, "account_no": page.account_no, "address": page.address,
        "region": page.region, "applicant": page.applicant, "phone": page.phone,
        "parent": page.parent, "variables": page.variables, "tasks": open_tasks,
        "sla": sla(page, now()), "whole": page.clear, "may_look": page.may_look,
    }  # fmt: skip


def _task(task: cases.TaskView) -> dict[str, Any]:
    return {
        "id": task.id, "element": task.element, "name": task.name, "groups": task.groups,
        "holder": task.holder_name, "due": task.due_at, "paused": task.paused,
        **timed(task.timing, now()),
    }  # fmt: skip


@operation(
    "GET", "/cases/<number>/trail", "read", "The trail of a case",
    answer=shapes.Trail, problems=(404,),
)  # fmt: skip
def get_trail(number: str) -> dict[str, Any]:
    """Entries, oldest first; what is personal stays sealed."""
    return {"items": [_entry(entry) for entry in cases.trail(actor(), number)]}


def _entry(entry: cases.Entry) -> dict[str, Any]:
    return {
        "at": entry.at, "action": entry.action, "by": entry.actor_login,
        "name": entry.actor_name, "group": entry.group, "channel": entry.channel,
        "element": entry.element, "element_name": entry.element_name, "clause": entry.clause,
        "version": entry.version, "release": entry.release, "comment": entry.comment,
        "before": entry.body.get("before", {}), "after": entry.body.get("after", {}),
        "hashes": entry.body.get("hashes", {}),
        "subject": f"{entry.subject_kind}:{entry.subject_key}", "seq": entry.seq,
    }  # fmt: skip


@operation(
    "POST", "/cases/<number>/look", "write", "Say why one looks at personal values", status=204,
    body=questions.LookBody, problems=(404, 415, 422),
)  # fmt: skip
def look_at_case(number: str) -> None:
    """Once per case and person; every look afterwards is on record."""
    given = body()
    why, words = member(given, "why", str), member(given, "words", str, "")
    cases.give_reason(number, why, words, by=actor())


@operation(
    "POST", "/cases/<number>/withdraw", "write", "The customer withdraws",
    body=questions.ReasonBody, answer=shapes.Moved, problems=(404, 415, 422),
)  # fmt: skip
def withdraw_case(number: str) -> Any:
    """Refused once the register has been changed."""
    return moved(cases.withdraw(number, member(body(), "reason", str), by=actor()))


@operation(
    "GET", "/cases/<number>/prints/<name>", "read", "A print-out", problems=(404, 422),
    produces="application/pdf",
)  # fmt: skip
def get_print(number: str, name: str) -> Response:
    """By its name, ``<procedure>.<print>``, or the print's alone for the case's own."""
    made, _name = cases.render_print(number, name, by=actor())
    return Response(made, content_type="application/pdf")
