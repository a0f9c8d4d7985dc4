"""The rows of a list that were saved one by one, as they stand: over what the case knew of them.

They stand sealed in ``draft_rows`` beside the step's draft (see ``app.cases.rows``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app import definitions, forms
from app.cases import drafts
from app.cases.hold import Held, HeldTask
from app.db import raw
from app.errors import NotFound
from app.forms import Component, Form, sheets
from app.texts import T
from app.work import Work

READ = """
    SELECT row, version, body, saved_by, saved_at FROM draft_rows
    WHERE task_id = %s AND list = %s ORDER BY row
"""
WRITE = """
    INSERT INTO draft_rows (task_id, list, row, version, body, saved_by, saved_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (task_id, list, row) DO UPDATE SET version = excluded.version,
        body = excluded.body, saved_by = excluded.saved_by, saved_at = excluded.saved_at
"""
FORGET = "DELETE FROM draft_rows WHERE task_id = %s AND list = %s"
Values = dict[str, Any]
DRAFT_BYTES = 200_000
SHEET_BYTES = 4_000_000
# A page names here the lists whose rows were saved one by one and belong to what it sends.
OURS = "_sheet"
EMPTY_FORM = forms.read({"type": "default", "id": "empty", "components": []})


@dataclass(frozen=True)
class Saved:
    """A saved row; ``values`` None when it was removed."""

    version: int
    values: Values | None
    by: int | None
    at: datetime


def form_of(case: Held, task: HeldTask) -> Form:
    """The form of a task, of the case's own release; one without fields when it has none."""
    return definitions.form(case.release_id, task.form) if task.form else EMPTY_FORM


def sheet_of(case: Held, task: HeldTask, name: str) -> tuple[Form, Component]:
    """A task's form and its list of that key. Raises NotFound."""
    form = form_of(case, task)
    component = sheets.sheet_of(form, name)
    if component is None:
        raise NotFound(T("这一步没有名为 {name} 的列表。", name=name))
    return form, component


def saved_rows(case: Held, task_id: int, name: str) -> dict[int, Saved]:
    """What was saved row by row, by number."""
    rows = raw().execute(READ, (task_id, name)).fetchall()
    return {
        number: Saved(version, None if body is None else case.unseal(bytes(body)), by, at)
        for number, version, body, by, at in rows
    }


def base(component: Component, stored: Values, scope: Mapping[str, Any]) -> list[Values]:
    """The rows before anybody saved one: of a draft, of the step when it was done, of the case."""
    for known in (forms.nested(stored), scope):
        at: Any = known
        for part in component.path:
            at = at.get(part) if isinstance(at, dict) else None
        if isinstance(at, list):
            return [dict(row) for row in at if isinstance(row, dict)]
    return [{} for _ in range(int(component.raw.get("defaultRepetitions") or 0))]


def others(component: Component, stored: Values) -> Values:
    """Answers without those of the list."""
    return {k: v for k, v in stored.items() if forms.head(k) != component.path[0]}


def over(
    component: Component, known: list[Values], saved: Mapping[int, Saved]
) -> dict[int, Values]:
    """The saved rows over those that were known before; removed ones are gone."""
    rows: dict[int, Values] = {}
    asked = {one.path[0] for one in sheets.leaves(component) if one.is_input}
    for number in sorted({*range(len(known)), *saved}):
        one = saved.get(number)
        before = known[number] if number < len(known) else {}
        before = {key: value for key, value in before.items() if key in asked}
        if one is None:
            rows[number] = sheets.fresh(component, before)
        elif one.values is not None:
            rows[number] = {**before, **forms.nested(one.values)}
    return rows


def replace_rows(
    work: Work,
    case: Held,
    task: HeldTask,
    component: Component,
    rows: Mapping[int, Values],
    saved: Mapping[int, Saved],
) -> tuple[str, list[tuple[Any, ...]]]:
    """A statement, and what it is to be run with, that keeps whole rows by their numbers."""

    def version(number: int) -> int:
        return (saved[number].version if number in saved else 0) + 1

    return WRITE, [
        (task.id, component.key, n, version(n), case.seal(values), work.by.id, work.at)
        for n, values in rows.items()
    ]


def forget_given(work: Work, case: Held, task: HeldTask, given: Mapping[str, Any]) -> None:
    """A draft that brings a list itself takes the place of the rows that were saved of it."""
    form = form_of(case, task)
    heads = {forms.head(name) for name in given if not name.startswith("_")}
    for component in form.sheets:
        if component.path[0] in heads:
            work.execute(FORGET, (task.id, component.key))


def draft_bytes(case: Held, task: HeldTask) -> int:
    """How large a step's draft may be: one that brings thousands of rows is larger."""
    form = form_of(case, task)
    return SHEET_BYTES if form.sheets else DRAFT_BYTES


# --- handing in -----------------------------------------------------------------------------------


def placed(
    case: Held, task: HeldTask, given: Mapping[str, Any], scope: Mapping[str, Any]
) -> Values:
    """What was given, with the saved rows of the lists that it names under ``_sheet``."""
    names = given.get(OURS) or ()
    made = dict(given)
    for name in [names] if isinstance(names, str) else names:
        _, component = sheet_of(case, task, str(name))
        made = sheets.placed(component, made, rows_of(case, task, component, scope).values())
    return made


def rows_of(
    case: Held, task: HeldTask, component: Component, scope: Mapping[str, Any]
) -> dict[int, Values]:
    """All rows of a list by number, whole."""
    known = base(component, drafts.stored(case, task), scope)
    return over(component, known, saved_rows(case, task.id, component.key))
