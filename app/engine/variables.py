"""Variables of a case: one scope for the root, one for each call; locals stand in the tokens.

``task.data`` of SpiffWorkflow is copied down and merged at joins, where the branch that ends last
overwrites what the others wrote. Here it holds only what is local to an activity (its input
mappings, the element of a multi-instance), and everything else is written at once where it lives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Reading
from typing import Any

from app.engine.context import Context, reads
from app.engine.marks import Mapping, Source

PATH = re.compile(r"[A-Za-z_][\w]*(\.[A-Za-z_][\w]*)*")


def chain(token: Any) -> list[dict[str, Any]]:
    """The scopes around a token, its own first, the process's last."""
    frames: list[dict[str, Any]] = []
    while True:
        frames.append(token.data)
        workflow = token.workflow
        if workflow.own_variables:
            frames.append(workflow.data)
            return frames
        token = workflow.parent_token


def visible(token: Any) -> dict[str, Any]:
    """All that an expression at this token may read."""
    merged: dict[str, Any] = {}
    for frame in reversed(chain(token)):
        merged.update(frame)
    return merged


def store(token: Any, name: str, value: Any) -> None:
    """Write where the name already lives around the activity, else into the process.

    As in Camunda 8. A name that the element of a multi-instance's output reads is kept by the
    round itself, so parallel rounds do not overwrite one another.
    """
    if name in token.internal_data.get("own", ()):
        token.data[name] = value
        return
    *locals_, process = chain(token)[1:]
    for frame in locals_:
        if name in frame:
            frame[name] = value
            return
    process[name] = value


def put(token: Any, target: str, value: Any, scope: Reading[str, Any]) -> None:
    """Store under ``a.b.c``: the context ``a`` is kept, ``b.c`` in it is set."""
    name, *rest = target.split(".")
    store(token, name, nested(scope.get(name), rest, value))


def nested(old: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    base = dict(old) if isinstance(old, dict) else {}
    base[path[0]] = nested(base.get(path[0]), path[1:], value)
    return base


def take_in(context: Context, token: Any, inputs: tuple[Mapping, ...]) -> None:
    """Input mappings become locals of the activity; a later one sees the earlier ones."""
    if not inputs:
        return
    for group in _batches(inputs):
        scope = visible(token)
        values = context.values(token, [m.source for m in group], scope)
        for mapping, value in zip(group, values, strict=True):
            name, *rest = mapping.target.split(".")
            token.data[name] = nested(token.data.get(name), rest, value)


def _batches(inputs: tuple[Mapping, ...]) -> list[list[Mapping]]:
    """Cut where a mapping reads what an earlier one of its batch writes."""
    groups: list[list[Mapping]] = [[]]
    written: set[str] = set()
    for mapping in inputs:
        if mapping.source.feel and written & reads(mapping.source.text):
            groups.append([])
            written = set()
        groups[-1].append(mapping)
        written.add(mapping.target.split(".")[0])
    return groups


def bring_out(context: Context, token: Any, result: Reading[str, Any]) -> None:
    """Carry a result into the scope around: by the output mappings, or all of it."""
    outputs = token.task_spec.marks.outputs
    if not outputs:
        for name, value in result.items():
            store(token, name, value)
        return
    scope = {**visible(token), **result}
    values = context.values(token, [m.source for m in outputs], scope)
    around = visible(token)
    for mapping, value in zip(outputs, values, strict=True):
        put(token, mapping.target, value, around)
        around = visible(token)


def kept_by_round(source: Source | None, scope: Reading[str, Any]) -> list[str]:
    """Names that stay with a multi-instance round: those its output element reads.

    Camunda 8 does so when the expression is one variable or a path in one; otherwise only names
    that nothing around has yet.
    """
    if source is None or not source.feel:
        return []
    if PATH.fullmatch(source.text):
        return [source.text.split(".")[0]]
    return sorted(name for name in reads(source.text) if name not in scope)
