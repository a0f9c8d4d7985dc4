"""Cursors come back from outside: one that we did not give is refused before it is used."""

from __future__ import annotations

import base64
from datetime import datetime

import orjson

from app.errors import Invalid
from app.texts import T

ENDLESS = ("", "infinity")


def checked(cursor: str | None) -> str | None:
    """The cursor, if it reads like one of ours. Raises Invalid naming it."""
    if not cursor:
        return None
    try:
        at, last = orjson.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
        if at not in ENDLESS:
            datetime.fromisoformat(at)
        good = isinstance(last, int) and not isinstance(last, bool)
    except (ValueError, TypeError):
        good = False
    if not good:
        raise Invalid(fields={"cursor": T("翻页标记不对，请从第一页开始。")})
    return cursor
