"""A form as JSON: the fields that are asked now, with types, labels and options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app import forms, settings
from app.api.problems import language
from app.forms.model import INPUTS
from app.work import now


def form_facts(form: forms.Form, scope: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    """What is asked with what the case knows now, and JSON Schema of all that may be."""
    shown = forms.view(
        form, scope, now=now(), calendar=settings.calendar(), unmasked=whole, money="fen",
        english=language() == "en",
    )  # fmt: skip
    known = {component.key: component for component in form.walk()}
    return {
        "key": form.key or None,
        "fields": [_field(drawn, known.get(_key(drawn.name))) for drawn in _asked(shown.items)],
        "schema": forms.json_schema(form),
    }


def _asked(items: Iterable[forms.Drawn]) -> Iterator[forms.Drawn]:
    for item in items:
        if item.kind in INPUTS or item.kind == "dynamiclist":
            yield item
        yield from _asked(item.children)


def _key(name: str) -> str:
    """``papers[0].kind`` → ``kind``: inside of a list keys are the row's own."""
    return name.rpartition("].")[2]


def _field(drawn: forms.Drawn, component: forms.Component | None) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": drawn.name, "type": drawn.kind, "label": drawn.label,
        "required": drawn.required, "readonly": drawn.locked, "personal": drawn.personal,
        "masked": drawn.masked,
        "money": component is not None and component.money, "multiple": drawn.multiple,
    }  # fmt: skip
    # Options as they are stored, which may be numbers; a page posts texts.
    values = {str(o.value): o.value for o in component.options} if component else {}
    if drawn.choices:
        said["options"] = [
            {"value": values.get(c.value, c.value), "label": c.label} for c in drawn.choices
        ]
    return said
