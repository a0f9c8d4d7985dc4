"""What the OpenAPI document promises, held against every answer of the tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from werkzeug.test import TestResponse

from app.api.openapi import document

KINDS: dict[str, Any] = {
    "string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict,
    "array": list, "null": type(None),
}  # fmt: skip
FORMATS: dict[str, Any] = {"date-time": datetime.fromisoformat, "date": date.fromisoformat}


def broken(method: str, path: str, answer: TestResponse) -> list[str]:
    """What an answer has that was not promised, or lacks; empty when it is as told."""
    told = _operation(method, path.partition("?")[0])
    if told is None:
        return [] if answer.status_code in {404, 405} else [f"{method} {path} is told nowhere"]
    promised = told["responses"].get(str(answer.status_code))
    if promised is None:
        return [] if answer.status_code == 500 else [f"{method} {path}: {answer.status_code}"]
    content = promised.get("content", {})
    if not content:
        return [] if not answer.data else [f"{method} {path}: an answer where none was told"]
    if answer.mimetype not in content:
        return [f"{method} {path}: {answer.mimetype}"]
    if not answer.mimetype.endswith("json"):
        return []
    return list(wrong(content[answer.mimetype]["schema"], answer.get_json(), f"{method} {path}"))


def _operation(method: str, path: str) -> dict[str, Any] | None:
    paths = document("http://127.0.0.1:8000")["paths"]
    for template in sorted(paths, key=lambda one: one.count("{")):
        form = re.sub(r"{task_id}", r"\\d+", template)
        form = re.sub(r"{\w+}", "[^/]+", form)
        if re.fullmatch(form, path) and method.lower() in paths[template]:
            found: dict[str, Any] = paths[template][method.lower()]
            return found
    return None


def wrong(schema: dict[str, Any], value: Any, at: str) -> Iterator[str]:
    """The faults of a value, each with its place."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = document("http://127.0.0.1:8000")["components"]["schemas"][name]
    choices = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if choices:
        if not any(not list(wrong(one, value, at)) for one in choices):
            yield f"{at}: none of what was told"
        return
    yield from _of_kind(schema, value, at)
    if isinstance(value, dict) and "properties" in schema:
        yield from _members(schema, value, at)
    if isinstance(value, list) and "items" in schema:
        for number, one in enumerate(value):
            yield from wrong(schema["items"], one, f"{at}[{number}]")


def _of_kind(schema: dict[str, Any], value: Any, at: str) -> Iterator[str]:
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    fits = [k for k in kinds if isinstance(value, KINDS[k])]
    if isinstance(value, bool):
        fits = [k for k in fits if k == "boolean"]
    if kinds and not fits:
        yield f"{at}: {value!r} is no {kinds}"
    elif isinstance(value, str) and schema.get("format") in FORMATS:
        moment = FORMATS[schema["format"]](value)
        if getattr(moment, "tzinfo", True) is None:
            yield f"{at}: {value} has no offset"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r}"


def _members(schema: dict[str, Any], value: dict[str, Any], at: str) -> Iterator[str]:
    known = schema["properties"]
    yield from (f"{at}.{name} is told nowhere" for name in value if name not in known)
    yield from (
        f"{at}.{name} is missing" for name in schema.get("required", ()) if name not in value
    )
    for name in value.keys() & known.keys():
        yield from wrong(known[name], value[name], f"{at}.{name}")
