"""What the fields of a form write: names, types, and which may be left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.engine.check.kinds import (
    ANY,
    BOOLEAN,
    CONTEXT,
    LIST,
    NUMBER,
    STRING,
    Type,
    context_of,
    join,
    list_of,
    text_of,
)

Component = dict[str, Any]
PLAIN = {
    "textfield": STRING,
    "textarea": STRING,
    "datetime": STRING,  # kept as ISO text
    "number": NUMBER,
    "checkbox": BOOLEAN,
}
CHOICES = ("select", "radio")
MULTIPLE = ("checklist", "taglist")
SILENT = ("text", "table", "separator", "spacer", "button", "image", "html", "iframe")
# An unticked box is false, a list without rows is empty: these are always there.
ALWAYS = ("checkbox", "dynamiclist")


def fields(schema: Component, hidden: str = "") -> Iterator[tuple[str, Component, str]]:
    """Key, component and the condition that hides it, of everything that writes a variable.

    Groups are looked into; a list is one field with all its rows.
    """
    for component in schema.get("components") or ():
        if not isinstance(component, dict):
            continue
        hides = " or ".join(filter(None, (hidden, _hide(component))))
        if component.get("type") == "group":
            inner = {**component, "components": component.get("components") or ()}
            prefix = component.get("path")
            for key, each, more in fields(inner, hides):
                yield (f"{prefix}.{key}" if prefix else key), each, more
            continue
        name = component.get("key") or component.get("path")
        if name and component.get("type") not in SILENT:
            yield str(name), component, hides


def _hide(component: Component) -> str:
    conditional = component.get("conditional")
    text = str(conditional.get("hide") or "") if isinstance(conditional, dict) else ""
    return text.strip().removeprefix("=").strip()


def types(schema: Component) -> dict[str, Type]:
    """Types of the variables that a form writes, by their first names."""
    found: dict[str, Type] = {}
    for key, component, _hidden in fields(schema):
        name, _, path = key.partition(".")
        type_ = CONTEXT if path else of(component)
        found[name] = join(found[name], type_) if name in found else type_
    return found


def of(component: Component) -> Type:
    """The type of a field's value."""
    kind = component.get("type")
    if kind in PLAIN:
        return PLAIN[str(kind)]
    if kind in CHOICES:
        return _choice(component)
    if kind in MULTIPLE:
        return list_of(_choice(component))
    if kind == "dynamiclist":
        rows = {key: of(each) for key, each, _ in fields(component) if "." not in key}
        return list_of(_row(component, rows))
    if kind == "filepicker":
        return LIST if component.get("multiple") else ANY
    return ANY


def _row(component: Component, rows: dict[str, Type]) -> Type:
    plain = all("." not in key for key, _, _ in fields(component))
    return context_of(rows) if plain else CONTEXT


def _choice(component: Component) -> Type:
    """Of a choice with fixed options the texts that it offers."""
    options = component.get("values")
    if not isinstance(options, list) or not options:
        return ANY
    values = [o.get("value") if isinstance(o, dict) else None for o in options]
    if not all(isinstance(value, str) for value in values):
        return ANY
    return text_of(*(str(value) for value in values))


def absent(component: Component, hidden: str) -> bool:
    """Whether the answer may leave the variable out altogether."""
    if hidden:
        return True
    rules = component.get("validate")
    required = isinstance(rules, dict) and rules.get("required") is True
    return not required and component.get("type") not in ALWAYS
