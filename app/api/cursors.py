"""Cursors come back from outside: one that we did not give is refused before it is used."""

from __future__ import annotations

import base64
from datetime import datetime

import orjson

from app.errors import Invalid
from app.texts import T

ENDLESS = ("", "infinity")


def sealed(key: str) -> str:
    """A cursor after a row that its key names."""
    return base64.urlsafe_b64encode(orjson.dumps([key])).decode()


def opened(cursor: str | None) -> str:
    """The key of the last row seen; empty on the first page. Raises Invalid naming the cursor."""
    if not cursor:
        return ""
    try:
        (key,) = orjson.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
    except (ValueError, TypeError):
        raise _strange() from None
    if not isinstance(key, str) or "\0" in key:
        raise _strange()
    return key


def _strange() -> Invalid:
    return Invalid(fields={"cursor": T("翻页标记不对，请从第一页开始。")})


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
        raise _strange()
    return cursor
