"""A signal that a case throws reaches every other case that listens, by a job for each.

Who hears it is settled in the transaction that throws it, by one statement that locks no case: a
counter must not wait for thousands of cases, nor fail because one of them is broken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app import definitions, engine
from app.cases import envelopes
from app.cases.hold import Held
from app.errors import Refused
from app.queue import enqueue
from app.texts import T
from app.work import Work

DEEPEST = 8
HEARD = """
    SELECT EXISTS (SELECT FROM subscriptions WHERE kind = 'signal' AND name = %s AND key = ''
        AND case_id IS DISTINCT FROM %s)
"""
SAY = """
    INSERT INTO signals (name, body, key_id, bound, sender, depth, at)
    VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
TO_CASES = """
    INSERT INTO signal_receivers (signal_id, case_id, waits)
    SELECT %s, case_id, array_agg(engine_id) FROM subscriptions
    WHERE kind = 'signal' AND name = %s AND key = '' AND case_id IS DISTINCT FROM %s
    GROUP BY case_id ORDER BY case_id
"""
TO_START = "INSERT INTO signal_receivers (signal_id, procedure, element) VALUES (%s, %s, %s)"


def broadcast(work: Work, sender: Held, thrown: Sequence[engine.Thrown], depth: int = 0) -> None:
    """Send what a case threw to all others. Its own events have heard it in the move itself."""
    for signal in thrown:
        if depth >= DEEPEST:
            raise Refused(T("信号转递层数过多，流程可能互相触发。"), case=sender.number)
        say(work, signal.name, signal.variables, sender, signal.element, depth + 1)


def say(
    work: Work,
    name: str,
    variables: Mapping[str, Any],
    sender: Held | None,
    element: str | None = None,
    depth: int = 0,
) -> int:
    """Note who hears a signal and queue that they be told; gives how many. None: no trace."""
    me = sender.id if sender else None
    starts = definitions.live_starts("signal", name)
    if not starts and not work.execute(HEARD, (name, me)).fetchone()[0]:
        return 0
    sent = envelopes.enclose(work, variables, sender)
    number = sender.number if sender else None
    row = (name, sent.body, sent.key_id, sent.bound, number, depth, work.at)
    (signal_id,) = work.execute(SAY, row).fetchone()
    count = work.execute(TO_CASES, (signal_id, name, me)).rowcount
    for published, start in starts:
        work.execute(TO_START, (signal_id, published.key, start.element))
    said = {"signal": name, "cases": count, "starts": [start.process_key for _, start in starts]}
    envelopes.record(work, sender, "signals", "signal:send", element, said, sent)
    enqueue("spread_signal", signal_id=signal_id)
    return int(count) + len(starts)
