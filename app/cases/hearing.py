"""Signals told, and kept messages: what a job does about them, and what is cleared away.

Each is a command of its own that may safely come twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app import definitions
from app.cases import advance, envelopes, keep, kept, messages, signals, starting
from app.cases.hold import BY_NUMBER, Held, hold_by_id, hold_case, read_case
from app.cases.trouble import CLOSE_INCIDENT, CLOSE_START, open_incident, open_start
from app.db import raw
from app.queue import enqueue
from app.work import Work, command, ledger

RECEIVER = """
    SELECT r.id, r.case_id, r.waits, r.procedure, r.element, s.name, s.body, s.bound, s.sender,
        s.depth, k.wrapped
    FROM signal_receivers r JOIN signals s ON s.id = r.signal_id
    JOIN data_keys k ON k.id = s.key_id
    WHERE r.id = %s FOR UPDATE OF r
"""
RECEIVERS = "SELECT id FROM signal_receivers WHERE signal_id = %s ORDER BY id"
TOLD = "DELETE FROM signal_receivers WHERE id = %s"
BATCH = 500


@command(right="admin")
def signal(work: Work, name: str, variables: Mapping[str, Any] | None = None) -> int:
    """Send a signal from outside to every case that listens and to what it starts; gives to how
    many. Administrators may, and the system. One that nobody hears is without effect.
    """
    count = signals.say(work, name, variables or {}, None)
    if not count:
        work.record(ledger("signals"), "signal:send", after={"signal": name, "cases": 0})
    return count


@command(right="system")
def spread_signal(work: Work, signal_id: int) -> int:
    """One job for each that hears a signal; gives how many are left to be told."""
    found = work.execute(RECEIVERS, (signal_id,)).fetchall()
    for (receiver,) in found:
        enqueue("hear_signal", receiver_id=receiver)
    return len(found)


@dataclass(frozen=True)
class Receiver:
    """Who is to be told of a signal: a case and its subscriptions then, or a start."""

    id: int
    case_id: int | None
    waits: list[str]
    procedure: str | None
    element: str | None
    name: str
    body: bytes
    bound: str
    sender: str | None
    depth: int
    wrapped: bytes | None

    @property
    def ref(self) -> str:
        """Names the incident of a start that failed."""
        return f"signal:{self.id}"

    def variables(self) -> dict[str, Any]:
        """What the signal says. Raises Destroyed."""
        return envelopes.opened(self.wrapped, self.body, self.bound)


def _receiver(work: Work, receiver_id: int) -> Receiver | None:
    row = work.execute(RECEIVER, (receiver_id,)).fetchone()
    return None if row is None else Receiver(*row)


@command(right="system")
def hear_signal(work: Work, receiver_id: int) -> bool:
    """Tell one case, or open the case that the signal starts. Once; says whether anything moved.

    A case that has stopped listening in the meantime, or has begun to only since, hears nothing.
    """
    found = _receiver(work, receiver_id)
    if found is None:
        return False
    done = _open(work, found) if found.case_id is None else _hear(work, found, found.case_id)
    work.execute(TOLD, (receiver_id,))
    return done


def _hear(work: Work, found: Receiver, case_id: int) -> bool:
    case = hold_by_id(work, case_id)
    close = (CLOSE_INCIDENT, (work.at, work.by.id, case.id, "signal", str(found.id)))
    listens = case.status == "open" and not case.open.messages.keys().isdisjoint(found.waits)
    if not listens or found.wrapped is None:
        _missed(work, case, found)
        keep.send(work, [close])
        return False
    variables = found.variables()
    run = advance.load(case)
    outcome = run.signal(found.name, variables, work.at)
    if outcome is None:
        raise RuntimeError("the case's row and its state disagree")
    move = advance.advance(work, case, run, outcome)
    entry = {
        "after": {"signal": found.name, "from": found.sender},
        "sealed": {"variables": case.seal(variables)},
    }
    keep.keep(work, move, "case:signal", entry=entry, extra=[close])
    messages.after(work, move, found.depth)
    return True


def _missed(work: Work, case: Held, found: Receiver) -> None:
    work.record(
        case,
        "signal:miss",
        case=case.number,
        procedure=case.procedure,
        version=case.version,
        release=case.release_id,
        after={"signal": found.name, "from": found.sender},
    )


def _open(work: Work, found: Receiver) -> bool:
    work.execute(CLOSE_START, (work.at, work.by.id, found.ref))
    here = definitions.live_starts("signal", found.name)
    for published, start in here:
        if (start.process_key, start.element) == (found.procedure, found.element):
            variables = {} if found.wrapped is None else found.variables()
            move, _plan = starting.open_case(
                work, published, variables, element=start.element, parent=_parent(found)
            )
            messages.after(work, move, found.depth)
            return True
    # Another release is live by now, which is not opened by this signal.
    work.record(ledger("signals"), "signal:miss", after={"signal": found.name,
                "procedure": found.procedure})  # fmt: skip
    return False


def _parent(found: Receiver) -> Held | None:
    row = raw().execute(BY_NUMBER, (found.sender,)).fetchone() if found.sender else None
    return None if row is None else read_case(row)


@command(right="system")
def note_unheard(work: Work, receiver_id: int, message: str, element: str | None = None) -> None:
    """A signal could not be taken: the receiver's incident, the sender knows nothing of it."""
    found = _receiver(work, receiver_id)
    if found is None:
        return
    if found.case_id is None:
        open_start(work, found.ref, str(found.procedure), str(found.element), message)
        return
    case = hold_by_id(work, found.case_id)
    open_incident(work, case, "signal", str(found.id), element, message)


