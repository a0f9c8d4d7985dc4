"""Which fields of a form are personal (mark ``pii``), and how their values look when masked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app import identifiers
from app.forms.model import Component, Form

HIDDEN = "***"
_MASKS: dict[str, Callable[[str], str]] = {
    "resident_id": identifiers.mask_id,
    "uscc": identifiers.mask_id,
    "mobile_or_landline": identifiers.mask_phone,
}


def personal_names(form: Form) -> frozenset[str]:
    """Names of variables that a personal field writes, or that hold one within."""
    if "personal" not in form.cache:
        found = frozenset(c.path[0] for c in form.walk() if c.path and c.personal)
        form.cache["personal"] = found
    return form.cache["personal"]  # type: ignore[no-any-return]


def mask(component: Component, text: str) -> str:
    """4301**********0014, 199****0001, 周**; by the field's check."""
    return _MASKS.get(str(component.marks.get("check")), identifiers.mask_name)(text)


def masked(form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by name, personal texts masked, anything else that is personal hidden whole."""
    fields = {c.path[0]: c for c in form.walk() if c.path and len(c.path) == 1 and c.is_input}
    personal = personal_names(form)
    return {
        name: _masked(fields.get(name), value) if name in personal else value
        for name, value in values.items()
    }


def _masked(component: Component | None, value: Any) -> Any:
    if value in (None, "", [], {}):
        return value
    return mask(component, value) if component and isinstance(value, str) else HIDDEN


def head(name: str) -> str:
    """``people[0].name`` → ``people``."""
    return name.partition(".")[0].partition("[")[0]


def apart(values: Mapping[str, Any], names: Iterable[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Values, posted or nested, without those of ``names``, and those of ``names`` alone."""
    mine = set(names)
    left = {name: value for name, value in values.items() if head(name) not in mine}
    return left, {name: value for name, value in values.items() if head(name) in mine}
