"""Compensation: what a completed activity left to be undone, and undoing it in reverse order.

Each scope remembers (``done``) what was completed in it and has a handler: ``[specification,
locals, inner]``; ``inner`` is what a completed sub-process remembers, None for an activity. A host
token (a throw event, an end event, a sub-process that is undone) keeps in ``undo`` what is still to
be undone, last first, and stands STARTED meanwhile; one handler runs at a time and knows its host
(``undoes``).
"""

from __future__ import annotations

from typing import Any

from app.engine.context import context_of
from app.engine.tree import COMPLETED, READY, STARTED, Token
from app.engine.triggers import Event

Record = list[Any]


def compensate(token: Any, event: Event) -> bool:
    """Call handlers as a throw event says; whether the token has to wait for their end."""
    todo = [
        [_key(scope), record]
        for scope in _reachable(token)
        for record in _take(scope, event.activity)
    ]
    if not todo:
        return False
    host = token if event.wait else _aside(token)
    _begin(host, todo)
    return bool(event.wait)


def compensate_all(token: Any) -> bool:
    """A transaction is cancelled: stop what is open in it, undo what was completed."""
    scope = token.workflow
    for other in list(scope.tasks.values()):
        if other is not token and other._state < COMPLETED:
            other.cancel()
    todo = [[_key(scope), record] for record in _take(scope, None)]
    if not todo:
        return False
    _begin(token, todo)
    return True


def _reachable(token: Any) -> list[Any]:
    """The throw's own scope, and around an event sub-process the scope that it belongs to."""
    scope = token.workflow
    found = [scope]
    while scope.parent_token is not None and scope.parent_token.task_spec.urgent:
        scope = scope.parent_token.workflow
        found.append(scope)
    return found


def _take(scope: Any, activity: str | None) -> list[Record]:
    """Take out of a scope's memory what is to be undone, the last completed first."""
    specs = scope.spec.task_specs
    asked = [
        record
        for record in scope.done
        if activity is None or specs[record[0]].element.id == activity
    ]
    scope.done = [record for record in scope.done if record not in asked]
    return asked[::-1]


def _key(scope: Any) -> str:
    return "" if scope.parent_token is None else scope.parent_token.id


def _aside(token: Any) -> Any:
    """A host beside a throw event that does not wait for the handlers."""
    workflow = token.workflow
    return Token(workflow, workflow.spec.aside, workflow.task_tree, STARTED, workflow.fresh_id())


def _begin(host: Any, todo: list[list[Any]]) -> None:
    if "undo" in host.internal_data:
        host.internal_data["undo"] += todo
        return
    host.internal_data["undo"] = todo
    host._set_state(STARTED)
    _next(host)


def undone(token: Any) -> None:
    """A handler has come to its end: on to the next, or the host goes on."""
    host = token.workflow.top_workflow.get_task_from_id(token.internal_data["undoes"])
    if host is not None:
        _next(host)


def _next(host: Any) -> None:
    top = host.workflow.top_workflow
    todo = host.internal_data["undo"]
    if todo:
        key, record = todo.pop(0)
        scope = top.subprocesses[key] if key else top
        _undo(scope, host, record)
        return
    del host.internal_data["undo"]
    if "undoes" not in host.internal_data:
        # A sub-process that is undone is over by itself, when nothing is left in it.
        host._set_state(READY)
        host.internal_data["undone"] = 1


def _undo(scope: Any, host: Any, record: Record) -> None:
    name, locals_, inner = record
    if inner is not None:
        _undo_inside(scope, host, record)
        return
    boundary, handler = scope.spec.task_specs[name].undo
    token = _plant(scope, handler, host, locals_)
    context_of(token).note(token, scope.spec.task_specs[boundary])
    token.task_spec._update(token)


def _plant(scope: Any, name: str, host: Any, locals_: dict[str, Any]) -> Any:
    token = scope.task_tree._add_child(scope.spec.task_specs[name])
    token.internal_data["undoes"] = host.id
    token.data = dict(locals_)
    return token


def _undo_inside(scope: Any, host: Any, record: Record) -> None:
    """A completed sub-process: its compensation event sub-process, else the handlers in it."""
    name, locals_, inner = record
    token = _plant(scope, name, host, locals_)
    token.internal_data["redo"] = 1
    token._set_state(STARTED)
    again = scope.top_workflow.create_inner(token, token.task_spec.inner_spec(token))
    again.done = inner
    again.task_tree = Token(again, again.spec.start, None, COMPLETED, again.fresh_id())
    handler = again.spec.compensation
    if handler is None:
        _begin(token, [[token.id, record] for record in _take(again, None)])
        return
    started = again.task_tree._add_child(again.spec.task_specs[handler])
    started.internal_data["got"] = {}
    started._set_state(READY)
