"""Files to be named in answers."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from app import attachments
from app.api import questions, shapes
from app.api.caller import actor
from app.api.operations import operation
from app.errors import Invalid
from app.texts import T


@operation(
    "POST", "/attachments", "write", "Hand in a file: jpg, png or pdf", status=201,
    body=questions.FileBody, answer=shapes.Stored, problems=(413, 415, 422),
    consumes="multipart/form-data",
)  # fmt: skip
def upload() -> dict[str, Any]:
    """The member ``file``."""
    by = actor()
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType
    sent = request.files.get("file")
    if sent is None:
        raise Invalid(fields={"file": T("缺少此项。")})
    facts = attachments.upload(sent.stream, sent.filename, sent.mimetype, by=by)
    return {"id": facts.id, "sha256": facts.sha256}
