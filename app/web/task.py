"""One step of a case: its form, what stands beside it, and what can be done with it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import orjson
from flask import (
    Response,
    after_this_request,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from app import attachments, cases, forms, settings
from app.cases import Look
from app.errors import Conflict, Invalid, Problem
from app.texts import T, authored
from app.web import grid, headers, look, problems, rows, show
from app.web.door import door
from app.web.forms_io import MOST_ONCE, given
from app.web.rights import actor, signed_in
from app.web.speech import language, say, when
from app.work import now


@door.get("/tasks/<int:task_id>")
@signed_in
def task(task_id: int) -> str | Response:
    """The page of a step, with the draft when there is one; an opinion has a page of its own."""
    found = cases.task_for(actor(), task_id, Look.WHOLE)
    if found.side is not None:
        return make_response(redirect(url_for("web.opinion", task_id=task_id), 303))
    if found.draft is None and found.offered is not None:
        return _page(found, found.offered, {}, money="fen")
    return _page(found, found.draft, {})


@door.post("/tasks/<int:task_id>")
@signed_in
def submit(task_id: int) -> Response:
    """Complete the step; on errors the same page with all that was typed."""
    typed = given(request.form)
    try:
        if (run := _long(task_id, typed)) is not None:
            return make_response(redirect(url_for("web.run", run_id=run), 303))
        moved = _submitted(task_id, typed)
    except Invalid as problem:
        return _again(task_id, typed, problem.fields, None if problem.fields else problem.text)
    except Conflict as problem:
        return _lost(task_id, typed, problem)
    except Problem as problem:
        if problems.status_of(problem) != 422:
            raise
        return _again(task_id, typed, {}, problem.text)
    return _onward(moved)


def _again(
    task_id: int, typed: dict[str, object], errors: Mapping[str, str], refusal: str | None
) -> Response:
    """The page with what was typed, which is kept as the draft: one may go and ask first."""
    with suppress(Problem):
        cases.save_draft(task_id, typed, by=actor())
    found = cases.task_for(actor(), task_id, Look.AGAIN)
    return make_response(_page(found, typed, errors, refusal), 422)


def _long(task_id: int, typed: dict[str, object]) -> int | None:
    """Thousands of rows are handed in by a job; gives its run."""
    if "_sheet" not in typed or not cases.is_long(cases.task_for(actor(), task_id)):
        return None
    return cases.start_submit(task_id, typed, by=actor())


def _submitted(task_id: int, typed: dict[str, object]) -> cases.Moved:
    """Complete the step. What was on the page a moment ago and is no longer asked is left out:
    who is quicker than the page is not told to mend what cannot be seen."""
    once = request.form.get("_once", "")[:MOST_ONCE]
    # The same page sent twice is one deed; changed and sent again it is another.
    key = f"{once}:{_digest(typed)}" if once else None
    try:
        return cases.submit_task(task_id, typed, key=key, by=actor())
    except Invalid as problem:
        found = cases.task_for(actor(), task_id)
        drawn = {field.name for field in view(found, typed).fields}
        ours = {component.path[-1] for component in found.form.walk() if component.path}
        drawn |= {n for n in problem.fields if rows.in_sheet(found.form, n)}
        gone = {n for n in problem.fields if n not in drawn and n.rpartition(".")[2] in ours}
        if not gone or gone != problem.fields.keys():
            raise
        asked = {name: value for name, value in typed.items() if name not in gone}
        return cases.submit_task(task_id, asked, by=actor())


def _digest(typed: Mapping[str, object]) -> str:
    return hashlib.sha256(orjson.dumps(typed, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def _onward(moved: cases.Moved) -> Response:
    following = moved.next
    if following is not None:
        flash(say(T("已提交，接着办：{step}。", step=authored(following.name))))
        return make_response(redirect(url_for("web.task", task_id=following.id), 303))
    if moved.status != "open":
        flash(say(T("{number} 已办结，请慢走。", number=moved.number)))
    elif moved.tasks:
        flash(say(T("已提交，下一步：{step}。", step=authored(moved.tasks[0].name))))
    else:
        flash(say(T("{number} 已提交。", number=moved.number)))
    return make_response(redirect(url_for("web.work"), 303))


def _page(
    found: cases.TaskPage,
    values: Mapping[str, Any] | None,
    errors: Mapping[str, str],
    refusal: str | None = None,
    money: str = "yuan",
) -> str:
    at = now()
    drawn = view(found, values, errors, money)
    lists = rows.views(found, drawn, errors)
    scans = any(one.marks.get("scan") is True for one in found.form.walk())
    if scans:
        after_this_request(headers.let_scan)
    return render_template(
        "task.html",
        task=show.task(found),
        view=drawn,
        file_names=file_names(drawn, found.case_number),
        refusal=refusal,
        sheets=lists,
        scans=scans,
        once=secrets.token_urlsafe(16),
        sent_back=found.sent_back,
        submit=show.submit_label(found),
        prints=show.prints(found),
        may_withdraw=found.may_withdraw,
        opinions=show.opinions(found.sides, at),
        look=look.panel() if drawn.masked and found.may_look else None,
        now=at,
        **show.side(found, at),
    )


def view(
    found: cases.TaskPage,
    values: Mapping[str, Any] | None,
    errors: Mapping[str, str] | None = None,
    money: str = "yuan",
) -> forms.View:
    """The form as it is now: computed values, hidden parts and all."""
    typed = dict(values or {})
    for sheet in found.form.sheets:
        typed = forms.sheets.placed(sheet, typed, map(dict, found.rows.get(sheet.key, ())))
    drawn = forms.view(
        found.form,
        found.scope,
        typed,
        errors,
        now=now(),
        calendar=settings.calendar(),
        unmasked=found.whole,
        money=money,
        english=language() == "en",
    )
    return rows.told(drawn, found)


@door.post("/tasks/<int:task_id>/fields")
@signed_in
def fields(task_id: int) -> str:
    """The form's fields again, after an answer that changes what else is asked."""
    found = cases.task_for(actor(), task_id, Look.AGAIN)
    drawn = view(found, given(request.form))
    names = file_names(drawn, found.case_number)
    return render_template("task_fields.html", view=drawn, file_names=names)


