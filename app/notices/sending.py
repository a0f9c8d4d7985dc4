"""Handing over to a provider: what was begun is on record before it goes out, and no row is
locked while the other side takes its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.db import db
from app.errors import NotAllowed
from app.notices.facts import (
    ENOUGH,
    WAITING,
    NoticeFacts,
    content,
    facts_of,
    notice,
    open_notices,
)
from app.notices.gateway import gateway, send_through
from app.notices.models import Notice
from app.notices.outbox import OVER, add_file, held, note
from app.notices.parcels import Delivery, Message
from app.queue import enqueue
from app.texts import T
from app.work import Actor, Work, command

# A sender that has not come back for so long was killed.
SENDING = timedelta(minutes=2)
# When a receipt is asked for, after the message was handed over; then nobody asks any more.
LOOKS = tuple(timedelta(seconds=s) for s in (30, 60, 180, 600, 1800, 7200, 21_600, 86_400, 172_800))
TIDINGS = "notice_ended"


@dataclass(frozen=True)
class _Begun:
    facts: NoticeFacts
    message: Message | None = None


def deliver(notice_id: int, *, by: Actor, at: datetime | None = None) -> NoticeFacts:
    """Send a notice through its gateway and note the attempt; one that is out stays as it is.

    Without a provider nothing is attempted: the notice goes on waiting, and the trail says why.
    Raises NotFound.
    """
    begun: _Begun = _begin(notice_id, by=by, at=at)
    if begun.message is None:
        return begun.facts
    way = gateway(begun.message.channel)
    said = send_through(way, begun.message) if way else Delivery(False)
    facts: NoticeFacts = _finish(notice_id, said, by=by, at=at)
    return facts


@command(right="system")
def _begin(work: Work, notice_id: int) -> _Begun:
    row = held(notice_id)
    if row.state in (*OVER, "handed"):
        return _Begun(facts_of(row))
    if gateway(row.channel) is None:
        work.record(row, "notice:no_provider", case=row.case_number)
        return _Begun(facts_of(row))
    if row.sending_at is not None and work.at - row.sending_at < SENDING:
        # Another worker is at it.
        return _Begun(facts_of(row))
    again, row.sending_at = row.sending_at is not None or row.state == "failed", work.at
    work.record(row, "notice:begin", case=row.case_number)
    return _Begun(facts_of(row), _message(row, work.at, again=again))


def _message(row: Notice, at: datetime, *, again: bool = False) -> Message:
    said = content(row.id)
    return Message(
        row.channel, said.recipient, said.text, row.key, at, row.template, said.subject,
        said.code, said.values, said.files, again,
    )  # fmt: skip


@command(right="system")
def _finish(work: Work, notice_id: int, said: Delivery) -> NoticeFacts:
    row = held(notice_id)
    if row.state in OVER:
        return facts_of(row)
    facts = note(work, row, said)
    if row.state == "handed":
        row.looks, row.look_at = 0, work.at + LOOKS[0]
    return facts


@command(right="incident")
def send_again(work: Work) -> list[int]:
    """Queue all that still has to go out: a provider is there now. Gives their ids."""
    if work.by.id is not None and "admin" not in work.by.groups:
        raise NotAllowed
    waiting = open_notices(ENOUGH)
    for notice_id in waiting:
        enqueue("send_notice", notice_id=notice_id)
    return waiting


def tidings(facts: NoticeFacts) -> dict[str, bool] | None:
    """What the case is to be told by the message ``TIDINGS``; None while nothing is certain."""
    if facts.tell is None or facts.state not in OVER:
        return None
    return {"arrived": facts.state == "sent"}


def lacking(notice_id: int) -> tuple[str, list[str]]:
    """Case and names of the print-outs that an e-mail still lacks. None once it has any file."""
    row = db.session.get(Notice, notice_id, populate_existing=True)
    if row is None or row.channel != "email" or row.state not in WAITING or not row.case_number:
        return "", []
    return row.case_number, [] if content(notice_id).files else row.attach.split()


@command(right="system")
def attach(work: Work, notice_id: int, made: Sequence[tuple[str, bytes]]) -> None:
    """Put the print-outs that were made with the e-mail."""
    for name, body in made:
        add_file(work, notice_id, name, body)


# --- receipts -------------------------------------------------------------------------------------


@command(right="system")
def queue_receipts(work: Work, limit: int = 500) -> int:
    """One job for each message whose receipt is to be asked for now; gives how many."""
    due = sa.select(Notice.id).where(Notice.state == "handed", Notice.look_at <= work.at)
    found = list(db.session.scalars(due.order_by(Notice.look_at).limit(limit)))
    for notice_id in found:
        enqueue("ask_receipt", lock=f"receipt {notice_id}", notice_id=notice_id)
    return len(found)


def ask_receipt(notice_id: int, *, by: Actor, at: datetime) -> NoticeFacts:
    """Ask the provider whether a message arrived. Not arrived: a failed attempt that is final.

    After two days without an answer it counts as sent, and the record says so.
    """
    message, number = _asking(notice_id, by=by, at=at)
    if message is None:
        return notice(notice_id)
    asked = getattr(gateway(message.channel), "receipt", None)
    said = asked(message, number) if asked else None
    facts: NoticeFacts = _take_receipt(notice_id, said, by=by, at=at)
    return facts


@command(right="system")
def _asking(work: Work, notice_id: int) -> tuple[Message | None, str]:
    row = db.session.get(Notice, notice_id, populate_existing=True)
    if row is None or row.state != "handed" or row.receipt is None:
        return None, ""
    return _message(row, work.at), row.receipt


@command(right="system")
def _take_receipt(work: Work, notice_id: int, said: Delivery | None) -> NoticeFacts:
    row = held(notice_id)
    if row.state != "handed":
        return facts_of(row)
    row.looks += 1
    if said is None and row.looks < len(LOOKS):
        row.look_at = work.at + LOOKS[row.looks] - LOOKS[row.looks - 1]
        work.record(row, "notice:no_receipt", case=row.case_number, after={"looks": row.looks})
        return facts_of(row)
    known = said or Delivery(True, str(T("服务商没有给回执。")))
    return note(work, row, Delivery(known.ok, known.detail, final=True))
