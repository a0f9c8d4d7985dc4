"""One mark for each call: its route, scope, input, answer and its place in the OpenAPI.

Answers are plain values written by orjson; their schemas describe them and never run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import orjson
from flask import Blueprint, Response, g, request
from marshmallow import Schema, ValidationError

from app.api.caller import needs
from app.errors import Invalid
from app.texts import T

PREFIX = "/api/v1"
JSON = "application/json"
blueprint = Blueprint("api", __name__, url_prefix=PREFIX)


@dataclass(frozen=True)
class Operation:
    """One call as the OpenAPI tells it. ``scope``: read, write or public."""

    name: str
    method: str
    path: str
    scope: str
    summary: str
    status: int
    answer: type[Schema] | None
    query: type[Schema] | None
    body: type[Schema] | None
    problems: tuple[int, ...]
    idempotent: bool
    consumes: str
    produces: str


OPERATIONS: list[Operation] = []


def operation(
    method: str,
    path: str,
    scope: str,
    summary: str,
    *,
    status: int = 200,
    answer: type[Schema] | None = None,
    query: type[Schema] | None = None,
    body: type[Schema] | None = None,
    problems: tuple[int, ...] = (),
    idempotent: bool = False,
    consumes: str = JSON,
    produces: str = JSON,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function a call of the API.

    The function gets its path places and, checked, the query as keywords; what it returns goes
    out as JSON, a Response as it is.
    """

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        told = Operation(
            function.__name__, method, path, scope, summary, status, answer, query, body,
            problems, idempotent, consumes, produces,
        )  # fmt: skip
        OPERATIONS.append(told)

        members = frozenset(body().fields) if body else frozenset()

        @wraps(function)
        def view(**places: Any) -> Any:
            g.members = members
            found = function(**places, **_query(query))
            return found if isinstance(found, Response) else written(found, status)

        blueprint.add_url_rule(path, function.__name__, needs(scope)(view), methods=[method])
        return function

    return mark


def _query(schema: type[Schema] | None) -> dict[str, Any]:
    if schema is None:
        return {}
    _need_savable()
    try:
        return dict(schema().load(request.args.to_dict()))
    except ValidationError as error:
        names = error.messages if isinstance(error.messages, dict) else {}
        text = T("查询条件不对，请核对接口说明。")
        raise Invalid(text, fields=dict.fromkeys(map(str, names), text)) from None


def _need_savable() -> None:
    text = T("查询条件不对，请核对接口说明。")
    wrong = [name for name, one in request.args.items() if "\0" in name + one]
    if wrong:
        raise Invalid(text, fields=dict.fromkeys(wrong, text))


def written(found: Any, status: int = 200) -> Response:
    """An answer as JSON; None is an empty one."""
    if found is None:
        return Response(status=status)
    return Response(orjson.dumps(found, default=str), status=status, content_type=JSON)
