"""The meter store: where meters and seals lie, how they moved, to whom they were issued."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.audit import Chained
from app.db import db

WHEN = sa.DateTime(timezone=True)


class Store(Chained, db.Model):  # type: ignore[name-defined, misc]
    """A store of the company or of a branch; ``branch``: under which its seals are numbered."""

    __tablename__ = "store"
    subject_kind = "store"
    subject_key_column = "code"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    level: Mapped[str]
    region: Mapped[str | None]
    branch: Mapped[str]


class Movement(db.Model):  # type: ignore[name-defined, misc]
    """What moved, from where to where; only ever added to. Without a store: outside of all."""

    __tablename__ = "stock_movement"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(WHEN)
    kind: Mapped[str]
    serial: Mapped[str | None] = mapped_column(sa.ForeignKey("meter.serial"))
    seal_id: Mapped[int | None] = mapped_column(sa.ForeignKey("seal.id"))
    from_store: Mapped[str | None] = mapped_column(sa.ForeignKey("store.code"))
    to_store: Mapped[str | None] = mapped_column(sa.ForeignKey("store.code"))
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    point_no: Mapped[str | None] = mapped_column(sa.ForeignKey("service_point.no"))
    doc_no: Mapped[str | None]
    case_no: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")
    by: Mapped[str]


class MeterIssue(db.Model):  # type: ignore[name-defined, misc]
    """A meter handed out for a point. ``own``: no case waits for its installation."""

    __tablename__ = "meter_issue"

    id: Mapped[int] = mapped_column(primary_key=True)
    slip_no: Mapped[str]
    case_no: Mapped[str]
    point_no: Mapped[str] = mapped_column(sa.ForeignKey("service_point.no"))
    serial: Mapped[str] = mapped_column(sa.ForeignKey("meter.serial"))
    from_store: Mapped[str] = mapped_column(sa.ForeignKey("store.code"))
    issued_on: Mapped[date]
    install_by: Mapped[date]
    issuer: Mapped[str]
    receiver: Mapped[str]
    own: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str]
    closed_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(default="")


class Delivery(db.Model):  # type: ignore[name-defined, misc]
    """A supplier's delivery, as it was counted on arrival."""

    __tablename__ = "stock_delivery"

    no: Mapped[str] = mapped_column(primary_key=True)
    store: Mapped[str] = mapped_column(sa.ForeignKey("store.code"))
    supplier: Mapped[str]
    note_no: Mapped[str]
    listed: Mapped[int]
    taken_in: Mapped[int]
    damaged: Mapped[int]
    received_at: Mapped[datetime] = mapped_column(WHEN)
    by: Mapped[str]


class Exchange(db.Model):  # type: ignore[name-defined, misc]
    """A meter that came damaged, until the supplier sent another in its place."""

    __tablename__ = "meter_exchange"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_no: Mapped[str] = mapped_column(sa.ForeignKey("stock_delivery.no"))
    serial: Mapped[str]
    calibre: Mapped[int]
    reason: Mapped[str]
    replaced_by: Mapped[str | None] = mapped_column(sa.ForeignKey("meter.serial"))
    closed_at: Mapped[datetime | None] = mapped_column(WHEN)


class StockCount(db.Model):  # type: ignore[name-defined, misc]
    """A count of a store's meters (盘点)."""

    __tablename__ = "stock_count"

    no: Mapped[str] = mapped_column(primary_key=True)
    store: Mapped[str] = mapped_column(sa.ForeignKey("store.code"))
    expected: Mapped[int]
    found: Mapped[int]
    counted_at: Mapped[datetime] = mapped_column(WHEN)
    by: Mapped[str]


class Difference(db.Model):  # type: ignore[name-defined, misc]
    """A meter that a count did not find, or found where the books have it not."""

    __tablename__ = "stock_difference"

    id: Mapped[int] = mapped_column(primary_key=True)
    count_no: Mapped[str] = mapped_column(sa.ForeignKey("stock_count.no"))
    serial: Mapped[str]
    kind: Mapped[str]
    stands: Mapped[str] = mapped_column(default="")
    settled: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    settled_at: Mapped[datetime | None] = mapped_column(WHEN)
    settled_by: Mapped[str | None]
