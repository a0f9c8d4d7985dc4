"""What stands open in a case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.engine.context import call_path, instance, process_key
from app.engine.outcome import OF_CASE, OpenCondition, OpenTask, OpenTimer, Subscription
from app.engine.specs.activities import Service
from app.engine.times import from_micros
from app.engine.tree import READY, STARTED, Root

KEPT = ("due", "msg", "sig", "cond")  # notes of a token that waits, as Wait has them


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing that a token waits for; ``key`` tells the events of one token apart."""

    id: str
    token: Any
    key: str
    due: int | None = None
    message: list[str] | None = None
    signal: str | None = None
    condition: bool | None = None

    @property
    def notes(self) -> dict[str, Any]:
        """What the token keeps of this wait."""
        found: dict[str, Any] = self.token.internal_data
        return found["alts"][self.key] if "alts" in found else found

    @property
    def element(self) -> Any:
        return self.token.task_spec.element_of(self.token, self.key)


def waits(top: Root) -> Iterator[Wait]:
    """All that is waited for, the oldest token first."""
    for token in top.waiting_tokens():
        notes = token.internal_data
        if "alts" in notes:
            for number, (key, alt) in enumerate(notes["alts"].items()):
                # The numbers of one event's own definitions stay when some of them have come.
                place = key if key.isdigit() else number
                yield _wait(f"{token.id}.{place}", token, key, alt)
        elif not notes.keys().isdisjoint(KEPT):
            yield _wait(token.id, token, "", notes)


def _wait(wait_id: str, token: Any, key: str, notes: dict[str, Any]) -> Wait:
    return Wait(wait_id, token, key, *map(notes.get, KEPT))


def timers(found: list[Wait]) -> list[OpenTimer]:
    return [
        OpenTimer(w.id, w.element.id, from_micros(w.due), instance(w.token), "cal" in w.notes)
        for w in found
        if w.due is not None
    ]


def subscriptions(found: list[Wait]) -> list[Subscription]:
    """Messages and signals."""
    heard = []
    for wait in found:
        element, number = wait.element.id, instance(wait.token)
        if wait.message is not None:
            name, key = wait.message
            heard.append(Subscription(wait.id, name, key, element, number))
        elif wait.signal is not None:
            heard.append(Subscription(wait.id, wait.signal, "", element, number, "signal"))
    return heard


def conditions(found: list[Wait]) -> list[OpenCondition]:
    return [
        OpenCondition(w.element.id, instance(w.token)) for w in found if w.condition is not None
    ]


def called(top: Root) -> list[Any]:
    """Tokens of services that were called and have not answered."""
    return [t for t in top.tokens() if t._state == STARTED and isinstance(t.task_spec, Service)]


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
        limit=notes.get("limit"),
        counted="cal" in notes,
        not_by=[*element.not_by, *_not_by_case(notes)],
        paused=paused(token),
        locals=dict(token.data),
        path=call_path(token),
        kind=element.kind,
    )


def _not_by_case(notes: dict[str, Any]) -> list[str]:
    """As ``not_by`` names a case: by its number behind OF_CASE, which no element's id holds."""
    return [OF_CASE + notes["other"]] if notes.get("other") else []


def paused(token: Any, element: Any = None) -> bool:
    """Waits for the customer: the element, or one around it, is marked so."""
    return reason(token, element) is not None


def reason(token: Any, element: Any = None) -> str | None:
    """Name of the nearest element, itself or around, that stops the service clock."""
    element = element or token.task_spec.element
    while True:
        if element is not None and element.clock == "paused":
            return str(element.name or element.id)
        around = token.workflow.parent_token
        if around is None:
            return None
        token, element = around, around.task_spec.element


def reasons(tokens: list[Any], found: list[Wait]) -> list[str]:
    """Why the service clock stands: names of all that is open and marked so, each once.

    One is enough, and several count once: the clock stands while any of them is open.
    """
    open_ones = [*(reason(t) for t in tokens), *(reason(w.token, w.element) for w in found)]
    return list(dict.fromkeys(name for name in open_ones if name is not None))


def only_waits(tasks: list[OpenTask], found: list[Wait]) -> bool:
    """Nothing is left but to wait for the customer: what is open is marked so, every task is."""
    if any(not task.paused for task in tasks):
        return False
    return bool(tasks) or any(paused(wait.token, wait.element) for wait in found)
