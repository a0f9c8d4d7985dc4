"""Long work as its person sees it: how far it is, what it found, what to do with that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for

from app import cases
from app.cases import imports as how
from app.errors import Problem
from app.texts import T
from app.web import imports
from app.web.door import door
from app.web.rights import actor, signed_in
from app.web.speech import say

# Rows that a page lists; the workbook of them has all.
LISTED = 200
TITLES = {"import": T("导入核对"), "submit": T("提交各行"), "prints": T("批量打印")}


@door.get("/runs/<int:run_id>")
@signed_in
def run(run_id: int) -> str:
    """How far it is; the page asks again by itself while it is under way."""
    found = cases.run_of(actor(), run_id)
    name = "run_part.html" if "HX-Request" in request.headers else "run.html"
    return render_template(name, **_shown(found))


def _shown(found: cases.Run) -> dict[str, Any]:
    told = found.found
    failed = told.get("failed")
    return {
        "run": found,
        "title": TITLES[found.kind],
        "found": told,
        "failed": failed and cases.run_text(failed),
        "listed": LISTED,
        "back": _back(found, told),
        "good": len(told.get("good", ())),
        "bad": [_bad(one) for one in told.get("bad", ())],
        "many": len(told.get("fields", ())),
        "fields": [
            (name, cases.run_text(text))
            for name, text in list(told.get("fields", {}).items())[:LISTED]
        ],
        "missed": [(number, cases.run_text(why)) for number, why in told.get("missed", ())],
    }


def _bad(one: Mapping[str, Any]) -> dict[str, Any]:
    """A row that was not good: where it stands, what it begins with, what is wrong with it."""
    faults = [(label, cases.run_text(text)) for label, text in one["faults"]]
    return {
        "row": one["row"],
        "first": "、".join(list(one["cells"].values())[:4]),
        "faults": faults,
    }


def _back(found: cases.Run, told: Mapping[str, Any]) -> str:
    if found.kind == "prints":
        return url_for("web.work")
    if found.kind == "submit" and told.get("number"):
        return url_for("web.case", number=told["number"])
    return url_for("web.task", task_id=how.on(found)[0])


@door.post("/runs/<int:run_id>/take")
@signed_in
def take(run_id: int) -> Response:
    """The good rows go into the step; the others are named once more."""
    found = cases.run_of(actor(), run_id)
    bad = found.found.get("bad", ())
    task_id, _ = how.on(found)
    try:
        many = cases.take_import(run_id, by=actor())
    except Problem as problem:
        flash(say(problem.text), "late")
        return make_response(redirect(url_for("web.run", run_id=run_id), 303))
    flash(say(T("已采用 {n} 行。", n=many)))
    if bad:
        rows = "、".join(str(one["row"]) for one in bad[:10])
        flash(say(T("{n} 行没有采用：文件第 {rows} 行。", n=len(bad), rows=rows)), "soon")
    return make_response(redirect(url_for("web.task", task_id=task_id), 303))


@door.post("/runs/<int:run_id>/drop")
@signed_in
def drop(run_id: int) -> Response:
    """Let go of what was found; nothing changes."""
    found = cases.run_of(actor(), run_id)
    cases.drop_run(run_id, by=actor())
    flash(say(T("没有采用，原来的内容不变。")))
    return make_response(redirect(_back(found, {}), 303))


@door.get("/runs/<int:run_id>/rejected")
@signed_in
def rejected(run_id: int) -> Response:
    """The rows that were not good, to be mended and brought again."""
    return imports.workbook(cases.rejected_rows(actor(), run_id), f"rejected-{run_id}")


@door.get("/runs/<int:run_id>/pdf")
@signed_in
def joined(run_id: int) -> Response:
    """All print-outs of a run as one PDF."""
    response = make_response(cases.joined_prints(actor(), run_id))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="prints-{run_id}.pdf"'
    return response
