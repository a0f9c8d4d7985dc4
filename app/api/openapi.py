"""The OpenAPI document, made from the marks of the calls."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from app.api import shapes
from app.api.operations import OPERATIONS, PREFIX, Operation, blueprint, operation
from app.config import settings

_PLACE = re.compile(r"<(?:(\w+):)?(\w+)>")
VERSION = "1.0"
ABOUT = (
    "Money is integer fen, prices per m³ are integers of 1/10,000 yuan; moments are ISO 8601 with "
    "offset. Errors are problem documents (RFC 9457), in Chinese or English by Accept-Language."
)


@operation("GET", "/openapi.json", "public", "This document")
def openapi() -> dict[str, Any]:
    """For everybody."""
    return document(settings().public_url)


@lru_cache(maxsize=4)
def document(server: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of all calls."""
    spec = APISpec(
        title="供水服务台 HTTP API", version=VERSION, openapi_version="3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=lambda s: _name(s))],
        info={"description": ABOUT}, servers=[{"url": server}], security=[{"token": []}],
    )  # fmt: skip
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", schema=shapes.Problem)
    for told in OPERATIONS:
        path = PREFIX + _PLACE.sub(r"{\2}", told.path)
        spec.path(path=path, operations={told.method.lower(): _operation(told)})
    made: dict[str, Any] = spec.to_dict()
    return made


def _name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return str(kind.__name__)


def _operation(told: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": told.name, "summary": told.summary, "parameters": _parameters(told),
        "responses": {str(told.status): _answer(told), **_problems(told)},
        "x-scope": told.scope,
    }  # fmt: skip
    if told.scope == "public":
        described["security"] = []
    if told.body is not None:
        content = {told.consumes: {"schema": told.body}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _answer(told: Operation) -> dict[str, Any]:
    said: dict[str, Any] = {"description": told.summary}
    if told.answer is not None:
        said["content"] = {told.produces: {"schema": told.answer}}
    elif told.status == 200:
        said["content"] = {told.produces: {"schema": {}}}
    return said


def _parameters(told: Operation) -> list[Any]:
    found: list[Any] = [
        {
            "in": "path", "name": name, "required": True,
            "schema": {"type": "integer" if kind == "int" else "string"},
        }
        for kind, name in _PLACE.findall(told.path)
    ]  # fmt: skip
    if told.idempotent:
        key = {"type": "string", "maxLength": 200}
        found.append({"in": "header", "name": "Idempotency-Key", "schema": key})
    if told.query is not None:
        found.append({"in": "query", "schema": told.query})
    return found


def _problems(told: Operation) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": shapes.Problem}}
    known = set(told.problems) | (set() if told.scope == "public" else {401, 403})
    if told.body is not None:
        known |= {413, 415}
    return {
        str(status): {"description": "Problem document (RFC 9457)", "content": content}
        for status in sorted(known)
    }


__all__ = ["blueprint", "document"]
