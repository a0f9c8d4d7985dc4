"""The marshmallow schema of a form, and the JSON Schema of its answers for OpenAPI."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from marshmallow import Schema, ValidationError, fields

from app import identifiers
from app.forms import patterns
from app.forms.model import CHOICES, CONTAINERS, LONGEST, MULTIPLE, Component, Form
from app.forms.typed import typed
from app.texts import T

_EMAIL = re.compile(r"[^@\s]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,4}")
Check = Callable[[Any], None]


def marshmallow_schema(form: Form) -> type[Schema]:
    """The schema of a form's answers, nested as its keys are; made once a form."""
    if "schema" not in form.cache:
        form.cache["schema"] = Schema.from_dict(
            _members(form.components, form), name=form.key or "Form"
        )
    return form.cache["schema"]  # type: ignore[no-any-return]


def codec(form: Form, component: Component) -> fields.Field[Any]:
    """The marshmallow field of one input: the one that stands in the schema."""
    marshmallow_schema(form)
    return form.cache["field", component.id]  # type: ignore[index, no-any-return]


def _members(components: tuple[Component, ...], form: Form) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for component in components:
        if component.type == "group":
            _merge(tree, _members(component.children, form))
        elif component.type == "dynamiclist":
            inner = Schema.from_dict(_members(component.children, form), name=component.id)
            _place(tree, component.path, fields.List(fields.Nested(inner)))
        elif component.is_input and component.path:
            made = form.cache["field", component.id] = _field(component)  # type: ignore[index]
            _place(tree, component.path, made)
    return {name: _closed(name, member) for name, member in tree.items()}


def _place(tree: dict[str, Any], path: tuple[str, ...], member: Any) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
    tree[path[-1]] = member


def _merge(tree: dict[str, Any], more: dict[str, Any]) -> None:
    for name, member in more.items():
        if isinstance(tree.get(name), fields.Nested) and isinstance(member, fields.Nested):
            both = {**tree[name].schema.fields, **member.schema.fields}
            member = fields.Nested(Schema.from_dict(both, name=name))
        tree[name] = member


def _closed(name: str, member: Any) -> Any:
    if not isinstance(member, dict):
        return member
    inner = {key: _closed(key, value) for key, value in member.items()}
    return fields.Nested(Schema.from_dict(inner, name=name))


def _field(component: Component) -> fields.Field[Any]:
    checks = _checks(component)
    # What is asked depends on other answers, so being there is checked with those.
    common: dict[str, Any] = {"validate": checks, "allow_none": True}
    kind = component.type
    if kind in {"checklist", "taglist"} or component.raw.get("multiple"):
        return fields.List(fields.Raw(), **common)
    if kind == "number":
        return fields.Integer(strict=True, **common) if whole(component) else fields.Float(**common)
    if kind == "checkbox":
        return fields.Boolean(**common)
    return fields.Raw(**common) if kind in {"radio", "select"} else fields.String(**common)


def whole(component: Component) -> bool:
    """Whether a number has no places after the point."""
    return component.money or component.decimals == 0


def _checks(component: Component) -> list[Check]:
    if component.type in {"textfield", "textarea", "filepicker"}:
        return [_length(component), _form_of(component)]
    if component.type == "number":
        return [_range(component)]
    if component.type == "datetime":
        return [_moment(component)]
    if component.options and component.type in CHOICES | MULTIPLE:
        return [_offered(component)]
    return []


def _moment(component: Component) -> Check:
    def check(value: Any) -> None:
        if wrong := typed(component, value, web=False)[1]:
            raise ValidationError([wrong])

    return check


def _offered(component: Component) -> Check:
    offered = {str(option.value) for option in component.options}

    def check(value: Any) -> None:
        chosen = value if isinstance(value, list) else [value]
        if not {str(one) for one in chosen} <= offered:
            raise ValidationError([T("请从所列选项中选择")])

    return check


def _length(component: Component) -> Check:
    least = int(component.rule("minLength") or 0)
    most = min(int(component.rule("maxLength") or LONGEST), LONGEST)

    def check(value: Any) -> None:
        long = len(value or "")
        if long > most:
            raise ValidationError(
                [T("最多 {most} 个字，现在 {long} 个，请删减", most=most, long=long)]
            )
        if long < least:
            raise ValidationError(
                [T("至少写 {least} 个字，现在 {long} 个", least=least, long=long)]
            )

    return check


