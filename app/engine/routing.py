"""Who catches what is thrown inside a case: the nearest an error, all a signal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.engine.context import Incident, context_of
from app.engine.outcome import Thrown
from app.engine.tree import READY, WAITING
from app.engine.waits import waits
from app.texts import T


def fire(token: Any, key: str, got: dict[str, Any]) -> None:
    """What a token waits for has come."""
    if token.task_spec.fired(token, key, got):
        token._set_state(READY)


def broadcast(token: Any, name: str, variables: dict[str, Any]) -> None:
    """A signal: to all in this case that listen now; the host tells the other cases."""
    context_of(token).signals.append(Thrown(name, None, variables, token.task_spec.element.id))
    spread(token.workflow.top_workflow, name, variables)


def spread(top: Any, name: str, variables: dict[str, Any]) -> bool:
    """Whether anything in the case listened to the signal."""
    listening = [wait for wait in waits(top) if wait.signal == name]
    for wait in listening:
        fire(wait.token, wait.key, dict(variables))
    return bool(listening)


def throw_error(token: Any, code: str | None, message: str, *, inside: bool = False) -> None:
    """Route a BPMN error to the nearest event that catches it, else an incident.

    ``inside``: begin with the boundary of the token's own activity (a service that failed).
    """
    got = {"errorCode": code, "errorMessage": message}
    if not _route(token, "error", code, got, inside=inside):
        text = T("业务错误 {code} 没有接住：{message}", code=code or "", message=message)
        raise Incident("bpmn_error", token, text, code)


def throw_escalation(token: Any, code: str | None, *, inside: bool = False) -> None:
    """Route an escalation; one that nobody catches is without effect (BPMN 2.0.2, 10.5.6)."""
    _route(token, "escalation", code, {"escalationCode": code}, inside=inside)


def catch_cancel(token: Any) -> None:
    """A transaction was cancelled and undone: on to its cancel boundary event."""
    host = _activity(token.workflow.parent_token)
    caught = _match(_boundaries(host), "cancel", None)
    if caught is None:
        raise Incident("cancel", token, T("事务子流程没有取消边界事件"))
    fire(*caught, {})


def _route(token: Any, kind: str, code: str | None, got: dict[str, Any], *, inside: bool) -> bool:
    for waiting in _levels(token, inside=inside):
        caught = _match(waiting, kind, code)
        if caught is not None:
            fire(*caught, got)
            return True
    return False


def _levels(token: Any, *, inside: bool) -> Iterator[list[Any]]:
    """What might catch, from the inside outwards: an activity's boundary, then its scope's
    event sub-processes."""
    if inside:
        yield _boundaries(_activity(token))
    while token is not None:
        yield _listeners(token)
        token = _activity(token.workflow.parent_token)
        if token is not None:
            yield _boundaries(token)


def _listeners(token: Any) -> list[Any]:
    """Event sub-processes of the scope. What comes out of one goes on outwards: it does not start
    it again (BPMN 2.0.2, 13.5.4)."""
    return [
        other
        for other in token.workflow.tasks.values()
        if "listen" in other.internal_data and other.task_spec is not token.task_spec
    ]


def _activity(token: Any) -> Any:
    """The body for a round of a loop: boundary events stand at the body."""
    return token.parent if token is not None and token.task_spec.round else token


def _boundaries(host: Any) -> list[Any]:
    return [t for t in host.workflow.tasks.values() if t.internal_data.get("on") == host.id]


def _match(waiting: list[Any], kind: str, code: str | None) -> tuple[Any, str] | None:
    """Exact code before catch-all; the token with the key of its event."""
    found = [
        (event.code is None and code is not None, token, number)
        for token in waiting
        if token._state == WAITING
        for number, event in enumerate(token.task_spec.events)
        if event.kind == kind and event.code in (None, code)
    ]
    if not found:
        return None
    _, token, number = min(found, key=lambda row: row[0])
    return token, str(number) if len(token.task_spec.events) > 1 else ""
