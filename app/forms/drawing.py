"""The View of a form: what the page's macros draw, with nothing left to decide there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from markupsafe import Markup

from app import feel
from app.forms import markup
from app.forms.drawn import Choice, Drawn, View, Wrong
from app.forms.model import LONGEST, MULTIPLE, Component, Form
from app.forms.personal import HIDDEN, mask
from app.forms.reading import pieces, text_filter
from app.forms.state import MISSING, Node, State, fill
from app.forms.typed import NUMBERS, shown, yuan
from app.texts import T, beside
from app.worktime import Calendar


@dataclass(frozen=True)
class _Pen:
    state: State
    errors: Mapping[str, str]
    names: frozenset[str]
    unmasked: bool
    english: bool
    # Names of fields that are masked: what is said of them elsewhere is masked, too.
    hidden: frozenset[str] = frozenset()
    # Inside of a list that is masked as a whole.
    held: bool = False


def view(
    form: Form,
    scope: Mapping[str, Any],
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    now: datetime,
    calendar: Calendar | None = None,
    unmasked: bool = False,
    money: str = "yuan",
    english: bool = False,
) -> View:
    """What the page shows of a form.

    ``values``: what was typed (names as posted, or nested); None for a form opened for the first
    time. ``money="fen"`` takes values as they are stored, such as those of a draft kept as JSON.
    Hidden fields are not in it. Unless ``unmasked``, personal values that the case holds are
    masked; one that was typed just now is shown as it was typed.
    """
    state = fill(
        form, values, scope, now=now, calendar=calendar, web=money == "yuan", prefill=True,
        # A page of rows is drawn beside the form, some hundred rows at a time.
        windows={sheet.key: () for sheet in form.sheets},
    )  # fmt: skip
    names = frozenset().union(*form.needs.values()) if form.needs else frozenset()
    pen = _Pen(state, errors or {}, names, unmasked, english, _hidden(state, unmasked))
    items = tuple(_draw(node, pen) for node in state.nodes if not node.hidden)
    flat = tuple(_flat(items))
    return View(form.key, items, _summary(flat, errors or {}), form.reactive, flat)


def _hidden(state: State, unmasked: bool) -> frozenset[str]:
    if unmasked:
        return frozenset()
    return frozenset(str(n.path[0]) for n in state.all() if n.component.pii and _from_case(n))


def _from_case(node: Node) -> bool:
    """The value stands in the case; nobody typed it on this page."""
    return node.locked or node.raw is MISSING


def _flat(items: tuple[Drawn, ...]) -> list[Drawn]:
    found = []
    for item in items:
        found.append(item)
        found += _flat(item.children)
        for row in item.rows:
            found += _flat(row)
    return found


def _summary(items: tuple[Drawn, ...], errors: Mapping[str, str]) -> tuple[Wrong, ...]:
    known = {item.name: item for item in items}
    lines = [Wrong(i.id, i.label, i.error) for i in items if i.error]
    return (*lines, *(Wrong("", name, text) for name, text in errors.items() if name not in known))


def html_id(name: str) -> str:
    """The id of a field's control: its name, which a summary of errors links to."""
    return name


def _draw(node: Node, pen: _Pen) -> Drawn:
    component = node.component
    return _PENS.get(component.type, _field)(
        node,
        pen,
        {
            "kind": component.type,
            "id": html_id(node.name),
            "name": node.name,
            "label": _label(node, pen),
            "hint": _said(node, component.description, pen),
            "phrase": str(component.marks.get("phrase") or ""),
            "error": pen.errors.get(node.name, ""),
            "required": node.required,
            "locked": node.locked,
        },
    )


def _label(node: Node, pen: _Pen) -> str:
    component = node.component
    if pen.english and component.label_en:
        return component.label_en
    return _plain(node, _in_words(component.label, pen), pen)


def _in_words(text: str, pen: _Pen) -> str:
    """What the author wrote, in the reader's language where it is known there."""
    return beside().get(text, text) if pen.english else text


def _plain(node: Node, text: str, pen: _Pen) -> str:
    for piece in pieces(text):
        text = text.replace(piece, _spoken(node, piece, pen))
    return text


