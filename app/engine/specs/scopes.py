"""Sub-processes and calls: scopes inside a token."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import CallActivity, SubWorkflowTask

from app.engine.context import Incident
from app.engine.marks import Source
from app.engine.specs.activities import Activity, Service
from app.engine.specs.catching import Catching
from app.engine.specs.node import context, wait_outside
from app.engine.tree import COMPLETED, STARTED, WAITING, depth, plant
from app.engine.triggers import Event
from app.engine.variables import bring_out, visible
from app.texts import T

DEEPEST = 40  # calls within calls; a drawing that calls itself must come to an end


class Embedded(Activity, SubWorkflowTask):  # type: ignore[misc]
    """An embedded sub-process or transaction: tokens of its own, variables of those around it."""

    holds = True
    inner: Any

    def enter(self, token: Any) -> bool:
        super().enter(token)
        self.open(token)
        return wait_outside(token)

    def inner_spec(self, _token: Any) -> Any:
        return self.inner

    def open(self, token: Any) -> None:
        top = token.workflow.top_workflow
        if depth(token.workflow) >= DEEPEST:
            raise Incident("too_deep", token, T("流程调用层数过多，可能在互相调用"))
        inner = top.create_inner(token, self.inner_spec(token))
        self.hand_in(token, inner)
        plant(inner)

    def hand_in(self, token: Any, inner: Any) -> None:
        """An embedded one needs nothing handed in."""

    def result(self, _inner: Any) -> dict[str, Any]:
        return {}

    def more(self, _token: Any, _inner: Any) -> bool:
        """Whether something more is begun in it, now that nothing is left."""
        return False

    def work(self, token: Any) -> bool | None:
        inner = token.workflow.top_workflow.subprocesses.pop(token.id)
        if "redo" in token.internal_data:
            return True
        self.remember(token, inner)
        self.hand_out(token, self.result(inner))
        return True

    def remember(self, token: Any, inner: Any) -> None:
        """What would undo it: its own event sub-process, or the handlers of what was done in it."""
        if self.undo is None and (inner.done or inner.spec.compensation):
            token.workflow.done.append([self.name, token.data, inner.done])

    def hand_out(self, token: Any, result: dict[str, Any]) -> None:
        bring_out(context(token), token, result)

    def _on_cancel(self, token: Any) -> None:
        super()._on_cancel(token)
        inner = token.workflow.top_workflow.subprocesses.pop(token.id, None)
        if inner is not None:
            for other in list(inner.tasks.values()):
                other.cancel()


class Call(Embedded, CallActivity):  # type: ignore[misc]
    """A called process, inside the state of the case, with variables of its own.

    ``propagateAllParentVariables`` false: only the input mappings go in. The result has
    ``outcome``, the id of the end event reached; with output mappings only they come out, else
    everything does when ``propagateAllChildVariables`` is not false (Camunda 8).
    """

    def inner_spec(self, token: Any) -> Any:
        process = context(token).library.processes.get(self.marks.called)
        if process is None:
            raise Incident("missing", token, T("没有名为 {id} 的流程", id=self.marks.called))
        return process.spec

    def hand_in(self, token: Any, inner: Any) -> None:
        mapped = {m.target.split(".")[0] for m in self.marks.inputs}
        given = visible(token) if self.marks.all_parent else token.data
        names = given if self.marks.all_parent else mapped
        inner.data.update({name: given[name] for name in names if name in given})

    def remember(self, token: Any, inner: Any) -> None:
        """A called process is a black box: only a handler at its call undoes it."""

    def result(self, inner: Any) -> dict[str, Any]:
        return {**inner.data, "outcome": inner.ended}

    def hand_out(self, token: Any, result: dict[str, Any]) -> None:
        if self.marks.outputs or self.marks.all_child:
            bring_out(context(token), token, result)


class EventSub(Catching, Embedded):
    """An event sub-process: listens from the opening of its scope; runs when its start event fires.

    Mends: the stock one ignores ``isInterrupting``, fires error starts at once and conditional
    ones never.
    """

    urgent = True
    events: tuple[Event, ...] = ()
    start_name: str
    start_element: Any
    interrupts = True

    def listen(self, token: Any) -> None:
        token.internal_data["listen"] = 1
        super().listen(token)

    def _update_hook(self, _token: Any) -> bool:
        """Nothing leads to it."""
        return False

    def element_of(self, _token: Any, _key: str) -> Any:
        return self.start_element

    def fired(self, token: Any, key: str, got: dict[str, Any]) -> bool:
        if not super().fired(token, key, got):
            return False
        token.internal_data.pop("listen", None)
        return True

    def work(self, token: Any) -> bool | None:
        if "got" not in token.internal_data:
            self._ended(token)
            return Embedded.work(self, token)
        if self.interrupts:
            _cancel_others(token)
        elif self.events:
            self._again(token)
        got = token.internal_data.pop("got")
        inner = token.workflow.top_workflow.create_inner(token, self.inner)
        token._set_state(STARTED)
        plant(inner, self.start_name, got)
        return None

    def _again(self, token: Any) -> None:
        waits = self.anew(token)
        if waits is not None:
            other = token.workflow.task_tree._add_child(self, WAITING)
            other.internal_data.update({"listen": 1, **waits})

    def _ended(self, token: Any) -> None:
        """The end that an interrupting one reached is the end of the process around."""
        inner = token.workflow.top_workflow.subprocesses[token.id]
        if self.interrupts and inner.ended:
            token.workflow.ended = inner.ended

    def remember(self, token: Any, inner: Any) -> None:
        """What was done in it is undone with its scope; what undoes is not."""
        if all(event.kind != "compensation" for event in self.events):
            super().remember(token, inner)


def _cancel_others(token: Any) -> None:
    for other in list(token.workflow.tasks.values()):
        if other is not token and other._state < COMPLETED:
            other.cancel()


class AdHoc(Embedded):
    """An ad hoc sub-process: its activities are offered, until its condition holds."""

    watches = True  # told of each activity that completes in it
    sequential = False
    cancels = True
    until: Source | None = None

    def open(self, token: Any) -> None:
        self._offer(token)
        # Nothing is begun by this: ``more`` does, as soon as the scope is seen to be empty.
        plant(token.workflow.top_workflow.create_inner(token, self.inner))

    def _offer(self, token: Any) -> None:
        names = self._asked(token)
        specs = self.inner.task_specs
        groups = [names]
        if self.sequential:
            own = [[name] for name in names if not specs[name].manual]
            groups = [*own, [name for name in names if specs[name].manual]]
        token.internal_data["offer"] = [group for group in groups if group]

    def _asked(self, token: Any) -> list[str]:
        active = self.marks.active
        if active is None:
            return list(self.inner.entries)
        asked = context(token).value(token, active, visible(token))
        names = [f"#{one}" for one in asked] if isinstance(asked, list) else []
        wrong = [name for name in names if name not in self.inner.entries]
        if not isinstance(asked, list) or wrong:
            text = T("要启用的活动应是本子流程中没有来线的活动的编号列表：{value}", value=asked)
            raise Incident("adhoc", token, text)
        return names

    def more(self, token: Any, inner: Any) -> bool:
        notes = token.internal_data
        if "over" in notes:
            return False
        if not notes["offer"]:
            if self._holds(token):
                return False
            self._once_more(token)
        for name in notes["offer"].pop(0):
            child = inner.task_tree._add_child(inner.spec.task_specs[name])
            child.task_spec._update(child)
        return True

    def _once_more(self, token: Any) -> None:
        specs = self.inner.task_specs
        kinds = (Service, Catching, Embedded)
        if not any(specs[n].manual or isinstance(specs[n], kinds) for n in self._asked(token)):
            raise Incident("adhoc", token, T("活动都已完成，但完成条件不成立，也没有人能再改变它"))
        self._offer(token)

    def after(self, done: Any) -> None:
        """An activity in it has completed."""
        token = done.workflow.parent_token
        kind = done.task_spec.element.kind if done.task_spec.element is not None else ""
        if self.until is None or "over" in token.internal_data or not _is_activity(kind):
            return
        if done.task_spec.round or not self._holds(token):
            return
        token.internal_data["over"] = 1
        others = done.workflow.tasks.values() if self.cancels else done.children
        for other in list(others):
            if other._state < COMPLETED:
                other.cancel()

    def _holds(self, token: Any) -> bool:
        return self.until is None or context(token).holds(token, self.until, visible(token))


def _is_activity(kind: str) -> bool:
    return kind == "task" or kind.endswith(("_task", "activity", "process", "transaction"))
