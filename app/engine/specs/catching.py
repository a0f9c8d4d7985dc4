"""Events that wait: what for, in values that the state keeps, and what happens when it comes."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    EventBasedGateway,
    IntermediateCatchEvent,
    ReceiveTask,
    StartEvent,
)

from app.engine.context import Incident, reads
from app.engine.marks import Source
from app.engine.specs.node import Node, context
from app.engine.times import counts_service, cycle, duration, from_micros, micros, moment
from app.engine.tree import WAITING
from app.engine.triggers import Event
from app.engine.variables import bring_out, take_in, visible
from app.texts import T

Notes = dict[str, Any]


def message_key(token: Any, value: Any) -> str:
    """A key is a text, or a number that reads the same everywhere."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(int(value)) if value == int(value) else str(value)
    raise Incident("key", token, T("消息的关联键是空的"))


def wait_for(token: Any, event: Event) -> Notes:
    """What a token has to keep in order to wait for an event."""
    if event.kind == "message" and event.key is not None:
        key = context(token).value(token, event.key, visible(token))
        return {"msg": [event.name, message_key(token, key)]}
    if event.kind == "timer" and event.when is not None:
        scope = visible(token) if event.when.feel else {}
        value = context(token).value(token, event.when, scope)
        return {**when(token, event.timer or "", value), **counted(token, event.when, scope)}
    if event.kind == "signal":
        return {"sig": event.name}
    return {"cond": False} if event.kind == "conditional" else {}


def wait_again(event: Event, old: Notes) -> Notes | None:
    """What an event that does not interrupt waits for next; None when it was the last time."""
    if event.kind == "timer":
        left = old.get("left")
        if "every" not in old or left == 1:
            return None
        due = micros(duration(old["every"]).after(from_micros(old["due"])))
        return {"due": due, "left": None if left is None else left - 1, "every": old["every"]}
    if event.kind == "conditional":
        return {"cond": True}  # it has to turn false before it can come true again
    return {name: old[name] for name in ("msg", "sig") if name in old}


def counted(token: Any, source: Source, scope: Notes) -> Notes:
    """What working it out anew by another calendar takes: since when, and what it read."""
    if not source.feel or not counts_service(source.text):
        return {}
    read = reads(source.text)
    kept = {name: value for name, value in scope.items() if name in read}
    return {"cal": [micros(context(token).now), kept]}


def when(token: Any, kind: str, value: Any) -> Notes:
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


class Catching(Node):
    """Waits for one of its events, or for all of them (``every``, parallel multiple)."""

    events: tuple[Event, ...] = ()
    every = False

    def enter(self, token: Any) -> bool:
        if "got" in token.internal_data:
            return True
        self.listen(token)
        return False

    def listen(self, token: Any) -> None:
        token._set_state(WAITING)
        if len(self.events) == 1:
            token.internal_data.update(wait_for(token, self.events[0]))
        else:
            token.internal_data["alts"] = {
                str(n): wait_for(token, event) for n, event in enumerate(self.events)
            }

    def event_of(self, _token: Any, key: str) -> Event:
        """The event that a wait of this token stands for; ``key`` is empty for the only one."""
        return self.events[int(key or 0)]

    def element_of(self, _token: Any, _key: str) -> Any:
        return self.element

    def fired(self, token: Any, key: str, got: Notes) -> bool:
        """One of the events has come; whether that was enough."""
        notes = token.internal_data
        if not self.every or "alts" not in notes:
            notes["got"], notes["by"] = got, key
            return True
        notes["alts"].pop(key)
        notes["so far"] = {**notes.get("so far", {}), **got}
        if notes["alts"]:
            return False
        notes["got"] = notes.pop("so far")
        return True

    def work(self, token: Any) -> bool | None:
        carry(self, token)
        return True

    def follow(self, token: Any) -> list[str]:
        """What opened a case at a parallel gateway brings the keys that the others wait with."""
        tree = token.workflow.task_tree
        for name in token.internal_data.pop("beside", ()):
            other = tree._add_child(token.workflow.spec.task_specs[name])
            other.task_spec._update(other)
        return self._outputs

    def anew(self, token: Any) -> Notes | None:
        """What one that does not interrupt goes on to wait for."""
        old, key = token.internal_data, token.internal_data.get("by", "")
        if "alts" not in old:
            return wait_again(self.events[0], old) if self.events else None
        if self.every:
            again = {str(n): wait_for(token, event) for n, event in enumerate(self.events)}
            return {"alts": again}
        renewed = wait_again(self.event_of(token, key), old["alts"][key])
        alts = {**old["alts"], key: renewed}
        alts = {name: alt for name, alt in alts.items() if alt is not None}
        return {"alts": alts} if alts else None


