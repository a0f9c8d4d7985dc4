"""The outbox: what is to be said to customers, and every attempt to say it.

After three failed attempts a letter is queued instead (SVC-21: contacted three times in vain).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app import sealing
from app.db import db
from app.errors import Invalid, NotAllowed, NotFound, Refused
from app.identifiers import mask_phone
from app.notices.gateway import Delivery, Gateway, gateway
from app.notices.models import Notice, NoticeAttempt
from app.queue import enqueue
from app.sealing import DataKey, Destroyed
from app.texts import T
from app.work import Work, command

CHANNELS = ("sms", "email", "phone", "letter")
# Sent by the worker after the commit; to call and to write are a person's work.
BY_WIRE = ("sms", "email")
TRIES = 3
LONGEST, LONGEST_DETAIL = 2000, 500
ENOUGH = 10_000
OPEN = (Notice.state.in_(("queued", "failed")), Notice.channel.in_(BY_WIRE))
RECIPIENT, BODY, DETAIL = b"recipient", b"body", b"detail"


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
    notice that this letter replaces. ``state``: as in the table, or unsent (no provider)."""

    id: int
    channel: str
    recipient: str
    template: str
    case: str | None
    state: str
    created_at: datetime
    instead_of: int | None
    attempts: tuple[AttemptFacts, ...] = ()


def queue_notice(
    work: Work, *, channel: str, recipient: str, text: str, template: str, case: str | None,
    key: str,
) -> NoticeFacts:  # fmt: skip
    """Queue a notice; the same ``key`` again gives the one that is there. Raises Invalid."""
    known = db.session.scalar(sa.select(Notice).filter_by(key=key))
    if known is None:
        _check(channel, recipient, text)
        known = _add(work, channel, recipient, text, template, case, key)
    return _facts(known)


def _check(channel: str, recipient: str, text: str) -> None:
    wrong = {}
    if channel not in CHANNELS:
        wrong["channel"] = T("没有这种通知方式。")
    if not recipient.strip():
        wrong["recipient"] = T("请填写通知对象。")
    if not text.strip() or len(text) > LONGEST:
        wrong["text"] = T("通知内容须为 1 至 {most} 个字。", most=LONGEST)
    if wrong:
        raise Invalid(fields=wrong)


def _add(
    work: Work, channel: str, recipient: str, text: str, template: str, case: str | None,
    key: str, instead_of: int | None = None,
) -> Notice:  # fmt: skip
    seal = sealing.new_key("notice")
    db.session.flush()
    notice = Notice(
        key=key, key_id=seal.id, channel=channel, template=template, case_number=case,
        recipient=sealing.seal(seal, recipient.strip().encode(), RECIPIENT),
        body=sealing.seal(seal, text.encode(), BODY), instead_of=instead_of, created_at=work.at,
        state="queued",
    )  # fmt: skip
    db.session.add(notice)
    db.session.flush()
    after = {"channel": channel, "template": template, "state": "queued"}
    if instead_of is not None:
        after["instead_of"] = str(instead_of)
    sealed = {"recipient": notice.recipient, "text": notice.body}
    work.record(notice, "notice:queue", case=case, after=after, sealed=sealed)
    if channel in BY_WIRE:
        enqueue("send_notice", notice_id=notice.id)
    return notice


def record_attempt(work: Work, notice_id: int, ok: bool, detail: str = "") -> NoticeFacts:
    """Note an attempt. The third that fails queues a letter instead.

    Raises NotFound, Refused when the notice has gone out already.
    """
    notice = db.session.get(Notice, notice_id, with_for_update=True)
    if notice is None:
        raise NotFound
    if notice.state in ("sent", "letter"):
        raise Refused(T("这条通知已经发出或已改为寄信。"), case=notice.case_number)
    number = _tried(notice_id) + 1
    sealed = sealing.seal(notice.key_id, detail[:LONGEST_DETAIL].encode(), DETAIL)
    db.session.add(NoticeAttempt(
        notice_id=notice_id, number=number, at=work.at, by_login=work.by.login, ok=ok,
        detail=sealed,
    ))  # fmt: skip
    notice.state = _state_after(notice, ok, number)
    work.record(
        notice, "notice:attempt", case=notice.case_number,
        after={"number": number, "ok": ok, "state": notice.state}, sealed={"detail": sealed},
    )  # fmt: skip
    if notice.state == "letter":
        _write_letter(work, notice)
    return _facts(notice)


def _tried(notice_id: int) -> int:
    count = sa.select(sa.func.count()).select_from(NoticeAttempt)
    return db.session.scalar(count.where(NoticeAttempt.notice_id == notice_id)) or 0


