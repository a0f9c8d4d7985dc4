"""Events: start, end, thrown, caught, at the boundary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    EndEvent,
    IntermediateCatchEvent,
    IntermediateThrowEvent,
    ReceiveTask,
    SendTask,
    StartEvent,
)

from app.engine.context import Incident
from app.engine.marks import Source
from app.engine.outcome import Thrown
from app.engine.specs.activities import Activity
from app.engine.specs.node import Node, context
from app.engine.times import cycle, duration, from_micros, micros, moment
from app.engine.tree import READY, WAITING
from app.engine.variables import bring_out, take_in, visible
from app.texts import T


@dataclass(frozen=True, slots=True)
class Event:
    """What an event waits for or does. ``kind``: none, message, timer, error, terminate."""

    kind: str
    name: str | None = None
    key: Source | None = None
    timer: str | None = None
    when: Source | None = None
    code: str | None = None


NONE = Event("none")


class Begin(Node, StartEvent):  # type: ignore[misc]
    """A start event; what a message brings is put in before the case is planted."""

    def work(self, token: Any) -> bool:
        got = token.workflow.top_workflow.context.started_with
        if self.event.kind == "message" and got is not None:
            bring_out(context(token), token, got)
        elif self.marks.outputs:
            bring_out(context(token), token, {})
        return True


class Throwing(Activity):
    """Sends a message: to the host, which finds who waits. Its variables are those mapped in."""

    event: Event

    def work(self, token: Any) -> bool:
        if self.event.kind == "message":
            self.send(token)
        elif self.marks.outputs:
            bring_out(context(token), token, {})
        return True

    def send(self, token: Any) -> None:
        key = self.event.key
        value = None if key is None else context(token).value(token, key, visible(token))
        text = message_key(token, value) if key is not None else None
        sent = Thrown(self.event.name or "", text, dict(token.data), self.element.id)
        context(token).thrown.append(sent)


class Throw(Throwing, IntermediateThrowEvent):  # type: ignore[misc]
    """An intermediate event that sends, or only marks a milestone."""


class Send(Throwing, SendTask):  # type: ignore[misc]
    """A send task."""


class End(Throwing, EndEvent):  # type: ignore[misc]
    """An end event. The one reached last names how the process ended."""

    def leave(self, token: Any) -> None:
        token.workflow.ended = self.element.id
        if self.event.kind == "terminate":
            for other in list(token.workflow.tasks.values()):
                other.cancel()
        elif self.event.kind == "error":
            throw_error(token, self.event.code, self.event.name or self.element.name)


def message_key(token: Any, value: Any) -> str:
    """A key is a text, or a number that reads the same everywhere."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(int(value)) if value == int(value) else str(value)
    raise Incident("key", token, T("消息的关联键是空的"))


def throw_error(token: Any, code: str | None, message: str, *, inside: bool = False) -> None:
    """Route a BPMN error to the nearest boundary event that catches it, else an incident.

    ``inside``: begin with the boundary of the token's own activity (a service that failed).
    """
    host = token if inside else _around(token)
    while host is not None:
        boundary = _catcher(host, code)
        if boundary is not None:
            boundary.internal_data["got"] = {"errorCode": code, "errorMessage": message}
            boundary._set_state(READY)
            return
        host = _around(host)
    text = T("业务错误 {code} 没有接住：{message}", code=code or "", message=message)
    raise Incident("bpmn_error", token, text, code)


def _around(token: Any) -> Any:
    parent = token.parent
    if parent is not None and "n" in parent.internal_data:
        return parent
    return token.workflow.parent_token


def _catcher(host: Any, code: str | None) -> Any:
    caught = [
        other
        for other in host.workflow.tasks.values()
        if other.internal_data.get("on") == host.id
        and other._state == WAITING
        and other.task_spec.event.kind == "error"
    ]
    exact = [other for other in caught if other.task_spec.event.code == code]
    general = [other for other in caught if other.task_spec.event.code is None]
    return next(iter(exact + general), None)


class Catching(Node):
    """Waits. ``wait_for`` says for what, in values that the state keeps."""

    event: Any  # Event; the reader of the drawing sets it

    def enter(self, token: Any) -> bool:
        if "got" in token.internal_data:
            return True
        token._set_state(WAITING)
        token.internal_data.update(self.wait_for(token))
        return False

    def wait_for(self, token: Any) -> dict[str, Any]:
        if self.event.kind == "message":
            key = context(token).value(token, self.event.key, visible(token))
            return {"msg": [self.event.name, message_key(token, key)]}
        if self.event.kind == "timer":
            scope = visible(token) if self.event.when.feel else {}
            value = context(token).value(token, self.event.when, scope)
            return _when(token, self.event.timer or "", value)
        return {}

    def fired(self, token: Any, _name: str, got: dict[str, Any]) -> None:
        token.internal_data["got"] = got

    def work(self, token: Any) -> bool:
        bring_out(context(token), token, token.internal_data.get("got", {}))
        return True


def _when(token: Any, kind: str, value: Any) -> dict[str, Any]:
    now = context(token).now
    try:
        if kind == "date":
            return {"due": micros(moment(value))}
        if kind == "duration":
            return {"due": micros(duration(value).after(now))}
        read = cycle(value)
    except ValueError as error:
        raise Incident("timer", token, T("定时写法无法识别：{value}", value=value)) from error
    first = read.start or read.every.after(now)
    return {"due": micros(first), "left": read.times, "every": read.text}


class Catch(Catching, IntermediateCatchEvent):  # type: ignore[misc]
    """An intermediate event that waits, or passes when it is drawn without a definition."""


class Receive(Catching, ReceiveTask):  # type: ignore[misc]
    """A receive task."""

    def enter(self, token: Any) -> bool:
        take_in(context(token), token, self.marks.inputs)
        return Catching.enter(self, token)


class Boundary(Catching, BoundaryEvent):  # type: ignore[misc]
    """At the edge of an activity. One that does not interrupt waits again after it has fired."""

    def work(self, token: Any) -> bool:
        host_id = token.internal_data.pop("on")
        host = token.workflow.tasks.get(host_id)
        if self.cancel_activity:
            if host is not None:
                host.cancel()
        else:
            self._again(token, host_id)
        return super().work(token)

    def _again(self, token: Any, host_id: str) -> None:
        waits = self._next_wait(token)
        if waits is None:
            return
        other = token.parent._add_child(self, WAITING)
        other.internal_data.update({"on": host_id, **waits})

    def _next_wait(self, token: Any) -> dict[str, Any] | None:
        old = token.internal_data
        if self.event.kind == "message":
            return {"msg": old["msg"]}
        left = old.get("left")
        if "every" not in old or left == 1:
            return None
        due = micros(duration(old["every"]).after(from_micros(old["due"])))
        return {"due": due, "left": None if left is None else left - 1, "every": old["every"]}
