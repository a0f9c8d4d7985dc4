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
ASK = """
    INSERT INTO limit_runs (why, asked_at, asked_by)
    SELECT %s, %s, %s WHERE NOT EXISTS (SELECT FROM limit_runs WHERE started_at IS NULL)
    RETURNING id
"""
RUNS = """
    SELECT id, why, asked_at, asked_by, started_at, finished_at, total, seen, changed, failed
    FROM limit_runs ORDER BY id DESC LIMIT %s
"""


@dataclass(frozen=True)
class LimitRun:
    """One round over the open cases. ``why``: the setting, ``calendar`` or ``update``."""

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
    row = work.execute(ASK, (why, work.at, work.by.name)).fetchone()
    if row is None:
        return None
    work.record(ledger("calendar"), "calendar:recount", after={"run": row[0], "why": why})
    # One after the other: what a second one would change waits for the first.
    enqueue(JOB, lock=JOB, run_id=row[0])
    return int(row[0])


@command(right="admin")
def recount(work: Work) -> int | None:
    """Ask for it by hand."""
    return ask_recount(work, "asked")


def recounts(limit: int = 5) -> list[LimitRun]:
    """The latest, newest first."""
    return [LimitRun(*row) for row in raw().execute(RUNS, (limit,)).fetchall()]
