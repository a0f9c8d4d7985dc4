"""Gateways that choose, and the parallel one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import ExclusiveGateway, NoneTask, ParallelGateway

from app.engine.context import Incident, process_of, reads
from app.engine.marks import Source
from app.engine.outcome import Why
from app.engine.specs.node import Node, context
from app.engine.tree import WAITING
from app.engine.variables import visible
from app.texts import T


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow out of a choice."""

    id: str
    condition: Source | None
    target: str
    default: bool


class Choice(Node):
    """Flows in the order of the drawing's text; the stock parser sorts them by height on paper."""

    flows: tuple[Flow, ...] = ()

    def connect_flow(self, flow: Flow, target: Any) -> None:
        self.flows = (*self.flows, flow)
        target._inputs.append(self.name)

    def follow(self, token: Any) -> list[str]:
        return list(token.internal_data.pop("to"))

    def default(self, token: Any) -> Flow:
        for flow in self.flows:
            if flow.default:
                return flow
        raise Incident("no_flow", token, T("没有一个条件成立，也没有默认流向"))


class Exclusive(Choice, ExclusiveGateway):  # type: ignore[misc]
    """The first flow whose condition holds. The stock one asks Python's ``eval``."""

    def work(self, token: Any) -> bool:
        scope = visible(token)
        flow = self._first(token, scope)
        token.internal_data["to"] = [flow.target]
        if len(self.flows) > 1:
            context(token).whys[token.id] = why(token, [flow], self.flows, scope)
        return True

    def _first(self, token: Any, scope: dict[str, Any]) -> Flow:
        asked = [(f, f.condition) for f in self.flows if not f.default and f.condition is not None]
        index = context(token).first(token, [condition for _, condition in asked], scope)
        return self.default(token) if index is None else asked[index][0]


def why(token: Any, taken: list[Flow], flows: tuple[Flow, ...], scope: Mapping[str, Any]) -> Why:
    """The conditions that held (of a default flow: all that did not) and what they read."""
    held = [f.condition for f in taken if f.condition is not None and not f.default]
    asked = held or [f.condition for f in flows if f.condition is not None]
    names = sorted({name for condition in asked for name in reads(condition.text)})
    decision, rules = _decided(token, names)
    return Why(
        condition="; ".join(c.text for c in held) or None,
        flow=", ".join(f.id for f in taken),
        values={name: scope[name] for name in names if name in scope},
        decision=decision,
        rules=rules,
    )


def _decided(token: Any, names: list[str]) -> tuple[str | None, tuple[str, ...]]:
    """The decision that wrote one of the variables read."""
    workflow = process_of(token)
    for name in names:
        if name in workflow.decided:
            decision, rules = workflow.decided[name]
            return decision, tuple(rules)
    return None, ()


class Splitting(Choice):
    """Takes every flow whose condition holds, or the default."""

    def work(self, token: Any) -> bool:
        scope = visible(token)
        taken = self.taken(token, scope) or [self.default(token)]
        token.internal_data["to"] = [flow.target for flow in taken]
        if self.traced and len(self.flows) > 1:
            context(token).whys[token.id] = why(token, taken, self.flows, scope)
        return True

    def taken(self, token: Any, scope: Mapping[str, Any]) -> list[Flow]:
        return [f for f in self.flows if not f.default and self.holds_for(token, f, scope)]

    def holds_for(self, token: Any, flow: Flow, scope: Mapping[str, Any]) -> bool:
        return flow.condition is None or context(token).holds(token, flow.condition, scope)


class Split(Splitting, NoneTask):  # type: ignore[misc]
    """Conditional flows out of an activity: a gateway that is not drawn."""

    traced = False


class Parallel(Node, ParallelGateway):  # type: ignore[misc]
    """One token from each incoming flow; a surplus one stays for the next time.

    Mends: the stock join searches finished history for arrivals, cancels the earlier ones, loses
    surplus tokens and merges the branches' data. Here each arrival stands and waits.
    """

    def enter(self, token: Any) -> bool:
        arrive(token)
        first = arrivals(token)
        if len(first) < len(set(self._inputs)):
            return False
        for other in first.values():
            if other is not token:
                other.cancel()
        return True


def arrive(token: Any) -> None:
    """Stand before a join, on the flow that the token came over."""
    token.internal_data["via"] = token.parent.task_spec.name
    token._set_state(WAITING)


def arrivals(token: Any) -> dict[str, Any]:
    """The oldest token on each incoming flow of the join that a token stands at."""
    first: dict[str, Any] = {}
    for other in token.workflow.tasks.values():
        if (
            other.task_spec is token.task_spec
            and other._state == WAITING
            and "via" in other.internal_data
        ):
            first.setdefault(other.internal_data["via"], other)
    return first
