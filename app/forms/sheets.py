"""A page of rows: a list of a form with thousands of rows, looked at some hundred at a time.

To the engine the list stays one variable and the form one form. Each row is saved by itself as it
is left, so it is checked by itself too, by the very rules that hold for the whole form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.forms.answers import Check, Files, faults_of
from app.forms.drawing import column, list_of, text_of
from app.forms.drawn import Drawn
from app.forms.model import Component, Form
from app.forms.rules import words
from app.forms.state import MISSING, Node, State, fill
from app.texts import Text
from app.worktime import Calendar

PLACE = "ROW"
Values = dict[str, Any]


@dataclass(frozen=True)
class Sheet:
    """The rows of one list as they stand. ``rows`` by their numbers, removed ones left out.

    ``touched``: numbers of rows that were saved; ``foreign``: of those that another person typed
    or the case holds, whose personal values are masked. ``others``: the rest of the answers.
    """

    form: Form
    component: Component
    scope: Mapping[str, Any]
    others: Mapping[str, Any]
    rows: Mapping[int, Values]
    touched: frozenset[int] = frozenset()
    foreign: frozenset[int] = frozenset()


@dataclass(frozen=True)
class SheetRow:
    """One row as a page shows it. ``values``: texts as they stand in their controls; of files the
    ids. ``state``: done, failed, todo. ``options``: where each row offers others."""

    number: int
    values: Values
    state: str
    errors: dict[str, Text] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    options: dict[str, list[tuple[str, str]]] = field(default_factory=dict)


def sheet_of(form: Form, name: str) -> Component | None:
    """The list of that key, when it has a page of rows."""
    return next((one for one in form.sheets if one.key == name), None)


def leaves(component: Component) -> list[Component]:
    """The columns of a list: what stands in its rows, groups opened."""
    found = [one for child in component.children for one in child.walk()]
    return [one for one in found if one.path and (one.is_input or one.type == "expression")]


def columns(form: Form, component: Component, *, english: bool) -> list[Drawn]:
    """The columns as fields, to be drawn once and copied for each row; see ``PLACE``."""
    name = f"{component.key}[{PLACE}]"
    return [column(one, name, english=english, form=form) for one in leaves(component)]


def alone(form: Form, component: Component, *, english: bool) -> Drawn:
    """The list without its rows, as its page names it, whether it is asked now or not."""
    return list_of(component, english=english, form=form)


def fills(component: Component) -> dict[str, str]:
    """What one button fills into all rows that are shown: column → value."""
    pairs = (word.partition("=") for word in words(component.marks.get("sheet_fill")))
    return {column: value for column, _, value in pairs if value}


def fresh(component: Component, row: Values) -> Values:
    """A row that nobody has saved yet, with what its columns hold by themselves."""
    defaults = {
        one.path: one.raw["defaultValue"]
        for one in leaves(component)
        if one.is_input and one.raw.get("defaultValue") is not None and not one.fixed
    }
    made = dict(row)
    for path, value in defaults.items():
        if len(path) == 1:
            made.setdefault(path[0], value)
    return made


def placed(component: Component, given: Mapping[str, Any], rows: Iterable[Values]) -> Values:
    """Answers with the rows of a list in them."""
    made = dict(given)
    at = made
    for part in component.path[:-1]:
        at[part] = dict(at.get(part) or {})
        at = at[part]
    at[component.path[-1]] = list(rows)
    return made


def look(
    sheet: Sheet,
    numbers: Sequence[int],
    *,
    now: datetime,
    calendar: Calendar | None = None,
    checks: Mapping[str, Check] | None = None,
    files: Files | None = None,
    whole: bool = False,
    strict: bool = False,
) -> list[SheetRow]:
    """Some rows, with what is wrong in them. ``whole``: personal values unmasked; ``strict``: of
    rows that nobody has touched yet, too, it is said what is missing."""
    order = list(sheet.rows)
    place = {number: at for at, number in enumerate(order)}
    wanted = [place[number] for number in numbers if number in place]
    state = _filled(sheet, wanted, now, calendar)
    key, found = sheet.component.key, checks or {}
    by_row = _by_row(faults_of(state, now, found, files), key)
    advised = by_row
    if sheet.component.marks.get("rows_checked") == "advice":
        advised = _by_row(faults_of(state, now, found, files, advice=True), key)
    node = next(n for n in state.all() if n.component is sheet.component)
    return [
        _row(sheet, order[at], row, (by_row.get(at, {}), advised.get(at, {})), whole, strict)
        for at, row in zip(wanted, node.rows, strict=True)
    ]


def _filled(sheet: Sheet, at: list[int], now: datetime, calendar: Calendar | None) -> State:
    given = placed(sheet.component, sheet.others, sheet.rows.values())
    windows: dict[str, Sequence[int]] = {other.key: () for other in sheet.form.sheets}
    return fill(
        sheet.form, given, sheet.scope, now=now, calendar=calendar, web=True, prefill=True,
        windows=windows | {sheet.component.key: at}, asked=sheet.component,
    )  # fmt: skip


def _by_row(faults: Mapping[str, Text], key: str) -> dict[int, dict[str, Text]]:
    found: dict[int, dict[str, Text]] = {}
    for name, text in faults.items():
        if name.startswith(f"{key}["):
            number, _, column = name[len(key) + 1 :].partition("].")
            found.setdefault(int(number), {})[column] = text
    return found


def _row(
    sheet: Sheet,
    number: int,
    row: list[Node],
    told: tuple[dict[str, Text], dict[str, Text]],
    whole: bool,
    strict: bool,
) -> SheetRow:
    """``told``: what is wrong, and with it what is only said, of rows that somebody has touched."""
    nodes = [n for top in row for n in top.inside() if n.component.path and not n.children]
    saved = number in sheet.touched
    faults = told[1] if saved or strict else told[0]
    laid_out = not saved and told[1] != told[0]
    touched = saved or (any(_answered(node) for node in nodes) and not laid_out)
    shown = {n.component.key: text_of(n, unmasked=whole or number not in sheet.foreign)
             for n in nodes if not n.hidden}  # fmt: skip
    files = {n.component.key: _files(n) for n in nodes if n.component.type == "filepicker"}
    return SheetRow(
        number,
        {key: text for key, (text, _) in shown.items() if text} | files,
        ("failed" if faults else "done") if touched else "todo",
        faults if touched or strict else {},
        tuple(n.component.key for n in nodes if n.hidden),
        tuple(n.component.key for n in nodes if n.locked and not n.component.fixed),
        tuple(key for key, (_, masked) in shown.items() if masked),
        {n.component.key: [(str(o.value), o.label) for o in n.options]
         for n in nodes if "options" in n.component.exprs},
    )  # fmt: skip


def _answered(node: Node) -> bool:
    asked = node.component.is_input and not node.component.fixed and not node.hidden
    return asked and node.raw is not MISSING and node.value not in (None, False)


def _files(node: Node) -> list[str]:
    value = node.value or []
    return [str(one) for one in (value if isinstance(value, list) else [value])]
