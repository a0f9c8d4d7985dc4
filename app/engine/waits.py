"""What stands open in a case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.engine.context import call_path, instance, process_key
from app.engine.outcome import OpenTask, OpenTimer, ServiceCall, Subscription
from app.engine.specs.activities import Service, service_call
from app.engine.times import from_micros
from app.engine.tree import READY, STARTED, WAITING, Root


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing that a token waits for. ``spec``: of the event; an event gateway has several."""

    id: str
    token: Any
    spec: Any
    due: int | None
    message: list[str] | None


def waits(top: Root) -> Iterator[Wait]:
    """All timers and messages that are waited for, oldest token first in each scope."""
    for token in top.tokens():
        if token._state != WAITING:
            continue
        notes = token.internal_data
        if "alts" in notes:
            for number, (name, alt) in enumerate(notes["alts"].items()):
                spec = token.workflow.spec.task_specs[name]
                yield Wait(f"{token.id}.{number}", token, spec, alt.get("due"), alt.get("msg"))
        elif "due" in notes or "msg" in notes:
            yield Wait(token.id, token, token.task_spec, notes.get("due"), notes.get("msg"))


def timers(found: list[Wait]) -> list[OpenTimer]:
    return [
        OpenTimer(w.id, w.spec.element.id, from_micros(w.due), instance(w.token))
        for w in found
        if w.due is not None
    ]


def subscriptions(found: list[Wait]) -> list[Subscription]:
    return [
        Subscription(w.id, w.message[0], w.message[1], w.spec.element.id, instance(w.token))
        for w in found
        if w.message is not None
    ]


def pending(top: Root) -> list[ServiceCall]:
    """Services that were called and have not answered."""
    return [
        service_call(token)
        for token in top.tokens()
        if token._state == STARTED and isinstance(token.task_spec, Service)
    ]


def manual_tokens(top: Root) -> list[Any]:
    return [t for t in top.tokens() if t._state == READY and t.task_spec.manual]


def open_task(token: Any) -> OpenTask:
    element, notes = token.task_spec.element, token.internal_data
    return OpenTask(
        id=token.id,
        element=element.id,
        name=element.name,
        instance=instance(token),
        process_key=process_key(token),
        form=element.form,
        groups=list(notes.get("groups", element.groups)),
        due=from_micros(notes["due"]) if "due" in notes else None,
        not_by=list(element.not_by),
        paused=paused(token),
        locals=dict(token.data),
        path=call_path(token),
        kind=element.kind,
    )


def paused(token: Any, spec: Any = None) -> bool:
    """The service clock stands: the element, or one around it, is marked so."""
    element = (spec or token.task_spec).element
    while True:
        if element is not None and element.clock == "paused":
            return True
        around = token.workflow.parent_token
        if around is None:
            return False
        token, element = around, around.task_spec.element


def clock_stands(tasks: list[OpenTask], found: list[Wait]) -> bool:
    """The whole case waits for the customer: something open is marked so, and no task is not."""
    if any(not task.paused for task in tasks):
        return False
    return bool(tasks) or any(paused(wait.token, wait.spec) for wait in found)
