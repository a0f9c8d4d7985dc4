"""Customers and their phones."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.audit import Chained
from app.db import db


class Customer(Chained, db.Model):  # type: ignore[name-defined, misc]
    """A person or a unit; every value of 5.1 that says who it is stands in ``sealed``."""

    __tablename__ = "customer"
    subject_kind = "customer"

    id: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str]
    key_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("data_keys.id"))
    sealed: Mapped[bytes]
    name_hash: Mapped[bytes]
    id_hash: Mapped[bytes | None]
    flags: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list)
    sms_ok: Mapped[bool] = mapped_column(default=True)
    confidential: Mapped[bool] = mapped_column(default=False)
    credit_limit: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class CustomerPhone(db.Model):  # type: ignore[name-defined, misc]
    """Keyed hashes of a phone, whole and its last four digits."""

    __tablename__ = "customer_phone"

    customer_id: Mapped[int] = mapped_column(sa.ForeignKey("customer.id"), primary_key=True)
    phone_hash: Mapped[bytes] = mapped_column(primary_key=True)
    last4_hash: Mapped[bytes]
