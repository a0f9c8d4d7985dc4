"""Tables of the notices."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.audit import Chained
from app.db import db

MOMENT = sa.DateTime(timezone=True)


class Notice(Chained, db.Model):  # type: ignore[name-defined, misc]
    """A notice to a customer; recipient, text and the like are sealed under its own key.

    ``state``: queued, handed (the provider has it and will say whether it arrived), sent, failed
    (will be tried again), lost (will not), letter (a letter goes instead), returned (a letter
    that came back). ``tell``: key of the message by which its case learns how it ended.
    ``attach``: print-outs that go with it. ``given``: the values of its template.
    ``address``: where a letter would go.
    """

    __tablename__ = "notices"
    subject_kind = "notice"

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    key_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("data_keys.id"))
    channel: Mapped[str]
    template: Mapped[str]
    version: Mapped[int] = mapped_column(default=0)
    case_number: Mapped[str | None]
    recipient: Mapped[bytes]
    subject: Mapped[bytes | None]
    body: Mapped[bytes]
    given: Mapped[bytes | None]
    address: Mapped[bytes | None]
    state: Mapped[str] = mapped_column(default="queued")
    instead_of: Mapped[int | None] = mapped_column(sa.ForeignKey("notices.id"))
    tell: Mapped[str | None]
    attach: Mapped[str] = mapped_column(default="")
    sending_at: Mapped[datetime | None] = mapped_column(MOMENT)
    receipt: Mapped[str | None]
    looks: Mapped[int] = mapped_column(default=0)
    look_at: Mapped[datetime | None] = mapped_column(MOMENT)
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


class NoticeFile(db.Model):  # type: ignore[name-defined, misc]
    """A PDF that goes with an e-mail, sealed under the notice's key."""

    __tablename__ = "notice_files"

    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("notices.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    body: Mapped[bytes]


class NoticeTemplate(Chained, db.Model):  # type: ignore[name-defined, misc]
    """A wording that differs from the code's, or has none there; its history is its chain."""

    __tablename__ = "notice_templates"
    subject_kind = "notice_template"
    subject_key_column = "name"

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    title: Mapped[str]
    places: Mapped[list[dict[str, str]]] = mapped_column(sa.JSON)
    body: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    changed_at: Mapped[datetime] = mapped_column(MOMENT)
    changed_by: Mapped[str]
