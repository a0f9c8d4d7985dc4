"""Papers that were promised for later (承诺容缺). Each promise has two moments of its own, written
down with it: on its day, when service opens, the applicant is reminded; the moment after that day
it is late. A paper that came, or that another took the place of, has none any more.

Rows with a moment and a look each minute, not jobs of the queue for a day to come: these would
slow down each fetch of a job and need taking back when the paper comes (docs/decisions/007). Nor a
look once a day: a worker that stands still at that hour would lose the day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from app.db import db
from app.registry.facts import PromiseFacts
from app.registry.materials import PROMISED
from app.registry.models import Material
from app.work import Work

AT_ONCE = 200
_CURRENT = (Material.mode == PROMISED, Material.superseded_at.is_(None))


def late_promises(on: date) -> list[PromiseFacts]:
    """Papers promised for a day before ``on`` that have not come, the longest late first."""
    late = sa.select(Material).where(*_CURRENT, Material.due < on).order_by(Material.due)
    return [_facts(row) for row in db.session.scalars(late)]


def note_late(work: Work) -> list[PromiseFacts]:
    """Put each promise that is newly late on record, once; gives those."""
    rows = _locked(_late(work.at))
    for row in rows:
        row.late_noted_at = work.at
        work.record(row, "material:late", after=_said(row), case=row.case_no)
    return [_facts(row) for row in rows]


def note_reminded(work: Work) -> list[PromiseFacts]:
    """Put each promise whose day has come on record, once; gives those. One that is late already
    is reminded of no more."""
    rows = _locked(_remindable(work.at))
    for row in rows:
        row.reminded_at = work.at
        work.record(row, "material:remind", after=_said(row), case=row.case_no)
    return [_facts(row) for row in rows]


def _late(at: datetime) -> Any:
    # A row that the release before wrote has no moment of its own.
    moment = sa.func.coalesce(
        Material.late_at, sa.func.timezone("Asia/Shanghai", sa.cast(Material.due + 1, sa.DateTime))
    )
    return sa.select(Material).where(*_CURRENT, Material.late_noted_at.is_(None), moment <= at)


def _remindable(at: datetime) -> Any:
    return sa.select(Material).where(
        *_CURRENT, Material.reminded_at.is_(None), Material.late_noted_at.is_(None),
        Material.remind_at <= at, Material.late_at > at,
    )  # fmt: skip


def _locked(asked: Any) -> Sequence[Material]:
    query = asked.order_by(Material.id).limit(AT_ONCE).with_for_update(skip_locked=True)
    return list(db.session.scalars(query))


def _said(row: Material) -> dict[str, object]:
    return {"kind": row.kind, "due": row.due}


def _facts(row: Material) -> PromiseFacts:
    assert row.due is not None
    return PromiseFacts(row.case_no, row.kind, row.title, row.due, row.late_noted_at, row.id)
