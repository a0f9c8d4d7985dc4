"""Meters, where they hang, their seals and readings."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.audit import Chained
from app.db import db


class Meter(Chained, db.Model):  # type: ignore[name-defined, misc]
    """A meter by its serial (表身号)."""

    __tablename__ = "meter"
    subject_kind = "meter"
    subject_key_column = "serial"

    serial: Mapped[str] = mapped_column(primary_key=True)
    calibre: Mapped[int]
    type: Mapped[str]
    model: Mapped[str | None]
    maker: Mapped[str | None]
    q3: Mapped[Decimal | None] = mapped_column(sa.Numeric(6, 1))
    max_dial: Mapped[int]
    first_verification: Mapped[date]
    verified_on: Mapped[date | None]
    life_until: Mapped[date]
    life_rule: Mapped[str | None]
    state: Mapped[str]
    store: Mapped[str | None]
    held_by: Mapped[str | None]
    held_until: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    remote_no: Mapped[str | None]
    hub_no: Mapped[str | None]
    valve: Mapped[str | None]


class Installation(db.Model):  # type: ignore[name-defined, misc]
    """A meter at a point, from its first to its last reading there."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True)
    serial: Mapped[str] = mapped_column(sa.ForeignKey("meter.serial"))
    point_no: Mapped[str] = mapped_column(sa.ForeignKey("service_point.no"))
    installed: Mapped[date]
    start_reading: Mapped[int]
    last_reading: Mapped[int]
    last_date: Mapped[date]
    reversed: Mapped[bool] = mapped_column(default=False)
    installer: Mapped[str | None]
    position: Mapped[str | None]
    photos: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list)
    removed: Mapped[date | None]
    end_reading: Mapped[int | None]


class Seal(Chained, db.Model):  # type: ignore[name-defined, misc]
    """A numbered seal (封号), unique by type and branch; ``issue_id``: went out with a meter."""

    __tablename__ = "seal"
    subject_kind = "seal"

    id: Mapped[int] = mapped_column(primary_key=True)
    no: Mapped[str]
    type: Mapped[str]
    branch: Mapped[str]
    calibre: Mapped[int | None]
    state: Mapped[str]
    installation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("installation.id"))
    issue_id: Mapped[int | None] = mapped_column(sa.ForeignKey("meter_issue.id"))
    held_by: Mapped[str | None]
    held_until: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class Reading(db.Model):  # type: ignore[name-defined, misc]
    """A reading (抄见) and the m³ since the one before."""

    __tablename__ = "reading"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_no: Mapped[str] = mapped_column(sa.ForeignKey("account.account_no"))
    installation_id: Mapped[int] = mapped_column(sa.ForeignKey("installation.id"))
    read_on: Mapped[date]
    reading: Mapped[int]
    volume: Mapped[int]
    source: Mapped[str]
    photo: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    case_no: Mapped[str | None]
