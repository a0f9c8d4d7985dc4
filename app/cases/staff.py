"""Changes of the staff that reach into cases: who loses a group gives its tasks back."""

from __future__ import annotations

from collections.abc import Collection

from app import people
from app.cases import rights
from app.cases.commands import _colleague, _hand
from app.cases.hold import hold_task
from app.errors import NotFound
from app.work import Work, command

# In the order of the cases, so that no two of these wait for each other.
HELD_BY = """
    SELECT id, holder FROM tasks WHERE status = 'open' AND holder IS NOT NULL
        AND (%(person)s::bigint IS NULL OR holder = %(person)s)
    ORDER BY case_id, id
"""


@command(right="admin")
def set_groups(work: Work, login: str, groups: Collection[str]) -> None:
    """Replace the groups of a person; what is held as one of those lost goes back to it.

    Raises NotFound, NotAllowed, Invalid (field ``groups``).
    """
    _give_back(work, people.change_groups(work, login, groups).id)


@command(right="admin")
def set_active(work: Work, login: str, active: bool) -> None:
    """Let a person in again, or no more; then all that is held goes back to its groups."""
    _give_back(work, people.change_active(work, login, active).id)


@command(right="system")
def give_back(work: Work) -> None:
    """Each night: tasks held by who may not do them any more, as when days of a deputy end."""
    _give_back(work, None)


def _give_back(work: Work, person: int | None) -> None:
    for task_id, holder in work.execute(HELD_BY, {"person": person}).fetchall():
        if _lost(task_id, holder, work):
            case, task = hold_task(work, task_id)
            if task.status == "open" and task.holder == holder:
                _hand(work, case, task, "task:release", None, None, None)


def _lost(task_id: int, holder: int, work: Work) -> bool:
    groups = work.execute("SELECT groups FROM tasks WHERE id = %s", (task_id,)).fetchone()[0]
    try:
        who = _colleague(holder)
    except NotFound:
        return True
    asked = [who, *(_colleague(d.person_id) for d in people.acts_for(holder, work.at))]
    return not any(rights.of_group(one, groups) for one in asked)
