"""A scope of the drawing as a graph: where a token may go from each specification."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

Graph = dict[str, tuple[str, ...]]


def targets(spec: Any) -> tuple[str, ...]:
    """What may get a token from a specification, its boundary events included."""
    flows = getattr(spec, "flows", None)
    own = [flow.target for flow in flows] if flows is not None else spec._outputs
    return tuple(dict.fromkeys([*own, *spec.boundaries]))


def reach(flows: Graph, start: str, without: Collection[str] = ()) -> set[str]:
    """All that can be reached, ``start`` included; what is ``without`` is not passed."""
    seen: set[str] = set()
    todo = [start]
    while todo:
        name = todo.pop()
        if name not in seen and name not in without:
            seen.add(name)
            todo += flows[name]
    return seen


def inputs_in_reach(scope: Any, start: str, join: Any) -> frozenset[str]:
    """Incoming flows of a join (by where they come from) that a token may still come over.

    Kept with the specification, which does not change: the same for every case.
    """
    found: frozenset[str] | None = scope.reached.get((start, join.name))
    if found is None:
        flows = {name: targets(spec) for name, spec in scope.task_specs.items()}
        near = reach(flows, start, {join.name})
        found = scope.reached[(start, join.name)] = frozenset(near & set(join._inputs))
    return found
