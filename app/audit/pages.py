"""Leafing through the trail, the newest first: where a page ends and the next one begins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from app.errors import Invalid
from app.texts import T

# What a query adds: all that is older than the cursor, in one order.
OLDER = """
    (t.at, t.subject_kind, t.subject_key, t.seq) < (%(at)s, %(kind)s, %(key)s, %(seq)s)
    ORDER BY t.at DESC, t.subject_kind DESC, t.subject_key DESC, t.seq DESC LIMIT %(limit)s
"""


def values(cursor: str | None, limit: int) -> dict[str, Any]:
    """The values of ``OLDER``; one row more than ``limit`` tells that there is a next page.

    Raises Invalid for a cursor that is none of ours.
    """
    at, kind, key, seq = _read(cursor) if cursor else ("infinity", "", "", 0)
    return {"at": at, "kind": kind, "key": key, "seq": seq, "limit": limit + 1}


def following(rows: Sequence[Sequence[Any]], limit: int) -> str | None:
    """The cursor of the next page. Rows begin with at, subject_kind, subject_key, seq."""
    if len(rows) <= limit:
        return None
    at, kind, key, seq = rows[limit - 1][:4]
    return orjson.dumps([at.isoformat(), kind, key, seq]).hex()


def _read(cursor: str) -> tuple[str, str, str, int]:
    try:
        at, kind, key, seq = orjson.loads(bytes.fromhex(cursor))
        return datetime.fromisoformat(at).isoformat(), str(kind), str(key), int(seq)
    except (ValueError, TypeError):
        raise Invalid(T("翻页标记不对，请从第一页开始。")) from None
