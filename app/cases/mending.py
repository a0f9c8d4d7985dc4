"""Incidents of events: a kept message, a signal, a start that could not be taken. Again, or let go.

A start has no case; its key of its own seals why it was let go.
"""

from __future__ import annotations

import orjson

from app import sealing
from app.cases import kept, trouble
from app.cases.hold import Held
from app.queue import enqueue
from app.work import Work

TOLD = "DELETE FROM signal_receivers WHERE id = %s"
SIGNAL = "signal:"


def again(work: Work, case: Held, kind: str, ref: str) -> None:
    """Queue anew what a case could not take: a kept message, a signal."""
    if kind == "message":
        kept.mend(work, int(ref))
        enqueue("take_kept", case_number=case.number)
    else:
        enqueue("hear_signal", receiver_id=int(ref))


def let_go(work: Work, case: Held, kind: str, ref: str) -> None:
    """The case goes on waiting; this one never comes to it."""
    if kind == "message":
        kept.drop(work, int(ref))
    else:
        work.execute(TOLD, (int(ref),))
    work.execute(trouble.CLOSE_INCIDENT, (work.at, work.by.id, case.id, kind, ref))


def start_again(work: Work, incident: int, ref: str, procedure: str, element: str) -> None:
    """Queue anew the start of a case."""
    if ref.startswith(SIGNAL):
        enqueue("hear_signal", receiver_id=int(ref.removeprefix(SIGNAL)))
    else:
        enqueue("start_missed", incident_id=incident)
    trouble.record_start(work, "incident:retry", ref, procedure, element)


def let_start_go(work: Work, ref: str, procedure: str, element: str, reason: str) -> None:
    """No case is opened for this one."""
    if ref.startswith(SIGNAL):
        work.execute(TOLD, (int(ref.removeprefix(SIGNAL)),))
    work.execute(trouble.CLOSE_START, (work.at, work.by.id, ref))
    key = sealing.key_row("incident")
    work.execute(key.INSERT, key.values)
    words = {"reason": sealing.seal_with(key.key, orjson.dumps(reason), ref.encode())}
    trouble.record_start(work, "incident:skip", ref, procedure, element, words)
