"""Service points: where water is taken. Their addresses are no person's secret."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db


class ServicePoint(db.Model):  # type: ignore[name-defined, misc]
    """A point of supply; ``address_key`` is the address folded, for search by part."""

    __tablename__ = "service_point"

    no: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str]
    address_key: Mapped[str]
    region: Mapped[str]
    branch: Mapped[str]
    kind: Mapped[str] = mapped_column(default="permanent")
    state: Mapped[str]
    calibre_planned: Mapped[int | None]
    main_ref: Mapped[str | None]
    valve_ref: Mapped[str | None]
    geo: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


def address_has(part: str) -> sa.ColumnElement[bool]:
    """Whether the address has ``part`` (folded, two characters or more) in it, by the index."""
    pairs = sa.func.address_pairs
    return sa.and_(
        pairs(ServicePoint.address_key).op("@>")(pairs(part)),
        sa.func.strpos(ServicePoint.address_key, part) > 0,
    )
