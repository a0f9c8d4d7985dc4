"""Late tasks: who holds one hears of it, once, and so do the leaders of its group (升级提醒)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app import people
from app.cases.bell import ADD
from app.cases.timing import DUE, LATE
from app.work import Work, command

# What became late long ago is no news; the lists show it. By the expression of the index: what
# is not late is not read.
FRESH = f"""
    SELECT t.id, t.name, t.holder, t.holder_name, t.groups, c.number
    FROM tasks t JOIN cases c ON c.id = t.case_id
    WHERE t.status = 'open' AND {LATE} AND {DUE} > %(now)s - interval '2 days'
        AND NOT EXISTS (SELECT FROM alerts a
            WHERE a.task_id = t.id AND a.kind IN ('late', 'escalated'))
    ORDER BY {DUE} DESC LIMIT %(limit)s
"""
AT_ONCE = 500


@command(right="system")
def tell_late(work: Work, limit: int = AT_ONCE) -> int:
    """Ring for every task that has become late; gives how many tasks."""
    found = work.execute(FRESH, {"now": work.at, "limit": limit}).fetchall()
    for task in found:
        _tell(work, task)
    return len(found)


def _tell(work: Work, task: Sequence[Any]) -> None:
    number, step, holder, holder_name, groups, case = task
    members = {p.id: p for group in groups for p in people.members(group)}
    leaders = {p.id for p in members.values() if people.leads_one(p, groups)}
    told = {holder} if holder is not None else set(members) - leaders
    for person in sorted(told):
        work.execute(ADD, (person, "late", case, number, step, None, work.at))
    for person in sorted(leaders - told):
        work.execute(ADD, (person, "escalated", case, number, step, holder_name, work.at))
