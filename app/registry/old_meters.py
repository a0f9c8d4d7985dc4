"""Old meters that should have come back when the new one was drawn (领新换旧, P28), and did not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from app import identifiers
from app.db import db
from app.errors import Refused
from app.registry.installing import take_back_meter
from app.registry.models import Installation, Meter, MeterIssue, ServicePoint
from app.registry.stock import served_store
from app.texts import T
from app.work import Work


@dataclass(frozen=True)
class OldMeter:
    """An old meter still outside: by which case and slip another was handed out for its point, to
    whom (``receiver``) and when (``since``); ``new_serial``: that other meter."""

    serial: str
    calibre: int
    point_no: str
    address: str
    region: str
    new_serial: str
    receiver: str
    case: str
    slip_no: str
    since: date


def old_meters(*, region: str | None = None, limit: int | None = None) -> list[OldMeter]:
    """Old meters still outside, the longest first; of one region when it is named."""
    where = () if region is None else (ServicePoint.region == region,)
    return _where(*where, limit=limit)


def old_meter(serial: str) -> OldMeter | None:
    """The meter, when it is an old one that is still outside."""
    found = _where(Installation.serial == identifiers.fold_number(serial), limit=1)
    return found[0] if found else None


def _where(*conditions: Any, limit: int | None) -> list[OldMeter]:
    """While a new meter is out for a point, what hangs there is the old one."""
    hangs = sa.and_(Installation.point_no == MeterIssue.point_no, Installation.removed.is_(None))
    asked: Any = (
        sa.select(
            Installation.serial,
            Meter.calibre,
            ServicePoint.no,
            ServicePoint.address,
            ServicePoint.region,
            MeterIssue.serial,
            MeterIssue.receiver,
            MeterIssue.case_no,
            MeterIssue.slip_no,
            MeterIssue.issued_on,
        )
        .join(Installation, hangs)
        .join(Meter, Meter.serial == Installation.serial)
        .join(ServicePoint, ServicePoint.no == MeterIssue.point_no)
        .where(MeterIssue.state == "issued", *conditions)
        .order_by(MeterIssue.issued_on, MeterIssue.id)
        .limit(limit)
    )
    return [OldMeter(*row) for row in db.session.execute(asked)]


def take_back_late(work: Work, serial: str, reading: int) -> str:
    """Take in an old meter that was not there when the new one was signed for; gives its store.

    Raises Invalid (``reading``), Refused when it is none that is waited for or another case has
    the account, NotAllowed for who does not serve the store.
    """
    found = old_meter(serial)
    if found is None:
        raise Refused(T("水表 {serial} 不在未回收的旧表之列。", serial=serial))
    store = take_back_meter(work, found.serial, found.case, reading)
    served_store(work.by, store)
    return store
