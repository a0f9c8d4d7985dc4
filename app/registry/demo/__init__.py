"""Demo data of the register: a generator with a seed.

``KNOWN`` names accounts in known places: ``KNOWN["case17"]`` owes 192.22 yuan in two periods.
``serial(region, calibre, n)`` and ``seal_no(region, type, n)`` name what lies in the stores.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import islice

import sqlalchemy as sa

from app import settings
from app.config import settings as installation
from app.db import db
from app.errors import Refused
from app.registry.demo.plans import FIRST, KNOWN, MONTHS, SPECIAL, Plan, plans
from app.registry.demo.rows import Batch, add, new_ids, write
from app.registry.demo.stock import load as load_stock
from app.registry.demo.stock import seal_no, serial
from app.registry.models import Account
from app.texts import T
from app.work import Work
from app.worktime import local_day

__all__ = [
    "FIRST",
    "KNOWN",
    "MOST",
    "SPECIAL",
    "Plan",
    "grow",
    "load",
    "plans",
    "reading_days",
    "seal_no",
    "serial",
]
# Three entries an account: a batch stays below the driver's limit of parameters.
BATCH = 400
# Entries of one command are numbered by a small integer.
MOST = 9_000
# From so many accounts on the stores are those of a town.
TOWN, LARGE = 1_000, 4


def load(work: Work, *, accounts: int = 2000, seed: int = 1) -> int:
    """Fill an empty register; gives the number of accounts made, 0 when there are some already.

    Same seed, same day: same accounts. Raises Refused outside of a demo installation.
    """
    if not installation().demo:
        raise Refused(T("只有演示环境才能生成演示数据。"))
    if not 1 <= accounts <= MOST:
        raise Refused(T("演示户数应在 1 至 {most} 之间。", most=MOST))
    if db.session.scalar(sa.select(sa.exists().where(Account.account_no.is_not(None)))):
        return 0
    todo = plans(accounts, seed)
    grow(work, todo)
    load_stock(work, times=LARGE if accounts >= TOWN else 1)
    return len(todo)


def grow(work: Work, todo: Sequence[Plan]) -> None:
    """Write accounts as planned, at most ``MOST`` of them in one command; benches add to a town."""
    days = reading_days(local_day(work.at))
    rest = iter(todo)
    while batch := list(islice(rest, BATCH)):
        _write(work, batch, days)


def reading_days(today: date) -> list[date]:
    """The fifth of each of the last months up to today, oldest first."""
    day, found = today.replace(day=5), []
    if today < day:
        day = (day.replace(day=1) - timedelta(days=1)).replace(day=5)
    for _ in range(MONTHS):
        found.append(day)
        day = (day.replace(day=1) - timedelta(days=1)).replace(day=5)
    return found[::-1]


def _write(work: Work, todo: list[Plan], days: list[date]) -> None:
    codes = settings.regions()
    numbers = (new_ids(work, table, len(todo)) for table in ("customer", "installation"))
    ids = zip(*numbers, strict=True)
    batch = Batch()
    for plan, (customer_id, installation_id) in zip(todo, ids, strict=True):
        add(work, batch, plan, (customer_id, installation_id), codes[plan.region], days)
    write(work, batch)
