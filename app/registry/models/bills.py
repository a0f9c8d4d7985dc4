"""Bills and their fee lines."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db


class Bill(db.Model):  # type: ignore[name-defined, misc]
    """What a customer owes for a period (YYYY-MM); amounts in fen. Of ``volume`` the
    ``relief_volume`` m³ are free."""

    __tablename__ = "bill"

    bill_no: Mapped[str] = mapped_column(primary_key=True)
    account_no: Mapped[str] = mapped_column(sa.ForeignKey("account.account_no"))
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id"))
    kind: Mapped[str]
    period: Mapped[str]
    issued: Mapped[date]
    due: Mapped[date]
    volume: Mapped[int]
    relief_volume: Mapped[int] = mapped_column(default=0)
    fees: Mapped[int]
    late_fee: Mapped[int] = mapped_column(default=0)
    amount: Mapped[int] = mapped_column(sa.Computed("fees + late_fee"))
    paid: Mapped[int] = mapped_column(default=0)
    state: Mapped[str]
    case_no: Mapped[str | None]


class BillLine(db.Model):  # type: ignore[name-defined, misc]
    """A fee line of a bill; see ``charging.FeeLine``."""

    __tablename__ = "bill_line"

    bill_no: Mapped[str] = mapped_column(sa.ForeignKey("bill.bill_no"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    component: Mapped[str]
    tier: Mapped[int]
    volume: Mapped[int]
    price: Mapped[int]
    amount: Mapped[int]
