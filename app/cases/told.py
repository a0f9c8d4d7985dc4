"""What happened in a case: its trail, and the opinions given in it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from app import definitions
from app.cases import rights
from app.cases.hold import BY_NUMBER, Held, no_case, read_case, task_groups
from app.cases.shapes import Entry
from app.db import raw
from app.work import Actor

# An element and the procedure whose drawing has it.
Place = tuple[str, str]
TRAIL = """
    SELECT t.at, t.action, t.actor_id, t.actor_login, p.name, t.as_group, t.channel, t.procedure,
        t.version, t.release, t.element, t.clause, t.comment, t.body::text, t.subject_kind,
        t.subject_key, t.seq
    FROM trail t LEFT JOIN persons p ON p.id = t.actor_id
    WHERE t.case_number = %s AND t.at >= coalesce(%s, '-infinity'::timestamptz)
        AND t.at < coalesce(%s, 'infinity'::timestamptz)
    ORDER BY t.at {0}, t.subject_kind {0}, t.subject_key {0}, t.seq {0} LIMIT %s
"""
STEPS = "SELECT element, procedure, created_at FROM tasks WHERE case_id = %s ORDER BY created_at"
OPINIONS = """
    SELECT at, element, body->'after'->'answers'->>'decision',
        body->'after'->'answers'->>'opinion'
    FROM trail
    WHERE case_number = %s AND subject_kind = 'case' AND action = 'task:complete'
        AND body->'after'->'answers'->>'opinion' IS NOT NULL
"""


def trail(actor: Actor, number: str) -> list[Entry]:
    """The entries of a case, oldest first. Raises NotFound, NotAllowed."""
    held = _seen(actor, number)
    rows = raw().execute(TRAIL.format("ASC"), (number, None, None, None)).fetchall()
    return list(_entries(held, rows))


def last_entries(
    actor: Actor, number: str, most: int, before: datetime | None = None
) -> tuple[list[Entry], datetime | None]:
    """The last entries of a case (before a moment), oldest first, ``most`` of them or so: those of
    one moment stay together. Second: before which moment the others stand; None when these are
    all. Raises NotFound, NotAllowed."""
    held = _seen(actor, number)
    rows = raw().execute(TRAIL.format("DESC"), (number, None, before, most + 1)).fetchall()
    if len(rows) <= most:
        return list(_entries(held, rows[::-1])), None
    whole = [row for row in rows if row[0] > rows[-1][0]]
    if not whole:
        # All of one moment, as of a step that opened a thousand others.
        since = rows[0][0]
        whole = raw().execute(TRAIL.format("DESC"), (number, since, before, None)).fetchall()
    return list(_entries(held, whole[::-1])), whole[-1][0]


def _seen(actor: Actor, number: str) -> Held:
    row = raw().execute(BY_NUMBER, (number,)).fetchone()
    if row is None:
        raise no_case(number)
    held = read_case(row)
    rights.need_read(actor, held, task_groups(held))
    return held


def _entries(case: Held, rows: Sequence[Sequence[Any]]) -> Iterator[Entry]:
    """Each with the drawing that its element stands in: ids are unique within one drawing only,
    and a case goes through several."""
    opened: dict[str, list[tuple[str, datetime]]] = {}
    for element, procedure, at in raw().execute(STEPS, (case.id,)).fetchall():
        opened.setdefault(element, []).append((procedure, at))
    processes = definitions.library(case.release_id).processes
    for row in rows:
        body = orjson.loads(row[13])
        element, procedure = _timer(row[1], body) or (
            row[10] or "",
            _drawing(opened.get(row[10], ()), row[0]) or case.procedure,
        )
        drawn = processes[procedure].elements.get(element) if procedure in processes else None
        name = drawn.name if drawn else None
        yield Entry(*[*row[:13], body, *row[14:], name, procedure])


def _timer(action: str, body: Mapping[str, Any]) -> Place | None:
    """A timer that fired is the first on the way that it began."""
    way = body["after"]["way"] if action == "timer:fire" else ()
    return (way[0][0], way[0][1]) if way else None


def _drawing(opened: Sequence[tuple[str, datetime]], at: datetime) -> str | None:
    """Where a step stands: in the drawing of the last such step opened until then."""
    before = bisect_right(opened, at, key=lambda step: step[1])
    return opened[before - 1][0] if opened else None


def opinions(number: str) -> dict[tuple[datetime, str], tuple[str, str]]:
    """Opinions given in a case, by when and in which step: the decision's value, the words."""
    rows = raw().execute(OPINIONS, (number,)).fetchall()
    return {(at, element): (decision or "", words) for at, element, decision, words in rows}
