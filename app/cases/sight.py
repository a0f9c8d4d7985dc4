"""Who sees the people of a case: by the groups of its tasks (domain 3.2, PII)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.cases import handlers, rights
from app.cases.hold import Held
from app.cases.shapes import TaskView
from app.cases.timing import Timing
from app.db import raw
from app.work import Actor

TASKS = """
    SELECT id, element, name, procedure, groups, status, holder, holder_name, paused, created_at,
        due_at, closed_at, closed_by_name, limited, paused_since, gross_seconds, net_seconds,
        own_due
    FROM tasks WHERE case_id = %s ORDER BY id
"""


def tasks_of(case: Held) -> list[TaskView]:
    """All tasks of a case, oldest first."""
    rows = raw().execute(TASKS, (case.id,)).fetchall()
    return [_view([*r[:4], tuple(r[4]), *r[5:17], _timing(case, r)]) for r in rows]


def _view(plain: list[Any]) -> TaskView:
    return TaskView(*plain)


def _timing(case: Held, row: Sequence[Any]) -> Timing:
    due, closed, limited, own = row[10], row[11], row[13], row[17]
    return Timing(
        due if own else due or case.due_at,
        closed,
        row[14],
        case.paused_by,
        limited if own else case.clock.get("l"),
        case.branch,
        case.region,
    )


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
