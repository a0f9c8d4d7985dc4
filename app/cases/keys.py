"""Idempotency keys: the same request sent again is done once and answered alike."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
from psycopg.types.json import Jsonb

from app import sealing
from app.errors import Invalid
from app.texts import T
from app.work import Statement, Work, command

TAKE = """
    INSERT INTO idempotency_keys (actor, key, request, created_at) VALUES (%s, %s, %s, %s)
    ON CONFLICT DO NOTHING RETURNING 1
"""
KNOWN = "SELECT request, answer FROM idempotency_keys WHERE actor = %s AND key = %s"
ANSWER = "UPDATE idempotency_keys SET answer = %s WHERE actor = %s AND key = %s"


KEPT = timedelta(days=30)


@command(right="system")
def clean_up(work: Work) -> None:
    """Forget keys after thirty days: nobody repeats a request so late."""
    work.execute("DELETE FROM idempotency_keys WHERE created_at < %s", [work.at - KEPT])


def take(work: Work, key: str | None, request: Any) -> Any | None:
    """The stored answer when this request was done before, else None and the key is ours.

    Another transaction with the same key is waited for. Raises Invalid for another request.
    """
    if key is None:
        return None
    work.may_repeat()
    body = fingerprint(request)
    if work.execute(TAKE, (work.by.login, key, body, work.at)).fetchone():
        return None
    known, answer = work.execute(KNOWN, (work.by.login, key)).fetchone()
    if bytes(known) != body:
        raise Invalid(T("这个幂等键已用于另一份内容不同的请求。"), key=key)
    return answer


def answer(work: Work, key: str | None, value: Any) -> list[Statement]:
    """The statement that keeps the answer for whoever asks again."""
    return [] if key is None else [(ANSWER, (Jsonb(value), work.by.login, key))]


def fingerprint(request: Any) -> bytes:
    """Tells requests apart without keeping them: a hash under a key, as they may be personal."""
    body = orjson.dumps(request, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=str)
    return sealing.keyed_hash("request", body.decode())
