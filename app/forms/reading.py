"""From a form-js schema to a Form. Source: form-js 1.23, schema version 19."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from app import feel
from app.errors import Invalid
from app.forms.model import CONTAINERS, IGNORED, INPUTS, KNOWN, Component, Form, Option, Variable
from app.texts import T

_SAY = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)
_FILTER = re.compile(r"^(.*?)\s*\|\s*(yuan|date|text)\s*$", re.DOTALL)
_RULES = ("required", "min", "max", "minLength", "maxLength")


def read(schema: Mapping[str, Any] | bytes) -> Form:
    """Read a schema. What is wrong with it stands in ``findings``; only unreadable JSON raises."""
    loaded = _loaded(schema)
    found: list[dict[str, Any]] = []
    components = tuple(_components(loaded.get("components") or (), (), found))
    needs = {c.id: _needs(c) for top in components for c in top.walk()}
    levels = _levels(components, needs, found)
    return Form(
        key=str(loaded.get("id") or ""),
        components=components,
        fields=tuple(_variables(components)),
        levels=levels,
        needs=needs,
        findings=tuple(found),
    )


def finding(element: str, rule: str, message: str, severity: str = "error") -> dict[str, Any]:
    """One thing that is wrong with a form, as the linter of drawings names it."""
    return {"element": element, "rule": rule, "severity": severity, "message": message}


def _loaded(schema: Mapping[str, Any] | bytes) -> Mapping[str, Any]:
    if isinstance(schema, Mapping):
        return schema
    try:
        loaded = orjson.loads(schema)
    except orjson.JSONDecodeError as error:
        raise Invalid(T("表单文件不是有效的 JSON，请重新导出。")) from error
    if not isinstance(loaded, dict):
        raise Invalid(T("表单文件不是有效的 JSON，请重新导出。"))
    return loaded


def _components(
    raws: Any, base: tuple[str, ...], found: list[dict[str, Any]]
) -> Iterator[Component]:
    for number, raw in enumerate(raws):
        kind = str(raw.get("type"))
        element = str(raw.get("id") or raw.get("key") or f"{kind}_{number}")
        if kind not in KNOWN:
            found.append(finding(element, "component", T("不支持的组件：{kind}", kind=kind)))
        elif kind not in IGNORED:
            yield _component(raw, kind, element, base, found)


def _component(
    raw: Mapping[str, Any],
    kind: str,
    element: str,
    base: tuple[str, ...],
    found: list[dict[str, Any]],
) -> Component:
    own = str((raw.get("path") if kind in CONTAINERS else raw.get("key")) or "")
    path = base + tuple(part for part in own.split(".") if part)
    marks = {name: _mark(value) for name, value in (raw.get("properties") or {}).items()}
    options, options_from = _options(raw)
    inner = () if kind == "dynamiclist" else path
    return Component(
        type=kind,
        id=element,
        key=".".join(path),
        path=path,
        label=str(raw.get("label") or raw.get("dateLabel") or raw.get("timeLabel") or ""),
        label_en=str(marks.get("label_en") or ""),
        description=str(raw.get("description") or ""),
        raw=raw,
        rules=raw.get("validate") or {},
        marks=marks,
        options=options,
        exprs=_expressions(raw, kind, options_from),
        children=tuple(_components(raw.get("components") or (), inner, found))
        if kind in CONTAINERS
        else (),
    )


def _mark(value: Any) -> Any:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _options(raw: Mapping[str, Any]) -> tuple[tuple[Option, ...], str | None]:
    if raw.get("valuesExpression"):
        return (), str(raw["valuesExpression"]).removeprefix("=").strip()
    if raw.get("valuesKey"):
        return (), str(raw["valuesKey"])
    return options_of(raw.get("values") or ()), None


def options_of(values: Any) -> tuple[Option, ...]:
    """Options of a list of texts or of {value, label, hint}."""
    return tuple(
        Option(v.get("value"), str(v.get("label", v.get("value"))), str(v.get("hint") or ""))
        if isinstance(v, Mapping)
        else Option(v, str(v))
        for v in (values if isinstance(values, list | tuple) else ())
    )


def _expressions(raw: Mapping[str, Any], kind: str, options_from: str | None) -> dict[str, str]:
    rules = raw.get("validate") or {}
    slots: dict[str, Any] = {
        "hide": (raw.get("conditional") or {}).get("hide"),
        "readonly": raw.get("readonly"),
        "disabled": raw.get("disabled"),
        "default": raw.get("defaultValue"),
        **{name: rules.get(name) for name in _RULES},
    }
    found = {slot: v[1:].strip() for slot, v in slots.items() if _is_feel(v)}
    if options_from:
        found["options"] = options_from
    if kind == "expression":
        found["value"] = str(raw.get("expression") or "").removeprefix("=").strip()
    if kind == "table":
        found["source"] = str(raw.get("dataSource") or "").removeprefix("=").strip()
    return {**found, **_said(raw)}


def _is_feel(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("=")


def _said(raw: Mapping[str, Any]) -> dict[str, str]:
    """Expressions inside of texts: ``=expression`` or ``{{expression}}``."""
    texts = (raw.get("text"), raw.get("label"), raw.get("description"))
    return {f"say:{text}": text_expression(text) for text in _pieces(texts)}


def _pieces(texts: Any) -> Iterator[str]:
    for text in texts:
        if _is_feel(text):
            yield text
        elif isinstance(text, str):
            yield from (match.group(0) for match in _SAY.finditer(text))


def text_expression(piece: str) -> str:
    """The FEEL in ``=…`` or ``{{… | yuan}}``."""
    inner = piece[1:] if piece.startswith("=") else piece[2:-2]
    match = _FILTER.match(inner)
    return (match.group(1) if match else inner).strip()


def text_filter(piece: str) -> str:
    """The filter in ``{{… | yuan}}``: yuan, date or text."""
    match = None if piece.startswith("=") else _FILTER.match(piece[2:-2])
    return match.group(2) if match else "text"


def pieces(text: str) -> list[str]:
    """All expressions in a text, as they stand there."""
    return list(_pieces((text,)))


def _needs(component: Component) -> frozenset[str]:
    names: set[str] = set()
    for source in component.exprs.values():
        parsed = feel.parse(source)
        names |= parsed.variables | parsed.perhaps
    return frozenset(names)


def _levels(
    components: tuple[Component, ...],
    needs: Mapping[str, frozenset[str]],
    found: list[dict[str, Any]],
) -> dict[str, int]:
    """When each component's expressions can run: after those of all that they read."""
    parents: dict[str, Component | None] = {}
    writers: dict[str, list[Component]] = {}
    for component, parent in _with_parent(components, None):
        parents[component.id] = parent
        if component.path:
            writers.setdefault(component.path[0], []).append(component)
    levels: dict[str, int] = {}
    running: list[str] = []

    def level(component: Component) -> int:
        if component.id in running:
            found.append(finding(component.id, "cycle", T("表达式互相依赖，无法计算")))
            return 0
        if component.id not in levels:
            running.append(component.id)
            levels[component.id] = _own_level(component, before(component))
            running.pop()
        return levels[component.id]

    def before(component: Component) -> int:
        names = needs[component.id]
        made = [w for name in names for w in writers.get(name, ()) if w.id != component.id]
        parent = parents[component.id]
        inside = {c.id for c in component.walk()}
        above = [parent] if parent is not None else []
        # A container that reads what stands in itself waits for nothing inside of it.
        return max((level(c) for c in (*made, *above) if c.id not in inside), default=-1)

    for component, _ in _with_parent(components, None):
        level(component)
    return levels


