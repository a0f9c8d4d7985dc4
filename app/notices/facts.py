"""Reads: notices with their attempts, masked; and in clear for who delivers them or may look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app import sealing
from app.db import db
from app.errors import NotFound
from app.identifiers import mask_phone
from app.notices.gateway import gateway
from app.notices.models import Notice, NoticeAttempt, NoticeFile
from app.sealing import DataKey, Destroyed

# Sent by the worker after the commit; to call and to write are a person's work.
BY_WIRE = ("sms", "email")
WAITING = ("queued", "failed")
ENOUGH = 10_000
OPEN = (Notice.state.in_(WAITING), Notice.channel.in_(BY_WIRE))


@dataclass(frozen=True)
class AttemptFacts:
    """One attempt: when, by whom, whether it arrived."""

    number: int
    at: datetime
    by: str
    ok: bool


@dataclass(frozen=True)
class NoticeFacts:
    """A notice; ``recipient`` masked, empty once destroyed by law. ``instead_of``: id of the
    notice that this letter replaces. ``state``: as in the table, or unsent (no provider).
    ``tell``: key of the message that its case waits for."""

    id: int
    channel: str
    recipient: str
    template: str
    case: str | None
    state: str
    created_at: datetime
    instead_of: int | None
    attempts: tuple[AttemptFacts, ...] = ()
    tell: str | None = None


@dataclass(frozen=True)
class Content:
    """A notice in clear. ``details``: what each attempt said, in order."""

    recipient: str
    text: str
    subject: str = ""
    address: str = ""
    code: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    files: tuple[tuple[str, bytes], ...] = ()
    details: tuple[str, ...] = ()


def content(notice_id: int) -> Content:
    """A notice in clear, for who delivers it. Raises NotFound, Destroyed."""
    notice = db.session.get(Notice, notice_id)
    if notice is None:
        raise NotFound
    key = db.session.get_one(DataKey, notice.key_id)

    def clear(sealed: bytes | None, place: bytes) -> str:
        return sealing.unseal(key, sealed, place).decode() if sealed else ""

    given: dict[str, Any] = sealing.open_json(key, notice.given, b"given") if notice.given else {}
    return Content(
        clear(notice.recipient, b"recipient"),
        clear(notice.body, b"body"),
        clear(notice.subject, b"subject"),
        clear(notice.address, b"address"),
        given.get("code", ""),
        given.get("values", {}),
        tuple((f.name, sealing.unseal(key, f.body, b"file")) for f in _files(notice_id)),
        tuple(clear(attempt.detail, b"detail") for attempt in _attempts([notice_id])),
    )


def _files(notice_id: int) -> Sequence[NoticeFile]:
    query = sa.select(NoticeFile).filter_by(notice_id=notice_id).order_by(NoticeFile.number)
    return db.session.scalars(query).all()


def notice(notice_id: int) -> NoticeFacts:
    """One notice. Raises NotFound."""
    found = db.session.get(Notice, notice_id, populate_existing=True)
    if found is None:
        raise NotFound
    return facts_of(found)


def of_case(number: str) -> list[NoticeFacts]:
    """The notices of a case, oldest first."""
    return _listed(sa.select(Notice).where(Notice.case_number == number).order_by(Notice.id))


def open_notices(limit: int = 100) -> list[int]:
    """Ids of notices that still have to go out by wire, oldest first."""
    return list(
        db.session.scalars(sa.select(Notice.id).where(*OPEN).order_by(Notice.id).limit(limit))
    )


def unsent() -> list[NoticeFacts]:
    """What waits because no provider is configured, oldest first."""
    missing = [channel for channel in BY_WIRE if gateway(channel) is None]
    if not missing:
        return []
    query = sa.select(Notice).where(*OPEN, Notice.channel.in_(missing))
    return _listed(query.order_by(Notice.id).limit(ENOUGH))


def letters(limit: int = 200) -> list[NoticeFacts]:
    """Letters that a person still has to print and post, oldest first."""
    query = sa.select(Notice).where(Notice.channel == "letter", Notice.state.in_(WAITING))
    return _listed(query.order_by(Notice.id).limit(limit))


def latest(limit: int, before: int | None = None) -> list[NoticeFacts]:
    """All notices, the newest first; ``before``: older than that one."""
    query = sa.select(Notice).order_by(Notice.id.desc()).limit(limit)
    return _listed(query if before is None else query.where(Notice.id < before))


def _listed(query: sa.Select[Any]) -> list[NoticeFacts]:
    rows: list[Notice] = list(db.session.scalars(query))
    tried: dict[int, list[NoticeAttempt]] = {}
    for attempt in _attempts([row.id for row in rows]):
        tried.setdefault(attempt.notice_id, []).append(attempt)
    return [_facts(row, tried.get(row.id, ())) for row in rows]


def _attempts(ids: Sequence[int]) -> Sequence[NoticeAttempt]:
    query = sa.select(NoticeAttempt).where(NoticeAttempt.notice_id.in_(ids))
    return db.session.scalars(query.order_by(NoticeAttempt.notice_id, NoticeAttempt.number)).all()


def facts_of(notice: Notice) -> NoticeFacts:
    """What is said of a notice: masked."""
    return _facts(notice, _attempts([notice.id]))


def _facts(notice: Notice, attempts: Iterable[NoticeAttempt]) -> NoticeFacts:
    return NoticeFacts(
        notice.id,
        notice.channel,
        _recipient(notice),
        notice.template,
        notice.case_number,
        _state(notice),
        notice.created_at,
        notice.instead_of,
        tuple(AttemptFacts(r.number, r.at, r.by_login, r.ok) for r in attempts),
        notice.tell,
    )


def _state(notice: Notice) -> str:
    waits = notice.state in WAITING and notice.channel in BY_WIRE
    return "unsent" if waits and gateway(notice.channel) is None else notice.state


def _recipient(notice: Notice) -> str:
    key = db.session.get_one(DataKey, notice.key_id)
    try:
        clear = sealing.unseal(key, notice.recipient, b"recipient").decode()
    except Destroyed:
        return ""
    return masked(notice.channel, clear)


def masked(channel: str, recipient: str) -> str:
    """A recipient as it may be shown: 199****0001, z***@example.cn, 临江市***."""
    if channel in ("sms", "phone"):
        return mask_phone(recipient)
    if channel == "email":
        name, _, domain = recipient.rpartition("@")
        return f"{name[:1]}***@{domain}"
    return recipient[:3] + "***" if len(recipient) > 3 else "***"