@door.post("/tasks/<int:task_id>/look")
@signed_in
def look_at_task(task_id: int) -> Response:
    """Say why, and see the page whole; what was typed on it is kept as the draft."""
    typed = given(request.form)
    with suppress(Problem):
        cases.save_draft(task_id, typed, by=actor())
    found = cases.task_for(actor(), task_id)
    try:
        look.give(found.case_number)
    except Invalid as problem:
        page = _page(found, typed, {}, next(iter(problem.fields.values()), problem.text))
        return make_response(page, 422)
    return make_response(redirect(url_for("web.task", task_id=task_id), 303))


def file_names(drawn: forms.View, number: str) -> dict[str, str]:
    """What the files of a form are called: the person's own and those of the case, no others."""
    ids = grid.files_in(drawn)
    if not ids:
        return {}
    ours = {one.id for one in attachments.of_case(number)}
    known = attachments.facts(ids).values()
    return {one.id: one.name for one in known if one.id in ours or one.uploaded_by == actor().id}


@door.put("/tasks/<int:task_id>/draft")
@signed_in
def draft(task_id: int) -> Response:
    """Keep what is typed, never validated; answers with the words for the page's foot."""
    at = now()
    cases.save_draft(task_id, given(request.form), by=actor(), at=at)
    response = make_response(say(T("已发送，草稿已存 {at}", at=when(at, at))))
    # So that the page knows the draft that it saved itself from another's.
    response.headers["X-Saved"] = at.isoformat()
    return response


@door.post("/tasks/<int:task_id>/draft")
@signed_in
def save_draft(task_id: int) -> Response:
    """The button: keep the draft and show the page again."""
    typed = given(request.form)
    try:
        cases.save_draft(task_id, typed, by=actor())
    except Conflict as problem:
        return _lost(task_id, typed, problem)
    return make_response(redirect(url_for("web.task", task_id=task_id), 303))


def _lost(task_id: int, typed: dict[str, Any], problem: Conflict) -> Response:
    """Who was first and when, and what was typed beside what is there now."""
    found = cases.task_for(actor(), task_id)
    lost = {
        "title": T("这一步已有人先办"),
        "text": problem.text,
        "rows": show.beside(view(found, typed), view(found, found.answers, money="fen")),
    }
    page = render_template(
        "conflict.html",
        lost=lost,
        number=found.case_number,
        crumb=T("{number} {step}", number=found.case_number, step=authored(found.name)),
    )
    return make_response(page, 409)
