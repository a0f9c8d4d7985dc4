"""Handing in a step with thousands of rows: the same one command, run as a job.

The command stays one transaction; who began it sees how far it is, may leave and come back, and
what is sent twice is done once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from app.cases import drafts, pages, rights, runs, saved_rows
from app.cases.commands import Moved, submit_task
from app.cases.hold import hold_task
from app.cases.runs import Run
from app.errors import Problem
from app.work import Actor, Work, command, watched

KIND = "submit"
# With more rows than this one does not wait before the page.
LONG = 800


def is_long(page: Any) -> bool:
    """Whether handing in a task's page would take long."""
    return any(len(rows) > LONG for rows in page.rows.values())


@command(right="task")
def start_submit(work: Work, task_id: int, given: Mapping[str, Any]) -> int:
    """Put a step's answers down to be handed in by a job; gives its run.

    Raises NotFound, NotAllowed, Conflict as ``submit_task`` would.
    """
    case, task = hold_task(work, task_id)
    rights.need_to_submit(work.by, case, task)
    whole, kept = drafts.with_kept(work, case, task, given)
    form = saved_rows.form_of(case, task)
    scope = pages.scope_of(case, task)
    many = sum(len(saved_rows.rows_of(case, task, one, scope)) for one in form.sheets)
    body = orjson.dumps({**whole, drafts.KEPT: sorted(kept)} if kept else whole)
    return runs.begin(work, KIND, str(task_id), body, key_id=case.key_id, key=case.key, total=many)


@runs.doing(KIND)
def hand_in(run: Run, person: Actor) -> Mapping[str, Any]:
    """Complete the step. Gives ``number``, and ``next`` when that step is the person's, or what
    is wrong: ``fields`` and ``failed``."""
    given = {k: v for k, v in orjson.loads(run.given).items() if k != drafts.KEPT}
    key = f"run:{run.id}"
    try:
        with watched(runs.Meter(run.id)):
            moved: Moved = submit_task(int(run.ref), given, key=key, by=person)
    except Problem as problem:
        fields = {name: runs.put_away(text) for name, text in problem.fields.items()}
        return {"failed": runs.put_away(problem.text), "fields": fields}
    following = moved.next
    return {"number": moved.number, "next": following.id if following else None}
