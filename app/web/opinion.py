"""The page of an opinion that is asked for: the question, the case beside it, the answer."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template, request, url_for

from app import cases
from app.errors import Problem
from app.texts import T, authored
from app.web import problems, show
from app.web.door import door
from app.web.rights import actor, signed_in
from app.web.speech import say
from app.work import now

STATES = {"open": T("等待答复"), "done": T("已答复"), "cancelled": T("已撤回")}
DECISIONS = (("agree", T("同意")), ("disagree", T("不同意")))


@door.get("/tasks/<int:task_id>/opinion")
@signed_in
def opinion(task_id: int) -> str:
    """For who is asked, who asked, and who reads all."""
    return _page(task_id, {}, {})


@door.post("/tasks/<int:task_id>/opinion")
@signed_in
def give_opinion(task_id: int) -> Response:
    """Answer; on errors the same page with all that was typed."""
    given = {name: request.form.get(f"_{name}", "").strip() for name in ("opinion", "decision")}
    try:
        number = cases.answer(task_id, given["opinion"], given["decision"] or None, by=actor())
    except Problem as problem:
        if problems.status_of(problem) != 422:
            raise
        errors = problem.fields or {"opinion": problem.text}
        return make_response(_page(task_id, given, errors), 422)
    flash(say(T("{number} 的意见已答复。", number=number)))
    return make_response(redirect(url_for("web.work"), 303))


def _page(task_id: int, given: dict[str, str], errors: dict[str, str]) -> str:
    side, main, number = cases.side_of(actor(), task_id)
    found, at = cases.case(actor(), number), now()
    step = next((one.name for one in found.tasks if one.id == main), "")
    return render_template(
        "opinion.html",
        side=side,
        title=show.NAMES[side.kind],
        state=STATES[side.status],
        step=step,
        task_id=task_id,
        number=number,
        procedure=authored(found.procedure_name),
        may_answer=side.status == "open" and side.asked_by != actor().id,
        may_take_back=side.status == "open" and side.asked_by == actor().id,
        decisions=() if side.kind == "ask" else DECISIONS,
        given=given,
        errors=errors,
        now=at,
        **show.side(found, at),
    )
