"""Joins that wait for what can still arrive: inclusive and complex gateways (BPMN 2.0.2, 13.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import InclusiveGateway, NoneTask

from app.engine.graph import inputs_in_reach
from app.engine.marks import Source
from app.engine.specs.gateways import Flow, Splitting, arrivals, arrive
from app.engine.specs.node import context
from app.engine.tree import COMPLETED, READY, WAITING
from app.engine.variables import visible


def all_here(join: Any, filled: set[str]) -> bool:
    """Whether no token elsewhere can still come over an empty flow.

    One that can reach an empty incoming flow is waited for, unless it can reach a filled one too.
    Both without passing the join itself.
    """
    spec = join.task_spec
    empty = set(spec._inputs) - filled
    if not empty:
        return True
    for token in _elsewhere(join):
        near = inputs_in_reach(token.workflow.spec, token.task_spec.name, spec)
        if near & empty and not near & filled:
            return False
    return True


def _elsewhere(join: Any) -> Iterator[Any]:
    for token in join.workflow.tasks.values():
        # A complex gateway that waits for its rest holds no token (BPMN 2.0.2, 13.4.5).
        waits = "came" in token.internal_data
        if token._state < COMPLETED and token.task_spec is not join.task_spec and not waits:
            yield token


def _take(token: Any, first: Mapping[str, Any]) -> None:
    """One token of each filled flow goes into the one that goes on."""
    for other in first.values():
        if other is not token:
            other.cancel()
    token._set_state(READY)


class Inclusive(Splitting, InclusiveGateway):  # type: ignore[misc]
    """Splits by conditions; joins what was, and still can be, on its way here.

    Mends: the stock one looks for arrivals in predicted and finished tasks.
    """

    joins = True

    def enter(self, token: Any) -> bool:
        if len(set(self._inputs)) < 2:
            return True
        arrive(token)
        return False

    def settle(self, token: Any) -> bool:
        """Whether the join goes on with this token."""
        first = arrivals(token)
        if token is not next(iter(first.values()), None) or not all_here(token, set(first)):
            return False
        _take(token, first)
        return True


class Complex(Splitting, NoneTask):  # type: ignore[misc]
    """N of M: goes on when its activation condition holds, then swallows what else comes.

    ``activationCount`` is the number of incoming flows with a token, ``waitingForStart`` true when
    it goes on and false when the rest has come; a flow out without a condition is for the former.
    """

    joins = True
    activation: Source | None = None

    def enter(self, token: Any) -> bool:
        if len(set(self._inputs)) < 2:
            return True
        arrive(token)
        self._start(token)
        return False

    def _start(self, token: Any) -> None:
        """Go on if the condition holds; each arrival may be the one that makes it so."""
        first = arrivals(token)
        if not first or self._resetting(token) is not None or not self._active(token, len(first)):
            return
        if len(first) < len(set(self._inputs)):
            self._wait_for_rest(token, list(first))
        chosen = token if token in first.values() else next(iter(first.values()))
        _take(chosen, first)

    def _active(self, token: Any, count: int) -> bool:
        scope = {**visible(token), "activationCount": count, "waitingForStart": True}
        return self.activation is None or context(token).holds(token, self.activation, scope)

    def _wait_for_rest(self, token: Any, came: list[str]) -> None:
        rest = token.workflow.task_tree._add_child(self, WAITING)
        rest.internal_data["came"] = came

    def _resetting(self, token: Any) -> Any:
        return next(
            (
                other
                for other in token.workflow.tasks.values()
                if other.task_spec is self
                and other._state == WAITING
                and "came" in other.internal_data
            ),
            None,
        )

    def settle(self, token: Any) -> bool:
        """Whether the rest has come. Only the token that waits for it is looked at."""
        if "came" not in token.internal_data:
            return False
        came, first = set(token.internal_data["came"]), arrivals(token)
        late = {via: other for via, other in first.items() if via not in came}
        if not all_here(token, came | set(late)):
            return False
        for other in late.values():
            other.cancel()
        self._reset(token)
        return True

    def _reset(self, token: Any) -> None:
        """Named once more only when something leaves it; then the next start may be due."""
        taken = self._at_reset(token)
        if taken:
            token.internal_data["to"] = [flow.target for flow in taken]
            token._set_state(READY)
        else:
            token.cancel()
        self._start(token)

    def work(self, token: Any) -> bool:
        return "to" in token.internal_data or super().work(token)

    def taken(self, token: Any, scope: Mapping[str, Any]) -> list[Flow]:
        return super().taken(token, {**scope, "waitingForStart": True})

    def _at_reset(self, token: Any) -> list[Flow]:
        scope = {**visible(token), "waitingForStart": False}
        named = [f for f in self.flows if f.condition and "waitingForStart" in f.condition.text]
        return [f for f in named if not f.default and self.holds_for(token, f, scope)]
