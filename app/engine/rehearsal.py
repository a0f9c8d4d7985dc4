"""Drawings run in memory by a script, on a clock of its own: for process owners and for tests."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from app import feel
from app.engine.drawing import StartEvent
from app.engine.library import Library
from app.engine.marks import Source
from app.engine.opening import timer_start_due
from app.engine.outcome import Outcome, ServiceCall, Thrown
from app.engine.run import Run
from app.engine.script import BadScript, checked
from app.engine.times import duration, moment
from app.errors import NotFound
from app.texts import T, Text

if TYPE_CHECKING:
    from app.worktime import Calendar

START = "2026-03-02T09:00:00+08:00"
MOST = 2_000  # deliveries that may follow from one event
KEEP = "PT1H"  # how long a message that nobody waits for yet is kept, as in a new installation


@dataclass(slots=True)
class Player:
    """One case of the rehearsal; ``run`` is None while it waits for what opens it."""

    key: str
    run: Run | None = None
    outcome: Outcome | None = None


@dataclass(slots=True)
class Alarm:
    """A timer start event, and when it opens a case next."""

    start: StartEvent
    due: datetime | None = None
    fired: int = 0


@dataclass(slots=True)
class Rehearsal:
    """Keeps the cases, the clock and the trace of all."""

    library: Library
    script: Mapping[str, Any]
    calendar: Calendar | None = None
    now: datetime = field(init=False)
    players: list[Player] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    error: Text | None = None
    alarms: list[Alarm] = field(default_factory=list)
    kept: list[tuple[Thrown, datetime]] = field(default_factory=list)
    undelivered: list[str] = field(default_factory=list)
    # What is still to be handed on: messages and signals, in the order in which they were sent.
    _post: deque[Callable[[], None]] = field(default_factory=deque)
    _answers: dict[str, deque[Any]] = field(default_factory=dict)
    _always: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        try:
            self.now = moment(self.script.get("now") or START)
        except ValueError as error:
            raise BadScript(T("脚本的 now 不是日期时间")) from error
        for name, given in (self.script.get("services") or {}).items():
            if isinstance(given, list):
                self._answers[name] = deque(given)
            else:
                self._always[name] = given

    def play(self, processes: list[str]) -> dict[str, Any]:
        """Start in order; the last is the one whose status and variables are told."""
        named: list[Player] = []
        self.alarms = [self._set(Alarm(start)) for start in self.library.starts("timer")]
        for number, key in enumerate(processes):
            last = number == len(processes) - 1
            named.append(self._named(key, (self.script.get("start") or {}) if last else {}))
        for event in self.script.get("events") or []:
            if self.error is not None:
                break
            self._event(event, named[-1])
        return self._result(named[-1])

    def _named(self, key: str, variables: Mapping[str, Any]) -> Player:
        """A process asked for: started, or waiting for what opens it, if only a trigger does."""
        player = Player(key)
        self.players.append(player)
        process = self.library.processes.get(key)
        if process is None:
            raise NotFound(T("没有名为 {id} 的流程", id=key))
        if not process.needs_trigger:
            self._begin(player, variables)
        self._hand_on()
        return player

    def _set(self, alarm: Alarm) -> Alarm:
        start = alarm.start
        try:
            alarm.due = timer_start_due(
                start, self.now, self.calendar, alarm.due, fired=alarm.fired
            )
        except (ValueError, feel.FeelError) as error:
            self.error = T(
                "{element}：定时写法无法识别：{value}", element=start.element, value=str(error)
            )
        return alarm

    # what a script can do

    def _event(self, event: Mapping[str, Any], main: Player) -> None:
        for name, act in (
            ("complete", self._complete),
            ("message", self._message),
            ("signal", self._signal),
            ("advance", self._advance),
        ):
            if name in event:
                act(event, main)
                self._hand_on()

    def _hand_on(self) -> None:
        """Deliver all that was sent. Cases that trigger each other without end are an error."""
        for _ in range(MOST):
            if not self._post or self.error is not None:
                return
            self._post.popleft()()
        self.error = T("消息和信号往来过多，流程可能在互相触发")

    def _complete(self, event: Mapping[str, Any], main: Player) -> None:
        found = self._task(event, main)
        if found is None:
            self.error = T("任务“{id}”没有打开", id=event["complete"])
            return
        player, task = found
        self._take(player, player.run.complete(task.id, event.get("answers") or {}, self.now))

    def _task(self, event: Mapping[str, Any], main: Player) -> Any:
        instance = event.get("instance")
        for player in sorted(self._begun(), key=lambda p: p is not main):
            for task in player.outcome.tasks:
                if task.element == event["complete"] and instance in (None, task.instance):
                    return player, task
        return None

    def _begun(self) -> list[Any]:
        return [player for player in self.players if player.run is not None]

    def _message(self, event: Mapping[str, Any], _main: Player) -> None:
        key = event.get("key")
        text = None if key is None else str(key)
        self._deliver(Thrown(str(event["message"]), text, dict(event.get("variables") or {})))

    def _signal(self, event: Mapping[str, Any], _main: Player) -> None:
        self._spread(Thrown(str(event["signal"]), None, dict(event.get("variables") or {})), None)

    def _advance(self, event: Mapping[str, Any], _main: Player) -> None:
        try:
            until = duration(event["advance"]).after(self.now)
        except ValueError as error:
            raise BadScript(T("advance 不是时长：{value}", value=event["advance"])) from error
        while self.error is None and (due := self._first_due(until)) is not None:
            at, player, timer = due
            self.now = max(self.now, at)
            if isinstance(timer, Alarm):
                timer.fired += 1
                self._set(timer)
                self._open(timer.start, {})
            else:
                self._take(player, player.run.fire(timer.id, self.now))
            self._hand_on()
        self.now = max(self.now, until)

    def _first_due(self, until: datetime) -> tuple[datetime, Any, Any] | None:
        due: list[tuple[datetime, Any, Any]] = [
            (timer.due, player, timer)
            for player in self._begun()
            for timer in player.outcome.timers
            if timer.due <= until
        ]
        due += [(a.due, None, a) for a in self.alarms if a.due is not None and a.due <= until]
        return min(due, key=lambda row: row[0], default=None)

    # what follows from it

    def _begin(
        self, player: Player, variables: Mapping[str, Any], element: str | None = None
    ) -> None:
        player.run = Run(self.library, self.calendar)
        self._take(player, player.run.start(player.key, variables, self.now, element))

    def _open(self, start: StartEvent, variables: Mapping[str, Any]) -> None:
        """By a trigger: the case that was asked for and waits for it, else a new one."""
        asked = (p for p in self.players if p.key == start.process_key and p.run is None)
        player = next(asked, None)
        if player is None:
            player = Player(start.process_key)
            self.players.append(player)
        self._begin(player, variables, start.element)

    def _take(self, player: Player, outcome: Outcome) -> None:
        """Answer services until the case waits, then hand on what it has sent."""
        sent: list[Thrown] = []
        told: list[Thrown] = []
        while True:
            player.outcome = outcome
            self.trace += [step.element for step in outcome.steps]
            sent += outcome.messages
            told += outcome.signals
            if outcome.status == "failed":
                self._failed(outcome)
                return
            if outcome.service is None:
                break
            outcome = self._serve(player, outcome.service)
        after = [partial(self._spread, thrown, player) for thrown in told]
        after += [partial(self._deliver, thrown) for thrown in sent]
        self._post.extendleft([self._deliver_kept, *reversed(after)])

    def _failed(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            text = outcome.error.message
            self.error = T("{element}：{reason}", element=outcome.error.element, reason=text)

    def _serve(self, player: Any, call: ServiceCall) -> Outcome:
        answer = self._answer(call)
        if answer is None:
            outcome: Outcome = player.run.proceed(self.now)
        elif "error" in answer:
            code = str(answer["error"])
            outcome = player.run.fail(call.id, code, str(answer.get("message", code)), self.now)
        else:
            outcome = player.run.resume(call.id, answer.get("variables") or {}, self.now)
        return outcome

    def _answer(self, call: ServiceCall) -> Any:
        """The script's answer, else the one that the drawing declares for rehearsals; None when
        there is none (left): then the service stays open."""
        if call.type in self._always:
            return self._always[call.type]
        row = self._answers.get(call.type)
        if row is not None:
            return row.popleft() if row else None
        return self._declared(call)

    def _declared(self, call: ServiceCall) -> Any:
        element = self.library.processes[call.process_key].elements[call.element]
        source = Source.read(element.marks.properties.get("rehearsal"))
        if source is None:
            return None
        value = feel.evaluate(source.text, call.inputs, now=self.now, calendar=self.calendar)
        return {"variables": value} if isinstance(value, dict) else None

    # messages and signals

    def _deliver(self, message: Thrown) -> None:
        """To every case that waits for it, else to a start event, else kept for its time."""
        reached = self._hand_over(message)
        for begin in () if reached else self.library.starts("message"):
            if begin.name == message.name and self.error is None:
                self._open(begin, message.variables)
                reached = True
        if not reached:
            self.kept.append((message, duration(message.keep or KEEP).after(self.now)))

    def _hand_over(self, message: Thrown) -> bool:
        reached = False
        for player in self._begun():
            for waiting in player.outcome.subscriptions:
                if _matches(waiting, message):
                    outcome = player.run.deliver(
                        message.name, waiting.key, message.variables, self.now
                    )
                    if outcome is not None:
                        self._take(player, outcome)
                        reached = True
                    break
            if self.error is not None:
                break
        return reached

    def _deliver_kept(self) -> None:
        """A case may have come to wait for what was sent before; each is handed over once."""
        for entry in list(self.kept):
            if entry in self.kept and self.error is None:
                self.kept.remove(entry)
                if entry[1] <= self.now:
                    self.undelivered.append(entry[0].name)
                elif not self._hand_over(entry[0]):
                    self.kept.append(entry)

    def _spread(self, signal: Thrown, sender: Player | None) -> None:
        """To all cases that listen (the sender has heard it), and to start events."""
        for player in self._begun():
            if player is not sender and self.error is None:
                outcome = player.run.signal(signal.name, signal.variables, self.now)
                if outcome is not None:
                    self._take(player, outcome)
        for begin in self.library.starts("signal"):
            if begin.name == signal.name and self.error is None:
                self._open(begin, signal.variables)

    # the picture at the end

    def _result(self, main: Player) -> dict[str, Any]:
        outcome = main.outcome
        status = "waiting" if outcome is None else outcome.status
        result: dict[str, Any] = {
            "status": "failed" if self.error is not None else status,
            "trace": self.trace,
            "open": [row for player in self.players for row in self._open_rows(player)],
            "variables": {} if outcome is None else outcome.variables,
            "error": None if self.error is None else str(self.error),
        }
        lost = [*self.undelivered, *(message.name for message, _until in self.kept)]
        if lost:
            result["undelivered"] = lost
        return result

    def _open_rows(self, player: Player) -> Iterator[dict[str, Any]]:
        if player.outcome is not None:
            yield from _open(player.outcome)
            return
        for start in self.library.processes[player.key].starts:
            yield {"element": start.element, "instance": None, "waits_for": start.kind}


def _matches(waiting: Any, message: Thrown) -> bool:
    return (
        waiting.kind == "message"
        and waiting.name == message.name
        and message.key in (None, waiting.key)
    )


def _open(outcome: Outcome) -> Iterator[dict[str, Any]]:
    def row(open_: Any, waits_for: str) -> dict[str, Any]:
        return {"element": open_.element, "instance": open_.instance, "waits_for": waits_for}

    yield from (row(task, "task") for task in outcome.tasks)
    yield from (row(timer, "timer") for timer in outcome.timers)
    yield from (row(waiting, waiting.kind) for waiting in outcome.subscriptions)
    yield from (row(condition, "condition") for condition in outcome.conditions)
    yield from (row(call, "service") for call in outcome.pending)


def rehearse(
    library: Library,
    processes: list[str],
    script: Mapping[str, Any],
    calendar: Calendar | None = None,
) -> dict[str, Any]:
    """``{status, trace, open, variables, error}``. Raises BadScript, NotFound (no such process)."""
    return Rehearsal(library, checked(script), calendar).play(processes)
