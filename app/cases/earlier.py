"""What was entered when a step was done before: offered again after a case was sent back."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from app.cases.hold import Held
from app.db import raw

SUBMITTED = """
    SELECT body->'after'->'answers', sealed->>'answers' FROM trail
    WHERE subject_kind = 'case' AND subject_key = %s AND at >= %s AND action = 'task:complete'
        AND (element, at) = (SELECT element, closed_at FROM tasks WHERE id = %s)
"""


SENT_BACK = """
    SELECT t.at, p.name, t.sealed->>'reason' FROM trail t LEFT JOIN persons p ON p.id = t.actor_id
    WHERE t.subject_kind = 'case' AND t.subject_key = %s AND t.at = %s
        AND t.action = 'task:send_back'
"""


def sent_back(case: Held, opened_at: datetime) -> tuple[str, str] | None:
    """Who sent the case back to a task that opened at that moment, and why."""
    row = raw().execute(SENT_BACK, (case.number, opened_at)).fetchone()
    if row is None or case.wrapped is None:
        return None
    return row[1] or "", case.unseal(base64.b64decode(row[2]))


def answers(case: Held, task_id: int) -> dict[str, Any] | None:
    """The answers of a task that was done, personal ones in clear; amounts in fen.

    None when there were none, or the case's key was destroyed.
    """
    row = raw().execute(SUBMITTED, (case.number, case.started_at, task_id)).fetchone()
    if row is None or case.wrapped is None:
        return None
    opened, personal = row
    if personal is None:
        return opened or None
    return {**(opened or {}), **case.unseal(base64.b64decode(personal))}
