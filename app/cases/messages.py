"""Messages between cases, delivered in the transaction that throws them.

To every case that waits; when none does, they open the cases that they start. A receiver that
cannot take a message stops its sender: both stay as they were, and who moved the sender sees why.
What nobody waits for is kept for its time, where a drawing in use knows its name. A case that
comes to wait takes what is kept in the same command.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app import definitions, engine
from app.cases import advance, keep, kept, signals, starting
from app.cases.advance import Move
from app.cases.attempt import Failed, attempt
from app.cases.hold import Held, hold_by_id
from app.cases.trouble import CLOSE_INCIDENT, open_incident, text_of
from app.errors import Refused
from app.texts import T
from app.work import Statement, Work

DEEPEST = 8
# Name of the variable for a message's key; see ``_brings``.
KEY = "message_key"
WAITING = """
    SELECT DISTINCT case_id FROM subscriptions WHERE name = %s AND key = %s AND kind = 'message'
    ORDER BY case_id
"""


@dataclass
class Delivered:
    """Numbers of the cases that took a message; else until when it is kept, None: it is lost."""

    reached: list[str] = field(default_factory=list)
    until: datetime | None = None


def after(work: Work, move: Move, depth: int = 0) -> list[str]:
    """Deliver what a finished move threw, then what is kept for what the case now waits for.

    Gives the numbers of the cases reached: the case's own when it has moved on meanwhile.
    """
    reached = _outward(work, move, depth)
    if move.awaits and take_kept(work, move.case.id, move.awaits, depth):
        reached.append(move.case.number)
    return reached


def _outward(work: Work, move: Move, depth: int) -> list[str]:
    if move.signals:
        signals.broadcast(work, move.case, move.signals, depth)
    return _pass_on(work, move.case, move.messages, depth) if move.messages else []


def _pass_on(work: Work, sender: Held, thrown: Sequence[engine.Thrown], depth: int) -> list[str]:
    reached: list[str] = []
    for message in thrown:
        if depth >= DEEPEST:
            raise Refused(T("消息转递层数过多，流程可能互相触发。"), case=sender.number)
        reached += deliver(work, message, sender, depth + 1).reached
    return reached


def deliver(work: Work, message: engine.Thrown, sender: Held | None, depth: int = 0) -> Delivered:
    """Hand a message to every case that waits for it, else open those that it starts, else keep it.

    Before it is kept it is looked at once more, under the lock that who comes to wait takes.
    """
    starts = definitions.live_starts("message", message.name)
    _one_at_a_time(work, message, starts)
    reached = _to_waiting(work, message, depth) or _start(work, message, starts, sender, depth)
    until = None if reached else kept.until(work, message)
    if until is not None:
        kept.lock(work, message.name, message.key or "")
        reached = _to_waiting(work, message, depth)
        if not reached:
            kept.keep(work, message, sender, until)
    return Delivered(reached, until)


Starts = Sequence[tuple[definitions.Published, engine.StartEvent]]


def _one_at_a_time(work: Work, message: engine.Thrown, starts: Starts) -> None:
    """Of two messages that may each open the case in which the other is then waited for, the
    second comes when the first has opened it."""
    for published, start in starts:
        drawn = definitions.process(published.release, start.process_key)
        if message.key and drawn.elements[start.element].kind != "start_event":
            kept.lock(work, f"start {drawn.key}", message.key)


def _to_waiting(work: Work, message: engine.Thrown, depth: int) -> list[str]:
    reached = []
    for (case_id,) in work.execute(WAITING, (message.name, message.key or "")).fetchall():
        # The sender's row is locked already and has been written: it is read as it now is.
        case = hold_by_id(work, case_id)
        move = _receive(work, case, message, {})
        if move is not None:
            reached.append(case.number)
            after(work, move, depth)
    return reached


def _receive(
    work: Work,
    case: Held,
    message: engine.Thrown,
    said: Mapping[str, Any],
    extra: Sequence[Statement] = (),
) -> Move | None:
    run = advance.load(case)
    outcome = run.deliver(message.name, message.key or "", message.variables, work.at)
    if outcome is None:
        return None
    move = advance.advance(work, case, run, outcome)
    entry = {
        "after": {"message": message.name, "key": message.key or "", **said},
        "sealed": {"variables": case.seal(dict(message.variables))},
    }
    keep.keep(work, move, "case:message", entry=entry, extra=extra)
    return move


def _start(
    work: Work, message: engine.Thrown, starts: Starts, sender: Held | None, depth: int
) -> list[str]:
    """Message starts are those of the live release: a child case has a release of its own."""
    started = []
    for published, start in starts:
        move, _plan = starting.open_case(
            work, published, _brings(published, message), element=start.element, parent=sender
        )
        started.append(move.case.number)
        after(work, move, depth)
    return started


def _brings(published: definitions.Published, message: engine.Thrown) -> Mapping[str, Any]:
    """What a message says to the case that it opens; the key too, where the drawing asks for it:
    a report from outside then names its point once."""
    asked = definitions.process(published.release, published.key).variables
    key = {KEY: message.key or ""} if KEY in asked else {}
    return {**message.variables, **key}


# --- kept ones ------------------------------------------------------------------------------------


def take_kept(
    work: Work, case_id: int, awaits: Sequence[engine.Subscription], depth: int = 0
) -> bool:
    """Hand a case the kept messages that it has come to wait for, the oldest first, each once.

    One that it cannot take is an incident of the case, which goes on waiting: who moved it here
    has done nothing wrong. Says whether the case has moved.
    """
    moved, todo = False, _kept_for(work, awaits)
    while todo:
        case = hold_by_id(work, case_id)
        wanted = todo[0]
        found = kept.first(work, case, wanted) if wanted.id in case.open.messages else None
        if found is None:
            todo.pop(0)
            continue
        try:
            with attempt(work):
                move = _take(work, case, wanted, found, depth)
        except Failed as failed:
            case = hold_by_id(work, case_id)
            kept.fail(work, found.id, case)
            text = text_of(failed.__cause__)
            open_incident(work, case, "message", str(found.id), wanted.element, text)
            continue
        moved, todo = True, [*todo, *_kept_for(work, move.awaits)]
    return moved


def _kept_for(work: Work, awaits: Sequence[engine.Subscription]) -> list[engine.Subscription]:
    """Those for which something is kept; in one order for everybody, as each takes a lock."""
    return [s for s in sorted(awaits, key=lambda s: (s.name, s.key)) if kept.there(work, s)]


def _take(
    work: Work, case: Held, wanted: engine.Subscription, found: kept.Kept, depth: int
) -> Move:
    message = engine.Thrown(wanted.name, wanted.key, found.variables)
    closed = (CLOSE_INCIDENT, (work.at, work.by.id, case.id, "message", str(found.id)))
    move = _receive(work, case, message, {"kept": found.id}, [closed])
    if move is None:
        raise RuntimeError("the case's row and its state disagree")
    kept.drop(work, found.id)
    _outward(work, move, depth)
    return move
