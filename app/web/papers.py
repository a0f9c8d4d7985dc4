"""Print-outs of a case as PDF, and files that come with it."""

from __future__ import annotations

from flask import Response, make_response, request

from app import attachments, cases
from app.errors import Invalid
from app.texts import T
from app.web.door import door
from app.web.rights import actor, signed_in


@door.get("/cases/<number>/prints/<name>")
@signed_in
def print_out(number: str, name: str) -> Response:
    """A print-out of the case, made now; for who has part in the case."""
    made, file = cases.render_print(number, name, by=actor())
    response = make_response(made)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{file}"'
    return response


@door.post("/attachments")
@signed_in
def attach() -> Response:
    """Take one file in; the form then names it by its id."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid(T("请选择文件。"))
    facts = attachments.upload(file.stream, file.filename, file.mimetype, by=actor())
    return make_response({"id": facts.id, "name": facts.name, "sha256": facts.sha256}, 201)


@door.delete("/attachments/<file_id>")
@signed_in
def delete_attachment(file_id: str) -> Response:
    """Refused, and on record: papers are superseded, never deleted."""
    attachments.need_sight(actor(), file_id, lambda number: cases.sees_file(actor(), number))
    attachments.delete(file_id, by=actor())
    raise AssertionError


@door.get("/attachments/<file_id>")
@signed_in
def attachment(file_id: str) -> Response:
    """A file, to look at beside the form; only pictures and PDF open in the browser."""
    facts, content = attachments.open_for(
        actor(), file_id, lambda number: cases.look_at_file(actor(), number, file_id)
    )
    response = make_response(content)
    response.mimetype = facts.type
    shown = facts.type.startswith("image/") or facts.type == "application/pdf"
    response.headers["Content-Disposition"] = "inline" if shown else "attachment"
    return response