@command(right="system")
def take_kept(work: Work, case_number: str) -> bool:
    """Hand an open case what is kept for anything that it waits for; says whether it moved."""
    case = hold_case(work, case_number)
    if case.status != "open":
        return False
    awaits = [s for s in advance.load(case).look().subscriptions if s.kind == "message"]
    return messages.take_kept(work, case.id, awaits)


# --- clearing away --------------------------------------------------------------------------------

EXPIRED = """
    SELECT m.id, m.name, m.key, m.sender FROM kept_messages m
    WHERE (m.failed_for IS NULL AND m.until <= %s) OR EXISTS (
        SELECT FROM cases c WHERE c.id = m.failed_for AND c.status <> 'open')
    ORDER BY m.id LIMIT %s FOR UPDATE OF m SKIP LOCKED
"""
OVER = """
    SELECT i.id, c.number, i.kind, i.ref FROM incidents i JOIN cases c ON c.id = i.case_id
    WHERE c.status <> 'open' AND i.kind IN ('signal', 'message') AND i.resolved_at IS NULL
    ORDER BY i.id LIMIT %s FOR UPDATE OF i SKIP LOCKED
"""
SETTLE = "UPDATE incidents SET resolved_at = %s WHERE id = %s"
ALL_TOLD = """
    SELECT s.id, s.key_id FROM signals s
    WHERE NOT EXISTS (SELECT FROM signal_receivers r WHERE r.signal_id = s.id)
    ORDER BY s.id LIMIT %s FOR UPDATE OF s SKIP LOCKED
"""


@command(right="system")
def clear_away(work: Work) -> int:
    """Forget kept messages whose time is over and signals that all have been told; gives how many.

    The incidents of cases that are over settle with them. Each is on record.
    """
    expired = work.execute(EXPIRED, (work.at, BATCH)).fetchall()
    for number, name, key, sender in expired:
        kept.drop(work, number)
        after = {"kept": number, "message": name, "key": key}
        work.record(ledger("messages"), "message:expire", case=sender, after=after)
    _settle(work)
    told = work.execute(ALL_TOLD, (BATCH,)).fetchall()
    if told:
        numbers = [number for number, _ in told]
        work.execute("DELETE FROM signals WHERE id = ANY(%s)", (numbers,))
        envelopes.destroy(work, [key for _, key in told])
        work.record(ledger("signals"), "signal:clear", after={"signals": numbers})
    return len(expired) + len(told)


def _settle(work: Work) -> None:
    for incident, number, kind, ref in work.execute(OVER, (BATCH,)).fetchall():
        if kind == "signal":
            work.execute(TOLD, (int(ref),))
        work.execute(SETTLE, (work.at, incident))
        after = {"kind": kind, "ref": ref}
        work.record(ledger("incidents"), "incident:settle", case=number, after=after)
