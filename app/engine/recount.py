"""Due moments that were counted in working time, worked out anew by another calendar."""

from __future__ import annotations

from app.engine import waits
from app.engine.context import Context
from app.engine.specs.activities import due_micros
from app.engine.specs.catching import when
from app.engine.times import from_micros
from app.engine.tree import Root


def recount(top: Root, context: Context) -> None:
    """Change the notes of what waits, each as of the moment it began to. Raises Incident."""
    for wait in list(waits.waits(top)):
        notes, spec = wait.notes, wait.token.task_spec
        event = spec.event_of(wait.token, wait.key)
        if "cal" in notes and event.when is not None:
            at, scope = notes["cal"]
            context.begin(from_micros(at))
            value = context.value(wait.token, event.when, scope)
            notes.update(when(wait.token, event.timer or "", value))
    for token in waits.manual_tokens(top):
        notes, source = token.internal_data, token.task_spec.marks.due
        if "cal" in notes and source is not None:
            at, scope = notes["cal"]
            context.begin(from_micros(at))
            notes["due"] = due_micros(token, context.value(token, source, scope))
