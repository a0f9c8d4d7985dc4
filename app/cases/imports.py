"""Rows of a list out to a workbook and in from one: checked first, taken only when one says so.

A workbook that comes in is checked row by row with the form's own rules and the procedure's
checks; good rows and bad ones are told apart, and nothing is changed before the person takes the
good ones. What was not taken is named by its row in the file, with the reason, and given back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app import forms
from app.cases import drafts, pages, rights, rows, runs
from app.cases.hold import hold_task
from app.cases.rows import OpenSheet, open_sheet
from app.cases.runs import Run
from app.cases.saved_rows import Values, base, over, replace_rows, saved_rows, sheet_of
from app.errors import Conflict, Invalid
from app.forms import sheets, xlsx_in, xlsx_out
from app.forms.rules import REPEATED
from app.forms.xlsx_in import Line, Table
from app.texts import T, Text
from app.work import SYSTEM, Actor, Work, command

KIND = "import"
AT_ONCE = 200
# A file of this size is checked while one waits; a larger one as a job.
SOON = 20_000
EMPTY_ROWS = 500


def export_rows(actor: Actor, task_id: int, name: str) -> bytes:
    """The rows of a list as a workbook; nothing personal stands in it."""
    found = open_sheet(actor, task_id, name)
    lines = rows.look_at_rows(actor, found, list(found.sheet.rows))
    return xlsx_out.workbook(
        found.sheet.component, ((place, line.values) for place, line in enumerate(lines))
    )


def template_of_rows(actor: Actor, task_id: int, name: str) -> bytes:
    """A workbook to be filled in; where the rows stand already, with them."""
    found = open_sheet(actor, task_id, name)
    if found.sheet.component.raw.get("allowAddRemove") is False:
        return export_rows(actor, task_id, name)
    return xlsx_out.workbook(found.sheet.component, (), empty=EMPTY_ROWS)


@command(right="task")
def start_import(work: Work, task_id: int, name: str, content: bytes) -> int:
    """Put a workbook down to be checked; the same one sent twice is one run.

    Who may submit the task may. Raises Invalid when it is far too large.
    """
    case, task = hold_task(work, task_id)
    rights.need_to_submit(work.by, case, task)
    sheet_of(case, task, name)
    if len(content) > xlsx_in.MOST_BYTES:
        most = xlsx_in.MOST_BYTES // xlsx_in.MEGABYTE
        raise Invalid(fields={"file": T("表格文件超过 {most} MB，请分成几份。", most=most)})
    ref = ref_of(task_id, name)
    return runs.begin(
        work, KIND, ref, content, key_id=case.key_id, key=case.key, queued=len(content) > SOON
    )


def ref_of(task_id: int, name: str) -> str:
    """What an import is on."""
    return f"{task_id}/{name}"


def on(run: Run) -> tuple[int, str]:
    """The task and the list that a run is on."""
    task_id, _, name = run.ref.partition("/")
    return int(task_id), name


# --- checking -------------------------------------------------------------------------------------


@runs.doing(KIND)
def check(run: Run, person: Actor) -> Mapping[str, Any]:
    """Read the workbook and check each row against all that stand already.

    Gives ``good`` ({row, number, values}), ``bad`` ({row, cells, faults}), ``unknown`` columns and
    the ``versions`` of rows that it would change; or ``failed``, with why it cannot be read.
    """
    task_id, name = on(run)
    found = open_sheet(person, task_id, name)
    try:
        table = xlsx_in.read(run.given, found.sheet.component)
    except Invalid as problem:
        return {"failed": runs.put_away(problem.text)}
    numbers = _numbers(table, found)
    sheet = _with(found, table, numbers)
    errors = _errors(run, person, replace(found, sheet=sheet), numbers)
    told = _sorted(table, numbers, errors, sheet)
    _into_vacant(told["good"], found, person)
    seen = {str(one["number"]): found.versions.get(one["number"], 0) for one in told["good"]}
    return {**told, "versions": seen}


def _numbers(table: Table, found: OpenSheet) -> list[int | None]:
    """The row of the list that each line is, None when it is none; new ones come at the end."""
    component = found.sheet.component
    adds = component.raw.get("allowAddRemove") is not False
    known = {} if adds else _by_fixed(table, found)
    fresh = found.next
    numbers: list[int | None] = []
    for line in table.lines:
        number = line.number
        if number is None and adds:
            number, fresh = fresh, fresh + 1
        elif number is None:
            number = known.get(_said(line, found))
        else:
            number = _at_place(found, number)
        if number is None:
            line.faults.setdefault("", T("本案没有这一行，请核对“行号”或门牌、表号"))
        elif number in numbers:
            line.faults.setdefault("", T("文件中前面已有这一行"))
            number = None
        elif line.number is not None and not _agrees(line, found, number):
            line.faults.setdefault("", T("与本案第 {n} 行已有的内容不符", n=line.number + 1))
        numbers.append(number)
    return numbers


def _at_place(found: OpenSheet, place: int) -> int | None:
    """The number of the row that stands at a place: removed rows leave no gap on the page."""
    order = list(found.sheet.rows)
    return order[place] if place < len(order) else None


def _fixed(found: OpenSheet) -> list[str]:
    leaves = sheets.leaves(found.sheet.component)
    return [one.key for one in leaves if one.fixed and len(one.path) == 1]


def _known(found: OpenSheet, number: int) -> Values:
    at: Any = found.sheet.scope
    for part in found.sheet.component.path:
        at = at.get(part) if isinstance(at, dict) else None
    row = at[number] if isinstance(at, list) and number < len(at) else {}
    return row if isinstance(row, dict) else {}


def _said(line: Line, found: OpenSheet) -> tuple[str, ...]:
    return tuple(line.cells.get(key, "") for key in _fixed(found))


def _by_fixed(table: Table, found: OpenSheet) -> dict[tuple[str, ...], int]:
    """What the case knows of each row, when that tells the rows apart."""
    keys = [key for key in _fixed(found) if key in table.columns]
    if not keys:
        return {}
    all_keys = _fixed(found)
    made: dict[tuple[str, ...], int] = {}
    for number in found.sheet.rows:
        row = _known(found, number)
        said = tuple(str(row.get(key, "") or "") if key in keys else "" for key in all_keys)
        if said in made:
            return {}
        made[said] = number
    return made


def _agrees(line: Line, found: OpenSheet, number: int) -> bool:
    row = _known(found, number)
    return all(
        str(row.get(key, "") or "") == line.cells[key]
        for key in _fixed(found)
        if line.cells.get(key)
    )


def _with(found: OpenSheet, table: Table, numbers: list[int | None]) -> sheets.Sheet:
    """The rows as they would be with all that the file says."""
    sheet = found.sheet
    open_keys = {one.key for one in xlsx_out.columns_of(sheet.component)
                 if one.is_input and not one.fixed}  # fmt: skip
    given = dict(sheet.rows)
    for line, number in zip(table.lines, numbers, strict=True):
        if number is not None:
            # A column that the file does not have stays as it is; an empty cell is emptied.
            typed = {key: line.cells.get(key, "") for key in table.columns if key in open_keys}
            before = sheet.rows.get(number) or sheets.fresh(sheet.component, {})
            given[number] = {**before, **forms.nested(typed)}
    touched = sheet.touched | {number for number in numbers if number is not None}
    return replace(sheet, rows=dict(sorted(given.items())), touched=touched)


def _errors(
    run: Run, person: Actor, found: OpenSheet, numbers: list[int | None]
) -> dict[int, dict[str, Text]]:
    """What is wrong with each row, some hundred at a time."""
    wanted = [number for number in numbers if number is not None]
    errors: dict[int, dict[str, Text]] = {}
    for start in range(0, len(wanted), AT_ONCE):
        for row in rows.look_at_rows(person, found, wanted[start : start + AT_ONCE]):
            errors[row.number] = row.errors
        runs.far(run.id, min(start + AT_ONCE, len(wanted)), len(wanted), by=SYSTEM)
    return errors


def _sorted(
    table: Table,
    numbers: list[int | None],
    errors: Mapping[int, Mapping[str, Text]],
    sheet: sheets.Sheet,
) -> dict[str, Any]:
    labels = {one.key: one.label or one.key for one in sheets.leaves(sheet.component)}
    kept = {one.path[0] for one in sheets.leaves(sheet.component) if one.is_input and not one.fixed}
    pairs = list(zip(table.lines, numbers, strict=True))
    in_file = {number: line.row for line, number in pairs if number is not None}
    order = list(sheet.rows)
    good: list[dict[str, Any]] = []
    bad: list[dict[str, Any]] = []
    for line, number in pairs:
        found = errors.get(number, {}) if number is not None else {}
        faults = {**line.faults, **found, **line.faults}
        if number is None or faults:
            told = [
                (labels.get(key, key), runs.put_away(_in_file(text, in_file, order)))
                for key, text in faults.items()
            ]
            bad.append({"row": line.row, "cells": line.cells, "faults": told})
        else:
            values = {k: v for k, v in sheet.rows[number].items() if k in kept}
            good.append({"row": line.row, "number": number, "values": values})
    return {"good": good, "bad": bad, "unknown": table.unknown}


def _into_vacant(good: list[dict[str, Any]], found: OpenSheet, person: Actor) -> None:
    """What is new takes first the rows that were laid out for it."""
    fresh = [one for one in good if one["number"] not in found.sheet.rows]
    for one, number in zip(fresh, _vacant(found, person) if fresh else (), strict=False):
        one["number"] = number


def _vacant(found: OpenSheet, person: Actor) -> list[int]:
    """Rows that nobody has touched and that are wrong as they stand: they wait to be filled."""
    open_ = [number for number in found.sheet.rows if number not in found.sheet.touched]
    seen = rows.look_at_rows(person, found, open_, strict=True)
    return [row.number for row in seen if row.errors]


def _in_file(text: Text, in_file: Mapping[int, int], order: list[int]) -> Text:
    """A text that names another row of the list names that of the file, where it stands there."""
    if text.template != REPEATED:
        return text
    place = int(str(text.params["n"])) - 1
    row = in_file.get(order[place])
    if row is not None:
        return T("与文件第 {n} 行重复", n=row)
    return T("与本案已有的第 {n} 行重复", n=place + 1)


# --- taking ---------------------------------------------------------------------------------------


@command(right="task")
def take_import(work: Work, run_id: int) -> int:
    """Write the good rows of a checked workbook into the step; gives how many.

    Raises NotFound, NotAllowed, Conflict: taken already, or rows have changed since the check.
    """
    run = runs.run_of(work.by, run_id)
    task_id, name = on(run)
    case, task = hold_task(work, task_id)
    rights.need_to_submit(work.by, case, task)
    _, component = sheet_of(case, task, name)
    runs.closed(work, run, "taken")
    found = run.found
    saved = saved_rows(case, task.id, name)
    known = base(component, drafts.stored(case, task), pages.scope_of(case, task))
    changed = [
        int(number)
        for number, version in found["versions"].items()
        if (saved[int(number)].version if int(number) in saved else 0) != version
    ]
    if changed:
        raise Conflict(T("检查之后有 {n} 行又被修改，请重新导入检查。", n=len(changed)))
    numbered = {one["number"]: one["values"] for one in found["good"]}
    if len(over(component, known, saved).keys() | numbered.keys()) > component.most_rows:
        raise Invalid(T("最多 {most} 行", most=component.most_rows))
    with work.connection.cursor() as cursor:
        cursor.executemany(*replace_rows(work, case, task, component, numbered, saved))
    return len(numbered)


def open_runs(actor: Actor, task_id: int, name: str) -> int | None:
    """An import of the person that is under way, or checked and not decided."""
    return runs.last_run(actor, ref_of(task_id, name), KIND)


def rejected_rows(actor: Actor, run_id: int) -> bytes:
    """The rows that were not good, as a workbook with the reasons. Raises NotFound."""
    run = runs.run_of(actor, run_id)
    task_id, name = on(run)
    found = open_sheet(actor, task_id, name)
    told = run.found
    bad = [
        {**one, "faults": [(label, str(runs.text_of(text))) for label, text in one["faults"]]}
        for one in told.get("bad", [])
    ]
    return xlsx_out.rejected(found.sheet.component, bad, told.get("unknown", []))
