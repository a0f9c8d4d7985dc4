"""Materials of cases and archive volumes with their items."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.audit import Chained
from app.db import db


class Material(Chained, db.Model):  # type: ignore[name-defined, misc]
    """A paper received for a case; a newer one of its kind supersedes it, nothing deletes it.

    A promise has two moments of its own: ``remind_at`` and ``late_at``; what came of them stands
    in ``reminded_at`` and ``late_noted_at``.
    """

    __tablename__ = "material"
    subject_kind = "material"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_no: Mapped[str]
    kind: Mapped[str]
    title: Mapped[str]
    mode: Mapped[str]
    pages: Mapped[int] = mapped_column(default=0)
    received: Mapped[bool]
    file_ids: Mapped[list[str]] = mapped_column(ARRAY(sa.Text), default=list)
    source: Mapped[str | None]
    due: Mapped[date | None]
    remind_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    late_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    reminded_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    late_noted_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    put_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    superseded_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class Volume(Chained, db.Model):  # type: ignore[name-defined, misc]
    """An archive volume (卷宗) of a finished case."""

    __tablename__ = "volume"
    subject_kind = "volume"

    id: Mapped[int] = mapped_column(primary_key=True)
    archive_no: Mapped[str | None]
    case_no: Mapped[str]
    procedure: Mapped[str]
    account_no: Mapped[str | None] = mapped_column(sa.ForeignKey("account.account_no"))
    outcome: Mapped[str]
    state: Mapped[str]
    secrecy: Mapped[str | None]
    retention: Mapped[str | None]
    place: Mapped[str | None]
    borrowed_by: Mapped[str | None]
    opened_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    shelved_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class VolumeLoan(db.Model):  # type: ignore[name-defined, misc]
    """A line of the borrowing register: one volume, one borrower (of the staff), until it is back.

    ``case_no``: the case of the loan.
    """

    __tablename__ = "volume_loan"

    id: Mapped[int] = mapped_column(primary_key=True)
    volume_id: Mapped[int] = mapped_column(sa.ForeignKey("volume.id"))
    case_no: Mapped[str]
    borrower: Mapped[int]
    borrower_name: Mapped[str]
    out_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    handed_by: Mapped[str]
    due: Mapped[date]
    reminded_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    overdue_noted_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    returned_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    taken_by: Mapped[str | None]
    condition: Mapped[str | None]


class VolumeItem(db.Model):  # type: ignore[name-defined, misc]
    """A line of the volume's index (卷内目录)."""

    __tablename__ = "volume_item"

    volume_id: Mapped[int] = mapped_column(sa.ForeignKey("volume.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    step: Mapped[str] = mapped_column(default="")
    required: Mapped[bool]
    pages: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(default="")
