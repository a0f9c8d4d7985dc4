"""Contracts of supply (供用水合同) and transfers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db


class Contract(db.Model):  # type: ignore[name-defined, misc]
    """A contract; ``sealed`` holds signer and agent, under the customer's key.

    Before there is an account, and over several of them, ``account_no`` is empty: see
    ``ContractAccount``. ``terms``: what was agreed of the supply (address, calibre, meters …).
    """

    __tablename__ = "contract"

    contract_no: Mapped[str] = mapped_column(primary_key=True)
    account_no: Mapped[str | None] = mapped_column(sa.ForeignKey("account.account_no"))
    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id"))
    type: Mapped[str] = mapped_column(default="permanent")
    sealed: Mapped[bytes]
    category: Mapped[str]
    price_code: Mapped[str]
    signed: Mapped[date]
    valid_to: Mapped[date | None]
    ended: Mapped[date | None]
    state: Mapped[str]
    case_no: Mapped[str | None]
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class ContractAccount(db.Model):  # type: ignore[name-defined, misc]
    """An account under a contract that is over several; ``ended`` when it left the contract."""

    __tablename__ = "contract_account"

    contract_no: Mapped[str] = mapped_column(
        sa.ForeignKey("contract.contract_no"), primary_key=True
    )
    account_no: Mapped[str] = mapped_column(sa.ForeignKey("account.account_no"), primary_key=True)
    ended: Mapped[date | None]


class Transfer(db.Model):  # type: ignore[name-defined, misc]
    """A meter transfer that took place (水表过户)."""

    __tablename__ = "transfer"

    case_no: Mapped[str] = mapped_column(primary_key=True)
    account_no: Mapped[str] = mapped_column(sa.ForeignKey("account.account_no"))
    reason: Mapped[str]
    old_customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id"))
    new_customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id"))
    reading: Mapped[int | None]
    settlement: Mapped[dict[str, Any]] = mapped_column(JSONB)
    transferred_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
