"""Opinions asked for beside a step: what was asked, by whom, what was answered."""

from __future__ import annotations

from typing import Any

from app.cases import rights
from app.cases.hold import BY_TASK, Held, HeldTask, read_case, read_task
from app.cases.shapes import Side
from app.db import raw
from app.errors import NotAllowed, NotFound
from app.texts import T
from app.work import Actor

BESIDE = """
    SELECT id, side, status, words, created_at, closed_at, groups, holder_name FROM tasks
    WHERE case_id = %s AND side IS NOT NULL AND (%s::bigint IS NULL OR beside = %s) ORDER BY id
"""


def words_of(case: Held, task: HeldTask) -> dict[str, Any]:
    """What was asked, opened with the case's key. Raises NotFound when it is none."""
    if task.words is None or task.side is None:
        raise NotFound(T("这不是一项附加意见。"))
    found: dict[str, Any] = case.unseal(bytes(task.words))
    return found


def sides(case: Held, task_id: int | None = None) -> list[Side]:
    """What was asked beside a step, or in the whole case, oldest first; opened with its key."""
    rows = raw().execute(BESIDE, (case.id, task_id, task_id)).fetchall()
    return [_side(case, row) for row in rows]


def _side(case: Held, row: tuple[Any, ...]) -> Side:
    number, kind, status, sealed, asked, closed, groups, holder = row
    words = case.unseal(bytes(sealed)) if case.wrapped is not None else {}
    return Side(
        number, kind, status, words.get("question", ""), words.get("by_name", ""), asked,
        tuple(groups), holder, words.get("days"), words.get("decision"), words.get("opinion"),
        holder if status == "done" else None, words.get("by"), closed,
    )  # fmt: skip


def side_of(actor: Actor, task_id: int) -> tuple[Side, int, str]:
    """A side task, the task that it belongs to, and its case's number.

    For its group, who asked, and the group of the step it stands beside. Raises NotFound,
    NotAllowed.
    """
    row = raw().execute(BY_TASK, (task_id,)).fetchone()
    if row is None or read_task(row).side is None:
        raise NotFound(T("没有这项任务，请核对编号。"))
    case, task = read_case(row), read_task(row)
    rights.need_case(actor, case)
    if words_of(case, task)["by"] != actor.id and not _concerned(actor, task):
        raise NotAllowed(T("此任务不属于您的岗位。"), case=case.number)
    found = next(side for side in sides(case, task.beside) if side.id == task_id)
    return found, int(task.beside or 0), case.number


def _concerned(actor: Actor, task: HeldTask) -> bool:
    main = raw().execute(BY_TASK, (task.beside,)).fetchone()
    groups = [*task.groups, *(read_task(main).groups if main else ())]
    return rights.of_group(actor, groups) is not None
