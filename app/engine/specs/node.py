"""What all our specifications share."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import BpmnStartTask
from SpiffWorkflow.bpmn.specs.defaults import NoneTask

from app.engine.marks import Marks
from app.engine.tree import COMPLETED, STARTED


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
    round = False  # one round of a multi-instance: reports to its body, goes nowhere itself
    name: str
    _outputs: list[str]

    def _predict(self, *_args: Any, **_kwargs: Any) -> None:
        """Guess nothing: children are made when a token completes."""

    def test(self) -> None:
        """The reading has checked the drawing; not again at each step."""

    def _update_hook(self, token: Any) -> bool:
        self._arm(token)
        return self.enter(token)

    def _on_ready(self, token: Any) -> None:
        """Nothing of the stock engine's assignments and signals is used."""

    def _run_hook(self, token: Any) -> bool | None:
        return self.work(token)

    def _on_complete_hook(self, token: Any) -> None:
        if self.boundaries:
            disarm(token)
        if self.element is not None and self.traced:
            token.workflow.top_workflow.context.note(token)
        self.leave(token)
        if self.round:
            token.parent.task_spec.merge(token.parent, token)
        else:
            token.grow(self.follow(token))

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


def disarm(token: Any) -> None:
    """Take away the boundary events of an activity that has ended."""
    for other in list(token.workflow.tasks.values()):
        if other.internal_data.get("on") == token.id and other._state < COMPLETED:
            other.cancel()


def context(token: Any) -> Any:
    return token.workflow.top_workflow.context


def wait_outside(token: Any) -> bool:
    token._set_state(STARTED)
    return False


class Start(Node, BpmnStartTask):  # type: ignore[misc]
    """The invisible first task; opens the start event asked for, or all implicit starts."""

    def follow(self, token: Any) -> list[str]:
        chosen = token.internal_data.pop("start", None)
        return [chosen] if chosen else self._outputs


class Pass(Node, NoneTask):  # type: ignore[misc]
    """Stands for a sequence flow where a join must tell two flows of one source apart."""


class ProcessSpec(BpmnProcessSpec):  # type: ignore[misc]
    """A process (``called``) or an embedded sub-process.

    Mends: internal tasks named Start, End and Root made equally named elements vanish; ours are
    marked (``#id``), and there is no EndJoin: a process ends when no token is left in it.
    """

    def __init__(self, key: str, name: str, filename: str | None, *, called: bool) -> None:
        super().__init__(name=key, description=name, filename=filename)
        self.called = called
        self.task_specs.clear()
        self.start = Start(self, "Start")
