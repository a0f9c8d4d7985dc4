"""How much of what was used a relief makes free (2.20): by household and calendar month.

A month's water belongs to the bill whose reading is the first after the month began. A month counts
whole as soon as the relief holds on one of its days up to the reading, never before it was
registered; what a month leaves unused is lost with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import sqlalchemy as sa

from app.db import db
from app.registry.models import Relief, ReliefUse


def free_water(account_no: str, *, since: date, on: date, used: int) -> dict[date, int]:
    """Of ``used`` m³ between two readings those that are free: first of the month → m³ (> 0)."""
    reliefs = list(db.session.scalars(sa.select(Relief).where(Relief.account_no == account_no)))
    if not reliefs or used <= 0:
        return {}
    taken = _taken(account_no)
    found: dict[date, int] = {}
    for first, last in months(since, on):
        most = _quota(reliefs, max(first, since), last) - taken.get(first, 0)
        free = min(used - sum(found.values()), most)
        if free > 0:
            found[first] = free
    return found


def months(since: date, on: date) -> Iterator[tuple[date, date]]:
    """First and last day of each month between two readings: those that began after the earlier
    one, or the one in which both lie. The last day is never after ``on``."""
    same = (since.year, since.month) == (on.year, on.month)
    month = since.replace(day=1) if same else _next(since)
    while month <= on:
        yield month, min(_next(month) - timedelta(days=1), on)
        month = _next(month)


def _next(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _quota(reliefs: list[Relief], first: date, last: date) -> int:
    """m³ of all households whose relief holds on one of these days; each household once, also
    when one certificate follows another in the middle of it."""
    found: dict[int, int] = {}
    for relief in reliefs:
        if holds(relief, first, last):
            found[relief.customer_id] = max(found.get(relief.customer_id, 0), relief.quota)
    return sum(found.values())


def holds(relief: Relief, first: date, last: date) -> bool:
    """Whether a relief holds on one of these days."""
    end = relief.valid_to
    if relief.ended is not None:
        end = min(end, relief.ended - timedelta(days=1))
    return relief.valid_from <= last and first <= end


def _taken(account_no: str) -> dict[date, int]:
    asked = sa.select(ReliefUse.month, sa.func.sum(ReliefUse.volume)).where(
        ReliefUse.account_no == account_no
    )
    return {row[0]: int(row[1]) for row in db.session.execute(asked.group_by(ReliefUse.month))}
