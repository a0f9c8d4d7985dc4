"""Events that do something: send, broadcast, raise, end, undo."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import (
    EndEvent,
    IntermediateThrowEvent,
    SendTask,
)

from app.engine.context import Incident
from app.engine.outcome import Thrown
from app.engine.routing import broadcast, catch_cancel, throw_error, throw_escalation
from app.engine.specs.activities import Activity
from app.engine.specs.catching import message_key
from app.engine.specs.node import context
from app.engine.times import duration
from app.engine.triggers import Event
from app.engine.undo import compensate, compensate_all
from app.engine.variables import bring_out, visible
from app.texts import T


def throw(token: Any, event: Event, *, inside: bool = False) -> None:
    """Do what one definition says. ``inside``: begin with the boundary of the token's activity."""
    name = event.name or ""
    if event.kind == "message":
        _send(token, event)
    elif event.kind == "signal":
        broadcast(token, name, dict(token.data))
    elif event.kind == "escalation":
        throw_escalation(token, event.code, inside=inside)
    elif event.kind == "error":
        throw_error(token, event.code, name or token.task_spec.element.name, inside=inside)
    elif event.kind == "terminate":
        _end_scope(token)


def _send(token: Any, event: Event) -> None:
    """To the host, which finds who waits. What is mapped in goes with it."""
    sources = [s for s in (event.key, event.keep) if s is not None]
    scope = visible(token) if sources else {}
    found = dict(zip(map(id, sources), context(token).values(token, sources, scope), strict=True))
    key = None if event.key is None else message_key(token, found[id(event.key)])
    keep = None if event.keep is None else _time(token, found[id(event.keep)])
    element = token.task_spec.element.id
    context(token).thrown.append(Thrown(event.name or "", key, dict(token.data), element, keep))


def _time(token: Any, value: Any) -> str:
    try:
        duration(value)
    except ValueError as error:
        raise Incident("timer", token, T("定时写法无法识别：{value}", value=value)) from error
    return str(value)


def _end_scope(token: Any) -> None:
    for other in list(token.workflow.tasks.values()):
        if other is not token:
            other.cancel()


class Throwing(Activity):
    """Throws its events in the order of the text; waits for the end of a compensation."""

    events: tuple[Event, ...] = ()

    def work(self, token: Any) -> bool | None:
        if token.internal_data.pop("undone", None):
            return True
        if self.marks.outputs:
            bring_out(context(token), token, {})
        busy = False
        for event in self.events:
            if event.kind == "compensation":
                busy |= compensate(token, event)
            elif event.kind == "cancel":
                busy |= compensate_all(token)
            elif event.kind in ("message", "signal"):
                throw(token, event)
        return None if busy else True

    def leave(self, token: Any) -> None:
        for event in self.events:
            if event.kind not in ("message", "signal"):
                throw(token, event)


class Throw(Throwing, IntermediateThrowEvent):  # type: ignore[misc]
    """An intermediate event that throws, or only marks a milestone. A link's flow is its own."""


class Send(Throwing, SendTask):  # type: ignore[misc]
    """A send task."""


class End(Throwing, EndEvent):  # type: ignore[misc]
    """An end event. The one reached last names how the process ended."""

    def leave(self, token: Any) -> None:
        token.workflow.ended = self.element.id
        super().leave(token)
        if any(event.kind == "cancel" for event in self.events):
            catch_cancel(token)
