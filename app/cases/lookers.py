"""Who looked at whom (查看记录): for auditors, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from app import registry
from app.audit import pages
from app.cases.hold import BY_NUMBER, read_case
from app.db import raw
from app.errors import NotAllowed
from app.work import Actor

MAY_AUDIT = frozenset({"auditor"})
LOOKS = f"""
    SELECT t.at, t.subject_kind, t.subject_key, t.seq, t.actor_login, p.name, t.channel,
        t.case_number, t.body::text, l.words
    FROM trail t
    LEFT JOIN persons p ON p.id = t.actor_id
    LEFT JOIN looks l ON l.kind = t.subject_kind AND l.key = t.subject_key
        AND l.person_id = t.actor_id
    WHERE t.action IN ('case:look', 'customer:look') AND {pages.OLDER}
"""
PAGE = 50


@dataclass(frozen=True)
class Looked:
    """One look. ``fields``: names of what was seen; ``words``: what the person gave as reason,
    opened for the auditor; None when there are none or the key was destroyed."""

    at: datetime
    login: str
    name: str
    channel: str
    kind: str
    key: str
    case_number: str | None
    fields: tuple[str, ...]
    why: str
    words: str | None


def lookers(
    actor: Actor, cursor: str | None = None, *, limit: int = PAGE
) -> tuple[list[Looked], str | None]:
    """A page, and the cursor of the next one. Raises NotAllowed, Invalid."""
    if actor.id is not None and not actor.groups & MAY_AUDIT:
        raise NotAllowed
    rows = raw().execute(LOOKS, pages.values(cursor, limit)).fetchall()
    return [_looked(row) for row in rows[:limit]], pages.following(rows, limit)


def _looked(row: Any) -> Looked:
    after = orjson.loads(row[8]).get("after") or {}
    return Looked(
        at=row[0], login=row[4], name=row[5] or row[4], channel=row[6], kind=row[1], key=row[2],
        case_number=row[7], fields=tuple(after.get("fields") or ()), why=after.get("why") or "",
        words=_words(row[1], row[2], row[9]),
    )  # fmt: skip


def _words(kind: str, key: str, sealed: bytes | None) -> str | None:
    if sealed is None:
        return None
    if kind == "customer":
        return registry.open_words(int(key), bytes(sealed))
    row = raw().execute(BY_NUMBER, (key,)).fetchone()
    case = read_case(row) if row is not None else None
    return str(case.unseal(bytes(sealed))) if case is not None and case.wrapped else None
