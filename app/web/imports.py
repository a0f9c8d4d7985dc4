"""Rows of a list out to a workbook, and in from one."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request, url_for

from app import cases
from app.errors import Invalid
from app.forms import sheets
from app.texts import T, Text, authored
from app.web import problems
from app.web.door import door
from app.web.rights import actor, signed_in
from app.work import SYSTEM

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@door.get("/tasks/<int:task_id>/rows/<name>/export")
@signed_in
def export(task_id: int, name: str) -> Response:
    """The rows as they stand."""
    return workbook(cases.export_rows(actor(), task_id, name), f"{task_id}-{name}")


@door.get("/tasks/<int:task_id>/rows/<name>/template")
@signed_in
def template(task_id: int, name: str) -> Response:
    """A workbook to be filled in."""
    return workbook(cases.template_of_rows(actor(), task_id, name), f"{name}-template")


def workbook(content: bytes, name: str) -> Response:
    """A workbook to be saved, under a name in which no person stands."""
    response = make_response(content)
    response.mimetype = XLSX
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


@door.get("/tasks/<int:task_id>/rows/<name>/import")
@signed_in
def import_page(task_id: int, name: str) -> str:
    """Bring a workbook; one that is being checked or waits for a decision is named."""
    return _page(task_id, name)


def _page(task_id: int, name: str, wrong: Text | str | None = None) -> str:
    found = cases.open_sheet(actor(), task_id, name)
    columns = sheets.leaves(found.sheet.component)
    return render_template(
        "import.html",
        task_id=task_id,
        name=name,
        number=found.case_number,
        label=authored(found.sheet.component.label),
        columns=[authored(one.label) for one in columns
                 if one.type != "filepicker" and not one.pii],
        waiting=cases.open_runs(actor(), task_id, name),
        wrong=wrong,
    )  # fmt: skip


@door.post("/tasks/<int:task_id>/rows/<name>/import")
@signed_in
def take_file(task_id: int, name: str) -> Response:
    """Check a workbook: a small one at once, a large one as a job that one may leave."""
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise Invalid(fields={"file": T("请选择文件。")})
        content = file.stream.read()
        run = cases.start_import(task_id, name, content, by=actor())
    except Invalid as problem:
        said = problem.fields.get("file", problem.text)
        return make_response(_page(task_id, name, said), problems.status_of(problem))
    if len(content) <= cases.SOON:
        cases.perform_run(run, by=SYSTEM)
    return make_response(redirect(url_for("web.run", run_id=run), 303))
