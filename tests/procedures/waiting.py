"""Time that passes for a case: what falls due on the way happens at its moment."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from app import cases, notices
from app.db import raw
from app.jobs.tasks import NotDelivered, send_notice
from app.work import SYSTEM

DUE = """
    SELECT t.engine_id, t.due_at FROM timers t JOIN cases c ON c.id = t.case_id
    WHERE c.number = %s AND t.due_at <= %s ORDER BY t.due_at LIMIT 1
"""


def wait(number: str, until: datetime) -> None:
    """Fire every timer of the case that falls due until then, and send what they brought."""
    while row := raw().execute(DUE, (number, until)).fetchone():
        assert cases.fire_timer(number, row[0], by=SYSTEM, at=row[1])
        post()


def post() -> None:
    """Let the worker send what has come into the outbox, and tell who waits for it."""
    for notice in notices.open_notices():
        with suppress(NotDelivered):
            send_notice(notice)
