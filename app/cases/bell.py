"""The bell: what happened to a person's work that he did not do himself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.cases.advance import Move
from app.cases.follow import Plan
from app.cases.hold import Held
from app.db import raw
from app.work import Actor, Statement, Work, command

# back: sent back · assign: handed over · urge: 催办 · ask: 请示 · sign: 加签 · extend: 延期审批
# late: a task of mine; escalated: one of the group that I lead
# promise: a paper that was promised in a case of mine has not come
# opinion: an opinion came back · end: ended by force or merged · move: a watched case moved
KINDS = ("back", "assign", "urge", "ask", "sign", "extend", "opinion", "end", "move", "late",
         "escalated", "promise")  # fmt: skip
ADD = """
    INSERT INTO alerts (person_id, kind, case_number, task_id, step, by_name, at)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
UNREAD = """
    SELECT id, kind, case_number, task_id, step, by_name, at FROM alerts
    WHERE person_id = %s AND read_at IS NULL ORDER BY id DESC LIMIT %s
"""
COUNT = "SELECT count(*) FROM alerts WHERE person_id = %s AND read_at IS NULL"
READ = """
    UPDATE alerts SET read_at = %s
    WHERE person_id = %s AND read_at IS NULL AND (%s::bigint IS NULL OR id = %s)
"""


@dataclass(frozen=True)
class Alert:
    """One line of the bell. ``kind``: one of KINDS; ``by_name`` is a colleague's."""

    id: int
    kind: str
    case_number: str
    task_id: int | None
    step: str | None
    by_name: str | None
    at: datetime


def ring(
    work: Work,
    people: Iterable[int | None],
    kind: str,
    case: str,
    task: int | None = None,
    step: str | None = None,
) -> None:
    """Tell persons, but never who did it himself."""
    for sql, values in rows(work, people, kind, case, task, step):
        work.execute(sql, values)


def rows(
    work: Work,
    people: Iterable[int | None],
    kind: str,
    case: str,
    task: int | None = None,
    step: str | None = None,
) -> list[Statement]:
    """The same as statements, for a pipeline."""
    told = dict.fromkeys(p for p in people if p is not None and p != work.by.id)
    return [(ADD, (p, kind, case, task, step, work.by.name, work.at)) for p in told]


def opened_again(work: Work, case: Held, move: Move, plan: Plan) -> None:
    """Tell who gets a step again."""
    hands = move.hands or {}
    for number, task in plan.opened:
        if task.element in hands:
            ring(work, [hands[task.element][0]], "back", case.number, number, task.name)


def unread(actor: Actor, limit: int = 50) -> list[Alert]:
    """What the actor has not read, the newest first."""
    rows = raw().execute(UNREAD, (actor.id, limit)).fetchall()
    return [Alert(*row) for row in rows]


def unread_count(actor: Actor) -> int:
    """How many."""
    row = raw().execute(COUNT, (actor.id,)).fetchone()
    return int(row[0]) if row else 0


@command(right="self")
def read_alerts(work: Work, alert: int | None = None) -> None:
    """Mark one as read, or all of them; nobody's but one's own."""
    work.execute(READ, (work.at, work.by.id, alert, alert))
