"""Due moments that were counted in working time, worked out anew by another calendar.

In two steps, so that a host with many cases asks for all of them at once: ``asks`` are what has to
be evaluated, ``answer`` takes the values in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app import feel
from app.engine import waits
from app.engine.context import Context, Incident, failed
from app.engine.marks import Source
from app.engine.specs.activities import due_micros
from app.engine.specs.catching import when
from app.engine.times import from_micros
from app.engine.tree import Root

if TYPE_CHECKING:
    from app.worktime import Calendar

Ask = tuple[str, dict[str, Any], datetime]
# The limit on time is for all that is asked at once.
AT_ONCE = 50


@dataclass(slots=True)
class Counted:
    """Something that waits; ``timer``: its kind, None for the date of a task."""

    token: Any
    notes: dict[str, Any]
    source: Source
    timer: str | None = None

    @property
    def at(self) -> datetime:
        """Since when it waits."""
        return from_micros(self.notes["cal"][0])


def counted(top: Root) -> Iterator[Counted]:
    """All that the calendar was asked for."""
    for wait in waits.waits(top):
        notes = wait.notes
        event = wait.token.task_spec.event_of(wait.token, wait.key)
        if "cal" in notes and event.when is not None:
            yield Counted(wait.token, notes, event.when, event.timer or "")
    for token in waits.manual_tokens(top):
        source = token.task_spec.marks.due
        if "cal" in token.internal_data and source is not None:
            yield Counted(token, token.internal_data, source)


def asks(top: Root) -> list[Ask]:
    """Expression, what it reads, and as of when."""
    return [(one.source.text, one.notes["cal"][1], one.at) for one in counted(top)]


def work_out(asked: Sequence[Ask], calendar: Calendar | None) -> list[Any]:
    """Their values; a fault stands in the place of its own."""
    found: list[Any] = []
    for at in range(0, len(asked), AT_ONCE):
        found += feel.evaluate_at(asked[at : at + AT_ONCE], calendar=calendar)
    return found


def answer(top: Root, context: Context, values: Sequence[Any]) -> None:
    """Change the notes of what waits. Raises Incident."""
    for one, value in zip(list(counted(top)), values, strict=True):
        if isinstance(value, feel.FeelError):
            raise Incident("expression", one.token, failed(value))
        context.begin(one.at)
        if one.timer is None:
            one.notes["due"] = due_micros(one.token, value)
        else:
            one.notes.update(when(one.token, one.timer, value))
