"""Tables of the attachments."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.audit import Chained
from app.db import db

MOMENT = sa.DateTime(timezone=True)


class Attachment(Chained, db.Model):  # type: ignore[name-defined, misc]
    """A file handed in. ``sha256`` is that of the clear content, ``blob`` that of the sealed one
    and its name in the store; ``name`` is sealed, as people call files after people."""

    __tablename__ = "attachments"
    subject_kind = "attachment"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    key_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("data_keys.id"))
    blob: Mapped[str]
    sha256: Mapped[str]
    type: Mapped[str]
    size: Mapped[int] = mapped_column(sa.BigInteger)
    name: Mapped[bytes]
    uploaded_by: Mapped[int | None] = mapped_column(sa.BigInteger)
    uploaded_at: Mapped[datetime] = mapped_column(MOMENT)
    superseded_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("attachments.id"))
    # What the scanner said: see ``scan``.
    scan: Mapped[str] = mapped_column(default="off")


class NamedIn(db.Model):  # type: ignore[name-defined, misc]
    """An attachment was named in a case."""

    __tablename__ = "attachment_cases"

    attachment_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("attachments.id"), primary_key=True
    )
    case_number: Mapped[str] = mapped_column(primary_key=True)
    named_at: Mapped[datetime] = mapped_column(MOMENT)


class Picture(db.Model):  # type: ignore[name-defined, misc]
    """The thumbnail of a file, sealed under the file's own key; or why there is none."""

    __tablename__ = "attachment_pictures"

    attachment_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("attachments.id"), primary_key=True
    )
    blob: Mapped[str | None]
    pages: Mapped[int | None]
    fault: Mapped[str | None]
    made_at: Mapped[datetime] = mapped_column(MOMENT)
