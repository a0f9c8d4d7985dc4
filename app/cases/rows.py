"""Rows of a list, saved one by one: a page of rows sends only the row that was just left.

What was typed in a row stands sealed in ``draft_rows`` beside the step's draft, over what the case
knew of it. Its version tells whether somebody else has saved the same row in the meantime: then
neither typing is lost. Who may submit the task may save its rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app import attachments, settings
from app.cases import drafts, looks, pages, rights, services, sight
from app.cases.hold import Held, HeldTask, hold_task
from app.cases.looks import Look
from app.cases.saved_rows import WRITE, Saved, Values, base, others, over, saved_rows, sheet_of
from app.db import raw
from app.errors import Invalid
from app.forms import Component, sheets
from app.texts import T
from app.work import Actor, Work, command, now

NAMES = "SELECT id, name FROM persons WHERE id = ANY(%s)"
ROW_BYTES = 20_000
AT_ONCE = 500
MOST_NUMBER = 9999


@dataclass(frozen=True)
class RowPatch:
    """A row as its page sends it. ``version`` is the one that the page had seen, 0 for none;
    ``values`` by column, None when the row was removed."""

    number: int
    version: int
    values: Values | None


@dataclass(frozen=True)
class Lost:
    """Somebody else has saved the row first; ``name`` is empty for what was no person."""

    name: str
    at: datetime


@dataclass(frozen=True)
class SavedRows:
    """``versions`` of the rows that were saved, by number; ``lost``: those that were not."""

    versions: dict[int, int]
    lost: dict[int, Lost] = field(default_factory=dict)


@dataclass(frozen=True)
class OpenSheet:
    """A list as a page of rows shows it; ``versions`` by row number, those never saved left out.

    ``next``: the number of a row to be added.
    """

    sheet: sheets.Sheet
    versions: Mapping[int, int]
    whole: bool
    may_act: bool
    case_number: str
    element: str
    next: int


def open_sheet(actor: Actor, task_id: int, name: str) -> OpenSheet:
    """The rows of a list as their reader may see them. Raises NotFound, NotAllowed."""
    case, task, may_act = pages.readable(actor, task_id)
    form, component = sheet_of(case, task, name)
    tasks = sight.tasks_of(case)
    may = may_act and sight.may_look(actor, case, tasks)
    whole = looks.sees_whole(actor, case, Look.AGAIN, may=may)
    scope = pages.scope_of(case, task) if may_act else {}
    stored = drafts.stored(case, task) if may_act else {}
    saved = saved_rows(case, task.id, name) if may_act else {}
    known = base(component, stored, scope)
    typed = {n for n, one in saved.items() if one.by == actor.id}
    rows = over(component, known, saved)
    return OpenSheet(
        sheets.Sheet(
            form, component, scope, others(component, stored), rows,
            touched=frozenset(saved), foreign=frozenset(rows) - typed,
        ),
        {number: one.version for number, one in saved.items()},
        whole, may_act and task.status == "open", case.number, task.element,
        max([len(known), *(number + 1 for number in saved)]),
    )  # fmt: skip


def look_at_rows(
    actor: Actor, found: OpenSheet, numbers: Sequence[int], *, strict: bool = False
) -> list[sheets.SheetRow]:
    """Some rows, checked by the form and by the checks of the procedures."""
    return sheets.look(
        found.sheet,
        numbers,
        now=now(),
        calendar=settings.calendar(),
        checks=services.table.checks,
        files=attachments.known(actor, found.case_number),
        whole=found.whole,
        strict=strict,
    )


# --- saving ---------------------------------------------------------------------------------------


@command(right="task")
def save_rows(work: Work, task_id: int, name: str, patches: Sequence[RowPatch]) -> SavedRows:
    """Keep some rows of a list as they were typed, never validated.

    A row that somebody else has saved since is not overwritten but named in ``lost``. Raises
    NotFound, NotAllowed, Conflict (who has the task), Invalid (too many, too long, no such row).
    """
    case, task = hold_task(work, task_id)
    rights.need_to_submit(work.by, case, task)
    _, component = sheet_of(case, task, name)
    saved = saved_rows(case, task.id, name)
    known = base(component, drafts.stored(case, task), pages.scope_of(case, task))
    lost = {p.number: saved[p.number] for p in patches if _is_lost(p, saved)}
    kept = [p for p in patches if p.number not in lost]
    _need_rows(component, kept, known, saved)
    rows = [_row(work, case, task, component, p, known, saved) for p in kept]
    with work.connection.cursor() as cursor:
        cursor.executemany(WRITE, rows)
    return SavedRows({row[2]: row[3] for row in rows}, _told(lost))


def _is_lost(patch: RowPatch, saved: Mapping[int, Saved]) -> bool:
    stored = saved.get(patch.number)
    if stored is None or stored.version == patch.version:
        return False
    # The very same typing sent twice is once.
    return stored.values != patch.values


def _told(lost: Mapping[int, Saved]) -> dict[int, Lost]:
    ids = [one.by for one in lost.values() if one.by is not None]
    names: dict[int, str] = dict(raw().execute(NAMES, (ids,)).fetchall()) if ids else {}
    return {n: Lost(names.get(one.by or 0, ""), one.at) for n, one in lost.items()}


def _need_rows(
    component: Component,
    patches: Sequence[RowPatch],
    known: list[Values],
    saved: Mapping[int, Saved],
) -> None:
    if len(patches) > AT_ONCE:
        raise Invalid(T("一次最多保存 {most} 行。", most=AT_ONCE))
    changes = component.raw.get("allowAddRemove") is not False
    fixed = any(one.fixed for one in sheets.leaves(component))
    for patch in patches:
        there = patch.number < len(known)
        removed = patch.values is None and (not changes or (there and fixed))
        if patch.number < 0 or removed or not (there or changes):
            raise Invalid(T("此列表不能增删这一行。"))
    gone = {n for n, one in saved.items() if one.values is None}
    there_now = {*range(len(known)), *saved} - gone
    after = there_now | {p.number for p in patches if p.values is not None}
    if len(after) > component.most_rows or any(p.number >= MOST_NUMBER for p in patches):
        raise Invalid(T("最多 {most} 行", most=component.most_rows))


def _row(
    work: Work,
    case: Held,
    task: HeldTask,
    component: Component,
    patch: RowPatch,
    known: list[Values],
    saved: Mapping[int, Saved],
) -> tuple[Any, ...]:
    stored = saved.get(patch.number)
    values = patch.values
    if values is not None and component.personal:
        before = known[patch.number] if patch.number < len(known) else {}
        values = {**_unseen(component, (stored and stored.values) or before, values), **values}
    body = None if values is None else case.seal(values)
    if body is not None and len(body) > ROW_BYTES:
        raise Invalid(T("第 {n} 行的内容过长，请减少后再存。", n=patch.number + 1))
    version = (stored.version if stored else 0) + 1
    return (task.id, component.key, patch.number, version, body, work.by.id, work.at)


def _unseen(component: Component, known: Values, values: Values) -> Values:
    """Personal values that the page did not send: it showed them masked, and they stand."""
    mine = {one.key for one in sheets.leaves(component) if one.pii}
    return {key: known[key] for key in mine if key in known and key not in values}