def carry(spec: Any, token: Any) -> None:
    """Bring in what a trigger brought; the code of an escalation only where it is mapped."""
    got = token.internal_data.get("got") or {}
    if "escalationCode" in got and not spec.marks.outputs:
        got = {}
    bring_out(context(token), token, got)


class Begin(Node, StartEvent):  # type: ignore[misc]
    """A start event; what its trigger brings is carried into the process."""

    events: tuple[Event, ...] = ()

    def work(self, token: Any) -> bool:
        carry(self, token)
        return True


class Catch(Catching, IntermediateCatchEvent):  # type: ignore[misc]
    """An intermediate event that waits, or passes when it is drawn without a definition.

    The catch of a link only takes the token on.
    """

    def enter(self, token: Any) -> bool:
        if not self.events or self.events[0].kind == "link":
            return True
        return super().enter(token)


class Receive(Catching, ReceiveTask):  # type: ignore[misc]
    """A receive task."""

    def enter(self, token: Any) -> bool:
        take_in(context(token), token, self.marks.inputs)
        return Catching.enter(self, token)


class Boundary(Catching, BoundaryEvent):  # type: ignore[misc]
    """At the edge of an activity. One that does not interrupt waits again after it has fired."""

    urgent = True

    def work(self, token: Any) -> bool | None:
        host_id = token.internal_data.pop("on")
        host = token.workflow.tasks.get(host_id)
        if self.cancel_activity:
            if host is not None:
                host.cancel()
        else:
            self._again(token, host_id)
        return super().work(token)

    def _again(self, token: Any, host_id: str) -> None:
        waits = self.anew(token)
        if waits is None:
            return
        other = token.parent._add_child(self, WAITING)
        other.internal_data.update({"on": host_id, **waits})


class EventGateway(Node, EventBasedGateway):  # type: ignore[misc]
    """Waits for the first of several events.

    Mends: the stock one keeps a single due time for all its timers. One that opens a case
    (``instantiate``) is passed by the event that came; a parallel one waits for the others too.
    """

    parallel = False

    def enter(self, token: Any) -> bool:
        if "to" in token.internal_data:
            return True
        token._set_state(WAITING)
        token.internal_data["alts"] = alts = {}
        for name in self._outputs:
            for number, event in enumerate(self._spec(token, name).events):
                alts[f"{name} {number}" if number else name] = wait_for(token, event)
        return False

    def _spec(self, token: Any, key: str) -> Any:
        return token.workflow.spec.task_specs[key.partition(" ")[0]]

    def event_of(self, token: Any, key: str) -> Event:
        event: Event = self._spec(token, key).events[int(key.partition(" ")[2] or 0)]
        return event

    def element_of(self, token: Any, key: str) -> Any:
        return self._spec(token, key).element

    def fired(self, token: Any, key: str, got: Notes) -> bool:
        token.internal_data["to"], token.internal_data["got"] = key.partition(" ")[0], got
        return True

    def follow(self, token: Any) -> list[str]:
        # The chosen event is made here, already fired.
        name = token.internal_data["to"]
        event = token._add_child(self._spec(token, name))
        event.internal_data["got"] = token.internal_data["got"]
        if self.parallel:
            event.internal_data["beside"] = [other for other in self._outputs if other != name]
        return []
