"""Demo data of the register: a generator with a seed.

``KNOWN`` names accounts in known places: ``KNOWN["case17"]`` owes 192.22 yuan in two periods.
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
from app.registry.demo.rows import COLUMNS, Batch, add
from app.registry.models import Account
from app.texts import T
from app.work import Work
from app.worktime import local_day

__all__ = ["FIRST", "KNOWN", "MOST", "SPECIAL", "Plan", "grow", "load", "plans", "reading_days"]
# Three entries an account: a batch stays below the driver's limit of parameters.
BATCH = 400
# Entries of one command are numbered by a small integer.
MOST = 10_000


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
    ids = zip(_ids(work, "customer", len(todo)), _ids(work, "installation", len(todo)), strict=True)
    batch = Batch()
    for plan, (customer_id, installation_id) in zip(todo, ids, strict=True):
        add(work, batch, plan, (customer_id, installation_id), codes[plan.region], days)
    # The heads stand in the rows themselves, so the chains are linked first.
    trail = work.seal_trail()
    for table, columns in COLUMNS.items():
        _copy(work, batch, table, columns)
    for sql, parameters in trail:
        work.execute(sql, parameters)


def _ids(work: Work, table: str, count: int) -> list[int]:
    rows = work.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
        (table, count),
    )
    return [row[0] for row in rows]


def _copy(work: Work, batch: Batch, table: str, columns: str) -> None:
    with (
        work.connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
    ):
        for row in batch.ready(table):
            copy.write_row(row)
