"""Who sees the people of a case: by the groups of its tasks (domain 3.2, PII)."""

from __future__ import annotations

from typing import Any

from app.cases import handlers, rights
from app.cases.hold import Held
from app.cases.shapes import TaskView
from app.db import raw
from app.work import Actor

TASKS = """
    SELECT id, element, name, procedure, groups, status, holder, holder_name, paused, created_at,
        due_at, closed_at, closed_by_name
    FROM tasks WHERE case_id = %s ORDER BY id
"""


def tasks_of(case: Held) -> list[TaskView]:
    """All tasks of a case, oldest first."""
    rows = raw().execute(TASKS, (case.id,)).fetchall()
    return [_task_view([*r[:4], tuple(r[4]), *r[5:]]) for r in rows]


def _task_view(plain: list[Any]) -> TaskView:
    return TaskView(*plain)


def sees_people(actor: Actor, tasks: list[TaskView]) -> bool:
    """In clear for the group of an open task, and for archivists once it is over."""
    if actor.id is None:
        return True
    now = [t for t in tasks if t.status == "open"]
    if not now:
        return "archivist" in actor.groups
    return any(rights.of_group(actor, t.groups) for t in now)


def may_look(actor: Actor, case: Held, tasks: list[TaskView]) -> bool:
    """Who may see personal values whole once a reason was given."""
    return rights.sees_region(actor, case.region) and may_print(actor, case, tasks)


def may_print(actor: Actor, case: Held, tasks: list[TaskView]) -> bool:
    """Who sees the people of the case, and who did a step of it: a sheet may get lost."""
    return handlers.did(case, actor.id) or sees_people(actor, tasks)
