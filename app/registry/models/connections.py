"""New connections (用水报装): applications, their points, the interlock of an address."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.audit import Chained
from app.db import db

WHEN = sa.DateTime(timezone=True)


class Connection(Chained, db.Model):  # type: ignore[name-defined, misc]
    """An application; who applied stands sealed in its case until it is accepted.

    ``demand`` m³ a day, ``calibre`` mm, ``budget`` fen. ``outcome``: the end of the case.
    """

    __tablename__ = "connection"
    subject_kind = "connection"
    subject_key_column = "case_no"

    case_no: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("customer.id"))
    kind: Mapped[str]
    applicant_type: Mapped[str]
    category: Mapped[str]
    address: Mapped[str]
    address_key: Mapped[str]
    region: Mapped[str]
    account_no: Mapped[str | None] = mapped_column(sa.ForeignKey("account.account_no"))
    demand: Mapped[int]
    floors: Mapped[int | None]
    calibre: Mapped[int]
    meters: Mapped[int]
    feasibility: Mapped[str | None]
    supply_kind: Mapped[str | None]
    scheme_no: Mapped[str | None]
    budget: Mapped[int | None]
    outcome: Mapped[str | None]
    applied_at: Mapped[datetime] = mapped_column(WHEN)
    accepted_at: Mapped[datetime | None] = mapped_column(WHEN)
    ended_at: Mapped[datetime | None] = mapped_column(WHEN)


class ConnectionPoint(db.Model):  # type: ignore[name-defined, misc]
    """A point that an application was given, in the order of its list, with its account."""

    __tablename__ = "connection_point"

    case_no: Mapped[str] = mapped_column(sa.ForeignKey("connection.case_no"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    point_no: Mapped[str] = mapped_column(sa.ForeignKey("service_point.no"))
    account_no: Mapped[str] = mapped_column(sa.ForeignKey("account.account_no"))
    address_key: Mapped[str]


class AddressLock(db.Model):  # type: ignore[name-defined, misc]
    """The interlock of an address: one row for each that an open application holds."""

    __tablename__ = "address_lock"

    address_key: Mapped[str] = mapped_column(primary_key=True)
    case_no: Mapped[str]
    taken_at: Mapped[datetime] = mapped_column(WHEN)
