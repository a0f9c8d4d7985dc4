"""Tables of the settings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.audit import Chained
from app.db import db


class Setting(Chained, db.Model):  # type: ignore[misc, name-defined]
    """A value that an administrator may change; its history is its chain."""

    __tablename__ = "settings"
    subject_kind = "setting"
    subject_key_column = "key"

    key: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    value: Mapped[Any] = mapped_column(sa.JSON)
    default_value: Mapped[Any] = mapped_column(sa.JSON)
    label_zh: Mapped[str]
    label_en: Mapped[str]
    unit: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")


class CalendarDay(db.Model):  # type: ignore[misc, name-defined]
    """A date of which the installation says otherwise than the announced holidays."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    workday: Mapped[bool]
    name: Mapped[str] = mapped_column(default="")


class CalendarYear(db.Model):  # type: ignore[misc, name-defined]
    """A year that was not announced when the installation filled it in."""

    __tablename__ = "calendar_years"

    year: Mapped[int] = mapped_column(primary_key=True)
    filled_by: Mapped[str]
    filled_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class BranchDay(db.Model):  # type: ignore[misc, name-defined]
    """A date of which a branch says otherwise than the house."""

    __tablename__ = "branch_days"

    branch_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    workday: Mapped[bool]
    name: Mapped[str] = mapped_column(default="")


class Branch(Chained, db.Model):  # type: ignore[misc, name-defined]
    """A branch company (of a region) or a service outlet."""

    __tablename__ = "branches"
    subject_kind = "branch"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    region: Mapped[str | None]
    address: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    # Its own service hours; none: the house's. Shape: ``calendars.HOURS``.
    hours: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
