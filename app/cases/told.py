"""What happened in a case: its trail, and the opinions given in it."""

from __future__ import annotations

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
    names = _names(held)
    return [_entry([*r[:13], orjson.loads(r[13]), *r[14:], names.get(r[10])]) for r in rows]


def opinions(number: str) -> dict[tuple[datetime, str], tuple[str, str]]:
    """Opinions given in a case, by when and in which step: the decision's value, the words."""
    rows = raw().execute(OPINIONS, (number,)).fetchall()
    return {(at, element): (decision or "", words) for at, element, decision, words in rows}


def _entry(plain: list[Any]) -> Entry:
    return Entry(*plain)


def _names(case: Held) -> dict[str, str]:
    processes = definitions.library(case.release_id).processes.values()
    return {e.id: e.name for p in processes for e in p.elements.values()}
