"""Messages between cases, delivered in the transaction that throws them.

A receiver that cannot take a message stops its sender: both stay as they were, and who moved the
sender sees why. What nobody waits for is lost, as BPMN has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app import definitions, engine
from app.cases import advance, keep, starting
from app.cases.advance import Move
from app.cases.hold import Held, hold_by_id
from app.errors import Refused
from app.texts import T
from app.work import Work

DEEPEST = 8
WAITING = """
    SELECT DISTINCT case_id FROM subscriptions WHERE name = %s AND key = %s ORDER BY case_id
"""


def pass_on(work: Work, sender: Held, thrown: Sequence[engine.Thrown], depth: int = 0) -> list[str]:
    """Deliver what a case threw; gives the numbers of the cases reached."""
    reached: list[str] = []
    for message in thrown:
        if depth >= DEEPEST:
            raise Refused(T("消息转递层数过多，流程可能互相触发。"), case=sender.number)
        reached += deliver(
            work, message.name, message.key or "", message.variables, sender, depth + 1
        )
    return reached


def deliver(
    work: Work,
    name: str,
    key: str,
    variables: Mapping[str, Any],
    sender: Held | None,
    depth: int = 0,
) -> list[str]:
    """Hand a message to every case that waits for it and start those that it starts."""
    reached = []
    for (case_id,) in work.execute(WAITING, (name, key)).fetchall():
        # The sender's row is locked already and has been written: it is read as it now is.
        case = hold_by_id(work, case_id)
        if _receive(work, case, name, key, variables, depth):
            reached.append(case.number)
    return [*reached, *_start(work, name, variables, sender, depth)]


def _receive(
    work: Work, case: Held, name: str, key: str, variables: Mapping[str, Any], depth: int
) -> bool:
    run = advance.load(case)
    outcome = run.deliver(name, key, variables, work.at)
    if outcome is None:
        return False
    move = advance.advance(work, case, run, outcome)
    entry = {
        "after": {"message": name, "key": key},
        "sealed": {"variables": case.seal(dict(variables))},
    }
    keep.keep(work, move, "case:message", entry=entry)
    pass_on(work, case, move.messages, depth)
    return True


def _start(
    work: Work, name: str, variables: Mapping[str, Any], sender: Held | None, depth: int
) -> list[str]:
    started = []
    for procedure, element in _starters(name):
        move, _plan = starting.open_case(work, procedure, variables, element=element, parent=sender)
        started.append(move.case.number)
        pass_on(work, move.case, move.messages, depth)
    return started


def _starters(name: str) -> list[tuple[definitions.Published, str]]:
    """Message starts are those of the live release: a child case has a release of its own."""
    live = {p.key: p for p in definitions.published()}
    if not live:
        return []
    release = next(iter(live.values())).release
    starts = definitions.library(release).message_starts
    return [(live[s.process_key], s.element) for s in starts if s.name == name]


def after(work: Work, move: Move, depth: int = 0) -> list[str]:
    """Deliver what a finished move threw."""
    return pass_on(work, move.case, move.messages, depth) if move.messages else []
