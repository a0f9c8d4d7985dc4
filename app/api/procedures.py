"""What is published."""

from __future__ import annotations

from typing import Any

from app import cases, definitions
from app.api import questions, shapes
from app.api.caller import actor, body, idempotency_key, member
from app.api.moved import moved
from app.api.operations import operation
from app.errors import Invalid
from app.texts import T

PLACE = ("account_no", "address", "region", "branch")


@operation("GET", "/procedures", "read", "Published procedures", answer=shapes.Procedures)
def procedures() -> dict[str, Any]:
    """Key, name and version of each."""
    by = actor()
    items = [
        {"key": p.key, "name": p.name, "version": p.version, "startable": p.startable_by(by.groups)}
        for p in definitions.published()
    ]
    return {"items": items}


@operation(
    "POST", "/procedures/<key>/cases", "write", "Start a case", status=201,
    body=questions.StartBody, answer=shapes.Moved, problems=(404, 415, 422), idempotent=True,
)  # fmt: skip
def start_case(key: str) -> Any:
    """The same idempotency key again gives the same case."""
    variables = member(body(), "variables", dict, {})
    for name in PLACE:
        if not isinstance(variables.get(name), str | None):
            raise Invalid(fields={name: T("类型不对，请核对接口说明。")})
    return moved(cases.start(key, variables, key=idempotency_key(), by=actor()), 201)
