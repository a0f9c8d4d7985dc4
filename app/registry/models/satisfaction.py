"""What customers said when they were called back (回访)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.audit import Chained
from app.db import db


class Satisfaction(Chained, db.Model):  # type: ignore[name-defined, misc]
    """One call-back about a case, with all its attempts.

    ``asked_in``: the case in which it was made, the same one or a follow-up. ``attempts``: when,
    result, who called. ``words`` (suggestions, complaint, about costs) and ``measure`` are sealed
    under a key of their own.
    """

    __tablename__ = "satisfaction"
    subject_kind = "satisfaction"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_no: Mapped[str]
    asked_in: Mapped[str]
    procedure: Mapped[str]
    account_no: Mapped[str | None] = mapped_column(sa.ForeignKey("account.account_no"))
    attempts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    outcome: Mapped[str | None]
    score: Mapped[int | None] = mapped_column(sa.SmallInteger)
    promise_kept: Mapped[str | None]
    attitude: Mapped[str | None]
    cost_complaint: Mapped[bool] = mapped_column(default=False)
    rework: Mapped[bool | None]
    key_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("data_keys.id"))
    words: Mapped[bytes | None]
    measure: Mapped[bytes | None]
    opened_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
