"""Files to be named in answers, and the papers of a case."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import UnsupportedMediaType

from app import attachments, cases, registry
from app.api import folder, questions, shapes
from app.api.caller import actor
from app.api.operations import operation
from app.errors import Invalid
from app.procedures import papers
from app.texts import T


@operation(
    "POST", "/attachments", "write", "Hand in a file: jpg, png or pdf", status=201,
    body=questions.FileBody, answer=shapes.Stored, problems=(413, 415, 422, 503),
    consumes="multipart/form-data",
)  # fmt: skip
def upload() -> dict[str, Any]:
    """The member ``file``. Refused when malware is found in it; 503 while the store, or the scanner
    for malware, does not answer: nothing is kept then."""
    by = actor()
    sent = _sent()
    facts = attachments.upload(sent.stream, sent.filename, sent.mimetype, by=by)
    return {"id": facts.id, "sha256": facts.sha256}


def _sent() -> FileStorage:
    """The member ``file``. Raises UnsupportedMediaType, Invalid."""
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType
    sent = request.files.get("file")
    if sent is None:
        raise Invalid(fields={"file": T("缺少此项。")})
    return sent


@operation(
    "DELETE", "/attachments/<file_id>", "write", "Never: papers are superseded, not deleted",
    status=204, problems=(404, 422),
)  # fmt: skip
def delete(file_id: str) -> None:
    """Refused, and the attempt is on record."""
    by = actor()
    attachments.need_sight(by, file_id, lambda number: cases.sees_file(by, number))
    attachments.delete(file_id, by=by)


@operation(
    "POST", "/cases/<number>/files/<file_id>/replace", "write", "A new file in an old one's place",
    status=201, body=questions.FileBody, answer=shapes.Stored, problems=(404, 413, 415, 422, 503),
    consumes="multipart/form-data",
)  # fmt: skip
def replace(number: str, file_id: str) -> dict[str, Any]:
    """In all papers of the case that name it. The old file stays and says what took its place."""
    by = actor()
    sent = _sent()
    facts = papers.replace_file(number, file_id, sent.stream, sent.filename, by=by)
    return {"id": facts.id, "sha256": facts.sha256}


@operation(
    "GET", "/cases/<number>/papers", "read", "The papers of a case", answer=folder.Papers,
    problems=(404,),
)  # fmt: skip
def list_papers(number: str) -> dict[str, Any]:
    """As they are now, in the order they came."""
    cases.case(actor(), number)
    return {"items": [_paper(one) for one in registry.materials(number)]}


def _paper(one: registry.MaterialFacts) -> dict[str, Any]:
    return {
        "kind": one.kind, "title": one.title, "mode": one.mode, "received": one.received,
        "pages": one.pages, "files": one.file_ids, "due": one.due, "source": one.source,
        "late": one.late, "put": one.put_at,
    }  # fmt: skip
