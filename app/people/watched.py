"""What is leafed through by who watches over the house: refused attempts (被拒操作)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from app.audit import pages
from app.db import raw
from app.errors import NotAllowed
from app.work import Actor

MAY_WATCH = frozenset({"admin", "auditor"})
# The action stands in the text, so that the small index over just these serves.
REFUSED = f"""
    SELECT t.at, t.subject_kind, t.subject_key, t.seq, t.actor_login, p.name, t.channel,
        t.address, t.case_number, t.body::text
    FROM trail t LEFT JOIN persons p ON p.id = t.actor_id
    WHERE t.action = 'attempt:refused' AND {pages.OLDER}
"""
PAGE = 50


@dataclass(frozen=True)
class Attempt:
    """One attempt that a rule refused. ``text`` is the template of what was said to the person;
    ``on`` names what it was about (``task_id``, ``case_number``, …), ``about`` where it failed
    (``element``, ``kind``) or what the rule noted."""

    at: datetime
    login: str
    name: str
    channel: str
    address: str | None
    case_number: str | None
    command: str
    reason: str
    text: str | None
    on: dict[str, Any]
    about: dict[str, Any]


def refused_attempts(
    actor: Actor, cursor: str | None = None, *, limit: int = PAGE
) -> tuple[list[Attempt], str | None]:
    """A page, the newest first, and the cursor of the next one. Raises NotAllowed, Invalid."""
    if actor.id is not None and not actor.groups & MAY_WATCH:
        raise NotAllowed
    rows = raw().execute(REFUSED, pages.values(cursor, limit)).fetchall()
    return [_attempt(row) for row in rows[:limit]], pages.following(rows, limit)


def _attempt(row: Any) -> Attempt:
    after = orjson.loads(row[9]).get("after") or {}
    return Attempt(
        at=row[0], login=row[4], name=row[5] or row[4], channel=row[6], address=row[7],
        case_number=row[8], command=str(after.get("command", "")).rpartition(".")[2],
        reason=str(after.get("reason", "")), text=after.get("text"), on=after.get("on") or {},
        about=after.get("about") or {},
    )  # fmt: skip