def _own_level(component: Component, before: int) -> int:
    return before + 1 if component.exprs else (before if before >= 0 else -1)


def _with_parent(
    components: tuple[Component, ...], parent: Component | None
) -> Iterator[tuple[Component, Component | None]]:
    for component in components:
        yield component, parent
        yield from _with_parent(component.children, component)


def _variables(components: tuple[Component, ...]) -> Iterator[Variable]:
    """One for each name the form writes; personal when anything in it is or may be."""
    writers = list(_writers(components))
    open_names = {w.path[0] for w in writers} - {w.path[0] for w in writers if _sealed(w, None)}
    for name in dict.fromkeys(w.path[0] for w in writers):
        mine = [w for w in writers if w.path[0] == name]
        kind = mine[0].type if len(mine) == 1 and len(mine[0].path) == 1 else "group"
        yield Variable(
            key=name,
            type=kind,
            pii=any(_sealed(w, open_names) for w in mine),
            required=any(w.rules.get("required") is True for w in mine),
        )


def _writers(components: tuple[Component, ...]) -> Iterator[Component]:
    for component in components:
        if component.type == "group":
            yield from _writers(component.children)
        elif component.path:
            yield component


def _sealed(component: Component, open_names: set[str] | None) -> bool:
    """Personal by its mark, by what stands in it, or by what it is computed from."""
    if any(c.pii for c in component.walk()):
        return True
    if open_names is None:
        return False
    made_of = [component.exprs[s] for s in ("value", "default") if s in component.exprs]
    names = {n for e in made_of for n in feel.parse(e).variables | feel.parse(e).perhaps}
    return not names <= open_names


def inputs(form: Form) -> list[Component]:
    """All components that a person fills in."""
    return [c for c in form.walk() if c.type in INPUTS]