def _said(node: Node, text: str, pen: _Pen) -> Markup:
    if not text:
        return Markup("")
    words = _in_words(text, pen)
    return markup.html(words, {piece: _spoken(node, piece, pen) for piece in pieces(words)})


def _spoken(node: Node, piece: str, pen: _Pen) -> str:
    value = node.said.get(f"say:{piece}")
    if value and _reads(node.component.exprs.get(f"say:{piece}"), pen.hidden):
        return HIDDEN
    if text_filter(piece) == "yuan" and isinstance(value, int | float):
        return yuan(round(value))
    return _cell(value)


def _reads(expression: str | None, names: frozenset[str]) -> bool:
    return bool(names and expression and names & feel.parse(expression).variables)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return T("是") if value else T("否")
    if isinstance(value, list):
        return "、".join(_cell(one) for one in value)
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def _group(node: Node, pen: _Pen, common: dict[str, Any]) -> Drawn:
    children = tuple(_draw(child, pen) for child in node.children if not child.hidden)
    return Drawn(**common, children=children)


def _list(node: Node, pen: _Pen, common: dict[str, Any]) -> Drawn:
    if node.component.sheet:
        changes = node.component.raw.get("allowAddRemove") is not False
        return Drawn(**{**common, "kind": "sheet"}, may_change_rows=changes)
    held = pen.held or (node.kept and not pen.unmasked and bool(node.rows))
    inner = replace(pen, held=held)
    rows = tuple(tuple(_draw(n, inner) for n in row if not n.hidden) for row in node.rows)
    changes = node.component.raw.get("allowAddRemove") is not False and not held
    return Drawn(**common, rows=rows, may_change_rows=changes, masked=held)


def _text(node: Node, pen: _Pen, common: dict[str, Any]) -> Drawn:
    return Drawn(**common, html=_said(node, str(node.component.raw.get("text") or ""), pen))


def _table(node: Node, pen: _Pen, common: dict[str, Any]) -> Drawn:
    columns = node.component.raw.get("columns") or []
    money = set(str(node.component.marks.get("money") or "").replace(",", " ").split())
    source = node.said.get("source")
    rows = source if isinstance(source, list) else []
    return Drawn(
        **common,
        columns=tuple(_in_words(str(c.get("label") or c.get("key")), pen) for c in columns),
        cells=tuple(
            tuple(_table_cell(row, str(c.get("key")), money) for c in columns)
            for row in rows
            if isinstance(row, dict)
        ),
    )


def _table_cell(row: Mapping[str, Any], key: str, money: set[str]) -> str:
    value = row.get(key)
    if key in money and isinstance(value, int | float):
        return yuan(round(value))
    return _cell(value)


def _computed(node: Node, pen: _Pen, common: dict[str, Any]) -> Drawn:
    component = node.component
    shown_now = _cell(node.value) if isinstance(node.value, bool) else _value(node)
    made_of = _reads(component.exprs.get("value"), pen.hidden)
    masked = bool(shown_now) and (made_of or (component.pii and not pen.unmasked))
    common["label"] = common["label"] or component.key
    return Drawn(
        **{**common, "locked": True},
        value=mask(component, shown_now) if masked else shown_now,
        masked=masked,
        **_adorned(node),
    )


def _field(node: Node, pen: _Pen, common: dict[str, Any]) -> Drawn:
    component = node.component
    value = _value(node)
    masked = _is_masked(node, pen, value)
    rule = component.rule("maxLength")
    common["locked"] = common["locked"] or pen.held
    return Drawn(
        **common,
        value=mask(component, value) if masked else value,
        masked=masked,
        files=_files(node) if component.type == "filepicker" else (),
        choices=() if masked else _choices(node, common["id"], pen),
        redraw=_read_elsewhere(node, pen),
        short=component.type in {"number", "datetime"} or component.marks.get("check") in NUMBERS,
        inputmode=_inputmode(component),
        maxlength=min(int(rule), LONGEST) if rule else LONGEST,
        subtype=component.subtype if component.type == "datetime" else "",
        lookup=str(component.marks.get("lookup") or ""),
        scan=component.marks.get("scan") is True,
        accept=str(component.raw.get("accept") or ".jpg,.jpeg,.png,.pdf"),
        multiple=component.raw.get("multiple") is True,
        original=component.marks.get("original") is True,
        personal=component.pii,
        **_adorned(node),
    )


