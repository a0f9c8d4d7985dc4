"""The trail with its proofs, as JSON Lines that anybody can check.

A line holds all columns of an entry and its hash, keys sorted. The hash is SHA-256 over the
bytes of ``prev_hash`` followed by the line's JSON (UTF-8, keys sorted, no spaces) without ``hash``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import psycopg

from app.audit.entry import COLUMNS, HASH, as_dict
from app.db import raw

BATCH = 5000


def lines(
    *,
    case: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    connection: psycopg.Connection[Any] | None = None,
) -> Iterator[bytes]:
    """The entries as lines, chain by chain; of one case, or from ``since`` to before ``until``."""
    shown = [f"{c}::text" if c in ("body", "sealed") else c for c in COLUMNS]
    query = (
        f"SELECT {','.join(shown)},hash FROM trail "
        "WHERE (%(case)s::text IS NULL OR case_number = %(case)s) "
        "AND (%(since)s::timestamptz IS NULL OR at >= %(since)s) "
        "AND (%(until)s::timestamptz IS NULL OR at < %(until)s) "
        "ORDER BY subject_kind, subject_key, seq, at"
    )
    given = {"case": case, "since": since, "until": until}
    with (connection or raw()).cursor(name="trail_export") as cursor:
        cursor.itersize = BATCH
        for row in cursor.execute(query, given, binary=True):
            entry = as_dict(row) | {"hash": row[HASH].hex()}
            yield orjson.dumps(entry, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def export(file: Path, **which: Any) -> int:
    """Write ``lines`` to a file; gives how many."""
    count = 0
    with file.open("wb") as out:
        for line in lines(**which):
            out.write(line)
            count += 1
    return count
