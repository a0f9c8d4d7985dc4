"""The points of a case as they stand now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app import settings
from app.db import db
from app.registry.facts_connection import InstalledMeter, PointOfCase
from app.registry.models import (
    Account,
    ConnectionPoint,
    Installation,
    Meter,
    Seal,
    ServicePoint,
)


def points_of_case(case: str) -> list[PointOfCase]:
    """The points that a case was given, in the order of its list."""
    hangs = sa.and_(Installation.point_no == ServicePoint.no, Installation.removed.is_(None))
    rows: list[Any] = list(
        db.session.execute(
            sa.select(
                ConnectionPoint.seq,
                ConnectionPoint.point_no,
                ConnectionPoint.account_no,
                ServicePoint.address,
                sa.func.coalesce(ServicePoint.calibre_planned, 0),
                ServicePoint.region,
                ServicePoint.state,
                Account.state,
                Account.book_no,
                Account.book_seq,
                Installation.serial,
            )
            .join(ServicePoint, ServicePoint.no == ConnectionPoint.point_no)
            .join(Account, Account.account_no == ConnectionPoint.account_no)
            .outerjoin(Installation, hangs)
            .where(ConnectionPoint.case_no == case)
            .order_by(ConnectionPoint.seq)
        )
    )
    return [PointOfCase(*row) for row in rows]


def installed_meters(point_nos: Sequence[str]) -> dict[str, InstalledMeter]:
    """The meter that hangs at each of the points, with the seals on it."""
    rows = db.session.execute(
        sa.select(Installation, Meter)
        .join(Meter, Meter.serial == Installation.serial)
        .where(Installation.point_no.in_(list(point_nos)), Installation.removed.is_(None))
    ).all()
    seals = _seals([hangs.id for hangs, _ in rows])
    return {
        hangs.point_no: InstalledMeter(
            meter.serial,
            meter.calibre,
            meter.maker,
            meter.model,
            meter.max_dial,
            meter.first_verification.isoformat(),
            hangs.installed.isoformat(),
            hangs.start_reading,
            hangs.position,
            seals.get(hangs.id, ()),
        )
        for hangs, meter in rows
    }


def _seals(ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    asked = sa.select(Seal.installation_id, Seal.no).where(
        Seal.installation_id.in_(list(ids)), Seal.state == "used"
    )
    for id, no in db.session.execute(asked.order_by(Seal.id)):
        assert id is not None
        found[id] = (*found.get(id, ()), no)
    return found


def branch_of(region: str) -> str:
    """Name of the branch that serves a region; as branches are called when none is entered."""
    found = (one for one in settings.branches() if one.kind == "branch")
    return next((one.name for one in found if one.region == region), f"{region}供水分公司")
