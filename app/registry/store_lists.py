"""Lists of the meter store: levels, meters, seals, deliveries, counts, what is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from app import identifiers
from app.db import db
from app.registry.facts_stock import IssuedFacts, SealFacts, StockFacts
from app.registry.issues import issues_where
from app.registry.models import (
    Delivery,
    Difference,
    Exchange,
    Installation,
    Meter,
    MeterIssue,
    Seal,
    ServicePoint,
    StockCount,
    Store,
)
from app.registry.store_reads import meters_where, stock_facts


@dataclass(frozen=True)
class Level:
    """How many meters of a calibre lie in a store in a state."""

    store: str
    calibre: int
    state: str
    count: int


@dataclass(frozen=True)
class SealLevel:
    """How many seals of a type a branch has in a state; those that went out count apart."""

    branch: str
    type: str
    unused: int
    out: int
    used: int
    void: int


@dataclass(frozen=True)
class DeliveryFacts:
    """A delivery as it was counted on arrival; ``short`` were listed and did not come."""

    no: str
    store: str
    supplier: str
    note_no: str
    listed: int
    taken_in: int
    damaged: int
    short: int
    received_at: datetime
    by: str


@dataclass(frozen=True)
class ExchangeFacts:
    """A meter that came damaged; ``replaced_by`` once another came in its place."""

    delivery_no: str
    supplier: str
    serial: str
    calibre: int
    reason: str
    replaced_by: str | None


@dataclass(frozen=True)
class CountFacts:
    """A count of a store; ``open`` differences wait to be settled."""

    no: str
    store: str
    expected: int
    found: int
    counted_at: datetime
    by: str
    open: int


@dataclass(frozen=True)
class DifferenceFacts:
    """A difference: missing, elsewhere or unknown; ``stands``: where the books have it."""

    id: int
    serial: str
    kind: str
    stands: str
    settled: str | None
    note: str


@dataclass(frozen=True)
class DueFacts:
    """An installed meter whose life ends: to be renewed or verified."""

    serial: str
    calibre: int
    point_no: str
    address: str
    region: str
    installed: date
    life_until: date
    life_rule: str | None


def levels() -> list[Level]:
    """Stock by store, calibre and state; one statement."""
    asked = (
        sa.select(Meter.store, Meter.calibre, Meter.state, sa.func.count())
        .where(Meter.store.is_not(None))
        .group_by(Meter.store, Meter.calibre, Meter.state)
        .order_by(Meter.store, Meter.calibre, Meter.state)
    )
    return [Level(row[0] or "", *row[1:]) for row in db.session.execute(asked)]


def find_meters(
    *,
    q: str = "",
    store: str | None = None,
    calibre: int | None = None,
    state: str | None = None,
    after: str = "",
    limit: int = 50,
) -> list[StockFacts]:
    """Meters by serial; ``q``: how the serial begins or ends; ``after``: the last one seen."""
    conditions: list[sa.ColumnElement[bool]] = [Meter.serial > after]
    number = identifiers.fold_number(q)
    if number:
        begins = Meter.serial.startswith(number, autoescape=True)
        ends = Meter.serial.endswith(number, autoescape=True)
        conditions.append(begins | ends)
    if store is not None:
        conditions.append(Meter.store == store)
    if calibre is not None:
        conditions.append(Meter.calibre == calibre)
    if state is not None:
        conditions.append(Meter.state == state)
    rows = db.session.execute(meters_where(*conditions).limit(limit))
    return [stock_facts(row) for row in rows]


def seal_levels() -> list[SealLevel]:
    """Seals by branch and type; one statement."""
    unused, lies = Seal.state == "unused", Seal.issue_id.is_(None)
    many = sa.func.count
    asked = (
        sa.select(
            Seal.branch,
            Seal.type,
            many().filter(unused & lies),
            many().filter(unused & ~lies),
            many().filter(Seal.state == "used"),
            many().filter(Seal.state == "void"),
        )
        .group_by(Seal.branch, Seal.type)
        .order_by(Seal.branch, Seal.type)
    )
    return [SealLevel(*row) for row in db.session.execute(asked)]


def find_seals(q: str, limit: int = 50) -> list[SealFacts]:
    """Seals by number, whatever the branch."""
    number = identifiers.fold_number(q)
    meter = sa.func.coalesce(MeterIssue.serial, Installation.serial)
    asked = (
        sa.select(Seal, meter)
        .outerjoin(MeterIssue, MeterIssue.id == Seal.issue_id)
        .outerjoin(Installation, Installation.id == Seal.installation_id)
        .where(Seal.no == number)
        .order_by(Seal.branch, Seal.type)
        .limit(limit)
    )
    return [
        SealFacts(row.id, row.type, row.no, row.branch, row.state, serial, row.held_by)
        for row, serial in db.session.execute(asked)
    ]


def deliveries(limit: int = 50) -> list[DeliveryFacts]:
    """The latest deliveries, newest first."""
    asked = (
        sa.select(Delivery, Store.name)
        .join(Store, Store.code == Delivery.store)
        .order_by(Delivery.received_at.desc(), Delivery.no.desc())
        .limit(limit)
    )
    return [_delivery(row, store) for row, store in db.session.execute(asked)]


def _delivery(row: Delivery, store: str) -> DeliveryFacts:
    short = row.listed - row.taken_in - row.damaged
    return DeliveryFacts(
        row.no,
        store,
        row.supplier,
        row.note_no,
        row.listed,
        row.taken_in,
        row.damaged,
        short,
        row.received_at,
        row.by,
    )


def exchanges(*, open_only: bool = True) -> list[ExchangeFacts]:
    """Meters that came damaged, oldest first."""
    asked = (
        sa.select(Exchange, Delivery.supplier)
        .join(Delivery, Delivery.no == Exchange.delivery_no)
        .order_by(Exchange.id)
    )
    if open_only:
        asked = asked.where(Exchange.closed_at.is_(None))
    return [
        ExchangeFacts(
            row.delivery_no, supplier, row.serial, row.calibre, row.reason, row.replaced_by
        )
        for row, supplier in db.session.execute(asked)
    ]


def counts(limit: int = 50) -> list[CountFacts]:
    """The latest counts, newest first."""
    return _counts(sa.true(), limit)


def count(no: str) -> tuple[CountFacts, list[DifferenceFacts]] | None:
    """A count with its differences; None when there is none."""
    found = _counts(StockCount.no == no, 1)
    if not found:
        return None
    rows = db.session.scalars(
        sa.select(Difference).where(Difference.count_no == no).order_by(Difference.id)
    )
    return found[0], [
        DifferenceFacts(row.id, row.serial, row.kind, row.stands, row.settled, row.note)
        for row in rows
    ]


def _counts(which: sa.ColumnElement[bool], limit: int) -> list[CountFacts]:
    waiting = (
        sa.select(sa.func.count())
        .where(Difference.count_no == StockCount.no, Difference.settled.is_(None))
        .scalar_subquery()
    )
    asked = (
        sa.select(StockCount, Store.name, waiting)
        .join(Store, Store.code == StockCount.store)
        .where(which)
        .order_by(StockCount.counted_at.desc(), StockCount.no.desc())
        .limit(limit)
    )
    return [
        CountFacts(row.no, store, row.expected, row.found, row.counted_at, row.by, open_)
        for row, store, open_ in db.session.execute(asked)
    ]


def last_counts() -> dict[str, datetime]:
    """When each store was counted last, by code."""
    asked = sa.select(StockCount.store, sa.func.max(StockCount.counted_at))
    rows = db.session.execute(asked.group_by(StockCount.store))
    return {row[0]: row[1] for row in rows}


def rotation_due(until: date, *, region: str | None = None, limit: int = 500) -> list[DueFacts]:
    """Installed meters whose life ends by ``until``, the longest over first."""
    conditions: list[Any] = [Meter.state == "installed", Meter.life_until <= until]
    if region is not None:
        conditions.append(ServicePoint.region == region)
    asked = (
        sa.select(
            Meter.serial,
            Meter.calibre,
            ServicePoint.no,
            ServicePoint.address,
            ServicePoint.region,
            Installation.installed,
            Meter.life_until,
            Meter.life_rule,
        )
        .join(Installation, Installation.serial == Meter.serial)
        .join(ServicePoint, ServicePoint.no == Installation.point_no)
        .where(Installation.removed.is_(None), *conditions)
        .order_by(Meter.life_until, Meter.serial)
        .limit(limit)
    )
    return [DueFacts(*row) for row in db.session.execute(asked)]


def waiting_issues(*, region: str | None = None, limit: int = 500) -> list[IssuedFacts]:
    """Meters that are out and not installed yet, the most urgent first."""
    conditions: Sequence[Any] = [MeterIssue.state == "issued"]
    if region is not None:
        conditions = [*conditions, ServicePoint.region == region]
    return issues_where(*conditions, order=(MeterIssue.install_by, MeterIssue.id), limit=limit)
