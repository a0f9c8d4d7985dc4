"""Reliefs (低保, 特困) and the free water that bills have used."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db


class Relief(db.Model):  # type: ignore[name-defined, misc]
    """A household's relief, bound to the account's meter.

    ``customer_id``: whose household it is, not always who holds the account (a tenant, one of the
    households behind a master meter). ``sealed`` under that customer's key: cert_no. ``ended``:
    the first day that it does not hold. ``renews``: the relief that this one follows.
    """

    __tablename__ = "relief"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_no: Mapped[str] = mapped_column(sa.ForeignKey("account.account_no"))
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id"))
    kind: Mapped[str]
    sealed: Mapped[bytes]
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    quota: Mapped[int] = mapped_column(default=6)
    ended: Mapped[date | None]
    ended_by_case: Mapped[str | None]
    mode: Mapped[str] = mapped_column(default="own")
    meter_serial: Mapped[str | None] = mapped_column(sa.ForeignKey("meter.serial"))
    cert_hash: Mapped[bytes | None]
    case_no: Mapped[str | None]
    reviewer: Mapped[str | None]
    renews: Mapped[int | None] = mapped_column(sa.ForeignKey("relief.id"))
    review_case: Mapped[str | None]
    why_ended: Mapped[str | None]


class ReliefUse(db.Model):  # type: ignore[name-defined, misc]
    """m³ of a month's free water that a bill has used; what is left of a month is lost."""

    __tablename__ = "relief_use"

    bill_no: Mapped[str] = mapped_column(sa.ForeignKey("bill.bill_no"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    account_no: Mapped[str] = mapped_column(sa.ForeignKey("account.account_no"))
    volume: Mapped[int]
