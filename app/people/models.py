"""Tables of the staff. Name and login of a colleague are no customer's secret and stay clear."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.audit import Chained
from app.db import db

Moment = sa.DateTime(timezone=True)


class Person(Chained, db.Model):  # type: ignore[misc, name-defined]
    """A member of the staff; without a region one of the head office, who sees all regions."""

    __tablename__ = "persons"
    subject_kind = "person"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    login: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str | None]
    password_changed_at: Mapped[datetime | None] = mapped_column(Moment)
    region: Mapped[str | None]
    branch: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    # Issuer and sub at the house's own provider, once the person came from there.
    subject: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(Moment)
    memberships: Mapped[list[Membership]] = relationship(cascade="all, delete-orphan")

    @property
    def group_names(self) -> frozenset[str]:
        """The groups as an Actor has them: ``window_clerk``, ``branch_dispatcher:城东``."""
        return frozenset(m.group_name for m in self.memberships)


class Group(db.Model):  # type: ignore[misc, name-defined]
    """A group that drawings name as candidates."""

    __tablename__ = "groups"

    key: Mapped[str] = mapped_column(primary_key=True)
    label_zh: Mapped[str]
    label_en: Mapped[str]
    # What its members are told apart by, after a colon: region, department, process.
    qualifier: Mapped[str | None]
    position: Mapped[int]

    @property
    def regional(self) -> bool:
        """Whether each region has its own."""
        return self.qualifier == "region"


class Membership(db.Model):  # type: ignore[misc, name-defined]
    """A person in a group; ``region`` holds whatever the group's qualifier is, '' for none."""

    __tablename__ = "memberships"

    person_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey("persons.id"), primary_key=True
    )
    group_key: Mapped[str] = mapped_column(sa.ForeignKey("groups.key"), primary_key=True)
    region: Mapped[str] = mapped_column(primary_key=True, default="")
    leader: Mapped[bool] = mapped_column(default=False)

    @property
    def group_name(self) -> str:
        """The group as a drawing names it."""
        return f"{self.group_key}:{self.region}" if self.region else self.group_key


class Session(db.Model):  # type: ignore[misc, name-defined]
    """A signed-in browser; only the hash of its token is kept."""

    __tablename__ = "sessions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    token_hash: Mapped[bytes]
    person_id: Mapped[int] = mapped_column(sa.BigInteger)
    created_at: Mapped[datetime] = mapped_column(Moment)
    last_seen_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    address: Mapped[str | None]
    acting_for: Mapped[int | None] = mapped_column(sa.BigInteger)
    by_provider: Mapped[bool] = mapped_column(default=False)


class Token(db.Model):  # type: ignore[misc, name-defined]
    """An API token; only its hash is kept. Scope ``all`` or ``read``."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    token_hash: Mapped[bytes]
    person_id: Mapped[int] = mapped_column(sa.BigInteger)
    label: Mapped[str]
    scope: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    # Apart, because it changes without a trail.
    use: Mapped[TokenUse | None] = relationship(viewonly=True)


class TokenUse(db.Model):  # type: ignore[misc, name-defined]
    """When a token was last used, to the hour."""

    __tablename__ = "token_uses"

    token_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey("api_tokens.id"), primary_key=True
    )
    at: Mapped[datetime] = mapped_column(Moment)
