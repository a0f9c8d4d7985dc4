"""The task tree of a case: SpiffWorkflow's, without its clock, its guesses and its data copies.

A token is a SpiffWorkflow task with a short id. Predicted (MAYBE, LIKELY) tasks are never made:
a token's children are made when it completes, so a finished token has nothing more to say and
leaves the tree at once (``prune``). What the stock engine would look up in finished history
(arrivals at a join, the siblings of a boundary event) stands in the live tokens themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.engine.nopython import NoPython

if TYPE_CHECKING:
    from app.engine.context import Context

COMPLETED, CANCELLED = TaskState.COMPLETED, TaskState.CANCELLED
FUTURE, WAITING, READY, STARTED = (
    TaskState.FUTURE,
    TaskState.WAITING,
    TaskState.READY,
    TaskState.STARTED,
)


class Token(Task):  # type: ignore[misc]
    """A task of the tree: short id, no wall clock, no data inherited."""

    def __init__(
        self, workflow: Any, task_spec: Any, parent: Any, state: int, token_id: str
    ) -> None:
        self.id = token_id
        self.workflow = workflow
        self.task_spec = task_spec
        self._parent = parent.id if parent is not None else None
        self._children: list[str] = []
        self._state = state
        self.triggered = False
        self.thread_id = 0
        self.last_state_change = 0
        self.data: dict[str, Any] = {}
        self.internal_data: dict[str, Any] = {}
        workflow.tasks[token_id] = self
        if parent is not None:
            parent._children.append(token_id)
        if state in (READY, WAITING):
            self._set_state(state)

    def _set_state(self, value: int) -> None:
        # The stock setter reads the clock and formats a log record each time.
        self._state = value
        top = self.workflow.top_workflow
        if value == READY and not self.task_spec.manual:
            top.ready[self.id] = self
        elif value == WAITING:
            top.waiting[self.id] = self
        elif value >= COMPLETED:
            top.finished.append(self)

    def _add_child(self, task_spec: Any, state: int = FUTURE) -> Token:
        return Token(self.workflow, task_spec, self, state, self.workflow.top_workflow.fresh_id())

    def grow(self, spec_names: list[str]) -> None:
        """Make the children that take the token on."""
        specs = self.workflow.spec.task_specs
        for name in spec_names:
            self._add_child(specs[name])

    def cancel(self) -> None:
        """End this token and all that hangs on it; what has finished is left alone."""
        # The stock method drops the children without cancelling the sub-processes under them.
        if self._state >= COMPLETED:
            return
        for child in list(self.children):
            child.cancel()
        self._set_state(CANCELLED)
        self.task_spec._on_cancel(self)


class Inner(BpmnSubWorkflow):  # type: ignore[misc]
    """The tokens of one run of an embedded sub-process or of a called process."""

    def __init__(self, spec: Any, parent_task_id: str, top_workflow: Root) -> None:
        super().__init__(spec, parent_task_id, top_workflow, deserializing=True)
        self.parent_token = top_workflow.get_task_from_id(parent_task_id)
        self.watched = self.parent_token.task_spec.watches
        self.ended: str | None = None
        self.decided: dict[str, list[Any]] = {}
        self.done: list[list[Any]] = []

    @property
    def own_variables(self) -> bool:
        """A called process has variables of its own, an embedded one shares those around it."""
        return bool(self.spec.called)

    def _task_completed_notify(self, task: Any) -> None:
        # The stock method updates every waiting task again, and knows the end by a name.
        self.last_task = task

    def fresh_id(self) -> str:
        return str(self.top_workflow.fresh_id())


class Root(BpmnWorkflow):  # type: ignore[misc]
    """The whole case."""

    own_variables = True
    parent_token = None
    watched = False

    def __init__(self, spec: Any, context: Context) -> None:
        # Tokens by what is to be done with them: looked up at each step, whatever the case's size.
        self.ready: dict[str, Token] = {}
        self.waiting: dict[str, Token] = {}
        self.finished: list[Token] = []
        super().__init__(spec, script_engine=NoPython(), deserializing=True)
        self.context = context
        self.counter = 0
        self.ended: str | None = None
        self.decided: dict[str, list[Any]] = {}
        self.done: list[list[Any]] = []

    def fresh_id(self) -> str:
        self.counter += 1
        return str(self.counter)

    def _task_completed_notify(self, task: Any) -> None:
        self.last_task = task

    def create_inner(self, token: Token, spec: Any) -> Inner:
        inner = Inner(spec, token.id, self)
        self.subprocesses[token.id] = inner
        return inner

    def get_task_from_id(self, task_id: str) -> Any:
        for workflow in self.workflows():
            if task_id in workflow.tasks:
                return workflow.tasks[task_id]
        return None

    def workflows(self) -> Iterator[Any]:
        """This one and all inside, outer ones before inner ones."""
        yield self
        yield from list(self.subprocesses.values())

    def tokens(self) -> Iterator[Token]:
        """All tokens that have not finished."""
        for workflow in self.workflows():
            for token in list(workflow.tasks.values()):
                if token._state < COMPLETED:
                    yield token

    def ready_tokens(self) -> list[Token]:
        return _still(self.ready, READY)

    def waiting_tokens(self) -> list[Token]:
        return sorted(_still(self.waiting, WAITING), key=_age)


def _still(noted: dict[str, Token], state: int) -> list[Token]:
    """Tokens noted for a state that are in it still; the others are forgotten."""
    for token_id in [i for i, token in noted.items() if token._state != state]:
        del noted[token_id]
    return list(noted.values())


def _age(token: Token) -> int:
    return int(token.id)


def plant(workflow: Any, start: str | None = None, got: dict[str, Any] | None = None) -> None:
    """Set the first token of a process on its start; event sub-processes listen from now on."""
    top = workflow.top_workflow
    root = Token(workflow, workflow.spec.start, None, READY, top.fresh_id())
    workflow.task_tree = root
    if start is not None:
        root.internal_data.update({"start": start, "got": got or {}})
    for name in workflow.spec.listeners:
        listener = root._add_child(workflow.spec.task_specs[name])
        listener.task_spec.listen(listener)
    root.run()


def depth(workflow: Any) -> int:
    """How many tokens stand around a scope."""
    found = 0
    while workflow.parent_token is not None:
        found += 1
        workflow = workflow.parent_token.workflow
    return found


def unfinished(workflow: Any) -> bool:
    """Whether anything is left to be done; what only listens does not keep a scope open."""
    return any(
        token._state < COMPLETED and "listen" not in token.internal_data
        for token in workflow.tasks.values()
    )


def prune(top: Root) -> None:
    """Contract finished history: finished tokens leave, their children go to their parent.

    Stays flat at any age of a case: the root and the live tokens are all that is left.
    """
    for token in top.finished:
        workflow = token.workflow
        if token is not workflow.task_tree and token.id in workflow.tasks:
            _splice(workflow, token)


def _splice(workflow: Any, token: Token) -> None:
    parent = workflow.tasks[token._parent]
    at = parent._children.index(token.id)
    parent._children[at : at + 1] = token._children
    for child in token._children:
        workflow.tasks[child]._parent = parent.id
    del workflow.tasks[token.id]
