"""What all our specifications share."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import BpmnStartTask
from SpiffWorkflow.bpmn.specs.defaults import NoneTask

from app.engine.context import context_of
from app.engine.marks import Marks
from app.engine.tree import COMPLETED, STARTED, WAITING
from app.engine.undo import undone


class Node:
    """Mixed into a SpiffWorkflow specification, before it.

    Mends: no predicted tasks, no data copied from parent to child, no ``_update`` of all waiting
    tasks after each step. ``enter`` says whether the token is ready at once; ``work`` is run when
    its turn comes (None: started, to be completed later); ``leave`` runs when it has completed.
    """

    element: Any = None  # Element; None: not drawn
    marks: Any = Marks()
    boundaries: tuple[str, ...] = ()
    traced = True
    round = False  # one round of a loop or multi-instance: reports to its body, goes nowhere itself
    urgent = False  # runs before anything else once it has fired
    late = False  # throws a signal: gives way to branches that may still come to listen
    joins = False  # waits for what can still arrive, which is looked at when nothing else moves
    holds = False  # a body around others: not what a case is stuck at
    watches = False  # told of each activity that completes in it
    needs = 1  # startQuantity
    gives = 1  # completionQuantity
    undo: tuple[str, str] | None = None  # the compensation boundary event and its handler
    name: str
    _outputs: list[str]

    def _predict(self, *_args: Any, **_kwargs: Any) -> None:
        """Guess nothing: children are made when a token completes."""

    def test(self) -> None:
        """The reading has checked the drawing; not again at each step."""

    def _update_hook(self, token: Any) -> bool:
        if self.needs > 1 and not gathered(token, self.needs):
            return False
        self._arm(token)
        return self.enter(token)

    def _on_ready(self, token: Any) -> None:
        """Nothing of the stock engine's assignments and signals is used."""

    def _run_hook(self, token: Any) -> bool | None:
        return self.work(token)

    def _on_complete_hook(self, token: Any) -> None:
        if self.boundaries:
            disarm(token)
        if self.element is not None and self.traced and "redo" not in token.internal_data:
            context(token).note(token)
        if "undoes" in token.internal_data:
            undone(token)
            return
        self.leave(token)
        if self.undo is not None:
            token.workflow.done.append([self.name, token.data, None])
        if self.round:
            token.parent.task_spec.merge(token.parent, token)
        else:
            token.grow(self.follow(token) * self.gives)
        if token.workflow.watched:
            token.workflow.parent_token.task_spec.after(token)

    def _on_cancel(self, token: Any) -> None:
        if self.boundaries:
            disarm(token)

    def enter(self, _token: Any) -> bool:
        return True

    def work(self, _token: Any) -> bool | None:
        return True

    def leave(self, token: Any) -> None:
        """After completion, before the children are made."""

    def follow(self, _token: Any) -> list[str]:
        """Names of the specifications that take the token on."""
        return self._outputs

    def link(self, target: Any) -> None:
        """Connect to the next one. Spiff's ``connect`` has side effects in several classes."""
        self._outputs.append(target.name)
        target._inputs.append(self.name)

    def _arm(self, token: Any) -> None:
        """Boundary events stand beside their activity, tied to it by its id.

        The stock BoundaryEventSplit and -Join look the pair up in finished history.
        """
        for name in self.boundaries:
            event = token.parent._add_child(token.workflow.spec.task_specs[name])
            event.internal_data["on"] = token.id
            event.task_spec._update(event)


def gathered(token: Any, number: int) -> bool:
    """Whether enough tokens stand before an activity; the one that made it up goes on alone."""
    token._set_state(WAITING)
    token.internal_data["of"] = number
    others = [
        other
        for other in token.workflow.tasks.values()
        if other.task_spec is token.task_spec
        and other._state == WAITING
        and "of" in other.internal_data
    ]
    if len(others) < number:
        return False
    for other in others:
        if other is not token:
            other.cancel()
    del token.internal_data["of"]
    return True


def disarm(token: Any) -> None:
    """Take away the boundary events of an activity that has ended."""
    for other in list(token.workflow.tasks.values()):
        if other.internal_data.get("on") == token.id and other._state < COMPLETED:
            other.cancel()


context = context_of


def wait_outside(token: Any) -> bool:
    token._set_state(STARTED)
    return False


class Start(Node, BpmnStartTask):  # type: ignore[misc]
    """The invisible first task; opens the start event asked for, or all that need no trigger."""

    def follow(self, token: Any) -> list[str]:
        chosen = token.internal_data.pop("start", None)
        if chosen is None:
            return self._outputs
        opener = token.workflow.spec.openers.get(chosen)
        first = token._add_child(token.workflow.spec.task_specs[opener or chosen])
        first.internal_data["got"] = token.internal_data.pop("got", {})
        if opener is not None:
            first.internal_data["to"] = chosen
        return []


class Pass(Node, NoneTask):  # type: ignore[misc]
    """Stands for a sequence flow where a join must tell two flows of one source apart."""


class Aside(Node, NoneTask):  # type: ignore[misc]
    """Runs handlers of compensation beside a throw event that does not wait for them."""

    traced = False


class ProcessSpec(BpmnProcessSpec):  # type: ignore[misc]
    """A process (``called``) or an embedded sub-process.

    Mends: internal tasks named Start, End and Root made equally named elements vanish; ours are
    marked (``#id``), and there is no EndJoin: a process ends when no token is left in it.
    ``listeners``: event sub-processes that are armed when it opens; ``entries``: what no flow leads
    to; ``openers``: the event gateway in front of an event that may open a case; ``compensation``:
    the event sub-process that undoes it.
    """

    def __init__(self, key: str, name: str, filename: str | None, *, called: bool) -> None:
        super().__init__(name=key, description=name, filename=filename)
        self.called = called
        self.task_specs.clear()
        self.start = Start(self, "Start")
        self.aside = Aside(self, "Aside")
        self.aside.manual = False  # SpiffWorkflow counts a task without type as a person's
        self.listeners: tuple[str, ...] = ()
        self.entries: tuple[str, ...] = ()
        self.compensation: str | None = None
        self.openers: dict[str, str] = {}
        self.reached: dict[Any, frozenset[str]] = {}
