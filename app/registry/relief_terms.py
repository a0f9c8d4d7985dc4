"""The term of reliefs: who is due for the yearly review, and what ends by itself (T-LOWINC)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from app import settings
from app.db import db
from app.errors import Refused
from app.registry.books import today
from app.registry.models import Account, Relief
from app.registry.relieving import ReliefFacts, end_row, facts_of
from app.texts import T
from app.work import Work, command


@dataclass(frozen=True)
class DueReview:
    """Reliefs of an account that end on the same day and have not been reviewed."""

    account_no: str
    region: str
    valid_to: date
    households: int


def reviews_due(on: date) -> list[DueReview]:
    """Reliefs within T-LOWINC days of their end for which no review was begun, first ends first."""
    last = on + timedelta(days=settings.get("limit.T-LOWINC"))
    asked = (
        sa.select(Relief.account_no, Account.region, Relief.valid_to, sa.func.count())
        .join(Account, Account.account_no == Relief.account_no)
        .where(*_unreviewed(), Relief.valid_to >= on, Relief.valid_to <= last)
        .group_by(Relief.account_no, Account.region, Relief.valid_to)
        .order_by(Relief.valid_to, Relief.account_no)
    )
    return [DueReview(*row) for row in db.session.execute(asked)]


def begin_review(work: Work, account_no: str, valid_to: date, case: str) -> list[ReliefFacts]:
    """Take the account's reliefs that end on that day into a review; gives them.

    Raises Refused when another review has them already, or none is left.
    """
    held = db.session.get_one(Account, account_no, with_for_update=True)
    rows = _of(account_no, valid_to)
    if not rows:
        raise Refused(T("没有待年审的减免，或年审已在办理。"))
    for row in rows:
        row.review_case = case
    after = {"reliefs": [row.id for row in rows], "to": valid_to}
    work.record(held, "account:relief_review", after=after, case=case)
    return facts_of(rows)


@command(right="system")
def expire_reliefs(work: Work) -> list[int]:
    """End what has passed its last day, each once, on the account's record; gives the ids.

    The water is no longer free from that day on whether this runs or not: it is read by its days.
    """
    over = Relief.ended.is_(None), Relief.valid_to < today(work)
    accounts = sa.select(Relief.account_no).where(*over).distinct().order_by(Relief.account_no)
    done = []
    for account_no in db.session.scalars(accounts).all():
        held = db.session.get_one(Account, account_no, with_for_update=True)
        asked = sa.select(Relief).where(*over, Relief.account_no == account_no)
        for row in db.session.scalars(asked.order_by(Relief.id).with_for_update()).all():
            end = row.valid_to + timedelta(days=1)
            end_row(work, held, row, on=end, why="expired", case=row.review_case)
            done.append(row.id)
    return done


def _unreviewed() -> tuple[sa.ColumnElement[bool], ...]:
    followed = sa.select(Relief.renews).where(Relief.renews.is_not(None))
    return Relief.ended.is_(None), Relief.review_case.is_(None), Relief.id.not_in(followed)


def _of(account_no: str, valid_to: date) -> Sequence[Relief]:
    asked = sa.select(Relief).where(
        Relief.account_no == account_no, Relief.valid_to == valid_to, *_unreviewed()
    )
    return db.session.scalars(asked.order_by(Relief.id).with_for_update()).all()
