"""Chains: one for each subject, its head in the subject's own row."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db

GENESIS = b""


class Subject(Protocol):
    """What an entry is about: a Chained row, or a light object of a hot path with the same."""

    chain_seq: int
    chain_head: bytes

    @property
    def subject_kind(self) -> str: ...

    @property
    def subject_key(self) -> str: ...


@dataclass(frozen=True)
class Kind:
    """A registered kind of subject: the table whose rows hold the heads."""

    name: str
    model: type[Any]
    key_column: str

    @property
    def table(self) -> sa.Table:
        """The table of the subjects."""
        return self.model.__table__  # type: ignore[no-any-return]

    @property
    def key(self) -> sa.Column[Any]:
        """The column whose text is the subject's key."""
        return self.table.c[self.key_column]

    def parse(self, key: str) -> Any:
        """The key as the column's own type."""
        return self.key.type.python_type(key)


_kinds: dict[str, Kind] = {}


class Chained:
    """Mixin of rows with a chain; set ``subject_kind``, and ``subject_key_column`` unless id.

    Migration: ``chain_seq integer not null default 0``, ``chain_head bytea not null default ''``.
    """

    subject_kind: ClassVar[str]
    subject_key_column: ClassVar[str] = "id"

    chain_seq: Mapped[int] = mapped_column(default=0, server_default="0")
    chain_head: Mapped[bytes] = mapped_column(default=GENESIS, server_default="")

    @property
    def subject_key(self) -> str:
        """The key of this row as text."""
        return str(getattr(self, self.subject_key_column))

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "subject_kind" in cls.__dict__:
            _kinds[cls.subject_kind] = Kind(cls.subject_kind, cls, cls.subject_key_column)


def kinds() -> dict[str, Kind]:
    """All kinds of subject, by name."""
    return dict(_kinds)


def kind(name: str) -> Kind | None:
    """The kind of that name, None when no room has one."""
    return _kinds.get(name)


def link(previous: bytes, canonical: bytes) -> bytes:
    """The hash of an entry: over the hash before it and the entry's canonical form."""
    return hashlib.sha256(previous + canonical).digest()


class Ledger(Chained, db.Model):  # type: ignore[misc, name-defined]
    """A chain for what has no row of its own: the system, its keys, calendars."""

    __tablename__ = "ledgers"
    subject_kind = "ledger"
    subject_key_column = "name"

    name: Mapped[str] = mapped_column(primary_key=True)
