"""The way of a move: the engine stops at each service, the function runs, the engine goes on.

What a function or an expression cannot do raises: the person who moved the case sees it and
nothing has changed; a move of a timer, a job or a message leaves an incident (``app.jobs``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app import definitions, engine, registry
from app.cases import services
from app.cases.clock import Change, calendar_of
from app.cases.hold import Held
from app.errors import Problem
from app.texts import T
from app.work import Work

# What a record of it names; the text itself may quote values.
ABOUT = ("procedure", "element", "kind")


class Stuck(Problem):
    """流程走不下去，请联系流程负责人。"""

    on_record = True

    def __init__(self, text: str | None = None, **details: Any) -> None:
        about = {name: details[name] for name in ABOUT if details.get(name)}
        super().__init__(text, about=about, **details)


@dataclass
class Move:
    """A case on its way: the engine's working copy and all that happened since it was loaded."""

    case: Held
    run: engine.Run
    outcome: engine.Outcome
    steps: list[engine.Step] = field(default_factory=list)
    messages: list[engine.Thrown] = field(default_factory=list)
    signals: list[engine.Thrown] = field(default_factory=list)
    # Messages that the case has come to wait for by this move; filled when it is kept.
    awaits: list[engine.Subscription] = field(default_factory=list)
    # Outside calls reached in this move: engine id → (call, key).
    calls: list[engine.ServiceCall] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    # What the move did to the service clock; filled when it is kept.
    clock: Change = field(default_factory=Change)
    # Of a move back: who gets which step again; nobody gets one for having moved the case.
    hands: dict[str, tuple[int, str]] | None = None

    def take(self, outcome: engine.Outcome) -> None:
        """Note what the engine did since it was last asked. Raises Stuck when it could not."""
        if outcome.status == "failed" and outcome.error is not None:
            raise Stuck(
                outcome.error.message,
                element=outcome.error.element,
                kind=outcome.error.kind,
                procedure=outcome.error.process_key,
                # A case that is only being opened will not have been.
                case=self.case.number if self.case.chain_seq else None,
            )
        self.outcome = outcome
        self.steps.extend(outcome.steps)
        self.messages.extend(outcome.messages)
        self.signals.extend(outcome.signals)


def load(case: Held) -> engine.Run:
    """The engine's working copy of a case, on the release that the case started with."""
    library = definitions.library(case.release_id)
    return engine.load(library, case.clear_state(), calendar_of(case))


def advance(work: Work, case: Held, run: engine.Run, outcome: engine.Outcome) -> Move:
    """Run the services that a move reached, until all that is left waits."""
    move = Move(case, run, outcome)
    move.take(outcome)
    return go_on(work, move)


def go_on(work: Work, move: Move) -> Move:
    """Go on with a move whose last outcome may stand at a service."""
    while move.outcome.status == "service" and move.outcome.service is not None:
        move.take(_answer(work, move, move.outcome.service))
    return move


def _answer(work: Work, move: Move, call: engine.ServiceCall) -> engine.Outcome:
    found = services.table.find(call.type)
    if found.contract.outside:
        # It answers later, by a job: the rest of the case need not wait for it.
        move.calls.append(call)
        return move.run.proceed(work.at)
    try:
        result = perform(work, move.case, found, call)
    except services.BpmnError as error:
        return move.run.fail(call.id, error.code, str(error), work.at)
    return move.run.resume(call.id, result, work.at)


def perform(
    work: Work, case: Held, found: services.Service, call: engine.ServiceCall
) -> Mapping[str, Any]:
    """Run a service function and hold it to its contract."""
    asked = services.Call(
        inputs=call.inputs,
        case_number=case.number,
        case_id=case.id,
        release=case.release_id,
        procedure=call.process_key,
        element=call.element,
        element_name=call.name,
        account_no=case.account_no,
        region=case.region,
        key=call_key(case, call.id),
        case_procedure=case.procedure,
    )
    result = dict(found.function(work, asked) or {})
    unknown = result.keys() - found.contract.outputs.keys()
    if unknown:
        raise Problem(
            T(
                "服务 {name} 给出了未声明的结果：{names}。",
                name=call.type,
                names="、".join(sorted(unknown)),
            )
        )
    if asked.register_changed or _changes(case, found.contract):
        case.register_changed = True
    return result


def _changes(case: Held, contract: services.ServiceContract) -> bool:
    """Whether what the service did stays when the case is withdrawn."""
    if not contract.changes_register:
        return False
    return not (contract.comes_back and registry.is_undone_at_end(case.number))


def call_key(case: Held, call_id: str) -> str:
    """Names one call for good: the same when it is repeated."""
    return f"{case.number}:{call_id}"
