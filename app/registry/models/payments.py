"""Payments, what they paid, and balances settled."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db


class Payment(db.Model):  # type: ignore[name-defined, misc]
    """A receipt (收据); a cheque waits until it is cleared. Amounts in fen.

    Without an account: what a case charged before there was one.
    """

    __tablename__ = "payment"

    receipt_no: Mapped[str] = mapped_column(primary_key=True)
    account_no: Mapped[str | None] = mapped_column(sa.ForeignKey("account.account_no"))
    case_no: Mapped[str | None]
    kind: Mapped[str] = mapped_column(default="receipt")
    method: Mapped[str]
    state: Mapped[str]
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    asked: Mapped[list[str] | None] = mapped_column(ARRAY(sa.Text))
    amount: Mapped[int]
    to_balance: Mapped[int] = mapped_column(default=0)
    key_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("data_keys.id"))
    payer: Mapped[bytes]
    cheque_no: Mapped[str | None]
    cashier: Mapped[str]
    paid_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    cleared_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    cancelled_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    cancelled_by: Mapped[int | None]
    cancel_reason: Mapped[str | None]


class PaymentBill(db.Model):  # type: ignore[name-defined, misc]
    """How much of a payment went to which bill."""

    __tablename__ = "payment_bill"

    receipt_no: Mapped[str] = mapped_column(sa.ForeignKey("payment.receipt_no"), primary_key=True)
    bill_no: Mapped[str] = mapped_column(sa.ForeignKey("bill.bill_no"), primary_key=True)
    amount: Mapped[int]


class BalanceSettlement(db.Model):  # type: ignore[name-defined, misc]
    """A balance paid back or carried over to the new owner."""

    __tablename__ = "balance_settlement"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_no: Mapped[str] = mapped_column(sa.ForeignKey("account.account_no"))
    case_no: Mapped[str]
    way: Mapped[str]
    amount: Mapped[int]
    settled_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class Refund(db.Model):  # type: ignore[name-defined, misc]
    """Money given back for a receipt; to whom is sealed with the customer."""

    __tablename__ = "refund"

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt_no: Mapped[str] = mapped_column(sa.ForeignKey("payment.receipt_no"))
    case_no: Mapped[str]
    amount: Mapped[int]
    method: Mapped[str]
    key_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("data_keys.id"))
    paid_to: Mapped[bytes]
    paid_by: Mapped[str]
    paid_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
