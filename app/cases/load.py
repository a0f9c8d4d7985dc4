"""The day at a glance: what a person's groups have on their hands, and who has it."""

from __future__ import annotations

from dataclasses import dataclass

from app.cases.reading import OURS, REGION, _who
from app.cases.timing import DUE, LATE
from app.db import raw
from app.work import Actor

LOAD = f"""
    SELECT t.holder_name, count(*),
        count(*) FILTER (WHERE {LATE})
    FROM tasks t WHERE {OURS} AND {REGION}
    GROUP BY t.holder_name ORDER BY count(*) DESC, t.holder_name NULLS FIRST LIMIT 20
"""
DAYS = f"""
    SELECT (t.due_at AT TIME ZONE 'Asia/Shanghai')::date, count(*)
    FROM tasks t
    WHERE {OURS} AND {REGION} AND t.paused_since IS NULL AND {DUE} >= %(now)s
        AND {DUE} < %(now)s + interval '7 days'
    GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True)
class Load:
    """Open tasks of the groups. ``holders``: (name or None for free ones, open, of those late);
    ``days``: (day as 2026-11-24, tasks due then), the next seven days."""

    holders: list[tuple[str | None, int, int]]
    days: list[tuple[str, int]]


def load(actor: Actor) -> Load:
    """The load of the actor's groups, within the region."""
    who = _who(actor)
    holders = [(name, n, late) for name, n, late in raw().execute(LOAD, who).fetchall()]
    days = [(day.isoformat(), n) for day, n in raw().execute(DAYS, who).fetchall()]
    return Load(holders, days)
