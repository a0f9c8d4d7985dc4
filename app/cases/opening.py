"""Timers that open cases: each due one once, however many workers look.

Rounds that were missed while nothing ran open one case together; the cycle then goes on from now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app import definitions, engine
from app.cases import messages, starting
from app.cases.trouble import CLOSE_START, open_start
from app.errors import Conflict
from app.queue import enqueue
from app.texts import T
from app.work import Work, command

DUE = """
    SELECT id FROM start_timers WHERE due_at <= %s AND NOT queued
    ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED
"""
QUEUED = "UPDATE start_timers SET queued = true WHERE id = ANY(%s)"
HOLD = """
    SELECT id, procedure, element, says, due_at, fired FROM start_timers
    WHERE id = %s AND due_at <= %s FOR UPDATE
"""
# Queued by a clock that was ahead of ours: a later tick takes it up.
NOT_YET = "UPDATE start_timers SET queued = false WHERE id = %s AND due_at > %s"
AGAIN = """
    UPDATE start_timers SET last_due = due_at, due_at = %s, fired = %s, queued = false WHERE id = %s
"""
MISSED = """
    SELECT procedure, element, ref FROM incidents
    WHERE id = %s AND case_id IS NULL AND resolved_at IS NULL FOR UPDATE
"""
Live = tuple[definitions.Published, engine.StartEvent]


@dataclass(frozen=True)
class Timer:
    """A timer start whose moment has come; its row is locked."""

    id: int
    procedure: str
    element: str
    says: str
    due: datetime
    fired: int

    @property
    def ref(self) -> str:
        """Names the incident of a timer that opened no case."""
        return f"timer:{self.id}"

    def live(self) -> Live | None:
        """Where the live release draws it; None when it does no longer."""
        for published, start in definitions.live_starts("timer"):
            place = (start.process_key, start.element, definitions.says(start))
            if place == (self.procedure, self.element, self.says):
                return published, start
        return None


def queue_due(work: Work, limit: int) -> int:
    """One job for each timer start that is due; gives how many."""
    due = [number for (number,) in work.execute(DUE, (work.at, limit)).fetchall()]
    for number in due:
        enqueue("start_by_timer", timer_id=number)
    if due:
        work.execute(QUEUED, (due,))
    return len(due)


def _held(work: Work, timer_id: int) -> Timer | None:
    row = work.execute(HOLD, (timer_id, work.at)).fetchone()
    return None if row is None else Timer(*row)


@command(right="system")
def start_by_timer(work: Work, timer_id: int) -> bool:
    """Open the case of a timer that is due, on the live release. Coming twice does nothing."""
    timer = _held(work, timer_id)
    if timer is None:
        work.execute(NOT_YET, (timer_id, work.at))
        return False
    found = timer.live()
    if found is None:
        return False
    _open(work, *found)
    _go_on(work, timer, found)
    return True


def _open(work: Work, published: definitions.Published, start: engine.StartEvent) -> None:
    move, _plan = starting.open_case(work, published, {}, element=start.element)
    messages.after(work, move)


def _go_on(work: Work, timer: Timer, found: Live) -> None:
    fired = timer.fired + 1
    then = definitions.due_after(work.at, found[1], timer.due, fired)
    work.execute(AGAIN, (then, fired, timer.id))


@command(right="system")
def note_unopened(work: Work, timer_id: int, message: str) -> None:
    """A timer could not open its case: an incident without a case. The round is spent, the next one
    comes in its time; who repeats the incident makes up for it."""
    timer = _held(work, timer_id)
    found = timer.live() if timer else None
    if timer is None or found is None:
        return
    open_start(work, timer.ref, timer.procedure, timer.element, message)
    _go_on(work, timer, found)


@command(right="system")
def start_missed(work: Work, incident_id: int) -> bool:
    """Open the case that a timer could not open, once for its incident, which is then closed."""
    row = work.execute(MISSED, (incident_id,)).fetchone()
    if row is None:
        return False
    procedure, element, named = row
    for published, start in definitions.live_starts("timer"):
        if (start.process_key, start.element) == (procedure, element):
            _open(work, published, start)
            work.execute(CLOSE_START, (work.at, work.by.id, named))
            return True
    raise Conflict(T("流程图中已没有这个定时启动，请跳过这条故障。"))