def _form_of(component: Component) -> Check:
    pattern = component.rule("pattern")
    kind = component.rules.get("validationType")

    def check(value: Any) -> None:
        if pattern and (patterns.fault(pattern) or not patterns.compiled(pattern).search(value)):
            message = component.rules.get("patternErrorMessage")
            raise ValidationError([message or T("格式不对，请按提示核对")])
        if kind == "email" and not _EMAIL.fullmatch(value):
            raise ValidationError([T("邮箱应写成 name@example.com 的样子")])
        if kind == "phone" and (wrong := identifiers.phone(value)):
            raise ValidationError([wrong])

    return check


def _range(component: Component) -> Check:
    least, most = component.rule("min"), component.rule("max")

    def check(value: Any) -> None:
        if wrong := out_of_range(component, value, least, most):
            raise ValidationError([wrong])

    return check


def out_of_range(component: Component, value: Any, least: Any, most: Any) -> Any:
    """What is wrong with a number outside of its limits; limits of money are in fen."""
    unit = str((component.raw.get("appearance") or {}).get("suffixAdorner") or "")
    if least is not None and value < float(least):
        return T("不能小于 {limit}{unit}", limit=_said(component, least), unit=unit)
    if most is not None and value > float(most):
        return T("不能大于 {limit}{unit}", limit=_said(component, most), unit=unit)
    return None


def _said(component: Component, limit: Any) -> str:
    return f"{int(limit) / 100:.2f}" if component.money else f"{float(limit):,.10g}"


# --- JSON Schema -------------------------------------------------------------------------


def json_schema(form: Form) -> dict[str, Any]:
    """JSON Schema (2020-12) of the answers, as the API takes them: money in fen."""
    return _object(form.components)


def _object(components: tuple[Component, ...]) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object", "properties": {}, "additionalProperties": False}
    for component in components:
        _describe(made, component)
    return made


def _describe(made: dict[str, Any], component: Component, *, sure: bool = True) -> None:
    sure = sure and "hide" not in component.exprs
    if component.type == "group":
        for child in component.children:
            _describe(made, child, sure=sure)
        return
    if not component.path or not (component.is_input or component.type in CONTAINERS):
        return
    for part in component.path[:-1]:
        made = made["properties"].setdefault(
            part, {"type": "object", "properties": {}, "additionalProperties": False}
        )
        sure = False
    made["properties"][component.path[-1]] = _one(component)
    if sure and component.rule("required") is True:
        made.setdefault("required", []).append(component.path[-1])


def _one(component: Component) -> dict[str, Any]:
    if component.type == "dynamiclist":
        return {"title": component.label, "type": "array", "items": _object(component.children)}
    made: dict[str, Any] = {"title": component.label, **_kind(component)}
    limits = {
        "minLength": "minLength",
        "maxLength": "maxLength",
        "min": "minimum",
        "max": "maximum",
        "pattern": "pattern",
    }
    for ours, theirs in limits.items():
        if component.rule(ours) not in (None, ""):
            made[theirs] = component.rule(ours)
    if component.description and "{{" not in component.description:
        made["description"] = component.description
    return made


def _kind(component: Component) -> dict[str, Any]:
    values = [option.value for option in component.options]
    choice: dict[str, Any] = {"enum": values} if values else {}
    if component.type in {"checklist", "taglist"}:
        return {"type": "array", "items": choice}
    if component.type in {"radio", "select"}:
        return choice
    if component.type == "filepicker" and component.raw.get("multiple"):
        return {"type": "array", "items": {"type": "string", "format": "uuid"}}
    formats = {"date": "date", "datetime": "date-time"}
    plain: dict[str, dict[str, Any]] = {
        "number": {"type": "integer" if whole(component) else "number"},
        "checkbox": {"type": "boolean"},
        "filepicker": {"type": "string", "format": "uuid"},
        "datetime": {
            "type": "string",
            **({"format": formats[component.subtype]} if component.subtype in formats else {}),
        },
    }
    return plain.get(component.type, {"type": "string"})
