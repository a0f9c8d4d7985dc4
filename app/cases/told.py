"""What happened in a case: its trail, and the opinions given in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from app import definitions
from app.cases import rights
from app.cases.hold import BY_NUMBER, Held, no_case, read_case, task_groups
from app.cases.shapes import Entry
from app.db import raw
from app.work import Actor

TRAIL = """
    SELECT t.at, t.action, t.actor_id, t.actor_login, p.name, t.as_group, t.channel, t.procedure,
        t.version, t.release, t.element, t.clause, t.comment, t.body::text, t.subject_kind,
        t.subject_key, t.seq
    FROM trail t LEFT JOIN persons p ON p.id = t.actor_id
    WHERE t.case_number = %s ORDER BY t.at, t.subject_kind, t.subject_key, t.seq
"""
STEPS = """
    SELECT element, procedure, name, created_at, closed_at FROM tasks WHERE case_id = %s ORDER BY id
"""
OPINIONS = """
    SELECT at, element, body->'after'->'answers'->>'decision',
        body->'after'->'answers'->>'opinion'
    FROM trail
    WHERE case_number = %s AND subject_kind = 'case' AND action = 'task:complete'
        AND body->'after'->'answers'->>'opinion' IS NOT NULL
"""


def trail(actor: Actor, number: str) -> list[Entry]:
    """The entries of a case, oldest first. Raises NotFound, NotAllowed."""
    row = raw().execute(BY_NUMBER, (number,)).fetchone()
    if row is None:
        raise no_case(number)
    held = read_case(row)
    rights.need_read(actor, held, task_groups(held))
    rows = raw().execute(TRAIL, (number,)).fetchall()
    steps = _steps(held)
    return [
        _entry([*r[:13], orjson.loads(r[13]), *r[14:], *_step(held, steps, r[10], r[0])])
        for r in rows
    ]


def opinions(number: str) -> dict[tuple[datetime, str], tuple[str, str]]:
    """Opinions given in a case, by when and in which step: the decision's value, the words."""
    rows = raw().execute(OPINIONS, (number,)).fetchall()
    return {(at, element): (decision or "", words) for at, element, decision, words in rows}


def _entry(plain: list[Any]) -> Entry:
    return Entry(*plain)


def _steps(case: Held) -> dict[str, list[tuple[Any, ...]]]:
    """The steps of a case by the id of their element: drawing, name, from when, until when."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for element, *step in raw().execute(STEPS, (case.id,)).fetchall():
        found.setdefault(element, []).append(tuple(step))
    return found


def _step(
    case: Held, steps: Mapping[str, list[tuple[Any, ...]]], element: str | None, at: datetime
) -> tuple[str | None, str | None]:
    """Name and drawing of what an entry is about. Drawings that call each other use the same ids:
    it is the step that was there at the moment, else what the case's own drawing calls so."""
    for drawing, name, since, until in steps.get(element or "", ()):
        if since <= at and (until is None or at <= until):
            return name, drawing
    library = definitions.library(case.release_id).processes
    own = library.get(case.procedure)
    drawn = [process for process in (own, *library.values()) if process is not None]
    named = (one.elements[element].name for one in drawn if element in one.elements)
    return next(named, None), None
