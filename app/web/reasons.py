"""Why here? in people's words, and the case on its drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from flask import Response, make_response

from app import cases, definitions
from app.texts import T, Text, authored
from app.web import told as trail
from app.web.door import door
from app.web.rights import actor, signed_in
from app.web.speech import say
from app.work import Actor

BESIDE = {
    "task:send_back": T("退回到{to}"),
    "ask:open": T("请示领导"),
    "sign:open": T("加签"),
    "extend:open": T("申请延期"),
    "case:force": T("强制结束"),
    "case:withdraw": T("用户撤回"),
    "case:merge": T("并案"),
    "incident:skip": T("跳过出错的步骤"),
}


@dataclass(frozen=True)
class Told:
    """One reason as a page says it: values and rows as (label, text)."""

    at: datetime
    name: str
    procedure: str
    answer: str
    condition: str | None
    values: Sequence[tuple[str, str]]
    decision: str | None
    rows: Sequence[tuple[int, str, str, str]]


def told(person: Actor, found: cases.CasePage) -> list[Told]:
    """The reasons of a case, the newest first."""
    look = cases.Look.WHOLE if found.clear else cases.Look.MASKED
    fields = _fields(found.release)
    return [_told(one, fields) for one in reversed(cases.why(person, found.number, look))]


def _fields(release: int) -> dict[str, Any]:
    every = definitions.content(release).forms.values()
    return {c.key: c for form in every for c in form.walk() if c.key and c.label}


def _told(one: cases.Reason, fields: dict[str, Any]) -> Told:
    return Told(
        at=one.at, name=authored(one.name), procedure=authored(one.procedure_name),
        answer=authored(one.flow or one.target), condition=one.condition,
        values=[(_label(name, fields), _value(name, v, fields)) for name, v in one.values.items()],
        decision=one.decision,
        rows=[(r.number, _cells(r.inputs), _cells(r.outputs), r.remark) for r in one.rows],
    )  # fmt: skip


def _label(name: str, fields: dict[str, Any]) -> str:
    return f"{say(trail.said_label(fields[name]))}（{name}）" if name in fields else name


def _value(name: str, value: Any, fields: dict[str, Any]) -> str:
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return say(trail.word(fields.get(name), value))


def _cells(cells: Sequence[tuple[str, str]]) -> str:
    return "；".join(f"{label} {text}" for label, text in cells)


# --- the drawing ----------------------------------------------------------------------------------


def drawn(person: Actor, number: str, of: str | None) -> dict[str, Any]:
    """What the page's script marks on the drawing, and the same in words."""
    found = cases.drawn(person, number, of)
    marks = {
        "visits": found.visits,
        "now": found.standing,
        "beside": [
            {"element": b.element, "to": b.to, "text": str(_beside(b.kind, b.to_name))}
            for b in found.beside
        ],
    }
    return {
        "procedure": found.procedure,
        "name": authored(found.name),
        "marks": orjson.dumps(marks).decode(),
        "procedures": [(key, authored(name)) for key, name in found.procedures],
        "beside": [(_beside(b.kind, b.to_name), b.at) for b in found.beside],
    }


def _beside(kind: str, to: str | None) -> Text:
    return T(str(BESIDE[kind]), to=authored(to or ""))


@door.get("/cases/<number>/drawings/<procedure>")
@signed_in
def drawing(number: str, procedure: str) -> Response:
    """The BPMN file that the case runs on."""
    response = make_response(cases.drawing(actor(), number, procedure))
    response.mimetype = "application/xml"
    return response
