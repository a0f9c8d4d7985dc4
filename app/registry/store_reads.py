"""Looking into the meter store; nothing changes here."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app import identifiers
from app.db import db
from app.registry.facts_stock import MovementFacts, StockFacts, StoreFacts
from app.registry.models import (
    Installation,
    Meter,
    MeterIssue,
    Movement,
    Seal,
    ServicePoint,
    Store,
)
from app.registry.stock import store_rows


def stores() -> list[StoreFacts]:
    """All stores, the company's first."""
    rows = store_rows().values()
    return [StoreFacts(r.code, r.name, r.level, r.region, r.branch) for r in rows]


def stock_meter(serial: str) -> StockFacts | None:
    """A meter wherever it is; None when nobody knows the serial."""
    number = identifiers.fold_number(serial)
    row = db.session.execute(meters_where(Meter.serial == number)).one_or_none()
    return None if row is None else stock_facts(row)


def meters_where(*conditions: sa.ColumnElement[bool]) -> Any:
    """Meters with their store and the point at which or for which they are."""
    hangs = sa.and_(Installation.serial == Meter.serial, Installation.removed.is_(None))
    out = sa.and_(MeterIssue.serial == Meter.serial, MeterIssue.state == "issued")
    point = ServicePoint.no == sa.func.coalesce(Installation.point_no, MeterIssue.point_no)
    return (
        sa.select(Meter, Store.name, ServicePoint.no, ServicePoint.address)
        .outerjoin(Store, Store.code == Meter.store)
        .outerjoin(Installation, hangs)
        .outerjoin(MeterIssue, out)
        .outerjoin(ServicePoint, point)
        .where(*conditions)
        .order_by(Meter.serial)
        .execution_options(populate_existing=True)
    )


def stock_facts(row: Any) -> StockFacts:
    """A row of ``meters_where``."""
    meter, store, point_no, address = row
    return StockFacts(
        meter.serial,
        meter.calibre,
        meter.type,
        meter.model,
        meter.maker,
        None if meter.q3 is None else float(meter.q3),
        meter.max_dial,
        meter.first_verification,
        meter.life_until,
        meter.life_rule,
        meter.state,
        meter.store,
        store,
        point_no,
        address,
        meter.held_by,
        meter.verified_on,
    )


def movements(serial: str) -> list[MovementFacts]:
    """All movements of a meter, oldest first."""
    return _movements(Movement.serial == identifiers.fold_number(serial))


def seal_movements(seal_id: int) -> list[MovementFacts]:
    """All movements of a seal, oldest first."""
    return _movements(Movement.seal_id == seal_id)


def _movements(which: sa.ColumnElement[bool]) -> list[MovementFacts]:
    names = {code: row.name for code, row in store_rows().items()}
    rows = db.session.scalars(sa.select(Movement).where(which).order_by(Movement.id))
    return [
        MovementFacts(
            row.at,
            row.kind,
            names.get(row.from_store or ""),
            names.get(row.to_store or ""),
            row.from_state,
            row.to_state,
            row.point_no,
            row.doc_no,
            row.case_no,
            row.reason,
            row.by,
        )
        for row in rows
    ]


def seal_in_stock(type_: str, no: str, branch: str) -> bool:
    """Whether an unused seal lies in the branch's store."""
    asked = sa.select(Seal.state).where(Seal.type == type_, Seal.no == no, Seal.branch == branch)
    return db.session.scalar(asked.where(Seal.issue_id.is_(None))) == "unused"
