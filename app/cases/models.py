"""Tables of the cases. Commands write them by the statements beside them, not through the ORM:
a move is one read and one pipeline. These classes name the columns and the chain of a case."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.audit import Chained
from app.db import db

MOMENT = sa.DateTime(timezone=True)


class Case(Chained, db.Model):  # type: ignore[name-defined,misc]
    """A case. ``state`` and ``card`` are sealed under the case's own key, bound to its number."""

    __tablename__ = "cases"
    subject_kind = "case"
    subject_key_column = "number"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(sa.Text, unique=True)
    procedure: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[int]
    release_id: Mapped[int]
    parent_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    key_id: Mapped[uuid.UUID]
    state: Mapped[bytes]
    card: Mapped[bytes | None]
    open_vars: Mapped[dict[str, Any]] = mapped_column(JSONB)
    waits: Mapped[dict[str, Any]] = mapped_column(JSONB)
    doers: Mapped[dict[str, list[int]]] = mapped_column(JSONB)
    task_count: Mapped[int]
    account_no: Mapped[str | None] = mapped_column(sa.Text)
    address: Mapped[str | None] = mapped_column(sa.Text)
    region: Mapped[str | None] = mapped_column(sa.Text)
    branch: Mapped[str | None] = mapped_column(sa.Text)
    status: Mapped[str] = mapped_column(sa.Text)
    outcome: Mapped[str | None] = mapped_column(sa.Text)
    register_changed: Mapped[bool]
    first_receiver: Mapped[int | None] = mapped_column(sa.BigInteger)
    started_at: Mapped[datetime] = mapped_column(MOMENT)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)
    due_at: Mapped[datetime | None] = mapped_column(MOMENT)
    paused_since: Mapped[datetime | None] = mapped_column(MOMENT)
    paused_seconds: Mapped[int] = mapped_column(sa.BigInteger)
    paused_days: Mapped[int]
    extended: Mapped[bool]
    clock: Mapped[dict[str, Any]] = mapped_column(JSONB)
    paused_by: Mapped[str | None] = mapped_column(sa.Text)
    gross_seconds: Mapped[int | None] = mapped_column(sa.BigInteger)
    net_seconds: Mapped[int | None] = mapped_column(sa.BigInteger)


class Task(db.Model):  # type: ignore[name-defined,misc]
    """A user task of a case, open or closed."""

    __tablename__ = "tasks"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    case_id: Mapped[int] = mapped_column(sa.BigInteger)
    engine_id: Mapped[str] = mapped_column(sa.Text)
    element: Mapped[str] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.Text)
    procedure: Mapped[str] = mapped_column(sa.Text)
    case_procedure: Mapped[str] = mapped_column(sa.Text)
    region: Mapped[str | None] = mapped_column(sa.Text)
    instance: Mapped[int | None]
    form: Mapped[str | None] = mapped_column(sa.Text)
    groups: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    not_by: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    paused: Mapped[bool]
    status: Mapped[str] = mapped_column(sa.Text)
    holder: Mapped[int | None] = mapped_column(sa.BigInteger)
    holder_name: Mapped[str | None] = mapped_column(sa.Text)
    claimed_at: Mapped[datetime | None] = mapped_column(MOMENT)
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    due_at: Mapped[datetime | None] = mapped_column(MOMENT)
    own_due: Mapped[bool]
    closed_at: Mapped[datetime | None] = mapped_column(MOMENT)
    closed_by: Mapped[int | None] = mapped_column(sa.BigInteger)
    closed_by_name: Mapped[str | None] = mapped_column(sa.Text)
    again: Mapped[int | None] = mapped_column(sa.BigInteger)
    side: Mapped[str | None] = mapped_column(sa.Text)
    beside: Mapped[int | None] = mapped_column(sa.BigInteger)
    words: Mapped[bytes | None]
    limited: Mapped[str | None] = mapped_column(sa.Text)
    limit_name: Mapped[str | None] = mapped_column(sa.Text)
    counted: Mapped[bool]
    paused_since: Mapped[datetime | None] = mapped_column(MOMENT)
    gross_seconds: Mapped[int | None] = mapped_column(sa.BigInteger)
    net_seconds: Mapped[int | None] = mapped_column(sa.BigInteger)
