"""Drawings run in memory by a script, on a clock of its own: for process owners and for tests."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.engine.library import Library
from app.engine.outcome import Outcome, ServiceCall, Thrown
from app.engine.run import Run
from app.engine.script import BadScript, checked
from app.engine.times import duration, moment
from app.texts import T, Text

if TYPE_CHECKING:
    from app.worktime import Calendar

START = "2026-03-02T09:00:00+08:00"


@dataclass(slots=True)
class Player:
    """One case of the rehearsal."""

    run: Run
    outcome: Outcome


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
    undelivered: list[str] = field(default_factory=list)
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
        for number, key in enumerate(processes):
            last = number == len(processes) - 1
            self._begin(key, (self.script.get("start") or {}) if last else {})
        main = self.players[len(processes) - 1] if self._all_started(processes) else None
        for event in self.script.get("events") or []:
            if self.error is not None:
                break
            self._event(event, main)
        return self._result(main)

    def _all_started(self, processes: list[str]) -> bool:
        return len(self.players) >= len(processes)

    # what a script can do

    def _event(self, event: Mapping[str, Any], main: Player | None) -> None:
        for name, act in (
            ("complete", self._complete),
            ("message", self._message),
            ("advance", self._advance),
        ):
            if name in event:
                act(event, main)

    def _complete(self, event: Mapping[str, Any], main: Player | None) -> None:
        found = self._task(event, main)
        if found is None:
            self.error = T("任务“{id}”没有打开", id=event["complete"])
            return
        player, task = found
        self._take(player, player.run.complete(task.id, event.get("answers") or {}, self.now))

    def _task(self, event: Mapping[str, Any], main: Player | None) -> Any:
        players = sorted(self.players, key=lambda p: p is not main)
        instance = event.get("instance")
        for player in players:
            for task in player.outcome.tasks:
                if task.element == event["complete"] and instance in (None, task.instance):
                    return player, task
        return None

    def _message(self, event: Mapping[str, Any], _main: Player | None) -> None:
        key = event.get("key")
        text = None if key is None else str(key)
        self._deliver(Thrown(str(event["message"]), text, dict(event.get("variables") or {})))

    def _advance(self, event: Mapping[str, Any], _main: Player | None) -> None:
        try:
            until = duration(event["advance"]).after(self.now)
        except ValueError as error:
            raise BadScript(T("advance 不是时长：{value}", value=event["advance"])) from error
        while self.error is None:
            due = self._first_due(until)
            if due is None:
                break
            player, timer = due
            self.now = max(self.now, timer.due)
            self._take(player, player.run.fire(timer.id, self.now))
        self.now = max(self.now, until)

    def _first_due(self, until: datetime) -> Any:
        due = [
            (timer.due, number, player, timer)
            for number, player in enumerate(self.players)
            for timer in player.outcome.timers
            if timer.due <= until
        ]
        first = min(due, key=lambda row: row[:2], default=None)
        return first[2:] if first else None

    # what follows from it

    def _begin(self, key: str, variables: Mapping[str, Any], element: str | None = None) -> None:
        run = Run(self.library, self.calendar)
        outcome = run.start(key, variables, self.now, element)
        player = Player(run, outcome)
        self.players.append(player)
        self._take(player, outcome)

    def _take(self, player: Player, outcome: Outcome) -> None:
        """Answer services until the case waits, then hand on what it has sent."""
        sent: list[Thrown] = []
        while True:
            player.outcome = outcome
            self.trace += [step.element for step in outcome.steps]
            sent += outcome.messages
            if outcome.status == "failed":
                self._failed(outcome)
                return
            if outcome.service is None:
                break
            outcome = self._serve(player, outcome.service)
        for thrown in sent:
            self._deliver(thrown)

    def _failed(self, outcome: Outcome) -> None:
        if outcome.error is not None:
            text = outcome.error.message
            self.error = T("{element}：{reason}", element=outcome.error.element, reason=text)

    def _serve(self, player: Player, call: ServiceCall) -> Outcome:
        answer = self._answer(call.type)
        if answer is None:
            return player.run.proceed(self.now)
        if "error" in answer:
            code = str(answer["error"])
            return player.run.fail(call.id, code, str(answer.get("message", code)), self.now)
        return player.run.resume(call.id, answer.get("variables") or {}, self.now)

    def _answer(self, name: str) -> Any:
        """The script's answer; None when it has none (left): then the service stays open."""
        if name in self._always:
            return self._always[name]
        row = self._answers.get(name)
        return row.popleft() if row else None

    def _deliver(self, message: Thrown) -> None:
        """To every case that waits for it, else to a start event, else nowhere."""
        reached = False
        for player in list(self.players):
            for waiting in player.outcome.subscriptions:
                if waiting.name == message.name and message.key in (None, waiting.key):
                    outcome = player.run.deliver(
                        message.name, waiting.key, message.variables, self.now
                    )
                    if outcome is not None:
                        self._take(player, outcome)
                        reached = True
                    break
        for begin in () if reached else self.library.message_starts:
            if begin.name == message.name:
                self._begin(begin.process_key, message.variables, begin.element)
                reached = True
        if not reached:
            self.undelivered.append(message.name)

    # the picture at the end

    def _result(self, main: Player | None) -> dict[str, Any]:
        outcome = main.outcome if main else self.players[-1].outcome
        result: dict[str, Any] = {
            "status": "failed" if self.error is not None else outcome.status,
            "trace": self.trace,
            "open": [row for player in self.players for row in _open(player.outcome)],
            "variables": outcome.variables,
            "error": None if self.error is None else str(self.error),
        }
        if self.undelivered:
            result["undelivered"] = self.undelivered
        return result


def _open(outcome: Outcome) -> Iterator[dict[str, Any]]:
    def row(open_: Any, waits_for: str) -> dict[str, Any]:
        return {"element": open_.element, "instance": open_.instance, "waits_for": waits_for}

    yield from (row(task, "task") for task in outcome.tasks)
    yield from (row(timer, "timer") for timer in outcome.timers)
    yield from (row(waiting, "message") for waiting in outcome.subscriptions)
    yield from (row(call, "service") for call in outcome.pending)


def rehearse(
    library: Library,
    processes: list[str],
    script: Mapping[str, Any],
    calendar: Calendar | None = None,
) -> dict[str, Any]:
    """``{status, trace, open, variables, error}``. Raises BadScript, NotFound (no such process)."""
    return Rehearsal(library, checked(script), calendar).play(processes)
