"""Papers that were promised for later (承诺容缺): who keeps no promise is reminded, once."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from app import identifiers, notices
from app.db import db
from app.registry.books import today
from app.registry.facts import PromiseFacts
from app.registry.materials import PROMISED
from app.registry.models import Material, Transfer
from app.registry.reads import customer
from app.work import Work, command

LATE = notices.template(
    "promise_late",
    "承诺补交逾期提醒",
    "您办理业务时承诺补交：{title}，期限{due}已过。请尽快补交，案号{case}。",
    places=[("title", "材料名称", "不动产权证"), ("due", "承诺期限", "2026-12-14")],
    en="You promised to bring: {title}, by {due}, which is past. Please bring it soon, "
    "case {case}.",
)


def late_promises(on: date) -> list[PromiseFacts]:
    """Papers promised for a day before ``on`` that have not come, the longest late first."""
    return [_facts(row) for row in db.session.scalars(_late(on))]


@command(right="system")
def remind_of_promises(work: Work) -> list[PromiseFacts]:
    """Put each promise that is newly late on record and remind the new owner by short message.

    Each once, however often this runs; gives those. Without a mobile number, or while the
    account has not changed hands, it is on record and in the list only.
    """
    new = _late(today(work)).where(Material.late_noted_at.is_(None))
    rows = list(db.session.scalars(new.with_for_update(skip_locked=True)))
    for row in rows:
        row.late_noted_at = work.at
        after = {"kind": row.kind, "due": row.due}
        work.record(row, "material:late", after=after, case=row.case_no)
        _remind(work, row)
    return [_facts(row) for row in rows]


def _remind(work: Work, row: Material) -> None:
    mobile = _mobile(row.case_no)
    if mobile is None:
        return
    notices.queue_notice(
        work,
        channel="sms",
        recipient=mobile,
        template=LATE,
        values={"title": row.title, "due": row.due},
        case=row.case_no,
        key=f"promise:{row.id}",
    )


def _mobile(case: str) -> str | None:
    transfer = db.session.get(Transfer, case)
    owner = customer(transfer.new_customer_id) if transfer else None
    if owner is None or not owner.sms_ok:
        return None
    return next((each for each in owner.phones if not identifiers.mobile(each)), None)


def _late(on: date) -> Any:
    promised = Material.mode == PROMISED, Material.superseded_at.is_(None)
    return sa.select(Material).where(*promised, Material.due < on).order_by(Material.due)


def _facts(row: Material) -> PromiseFacts:
    assert row.due is not None
    return PromiseFacts(row.case_no, row.kind, row.title, row.due, row.late_noted_at)
