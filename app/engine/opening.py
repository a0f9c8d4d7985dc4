"""When the timer start of a process opens a case: asked by the host and by rehearsal."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from app import feel
from app.engine.drawing import StartEvent
from app.engine.times import cycle, duration, moment

if TYPE_CHECKING:
    from app.worktime import Calendar


def timer_start_due(
    start: StartEvent,
    now: datetime,
    calendar: Calendar | None = None,
    last: datetime | None = None,
    fired: int = 0,
) -> datetime | None:
    """The moment (aware UTC) at which a timer start opens a case next; None: never again.

    ``last``: when it was due the last time, ``fired``: how often it has opened a case. Durations
    count from ``now`` at the first time. Raises ValueError for a text that is no time, FeelError.
    """
    if start.when is None:
        raise ValueError(start.element)
    value: Any = start.when.text
    if start.when.feel:
        value = feel.evaluate(start.when.text, {}, now=now, calendar=calendar)
    if start.timer == "cycle":
        return _cycle_due(value, now, last, fired)
    if fired:
        return None
    return moment(value) if start.timer == "date" else duration(value).after(now)


def _cycle_due(value: Any, now: datetime, last: datetime | None, fired: int) -> datetime | None:
    read = cycle(value)
    if read.times is not None and fired >= read.times:
        return None
    if last is not None:
        return read.every.after(last)
    return read.start or read.every.after(now)
