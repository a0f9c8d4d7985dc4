"""Loops and multi-instance: one activity, several rounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import (
    ParallelMultiInstanceTask,
    SequentialMultiInstanceTask,
    StandardLoopTask,
)

from app.engine.context import Incident
from app.engine.marks import Source
from app.engine.specs.node import Node, context, wait_outside
from app.engine.specs.throwing import throw
from app.engine.tree import COMPLETED, READY
from app.engine.triggers import Event
from app.engine.variables import kept_by_round, store, visible
from app.texts import T

MOST = 20_000  # rounds; more is a slip of the pen, and would fill the memory


class Rounds(Node):
    """The body around the rounds. ``traced`` is off: the trace names the rounds."""

    traced = False
    holds = True
    each: str

    def grow_round(self, token: Any, number: int, locals_: Mapping[str, Any]) -> None:
        """Open the round of that number, counted from 1."""
        child = token._add_child(token.workflow.spec.task_specs[self.each])
        child.internal_data["i"] = number
        self.keep_apart(token, child)
        child.data.update(locals_)
        child.data["loopCounter"] = number
        child.task_spec._update(child)

    def keep_apart(self, token: Any, child: Any) -> None:
        """Names that stay with the round."""

    def merge(self, token: Any, child: Any) -> None:
        """A round has completed."""
        raise NotImplementedError


class Again(Rounds, StandardLoopTask):  # type: ignore[misc]
    """The loop marker: as long as its condition holds, and as often as its maximum allows.

    Mends: the stock one evaluates Python. In the condition ``loopCounter`` is the number of rounds
    done.
    """

    def enter(self, token: Any) -> bool:
        token.internal_data["n"] = 0
        if self.marks.loop.before and not self._once_more(token, token):
            return True
        self.grow_round(token, 1, {})
        return wait_outside(token)

    def merge(self, token: Any, child: Any) -> None:
        token.internal_data["n"] += 1
        if self._once_more(token, child):
            self.grow_round(token, token.internal_data["n"] + 1, {})
        else:
            token._set_state(READY)

    def _once_more(self, token: Any, at: Any) -> bool:
        loop, done = self.marks.loop, token.internal_data["n"]
        if loop.maximum is not None and done >= loop.maximum:
            return False
        if loop.condition is None:
            return True
        scope = {**visible(at), "loopCounter": done}
        return bool(context(token).holds(at, loop.condition, scope))


class Many(Rounds):
    """Multi-instance; the body keeps the count and the outputs, so rounds can leave the tree.

    Mends: outputs stand in the order of the inputs whoever ends first; rounds share no data; the
    list is taken once. ``thrown``: conditions and events of ``behavior``.
    """

    thrown: tuple[tuple[Source | None, Event], ...] = ()

    def enter(self, token: Any) -> bool:
        items = self._items(token)
        token.internal_data.update({"n": len(items), "out": [None] * len(items), "done": 0})
        if not items:
            return True
        self.begin(token, items)
        return wait_outside(token)

    def _items(self, token: Any) -> list[Any]:
        loop = self.marks.loop
        if loop.collection is None:
            return [None] * _count(token, loop.cardinality)
        items = context(token).value(token, loop.collection, visible(token))
        if not isinstance(items, list):
            raise Incident("collection", token, T("多实例的输入集合不是列表"))
        _count_within(token, len(items))
        return items

    def begin(self, token: Any, items: list[Any]) -> None:
        for index, item in enumerate(items):
            self.open(token, index, item)

    def open(self, token: Any, index: int, item: Any) -> None:
        name = self.marks.loop.item
        self.grow_round(token, index + 1, {name: item} if name else {})

    def keep_apart(self, token: Any, child: Any) -> None:
        loop = self.marks.loop
        own = kept_by_round(loop.output_element, visible(token))
        own = [name for name in own if name not in (loop.item, "loopCounter")]
        if own:
            child.internal_data["own"] = own
            # An input mapping brings its name itself, and may read it from around.
            mapped = {mapping.target for mapping in child.task_spec.marks.inputs}
            child.data.update(dict.fromkeys(name for name in own if name not in mapped))

    def merge(self, token: Any, child: Any) -> None:
        state, loop = token.internal_data, self.marks.loop
        state["done"] += 1
        if loop.output_element is not None:
            value = context(token).value(child, loop.output_element, visible(child))
            state["out"][child.internal_data["i"] - 1] = value
        self._throw(token, child)
        if state["done"] == state["n"] or self._enough(token, child):
            for other in token.children:
                other.cancel()
            token._set_state(READY)
        else:
            self.onward(token)

    def onward(self, token: Any) -> None:
        """Parallel rounds are all open already."""

    def _throw(self, token: Any, child: Any) -> None:
        """``behavior``: None throws at each end of a round, One at the first, Complex by rules."""
        if self.marks.loop.behavior == "One" and token.internal_data["done"] > 1:
            return
        scope = {**visible(child), **self._counts(token)} if self.thrown else {}
        for condition, event in self.thrown:
            if condition is None or context(token).holds(child, condition, scope):
                throw(token, event, inside=True)

    def _enough(self, token: Any, child: Any) -> bool:
        until = self.marks.loop.until
        if until is None:
            return False
        scope = {**visible(child), **self._counts(token)}
        return bool(context(token).holds(child, until, scope))

    def _counts(self, token: Any) -> dict[str, int]:
        state = token.internal_data
        return {
            "numberOfInstances": state["n"],
            "numberOfActiveInstances": sum(1 for t in token.children if t._state < COMPLETED),
            "numberOfCompletedInstances": state["done"],
            "numberOfTerminatedInstances": 0,
        }

    def work(self, token: Any) -> bool:
        if self.marks.loop.output:
            store(token, self.marks.loop.output, token.internal_data["out"])
        return True


def _count(token: Any, source: Source | None) -> int:
    """``loopCardinality``: a number that is whole and not negative."""
    value: Any = None
    if source is not None:
        value = context(token).value(token, source, visible(token))
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
    if not whole or value < 0:
        raise Incident(
            "collection", token, T("多实例的次数应是不小于零的整数：{value}", value=value)
        )
    return _count_within(token, int(value))


def _count_within(token: Any, number: int) -> int:
    if number > MOST:
        text = T("多实例最多 {most} 次，这里有 {n} 次", most=MOST, n=number)
        raise Incident("collection", token, text)
    return number


class AllAtOnce(Many, ParallelMultiInstanceTask):  # type: ignore[misc]
    """Parallel rounds."""


class OneByOne(Many, SequentialMultiInstanceTask):  # type: ignore[misc]
    """Rounds in order; the rest of the list waits in the state."""

    def begin(self, token: Any, items: list[Any]) -> None:
        token.internal_data["rest"] = items[1:]
        self.open(token, 0, items[0])

    def onward(self, token: Any) -> None:
        item, *token.internal_data["rest"] = token.internal_data["rest"]
        self.open(token, token.internal_data["done"], item)
