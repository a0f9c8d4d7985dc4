"""Tasks: lists, one task with its form, claiming, drafts, completing."""

from __future__ import annotations

from typing import Any

from app import cases, people
from app.api import questions, shapes
from app.api.caller import actor, body, idempotency_key, member
from app.api.cursors import checked
from app.api.fields import form_facts
from app.api.moved import moved
from app.api.operations import operation
from app.api.timed import timed
from app.errors import Invalid, NotFound
from app.texts import T
from app.work import now

YES = frozenset({"true", "1", "yes", "on"})


@operation(
    "GET", "/tasks", "read", "Tasks that the caller may see, the most urgent first",
    query=questions.TaskQuery, answer=shapes.Tasks, problems=(422,),
)  # fmt: skip
def list_tasks(
    mine: bool, group: str, overdue: bool, procedure: str, cursor: str | None
) -> dict[str, Any]:
    """All that my groups may do, or those that I hold, that are free, that are late."""
    by = actor()
    free = group.lower() in YES
    tab = "overdue" if overdue else "mine" if mine else "group" if free else "all"
    page = cases.worklist(by, tab, {"procedure": procedure}, checked(cursor))
    wanted = "" if free else group
    items = [
        _line(line) for line in page.items
        if (not mine or line.mine) and (not free or line.holder is None)
        and (not wanted or wanted in line.groups)
    ]  # fmt: skip
    return {"items": items, "cursor": page.cursor}


def _line(line: cases.TaskLine) -> dict[str, Any]:
    return {
        "id": line.id, "name": line.name, "element": line.element, "case": line.case_number,
        "procedure": line.procedure_key, "procedure_name": line.procedure,
        "groups": line.groups, "holder": line.holder_name, "mine": line.mine,
        "paused": line.paused, "created": line.created_at, "due": line.due_at,
        "account_no": line.account_no, "address": line.address, "region": line.region,
        "applicant": line.applicant, **timed(line.timing, now()),
    }  # fmt: skip


@operation("GET", "/tasks/<int:task_id>", "read", "A task", answer=shapes.Task, problems=(404,))
def get_task(task_id: int) -> dict[str, Any]:
    """Task, form and answers so far; whole to who gave a reason, and each time on record."""
    page = cases.task_for(actor(), task_id, cases.Look.WHOLE)
    return {
        "task": _facts(page),
        "form": form_facts(page.form, page.scope, whole=page.whole),
        "answers": page.answers,
        "draft": page.draft,
        "offered": page.offered,
    }


def _facts(page: cases.TaskPage) -> dict[str, Any]:
    return {
        "id": page.id, "name": page.name, "element": page.element, "case": page.case_number,
        "procedure": page.procedure, "state": page.status, "groups": page.groups,
        "holder": page.holder_name, "mine": page.mine, "may_complete": page.may_act,
        "due": page.due_at, **timed(page.timing, now()),
        "clauses": page.clauses, "phrase": page.phrase,
        "prints": [name for name, _title in page.prints],
        "applicant": page.applicant, "phone": page.phone,
        "account_no": page.account_no, "address": page.address, "region": page.region,
        "side": page.side, "whole": page.whole, "may_look": page.may_look,
    }  # fmt: skip


@operation(
    "POST", "/tasks/<int:task_id>/claim", "write", "Take a task",
    answer=shapes.Held, problems=(404, 409),
)  # fmt: skip
def claim_task(task_id: int) -> dict[str, Any]:
    """409 names who has it."""
    by = actor()
    cases.claim(task_id, by=by)
    return {"id": task_id, "holder": by.name}


@operation(
    "POST", "/tasks/<int:task_id>/release", "write", "Give a task back to its group",
    answer=shapes.Held, problems=(404, 409),
)  # fmt: skip
def release_task(task_id: int) -> dict[str, Any]:
    """409 names who has it."""
    cases.release(task_id, by=actor())
    return {"id": task_id, "holder": None}


@operation(
    "POST", "/tasks/<int:task_id>/assign", "write", "Hand a task to a colleague",
    body=questions.AssignBody, answer=shapes.Held, problems=(404, 409, 415, 422),
)  # fmt: skip
def assign_task(task_id: int) -> dict[str, Any]:
    """``to`` is a login. 409 names who has it."""
    login = member(body(), "to", str)
    try:
        colleague = people.person(login)
    except NotFound as error:
        raise Invalid(fields={"to": error.text}) from None
    if not colleague.active:
        raise Invalid(fields={"to": T("没有这位同事，或已停用。")})
    cases.assign(task_id, colleague.id, by=actor())
    return {"id": task_id, "holder": colleague.name}


@operation(
    "PUT", "/tasks/<int:task_id>/draft", "write", "Keep what was typed", status=204,
    body=questions.AnswersBody, problems=(404, 409, 415, 422),
)  # fmt: skip
def save_draft(task_id: int) -> None:
    """Never validated."""
    cases.save_draft(task_id, member(body(), "answers", dict), by=actor())


@operation(
    "POST", "/tasks/<int:task_id>/complete", "write", "Complete a task",
    body=questions.AnswersBody, answer=shapes.Moved, problems=(404, 409, 415, 422),
    idempotent=True,
)  # fmt: skip
def complete_task(task_id: int) -> Any:
    """The case with the next open tasks; an unclaimed task of my group is claimed by it."""
    answers = member(body(), "answers", dict, {})
    return moved(
        cases.submit_task(task_id, answers, key=idempotency_key(), money="fen", by=actor())
    )
