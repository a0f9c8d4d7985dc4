"""What is leafed through by who watches over the house: refused attempts (被拒操作)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from app.db import raw
from app.errors import Invalid, NotAllowed
from app.texts import T
from app.work import Actor

MAY_WATCH = frozenset({"admin", "auditor"})
# The action stands in the text, so that the small index over just these serves.
REFUSED = """
    SELECT t.at, t.actor_login, p.name, t.channel, t.address, t.case_number, t.body::text,
        t.subject_kind, t.subject_key, t.seq
    FROM trail t LEFT JOIN persons p ON p.id = t.actor_id
    WHERE t.action = 'attempt:refused'
        AND (t.at, t.subject_kind, t.subject_key, t.seq)
            < (%(at)s, %(kind)s, %(key)s, %(seq)s)
    ORDER BY t.at DESC, t.subject_kind DESC, t.subject_key DESC, t.seq DESC LIMIT %(limit)s
"""
LAST = ("infinity", "", "", 0)
PAGE = 50


@dataclass(frozen=True)
class Attempt:
    """One attempt that a rule refused. ``text`` is the template of what was said to the person;
    ``on`` names what it was about (``task_id``, ``case_number``, …)."""

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


def refused_attempts(
    actor: Actor, cursor: str | None = None, *, limit: int = PAGE
) -> tuple[list[Attempt], str | None]:
    """A page, the newest first, and the cursor of the next one. Raises NotAllowed, Invalid."""
    if actor.id is not None and not actor.groups & MAY_WATCH:
        raise NotAllowed
    at, kind, key, seq = _read(cursor) if cursor else LAST
    values = {"at": at, "kind": kind, "key": key, "seq": seq, "limit": limit + 1}
    rows = raw().execute(REFUSED, values).fetchall()
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = orjson.dumps([last[0].isoformat(), *last[7:]]).hex()
    return [_attempt(row) for row in rows[:limit]], following


def _attempt(row: Any) -> Attempt:
    after = orjson.loads(row[6]).get("after") or {}
    return Attempt(
        at=row[0], login=row[1], name=row[2] or row[1], channel=row[3], address=row[4],
        case_number=row[5], command=str(after.get("command", "")).rpartition(".")[2],
        reason=str(after.get("reason", "")), text=after.get("text"), on=after.get("on") or {},
    )  # fmt: skip


def _read(cursor: str) -> tuple[str, str, str, int]:
    try:
        at, kind, key, seq = orjson.loads(bytes.fromhex(cursor))
        return datetime.fromisoformat(at).isoformat(), str(kind), str(key), int(seq)
    except (ValueError, TypeError):
        raise Invalid(T("翻页标记不对，请从第一页开始。")) from None
