"""Acceptances of meters (水表验收): the sheet, each meter in each round, rectification notices."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.audit import Chained
from app.db import db


class Acceptance(Chained, db.Model):  # type: ignore[name-defined, misc]
    """One acceptance of one or many meters; ``number`` from when the sheet is drawn up.

    ``parties``: {role, by, opinion, note, on, round}; ``works``: {code, label, result, note},
    what was tested once for all meters. No person stands in it but colleagues by their ids.
    """

    __tablename__ = "acceptance"
    subject_kind = "acceptance"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str | None]
    case_no: Mapped[str]
    source: Mapped[str]
    region: Mapped[str]
    points: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    rounds: Mapped[int] = mapped_column(default=0)
    parties: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    works: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    reported_on: Mapped[date]
    opened_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class AcceptanceItem(db.Model):  # type: ignore[name-defined, misc]
    """A meter in a round: what was found there.

    ``checklist``: code of the item → pass, fail, na; ``failed``: {code, label} of those that
    failed, named as they were called that day.
    """

    __tablename__ = "acceptance_item"

    acceptance_id: Mapped[int] = mapped_column(sa.ForeignKey("acceptance.id"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    point_no: Mapped[str] = mapped_column(sa.ForeignKey("service_point.no"), primary_key=True)
    serial: Mapped[str]
    serial_found: Mapped[str]
    door_match: Mapped[str]
    checklist: Mapped[dict[str, str]] = mapped_column(JSONB)
    failed: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    defects: Mapped[str]
    start_reading: Mapped[int | None]
    seals: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    position: Mapped[str]
    photos: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    result: Mapped[str]
    inspected_on: Mapped[date]


class RectificationNotice(db.Model):  # type: ignore[name-defined, misc]
    """A notice to put defects right; ``times`` counts those of one round."""

    __tablename__ = "rectification_notice"

    number: Mapped[str] = mapped_column(primary_key=True)
    acceptance_id: Mapped[int] = mapped_column(sa.ForeignKey("acceptance.id"))
    round: Mapped[int]
    times: Mapped[int]
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    issued_on: Mapped[date]
    deadline: Mapped[date]
    reinspect_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    reported_on: Mapped[date | None]
    report: Mapped[str] = mapped_column(default="")