def column(component: Component, name: str, *, english: bool, form: Form) -> Drawn:
    """A column of a page of rows: its field as it stands in a row that has no values yet."""
    state = State(form, {}, [], web=True, fresh=False)
    node = Node(component, (name, *component.path), MISSING, row=(name, 0))
    names = frozenset().union(*form.needs.values()) if form.needs else frozenset()
    drawn = _draw(node, _Pen(state, {}, names, unmasked=True, english=english))
    kind = "select" if drawn.kind == "radio" else drawn.kind
    return replace(drawn, kind=kind, hint=Markup(""), phrase="", locked=component.fixed)


def list_of(component: Component, *, english: bool, form: Form) -> Drawn:
    """A page of rows by itself: its name and what may be done in it, whether it is asked or not."""
    state = State(form, {}, [], web=True, fresh=False)
    pen = _Pen(state, {}, frozenset(), unmasked=True, english=english)
    return _draw(Node(component, component.path, MISSING), pen)


def text_of(node: Node, *, unmasked: bool) -> tuple[str, bool]:
    """The value of a field as it stands in its control, and whether it is masked."""
    value = _cell(node.value) if node.component.type == "expression" else _value(node)
    if unmasked or not value or not node.component.pii or node.component.type == "filepicker":
        return value, False
    return mask(node.component, value), True


def _read_elsewhere(node: Node, pen: _Pen) -> bool:
    """Whether an expression of the form reads it, by its name or as part of its row."""
    path = node.component.path
    return bool(path) and (path[0] in pen.names or (node.row is not None and "this" in pen.names))


def _value(node: Node) -> str:
    """What was typed stays as typed, right or wrong; else the value."""
    if isinstance(node.raw, str) and node.component.type not in {"expression"} and not node.locked:
        return node.raw
    value = node.value
    if node.component.subtype == "datetime" and isinstance(value, str) and "T" in value:
        return value[:16].replace("T", " ")
    return _cell(value) if isinstance(value, list | float) else shown(node.component, value)


def _is_masked(node: Node, pen: _Pen, value: str) -> bool:
    # A file is opened by itself, with its own question for a reason.
    if pen.unmasked or not value or not node.component.pii or node.component.type == "filepicker":
        return False
    return pen.held or _from_case(node)


def _adorned(node: Node) -> dict[str, Any]:
    look = node.component.raw.get("appearance") or {}
    money = node.component.money
    return {
        "prefix": str(look.get("prefixAdorner") or ""),
        "suffix": str(look.get("suffixAdorner") or (T("元") if money else "")),
    }


def _inputmode(component: Component) -> str:
    if component.type == "number":
        return "numeric" if component.decimals == 0 and not component.money else "decimal"
    if component.marks.get("check") == "mobile_or_landline":
        return "tel"
    kind = component.rules.get("validationType")
    return {"email": "email", "phone": "tel"}.get(str(kind), "")


def _choices(node: Node, base: str, pen: _Pen) -> tuple[Choice, ...]:
    component = node.component
    if component.type == "checkbox":
        return ()
    held = node.value if node.component.type in MULTIPLE else [node.value]
    chosen = {str(one) for one in held or () if one is not None}
    return tuple(
        Choice(f"{base}-{n}", str(o.value), _in_words(o.label, pen), o.hint, str(o.value) in chosen)
        for n, o in enumerate(node.options)
    )


def _files(node: Node) -> tuple[str, ...]:
    value = node.value
    if value is None:
        return ()
    return tuple(str(one) for one in (value if isinstance(value, list) else [value]))


_PENS: dict[str, Callable[[Node, _Pen, dict[str, Any]], Drawn]] = {
    "group": _group,
    "dynamiclist": _list,
    "text": _text,
    "table": _table,
    "expression": _computed,
}
