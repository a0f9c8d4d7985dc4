"""Gateways: one flow, all flows, all that hold, the first event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import (
    EventBasedGateway,
    ExclusiveGateway,
    NoneTask,
    ParallelGateway,
)

from app.engine.context import Incident, reads
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
            context(token).whys[token.id] = self._why(token, flow, scope)
        return True

    def _first(self, token: Any, scope: dict[str, Any]) -> Flow:
        asked = [(f, f.condition) for f in self.flows if not f.default and f.condition is not None]
        index = context(token).first(token, [condition for _, condition in asked], scope)
        return self.default(token) if index is None else asked[index][0]

    def _why(self, token: Any, flow: Flow, scope: dict[str, Any]) -> Why:
        taken = flow.condition
        texts = [taken] if taken and not flow.default else [f.condition for f in self.flows]
        names = sorted({n for t in texts if t is not None for n in reads(t.text)})
        decision, rules = _decided(token, names)
        return Why(
            condition=taken.text if taken and not flow.default else None,
            flow=flow.id,
            values={name: scope[name] for name in names if name in scope},
            decision=decision,
            rules=rules,
        )


def _decided(token: Any, names: list[str]) -> tuple[str | None, tuple[str, ...]]:
    """The decision that wrote one of the variables read."""
    workflow = token.workflow
    while not workflow.own_variables:
        workflow = workflow.parent_token.workflow
    for name in names:
        if name in workflow.decided:
            decision, rules = workflow.decided[name]
            return decision, tuple(rules)
    return None, ()


class Split(Choice, NoneTask):  # type: ignore[misc]
    """Conditional flows out of an activity: a gateway not drawn; takes every flow that holds."""

    traced = False

    def work(self, token: Any) -> bool:
        scope = visible(token)
        taken = [f.target for f in self.flows if not f.default and self._holds(token, f, scope)]
        token.internal_data["to"] = taken or [self.default(token).target]
        return True

    def _holds(self, token: Any, flow: Flow, scope: dict[str, Any]) -> bool:
        return flow.condition is None or context(token).holds(token, flow.condition, scope)


class Parallel(Node, ParallelGateway):  # type: ignore[misc]
    """One token from each incoming flow; a surplus one stays for the next time.

    Mends: the stock join searches finished history for arrivals, cancels the earlier ones, loses
    surplus tokens and merges the branches' data. Here each arrival stands and waits.
    """

    def enter(self, token: Any) -> bool:
        token.internal_data["via"] = token.parent.task_spec.name
        token._set_state(WAITING)
        first: dict[str, Any] = {}
        for other in token.workflow.tasks.values():
            if other.task_spec is self and other._state == WAITING:
                first.setdefault(other.internal_data["via"], other)
        if len(first) < len(set(self._inputs)):
            return False
        for other in first.values():
            if other is not token:
                other.cancel()
        return True


class EventGateway(Node, EventBasedGateway):  # type: ignore[misc]
    """Waits for the first of several events.

    Mends: the stock one keeps a single due time for all its timers.
    """

    def enter(self, token: Any) -> bool:
        token._set_state(WAITING)
        specs = token.workflow.spec.task_specs
        token.internal_data["alts"] = {n: specs[n].wait_for(token) for n in self._outputs}
        return False

    def fired(self, token: Any, name: str, got: dict[str, Any]) -> None:
        token.internal_data["to"], token.internal_data["got"] = name, got

    def follow(self, token: Any) -> list[str]:
        # The chosen event is made here, already fired.
        spec = token.workflow.spec.task_specs[token.internal_data["to"]]
        event = token._add_child(spec)
        event.internal_data["got"] = token.internal_data["got"]
        return []
