"""Asking for the limits of open cases to be worked out anew; the worker does it in portions.

A change of a calendar asks by itself. One that waits already is enough for all changes so far.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.db import raw
from app.queue import enqueue
from app.work import Work, command, ledger

JOB = "recount_limits"
# xmax: whether the row is new.
ASK = """
    INSERT INTO limit_runs AS r (why, asked_at, asked_by) VALUES (%s, %s, %s)
    ON CONFLICT ((true)) WHERE started_at IS NULL DO UPDATE SET
        why = CASE WHEN excluded.why = ANY(string_to_array(r.why, ' ')) THEN r.why
                   ELSE r.why || ' ' || excluded.why END
    RETURNING id, xmax = 0
"""
RUNS = """
    SELECT id, why, asked_at, asked_by, started_at, finished_at, total, seen, changed, failed
    FROM limit_runs ORDER BY id DESC LIMIT %s
"""


@dataclass(frozen=True)
class LimitRun:
    """One round over the open cases. ``why``: settings' keys, ``calendar``, ``update``, ``asked``,
    apart by blanks."""

    id: int
    why: str
    asked_at: datetime
    asked_by: str
    started_at: datetime | None
    finished_at: datetime | None
    total: int
    seen: int
    changed: int
    failed: int


def ask_recount(work: Work, why: str) -> int | None:
    """Have it done after this command; None when one that has not begun covers it."""
    run, new = work.execute(ASK, (why, work.at, work.by.name)).fetchone()
    work.record(ledger("calendar"), "calendar:recount", after={"run": run, "why": why})
    if not new:
        return None
    # One after the other: what a second one would change waits for the first.
    enqueue(JOB, lock=JOB, run_id=run)
    return int(run)


@command(right="admin")
def recount(work: Work) -> int | None:
    """Ask for it by hand."""
    return ask_recount(work, "asked")


def recounts(limit: int = 5) -> list[LimitRun]:
    """The latest, newest first."""
    return [LimitRun(*row) for row in raw().execute(RUNS, (limit,)).fetchall()]
