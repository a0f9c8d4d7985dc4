"""What an event waits for or does, read from its definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.engine.marks import Source, inner_source, local, read_marks

TIMERS = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}


@dataclass(frozen=True, slots=True)
class Event:
    """One definition. ``kind``: message, timer, signal, error, escalation, conditional, link,
    compensation, cancel or terminate.

    ``name`` of message, signal, error, escalation, link; ``code`` of error and escalation (None
    catches all). A compensation: ``activity`` whose handlers it calls, ``wait`` for their end.
    """

    kind: str
    name: str | None = None
    key: Source | None = None
    keep: Source | None = None
    timer: str | None = None
    when: Source | None = None
    code: str | None = None
    condition: Source | None = None
    activity: str | None = None
    wait: bool = True


def definitions(node: Any, roots: Mapping[str, Any]) -> Iterator[Any]:
    """Event definitions of a node in the order of the text, those by reference looked up."""
    for child in node:
        tag = local(child)
        if tag.endswith("EventDefinition"):
            yield child
        elif tag == "eventDefinitionRef":
            found = roots.get((child.text or "").strip().rpartition(":")[2])
            if found is not None:
                yield found


def kind_of(definition: Any) -> str:
    """The kind of an event definition, ``other`` for what is none."""
    return KINDS.get(local(definition), "other")


def read_events(node: Any, roots: Mapping[str, Any]) -> tuple[Event, ...]:
    """The events of a node; a task with ``messageRef`` has its message."""
    if node.get("messageRef"):
        return (_message(node, node, roots),)
    return tuple(read_event(node, d, roots) for d in definitions(node, roots))


def read_event(node: Any, definition: Any, roots: Mapping[str, Any]) -> Event:
    """One definition; ``node`` is where it stands, for the extensions written there."""
    return READERS[kind_of(definition)](node, definition, roots)


def _root(definition: Any, attribute: str, roots: Mapping[str, Any]) -> Any:
    return roots.get((definition.get(attribute) or "").rpartition(":")[2])


def _message(node: Any, definition: Any, roots: Mapping[str, Any]) -> Event:
    message = _root(definition, "messageRef", roots)
    if message is None:
        return Event("message")
    # Camunda 8 writes how an event publishes its message into the definition, a task into itself.
    marks = [read_marks(one) for one in (definition, node, message)]
    return Event(
        "message",
        name=message.get("name"),
        key=next((m.key for m in marks if m.key is not None), None),
        keep=next((m.keep for m in marks if m.keep is not None), None),
    )


def _timer(_node: Any, definition: Any, _roots: Mapping[str, Any]) -> Event:
    for child in definition:
        if local(child) in TIMERS:
            return Event("timer", timer=TIMERS[local(child)], when=Source.read(child.text))
    return Event("timer")


def _coded(kind: str) -> Callable[[Any, Any, Mapping[str, Any]], Event]:
    def read(_node: Any, definition: Any, roots: Mapping[str, Any]) -> Event:
        root = _root(definition, f"{kind}Ref", roots)
        if root is None:
            return Event(kind)
        return Event(kind, name=root.get("name"), code=root.get(f"{kind}Code") or None)

    return read


def _signal(_node: Any, definition: Any, roots: Mapping[str, Any]) -> Event:
    signal = _root(definition, "signalRef", roots)
    return Event("signal", name=None if signal is None else signal.get("name"))


def _conditional(_node: Any, definition: Any, _roots: Mapping[str, Any]) -> Event:
    return Event("conditional", condition=inner_source(definition, "condition"))


def _compensation(_node: Any, definition: Any, _roots: Mapping[str, Any]) -> Event:
    ref = definition.get("activityRef")
    waits = definition.get("waitForCompletion") not in ("false", "0")
    return Event("compensation", activity=ref.rpartition(":")[2] if ref else None, wait=waits)


def _plain(kind: str) -> Callable[[Any, Any, Mapping[str, Any]], Event]:
    return lambda _node, definition, _roots: Event(kind, name=definition.get("name"))


KINDS = {
    "messageEventDefinition": "message",
    "timerEventDefinition": "timer",
    "signalEventDefinition": "signal",
    "errorEventDefinition": "error",
    "escalationEventDefinition": "escalation",
    "conditionalEventDefinition": "conditional",
    "linkEventDefinition": "link",
    "compensateEventDefinition": "compensation",
    "cancelEventDefinition": "cancel",
    "terminateEventDefinition": "terminate",
}
READERS = {
    "message": _message,
    "timer": _timer,
    "signal": _signal,
    "error": _coded("error"),
    "escalation": _coded("escalation"),
    "conditional": _conditional,
    "compensation": _compensation,
    "link": _plain("link"),
    "cancel": _plain("cancel"),
    "terminate": _plain("terminate"),
    "other": _plain("other"),
}
