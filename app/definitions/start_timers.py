"""Timers that open cases: planned by the deployment that makes them live.

A timer whose drawing is unchanged in this place keeps its next moment and its count. What was
missed opens no case afterwards: a date that has passed never fires, a cycle goes on from now.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from app import engine, settings
from app.errors import Problem, Refused
from app.texts import T
from app.work import Work

KNOWN = "SELECT id, element, says FROM start_timers WHERE procedure = %s"
DROP = "DELETE FROM start_timers WHERE id = ANY(%s)"
PLAN = """
    INSERT INTO start_timers (procedure, element, says, due_at) VALUES (%s, %s, %s, %s)
    ON CONFLICT (procedure, element, says) DO NOTHING
"""
# A cycle that stood still for longer than so many rounds goes on from now, off its old beat.
ROUNDS = 1000


def plan(work: Work, drawings: Iterable[engine.Process]) -> None:
    """Plan the timers of drawings that have a new version. Refused: one that is no time."""
    for drawn in drawings:
        timers = {(t.element, says(t)): t for t in drawn.starts if t.kind == "timer"}
        rows = work.execute(KNOWN, (drawn.key,)).fetchall()
        known = {(element, said): number for number, element, said in rows}
        if gone := [number for place, number in known.items() if place not in timers]:
            work.execute(DROP, (gone,))
        for (element, said), timer in timers.items():
            if (element, said) not in known:
                work.execute(PLAN, (drawn.key, element, said, _first(work, drawn, timer)))


def says(timer: engine.StartEvent) -> str:
    """The timer as it is drawn."""
    when = timer.when
    return f"{timer.timer} {'=' if when and when.feel else ''}{when.text if when else ''}"


def _first(work: Work, drawn: engine.Process, timer: engine.StartEvent) -> datetime | None:
    try:
        return due_after(work.at, timer)
    except (ValueError, Problem) as error:
        raise Refused(
            T(
                "流程“{name}”的定时启动“{element}”不是有效的时间，请在流程图中改正后再发布。",
                name=drawn.name,
                element=timer.element,
            )
        ) from error


def due_after(
    now: datetime, timer: engine.StartEvent, last: datetime | None = None, fired: int = 0
) -> datetime | None:
    """When it opens a case next, after ``now``; rounds that were missed are left out.

    Raises ValueError or FeelError where the drawing says no time.
    """
    calendar = settings.calendar()
    due = engine.timer_start_due(timer, now, calendar, last, fired)
    if timer.timer != "cycle":
        return due if due is not None and due > now else None
    for _ in range(ROUNDS):
        if due is None or due > now:
            return due
        due = engine.timer_start_due(timer, now, calendar, due, fired)
    return engine.timer_start_due(timer, now, calendar, now, fired)
