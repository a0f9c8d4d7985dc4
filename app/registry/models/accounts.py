"""Accounts, and what is bound to them: locks, violations."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.audit import Chained
from app.db import db


class Account(Chained, db.Model):  # type: ignore[name-defined, misc]
    """A contract of supply in the books (户).

    ``sealed``, under the key of its customer: name_on_bill, shop_name, tax_no, bank,
    invoice_phone, invoice_address. ``tier_used`` m³ since ``tier_from``, of that year only.
    """

    __tablename__ = "account"
    subject_kind = "account"
    subject_key_column = "account_no"

    account_no: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id"))
    point_no: Mapped[str] = mapped_column(sa.ForeignKey("service_point.no"))
    sealed: Mapped[bytes]
    bill_name_hash: Mapped[bytes]
    category: Mapped[str]
    price_code: Mapped[str]
    industry: Mapped[str | None]
    household_size: Mapped[int] = mapped_column(default=4)
    pay_method: Mapped[str] = mapped_column(default="counter")
    book_no: Mapped[str | None]
    book_seq: Mapped[int | None]
    region: Mapped[str]
    branch: Mapped[str]
    state: Mapped[str]
    balance: Mapped[int] = mapped_column(default=0)
    tier_used: Mapped[int] = mapped_column(default=0)
    tier_from: Mapped[date]
    opened: Mapped[date | None]
    closed: Mapped[date | None]


class AccountLock(db.Model):  # type: ignore[name-defined, misc]
    """The interlock: one row for each account that an open case holds."""

    __tablename__ = "account_lock"

    account_no: Mapped[str] = mapped_column(sa.ForeignKey("account.account_no"), primary_key=True)
    case_no: Mapped[str]
    taken_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class Violation(db.Model):  # type: ignore[name-defined, misc]
    """An inspection's finding; open until it is settled."""

    __tablename__ = "violation"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_no: Mapped[str] = mapped_column(sa.ForeignKey("account.account_no"))
    kind: Mapped[str]
    notice_no: Mapped[str | None]
    opened: Mapped[date]
    closed: Mapped[date | None]
