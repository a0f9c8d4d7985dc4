"""One working copy of a case in memory, moved one step at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from app.engine import back, stepping, waits
from app.engine.back import Back
from app.engine.context import Context, Incident
from app.engine.library import Library
from app.engine.outcome import Failure, Outcome
from app.engine.recount import Ask, answer, asks, work_out
from app.engine.routing import fire, spread, throw_error
from app.engine.specs.activities import Service, service_call
from app.engine.state import dump
from app.engine.state import load as load_state
from app.engine.times import micros
from app.engine.tree import READY, STARTED, Root, plant, unfinished
from app.engine.variables import bring_out, visible
from app.errors import Conflict, NotFound
from app.texts import T

if TYPE_CHECKING:
    from app.worktime import Calendar


class Run:
    """A working copy. After a failed move, or an exception, throw it away.

    ``now`` is an aware datetime; the engine itself reads no clock. Every move gives the whole
    picture (Outcome). It stops at each service: answer with ``resume`` or ``fail``, or let the
    service answer later and go on with the rest by ``proceed``.
    """

    contract = True  # off only to prove that contraction changes nothing

    def __init__(self, library: Library, calendar: Calendar | None = None) -> None:
        self.library = library
        self.context = Context(library, calendar)
        self._top: Root | None = None
        self._before = b""
        self._moves = 0
        self._dead = False

    # moves

    def start(
        self,
        process_key: str,
        variables: Mapping[str, Any],
        now: datetime,
        element: str | None = None,
    ) -> Outcome:
        """Open a case; ``element`` names what its trigger came to: a start event, a receive task
        or an event behind an instantiating gateway. NotFound: no such process.
        """
        process = self.library.processes.get(process_key)
        if process is None:
            raise NotFound(T("没有名为 {id} 的流程", id=process_key))

        def begin() -> None:
            self._top = Root(process.spec, self.context)
            if element:
                plant(self._top, f"#{element}", dict(variables))
                return
            self._top.data.update(variables)
            plant(self._top)
            if not process.spec.start._outputs:
                stepping.begin_by_condition(self._top)

        return self._move(now, begin)

    def complete(self, task_id: str, answers: Mapping[str, Any], now: datetime) -> Outcome:
        """A person has done a task. Conflict: it is no longer open."""
        token = self._open(task_id)

        def finish() -> None:
            bring_out(self.context, token, answers)
            token.run()

        return self._move(now, finish)

    def resume(
        self, service_id: str, variables: Mapping[str, Any] | None, now: datetime
    ) -> Outcome:
        """A service has answered."""
        token = self._called(service_id)

        def finish() -> None:
            bring_out(self.context, token, variables or {})
            token.complete()

        return self._move(now, finish)

    def fail(self, service_id: str, code: str | None, message: str, now: datetime) -> Outcome:
        """A service says a BPMN error: to the boundary that catches it, else a failed outcome."""
        token = self._called(service_id)
        return self._move(now, lambda: throw_error(token, code, message, inside=True))

    def fire(self, timer_id: str, now: datetime) -> Outcome:
        """A timer's moment has come. Conflict: it is not open, or not yet due."""
        wait = self._wait(timer_id)
        if wait.due is None or wait.due > micros(now):
            raise Conflict(T("定时尚未到期"))
        return self._move(now, lambda: fire(wait.token, wait.key, {}))

    def deliver(
        self, name: str, key: str, variables: Mapping[str, Any], now: datetime
    ) -> Outcome | None:
        """Hand a message to the oldest subscription that waits for it; None when none does."""
        for wait in waits.waits(self._case()):
            if wait.message == [name, str(key)]:
                return self._move(now, partial(fire, wait.token, wait.key, dict(variables)))
        return None

    def signal(self, name: str, variables: Mapping[str, Any], now: datetime) -> Outcome | None:
        """Hand a signal to everything in the case that listens to it; None when nothing does."""
        top = self._case()
        if not any(wait.signal == name for wait in waits.waits(top)):
            return None

        def heard() -> None:
            spread(top, name, dict(variables))

        return self._move(now, heard)

    def proceed(self, now: datetime) -> Outcome:
        """Go on with all that does not depend on services still without an answer."""
        return self._move(now, lambda: None)

    def ways_back(self, task_id: str) -> list[Back]:
        """The steps that an open task may be sent back to, the nearest scope's first."""
        return [way for way, _host in back.ways_back(self._open(task_id))]

    def send_back(self, task_id: str, to: Back, now: datetime) -> Outcome:
        """Take up an earlier step again; what it will bring again falls away.

        Conflict: the task is no longer open, or ``to`` is not one of ``ways_back``.
        """
        found = back.ways_back(self._open(task_id))
        host = next((host for way, host in found if way == to), None)
        if host is None:
            raise Conflict(T("不能退回到这一步"))
        return self._move(now, lambda: back.go_back(host, to.element))

    def cancel(self, now: datetime) -> Outcome:
        """End the case by force; no end event is reached."""
        case = self._case()

        def end() -> None:
            for token in list(case.tokens()):
                token.cancel()

        return self._move(now, end)

    # reads

    @property
    def variables(self) -> dict[str, Any]:
        """Variables of the root process."""
        return dict(self._case().data)

    def scope(self, task_id: str) -> dict[str, Any]:
        """All that an expression of this task may read."""
        return visible(self._token(task_id))

    def state(self) -> bytes:
        return dump(self._case())

    def counted(self) -> list[Ask]:
        """What ``recount`` has to know: expressions, what they read, and as of when."""
        return asks(self._case())

    def recount(self, values: Sequence[Any] | None = None) -> Outcome:
        """Work out anew, by this run's calendar, what was counted in working time; nothing moves.

        Each from the moment it began to wait, with what it read then. What has fired stays fired,
        and what is due by now fires when it is asked to. ``values``: those of ``counted``.
        """
        self._alive()
        found = work_out(self.counted(), self.context.calendar) if values is None else values
        self._moves += 1
        self._dead = True
        try:
            answer(self._case(), self.context, found)
        except Incident as incident:
            return self._failed(incident.failure)
        self._dead = False
        return self.look()

    def look(self) -> Outcome:
        """The picture without a move."""
        self.context.begin(self.context.now)
        return self._picture(None)

    # the way of a move

    def _move(self, now: datetime, act: Callable[[], None]) -> Outcome:
        self._alive()
        micros(now)  # a naive moment is refused before anything moves
        self._moves += 1
        self.context.begin(now)
        self._dead = True
        try:
            act()
            stepping.steps(self._case(), contract=self.contract)
            stepping.stuck(self._case())
        except Incident as incident:
            return self._failed(incident.failure)
        self._dead = False
        return self._picture(None)

    # pictures

    def _picture(self, error: Failure | None) -> Outcome:
        top = self._case()
        found = list(waits.waits(top))
        manual, called = waits.manual_tokens(top), waits.called(top)
        tasks = [waits.open_task(token) for token in manual]
        done = not unfinished(top)
        call = self.context.call
        return Outcome(
            status="service" if call else "completed" if done else "waiting",
            ended=top.ended if done else None,
            error=error,
            tasks=tasks,
            timers=waits.timers(found),
            subscriptions=waits.subscriptions(found),
            conditions=waits.conditions(found),
            service=call,
            pending=[service_call(token) for token in called],
            messages=self.context.thrown,
            signals=self.context.signals,
            steps=self.context.steps,
            paused=waits.only_waits(tasks, found),
            pauses=waits.reasons([*manual, *called], found),
            variables=dict(top.data),
            _state=self._frozen(),
        )

    def _frozen(self) -> Callable[[], bytes]:
        """Bytes when asked for; asking after the next move would give another state."""
        moves, kept = self._moves, bytearray()

        def state() -> bytes:
            if not kept:
                if moves != self._moves:
                    raise RuntimeError("the run has moved on since this outcome")
                kept.extend(self.state())
            return bytes(kept)

        return state

    def _failed(self, error: Failure) -> Outcome:
        before = self._before
        return Outcome(
            "failed", None, error, [], [], [], [], None, [], [], [], self.context.steps, False,
            [], dict(self._top.data) if self._top else {}, lambda: before,
        )  # fmt: skip

    # finding

    def _alive(self) -> None:
        if self._dead:
            raise RuntimeError("a run that has failed is not used again")

    def _case(self) -> Root:
        if self._top is None:
            raise RuntimeError("the run has not been started")
        return self._top

    def _token(self, token_id: str) -> Any:
        self._alive()
        token = self._case().get_task_from_id(token_id)
        if token is None:
            raise Conflict(T("该任务已办结或已撤销"))
        return token

    def _open(self, task_id: str) -> Any:
        token = self._token(task_id)
        if token._state != READY or not token.task_spec.manual:
            raise Conflict(T("该任务已办结或已撤销"))
        return token

    def _called(self, service_id: str) -> Any:
        token = self._token(service_id)
        if token._state != STARTED or not isinstance(token.task_spec, Service):
            raise Conflict(T("该服务调用已有结果"))
        return token

    def _wait(self, wait_id: str) -> waits.Wait:
        self._alive()
        for wait in waits.waits(self._case()):
            if wait.id == wait_id:
                return wait
        raise Conflict(T("该定时已不在等待"))


def load(library: Library, state: bytes, calendar: Calendar | None = None) -> Run:
    """A working copy of a saved case. OldState: the bytes are not ours."""
    run = Run(library, calendar)
    run._top = load_state(state, run.context)
    run._before = state
    return run