def _state_after(notice: Notice, ok: bool, number: int) -> str:
    if ok:
        return "sent"
    return "letter" if number >= TRIES and notice.channel != "letter" else "failed"


def _write_letter(work: Work, notice: Notice) -> None:
    recipient, text = content(notice.id)
    _add(
        work, "letter", recipient, text, notice.template, notice.case_number,
        f"{notice.key}:letter", notice.id,
    )  # fmt: skip


def send(work: Work, notice_id: int) -> NoticeFacts:
    """Send a notice through the gateway and note the attempt; one that is out stays as it is.

    Without a provider nothing is attempted: the notice goes on waiting, and the trail says why.
    """
    notice = db.session.get(Notice, notice_id, with_for_update=True)
    if notice is None:
        raise NotFound
    if notice.state in ("sent", "letter"):
        return _facts(notice)
    way = gateway()
    if way is None:
        work.record(notice, "notice:no_provider", case=notice.case_number)
        return _facts(notice)
    said = _sent(way, notice)
    return record_attempt(work, notice_id, said.ok, said.detail)


def _sent(way: Gateway, notice: Notice) -> Delivery:
    recipient, text = content(notice.id)
    try:
        return way.send(notice.channel, recipient, text, notice.key)
    except Exception as error:
        return Delivery(False, type(error).__name__)


@command(right="incident")
def send_again(work: Work) -> list[int]:
    """Queue all that still has to go out: a provider is there now. Gives their ids."""
    if work.by.id is not None and "admin" not in work.by.groups:
        raise NotAllowed
    waiting = open_notices(ENOUGH)
    for notice_id in waiting:
        enqueue("send_notice", notice_id=notice_id)
    return waiting


@command(right="system")
def deliver(work: Work, notice_id: int) -> NoticeFacts:
    """``send`` as a command of its own, for the worker."""
    return send(work, notice_id)


# --- reads --------------------------------------------------------------------------------------


def content(notice_id: int) -> tuple[str, str]:
    """(recipient, text) in clear, for who delivers it. Raises NotFound, Destroyed."""
    notice = db.session.get(Notice, notice_id)
    if notice is None:
        raise NotFound
    recipient = sealing.unseal(notice.key_id, notice.recipient, RECIPIENT)
    return recipient.decode(), sealing.unseal(notice.key_id, notice.body, BODY).decode()


def of_case(number: str) -> list[NoticeFacts]:
    """The notices of a case, oldest first."""
    query = sa.select(Notice).where(Notice.case_number == number).order_by(Notice.id)
    return [_facts(notice) for notice in db.session.scalars(query)]


def open_notices(limit: int = 100) -> list[int]:
    """Ids of notices that still have to go out by wire, oldest first."""
    return list(
        db.session.scalars(sa.select(Notice.id).where(*OPEN).order_by(Notice.id).limit(limit))
    )


def unsent() -> list[NoticeFacts]:
    """What waits because no provider is configured, oldest first."""
    if gateway() is not None:
        return []
    query = sa.select(Notice).where(*OPEN).order_by(Notice.id).limit(ENOUGH)
    return [_facts(notice) for notice in db.session.scalars(query)]


def _facts(notice: Notice) -> NoticeFacts:
    rows = db.session.scalars(
        sa.select(NoticeAttempt)
        .where(NoticeAttempt.notice_id == notice.id)
        .order_by(NoticeAttempt.number)
    )
    return NoticeFacts(
        notice.id,
        notice.channel,
        _recipient(notice),
        notice.template,
        notice.case_number,
        _state(notice),
        notice.created_at,
        notice.instead_of,
        tuple(AttemptFacts(r.number, r.at, r.by_login, r.ok) for r in rows),
    )


def _state(notice: Notice) -> str:
    waits = notice.state in ("queued", "failed") and notice.channel in BY_WIRE
    return "unsent" if waits and gateway() is None else notice.state


def _recipient(notice: Notice) -> str:
    key = db.session.get_one(DataKey, notice.key_id)
    try:
        clear = sealing.unseal(key, notice.recipient, RECIPIENT).decode()
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


def destroy_of_case(work: Work, number: str) -> int:
    """Destroy what the notices of a case say: a person was erased by law. Gives how many."""
    rows = list(db.session.scalars(sa.select(Notice).where(Notice.case_number == number)))
    for notice in rows:
        sealing.destroy(notice.key_id)
        work.record(notice, "notice:destroy", case=number)
    return len(rows)
