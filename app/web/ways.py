"""What counters need beside the drawing: send back, and the like."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template, request, url_for

from app import cases
from app.errors import Invalid, Problem
from app.texts import T
from app.web import problems
from app.web.door import door
from app.web.rights import actor, signed_in
from app.web.speech import say


@door.get("/tasks/<int:task_id>/send-back")
@signed_in
def back_page(task_id: int) -> str:
    """Where to send a case back to, and why."""
    return _back(task_id, {}, {})


@door.post("/tasks/<int:task_id>/send-back")
@signed_in
def send_back(task_id: int) -> Response:
    """Send it back; on errors the same page with all that was typed."""
    given = {name: request.form.get(name, "").strip() for name in ("_to", "_reason")}
    try:
        moved = cases.send_back(task_id, given["_to"], given["_reason"], by=actor())
    except Problem as problem:
        if problems.status_of(problem) != 422:
            raise
        return make_response(_back(task_id, given, _errors(problem)), 422)
    step = moved.tasks[0].name if moved.tasks else ""
    flash(say(T("{number} 已退回到{step}。", number=moved.number, step=step)))
    return make_response(redirect(url_for("web.work"), 303))


def _errors(problem: Problem) -> dict[str, str]:
    if isinstance(problem, Invalid) and problem.fields:
        return {f"_{name}": text for name, text in problem.fields.items()}
    return {"_to": problem.text}


def _back(task_id: int, given: dict[str, str], errors: dict[str, str]) -> str:
    found = cases.task_for(actor(), task_id)
    return render_template(
        "send_back.html",
        number=found.case_number,
        step=found.name,
        ways=cases.ways_back(actor(), task_id),
        given=given,
        errors=errors,
        back=url_for("web.task", task_id=task_id),
        action=url_for("web.send_back", task_id=task_id),
    )
