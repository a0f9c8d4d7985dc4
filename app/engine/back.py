"""Sending a case back: which steps an open task may go back to, and what falls away with it.

SpiffWorkflow's ``reset_from_task_id`` leaves the step behind a join active when a branch is reset,
and does not rewind a call. Here tokens are taken away and one is set, as an administrator of a
board game would: on the step gone back to, in the innermost scope that is still alive.

A token beside the one sent back falls away unless it stands in another branch of the same fork as
the step gone back to: the fork is then not passed again, so its other branches must stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.engine.context import process_key
from app.engine.graph import Graph, reach, targets
from app.engine.specs.catching import EventGateway
from app.engine.specs.gateways import Exclusive, Parallel
from app.engine.tree import COMPLETED

# The step that a token stands on, and for one that waits at a join the step it came from.
Place = tuple[str, str | None]
ONE_OF = (Exclusive, EventGateway)


@dataclass(frozen=True, slots=True)
class Back:
    """A step that may be gone back to. ``kind``: as of the element; ``scope``: of its tokens."""

    element: str
    process_key: str
    name: str
    kind: str
    scope: str | None = None


def ways_back(token: Any) -> list[tuple[Back, Any]]:
    """Steps before an open task, its own scope first, each with the token that gives way."""
    found: list[tuple[Back, Any]] = []
    for host in _hosts(token):
        for spec in host.workflow.spec.task_specs.values():
            if _is_step(spec) and _before(host, spec):
                found.append((_back(host, spec), host))
    return found


def _hosts(token: Any) -> Iterator[Any]:
    """The token in each scope around it, the task's own first."""
    while token is not None:
        yield token.parent if token.task_spec.round else token
        token = token.workflow.parent_token


def _is_step(spec: Any) -> bool:
    kinds = ("user_task", "manual_task", "call_activity", "sub_process")
    return spec.element is not None and not spec.round and spec.element.kind in kinds


def _before(host: Any, spec: Any) -> bool:
    """Whether the step lies before the token, which falls away when the step is taken up."""
    flows, own = graph(host.workflow), host.task_spec
    if spec is own and own.element.kind in ("user_task", "manual_task"):
        return False
    if own.name not in reach(flows, spec.name):
        return False
    split = forks(host.workflow, flows)
    if _stays(flows, split, spec.name, place(host)):
        return False
    return _joins_are_fed(host, spec.name, flows, split)


def _joins_are_fed(host: Any, target: str, flows: Graph, split: list[str]) -> bool:
    """Whether each join ahead gets a token over every flow: from the target or from what stays.

    Behind a join that is through, a single branch would be done again and wait there for ever.
    """
    # Round by a fork behind which the target lies is no way that must be taken.
    around = {fork for fork in split if _dominates(flows, fork, target)}
    stays = [place(t) for t in _staying(host, flows, split, target)]
    specs = host.workflow.spec.task_specs
    # An inclusive join takes what comes; only a parallel one waits for each of its flows.
    ahead = reach(flows, target, around)
    joins = [name for name in ahead if isinstance(specs[name], Parallel)]
    return all(
        source in reach(flows, target, {join, *around})
        or any(_will_come(flows, stands, source, join) for stands in stays)
        for join in joins
        for source in specs[join]._inputs
    )


def _will_come(flows: Graph, stands: Place, source: str, join: str) -> bool:
    return stands == (join, source) or source in reach(flows, stands[0], {join})


def _staying(host: Any, flows: Graph, split: list[str], target: str) -> Iterator[Any]:
    """The tokens of a scope that the way back does not take with it."""
    for token in host.workflow.tasks.values():
        gone = token._state >= COMPLETED or token is host or _follows_another(token)
        if not gone and _stays(flows, split, target, place(token)):
            yield token


def _back(host: Any, spec: Any) -> Back:
    element, around = spec.element, host.workflow.parent_token
    scope = around.id if around is not None else None
    return Back(element.id, process_key(host), element.name, element.kind, scope)


def go_back(host: Any, element: str) -> None:
    """Take away what the step will bring again, and set a token on it."""
    workflow = host.workflow
    spec = next(s for s in workflow.spec.task_specs.values() if _named(s, element))
    flows = graph(workflow)
    split = forks(workflow, flows)
    stays = set(map(id, _staying(host, flows, split, spec.name)))
    for token in list(workflow.tasks.values()):
        if id(token) not in stays and not _follows_another(token):
            token.cancel()
    # What will be done again is undone once, not twice.
    again = {name.replace("#", "@") for name in reach(flows, spec.name)} | reach(flows, spec.name)
    workflow.done = [record for record in workflow.done if record[0] not in again]
    fresh = workflow.task_tree._add_child(spec)
    fresh.task_spec._update(fresh)


def _named(spec: Any, element: str) -> bool:
    return _is_step(spec) and bool(spec.element.id == element)


def _follows_another(token: Any) -> bool:
    """Boundary events go with their activity, rounds with their body; listeners stay."""
    return not {"on", "listen"}.isdisjoint(token.internal_data) or token.task_spec.round


def place(token: Any) -> Place:
    """Where a token stands."""
    return token.task_spec.name, token.internal_data.get("via")


# --- the drawing as a graph -----------------------------------------------------------------------


def graph(workflow: Any) -> Graph:
    """Where a token may go from each specification, boundary events included."""
    specs = workflow.spec.task_specs
    flows = {name: targets(spec) for name, spec in specs.items()}
    led_to = {target for targets in flows.values() for target in targets}
    # Also what only a message starts begins at the start.
    alone = (name for name in workflow.spec.entries if name not in led_to)
    flows[workflow.spec.start.name] += tuple(alone)
    return flows


def forks(workflow: Any, flows: Graph) -> list[str]:
    """What may leave more than one token behind."""
    specs = workflow.spec.task_specs
    many = (name for name, targets in flows.items() if len(targets) > 1)
    return [name for name in many if not isinstance(specs[name], ONE_OF)]


def _stays(flows: Graph, split: list[str], target: str, stands: Place) -> bool:
    """Whether a fork holds the target in one branch and the token in another."""
    return any(_apart(flows, fork, target, stands) for fork in split)


def _apart(flows: Graph, fork: str, target: str, stands: Place) -> bool:
    if not _dominates(flows, fork, target):
        return False
    ends = {fork, *_meeting(flows, fork)}
    branches = [reach(flows, first, ends) for first in flows[fork]]
    ours = {n for n, branch in enumerate(branches) if target in branch}
    theirs = {n for n, b in enumerate(branches) if _within(b, fork, flows[fork][n], stands)}
    return bool(ours and theirs) and ours.isdisjoint(theirs)


def _within(branch: set[str], fork: str, first: str, stands: Place) -> bool:
    name, via = stands
    if via is None:
        return name in branch
    return via in branch or (via == fork and first == name)


def _dominates(flows: Graph, fork: str, target: str) -> bool:
    """Whether no way leads to the target except over the fork."""
    entry = next(iter(flows))
    return fork != target and target not in reach(flows, entry, {fork})


def _meeting(flows: Graph, fork: str) -> set[str]:
    """The steps that every way out of the fork comes through, if there are any."""
    after = reach(flows, fork) - {fork}
    return {name for name in after if _all_pass(flows, fork, name)}


def _all_pass(flows: Graph, fork: str, name: str) -> bool:
    return all(
        name in reach(flows, first, {fork})
        and all(flows[one] for one in reach(flows, first, {name, fork}))
        for first in flows[fork]
    )
