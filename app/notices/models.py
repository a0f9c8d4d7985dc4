"""Tables of the notices."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.audit import Chained
from app.db import db

MOMENT = sa.DateTime(timezone=True)


class Notice(Chained, db.Model):  # type: ignore[name-defined, misc]
    """A notice to a customer; recipient and text are sealed under its own key.

    ``state``: queued, sent, failed (will be tried again), letter (a letter goes instead).
    """

    __tablename__ = "notices"
    subject_kind = "notice"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    key_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("data_keys.id"))
    channel: Mapped[str]
    template: Mapped[str]
    case_number: Mapped[str | None]
    recipient: Mapped[bytes]
    body: Mapped[bytes]
    state: Mapped[str] = mapped_column(default="queued")
    instead_of: Mapped[int | None] = mapped_column(sa.ForeignKey("notices.id"))
    created_at: Mapped[datetime] = mapped_column(MOMENT)


class NoticeAttempt(db.Model):  # type: ignore[name-defined, misc]
    """One attempt to deliver a notice; ``detail`` is sealed, as people write names into it."""

    __tablename__ = "notice_attempts"

    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notices.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(MOMENT)
    by_login: Mapped[str]
    ok: Mapped[bool]
    detail: Mapped[bytes]
