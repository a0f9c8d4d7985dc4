"""Multi-instance: one activity for each element of a list."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import (
    ParallelMultiInstanceTask,
    SequentialMultiInstanceTask,
)

from app.engine.context import Incident
from app.engine.specs.node import Node, context, wait_outside
from app.engine.tree import COMPLETED, READY
from app.engine.variables import kept_by_round, store, visible
from app.texts import T


class Many(Node):
    """The body around the rounds; it keeps the count and the outputs, so rounds can leave the tree.

    Mends: outputs stand in the order of the inputs whoever ends first; rounds share no data; the
    list is taken once. ``traced`` is off: the trace names the rounds.
    """

    traced = False
    each: str

    def enter(self, token: Any) -> bool:
        items = context(token).value(token, self.marks.loop.collection, visible(token))
        if not isinstance(items, list):
            raise Incident("collection", token, T("多实例的输入集合不是列表"))
        token.internal_data.update({"n": len(items), "out": [None] * len(items), "done": 0})
        if not items:
            return True
        self.begin(token, items)
        return wait_outside(token)

    def begin(self, token: Any, items: list[Any]) -> None:
        for index, item in enumerate(items):
            self.open(token, index, item)

    def open(self, token: Any, index: int, item: Any) -> None:
        loop = self.marks.loop
        spec = token.workflow.spec.task_specs[self.each]
        child = token._add_child(spec)
        child.internal_data["i"] = index + 1
        own = kept_by_round(loop.output_element, visible(token))
        own = [name for name in own if name not in (loop.item, "loopCounter")]
        if own:
            child.internal_data["own"] = own
            # An input mapping brings its name itself, and may read it from around.
            mapped = {mapping.target for mapping in spec.marks.inputs}
            child.data.update(dict.fromkeys(name for name in own if name not in mapped))
        if loop.item:
            child.data[loop.item] = item
        child.data["loopCounter"] = index + 1
        child.task_spec._update(child)

    def merge(self, token: Any, child: Any) -> None:
        """A round has completed."""
        state, loop = token.internal_data, self.marks.loop
        state["done"] += 1
        if loop.output_element is not None:
            value = context(token).value(child, loop.output_element, visible(child))
            state["out"][child.internal_data["i"] - 1] = value
        if state["done"] == state["n"] or self._enough(token, child):
            for other in token.children:
                other.cancel()
            token._set_state(READY)
        else:
            self.onward(token)

    def onward(self, token: Any) -> None:
        """Parallel rounds are all open already."""

    def _enough(self, token: Any, child: Any) -> bool:
        until = self.marks.loop.until
        if until is None:
            return False
        state = token.internal_data
        active = sum(1 for other in token.children if other._state < COMPLETED)
        counts = {
            "numberOfInstances": state["n"],
            "numberOfActiveInstances": active,
            "numberOfCompletedInstances": state["done"],
            "numberOfTerminatedInstances": 0,
        }
        return bool(context(token).holds(child, until, {**visible(child), **counts}))

    def work(self, token: Any) -> bool:
        if self.marks.loop.output:
            store(token, self.marks.loop.output, token.internal_data["out"])
        return True


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
