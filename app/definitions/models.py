"""Tables of the definitions: files by hash, versions, releases and the one that is live."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.audit import Chained
from app.db import db

MOMENT = DateTime(timezone=True)


class DefinitionFile(db.Model):  # type: ignore[name-defined,misc]
    """A file's content, kept once however many versions carry it."""

    __tablename__ = "definition_files"

    hash: Mapped[str] = mapped_column(Text, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ProcedureVersion(db.Model):  # type: ignore[name-defined,misc]
    """A drawing, its own decisions, forms and print templates; ``files``: name → hash."""

    __tablename__ = "procedure_versions"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)
    files: Mapped[dict[str, str]] = mapped_column(JSONB)
    properties: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    created_by: Mapped[int | None] = mapped_column(BigInteger)


class DecisionVersion(db.Model):  # type: ignore[name-defined,misc]
    """A decision shared by several procedures, versioned alone."""

    __tablename__ = "decision_versions"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    hash: Mapped[str] = mapped_column(Text)
    file: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    created_by: Mapped[int | None] = mapped_column(BigInteger)


class Release(db.Model):  # type: ignore[name-defined,misc]
    """Everything live at one moment: procedure → version, decision → version. Never changed."""

    __tablename__ = "releases"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    procedures: Mapped[dict[str, int]] = mapped_column(JSONB)
    decisions: Mapped[dict[str, int]] = mapped_column(JSONB)
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    created_by: Mapped[int | None] = mapped_column(BigInteger)
    created_by_name: Mapped[str] = mapped_column(Text, default="")


class Publication(Chained, db.Model):  # type: ignore[name-defined,misc]
    """The one row that says which release is live; its lock sets deployments in a row."""

    __tablename__ = "publication"
    subject_kind = "releases"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, default=1)
    release_id: Mapped[int] = mapped_column(Integer, default=0)
