"""A case as bytes: its live tokens and variables, without the specification.

``{"v": 2, "p": process key, "n": last id used, "s": scopes}``; a scope is ``[token around it,
process or sub-process, variables | null, end reached, decisions, tokens, what can be undone]``, a
token ``[id, parent, spec, state, engine's notes | 0, locals | 0]``. Names, not positions, tie a
state to its drawing, so it can be read by later versions of this code. Version 1 had no last column
in a scope.
"""

from __future__ import annotations

from typing import Any

import orjson

from app.engine.context import Context
from app.engine.tree import Root, Token
from app.errors import Invalid
from app.texts import T

VERSION = 2
READ = (1, 2)


class OldState(Invalid):
    """办件状态的格式不认识。"""


def dump(top: Root) -> bytes:
    scopes = [_scope(workflow) for workflow in top.workflows()]
    return orjson.dumps({"v": VERSION, "p": top.spec.name, "n": top.counter, "s": scopes})


def _scope(workflow: Any) -> list[Any]:
    around = workflow.parent_token
    return [
        around.id if around is not None else None,
        workflow.spec.name,
        workflow.data if workflow.own_variables else None,
        workflow.ended,
        workflow.decided,
        [_token(token) for token in workflow.tasks.values()],
        workflow.done,
    ]


def _token(token: Any) -> list[Any]:
    return [
        token.id,
        token._parent,
        token.task_spec.name,
        token._state,
        token.internal_data or 0,
        token.data or 0,
    ]


def load(state: bytes, context: Context) -> Root:
    """Raises OldState for bytes that are not ours, and when the drawing has lost an element."""
    try:
        read = orjson.loads(state)
        known = read["v"] in READ
    except (orjson.JSONDecodeError, TypeError, KeyError) as error:
        raise OldState from error
    if not known or read["p"] not in context.library.processes:
        raise OldState
    top = Root(context.library.processes[read["p"]].spec, context)
    top.counter = read["n"]
    for row in read["s"]:
        _plant(top, row)
    return top


def _plant(top: Root, row: list[Any]) -> None:
    around, _name, variables, ended, decided, tokens, *done = row
    workflow: Any = top
    if around is not None:
        token = top.get_task_from_id(around)
        workflow = top.create_inner(token, token.task_spec.inner_spec(token))
    workflow.data = variables if variables is not None else {}
    workflow.ended, workflow.decided = ended, decided
    workflow.done = done[0] if done else []
    for token_row in tokens:
        _set(workflow, token_row)


def _set(workflow: Any, row: list[Any]) -> None:
    token_id, parent, name, state, notes, locals_ = row
    spec = workflow.spec.task_specs.get(name)
    if spec is None:
        raise OldState(T("图中已没有元素 {name}", name=name.lstrip("#@?~")))
    token = Token(workflow, spec, workflow.tasks.get(parent), state, token_id)
    token.internal_data = notes or {}
    token.data = locals_ or {}
    if parent is None:
        workflow.task_tree = token
