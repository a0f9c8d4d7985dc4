"""Notices: said once, tried three times, then by letter; nothing personal lies open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app import audit, notices
from app.db import db
from app.errors import Invalid, Refused
from app.notices import Delivery, Message, NoticeFacts
from app.work import SYSTEM, Actor, Work, command

PHONE, TEXT = "19900000001", "周禾清女士，您的过户已办结。"


notices.template(
    "test_due",
    "测试通知",
    "您承诺的材料请在{due}前补交，案号{case}。",
    places=[("due", "期限", "3 月 1 日")],
    en="Please bring what you promised by {due}, case {case}.",
)


@command
def queue(
    work: Work,
    key: str = "k1",
    channel: str = "sms",
    recipient: str = PHONE,
    text: str = TEXT,
    template: str = "done",
    **more: Any,
) -> NoticeFacts:
    return notices.queue_notice(
        work, channel=channel, recipient=recipient, text=text, template=template, case="GH1",
        key=key, **more,
    )  # fmt: skip


def attempts_of(notice_id: int) -> list[tuple[bool, str]]:
    """Whether each attempt went well, and what it said."""
    facts, said = notices.notice(notice_id), notices.content(notice_id)
    return [(a.ok, words) for a, words in zip(facts.attempts, said.details, strict=True)]


@command
def attempt(work: Work, notice_id: int, ok: bool) -> NoticeFacts:
    return notices.record_attempt(work, notice_id, ok, "not answered")


def send(notice_id: int, *, by: Actor) -> NoticeFacts:
    return notices.deliver(notice_id, by=by)


@command
def erase(work: Work) -> int:
    return notices.destroy_of_case(work, "GH1")


class Down:
    """A gateway that is out of order."""

    def send(self, message: Message) -> Delivery:  # noqa: ARG002
        return Delivery(False, "E1")


@pytest.fixture
def failing() -> Iterator[None]:
    notices.install(Down())
    yield
    notices.install(None)


@pytest.mark.usefixtures("app")
def test_the_same_key_is_one_notice() -> None:
    first, again = queue(by=SYSTEM), queue(by=SYSTEM)
    assert first == again
    assert [n.id for n in notices.of_case("GH1")] == [first.id]


@pytest.mark.usefixtures("app")
def test_nothing_personal_lies_open() -> None:
    facts = queue(by=SYSTEM)
    assert facts.recipient == "199****0001"
    row = db.session.scalars(sa.select(notices.Notice)).one()
    assert PHONE.encode() not in row.recipient
    assert "周禾清".encode() not in row.body
    entry = db.session.scalars(sa.select(audit.Entry).filter_by(action="notice:queue")).one()
    assert PHONE not in str(entry.body)
    assert (notices.content(facts.id).recipient, notices.content(facts.id).text) == (PHONE, TEXT)


@pytest.mark.usefixtures("app")
def test_the_gateway_sends_once() -> None:
    facts = queue(by=SYSTEM)
    assert facts.id in notices.open_notices()
    assert send(facts.id, by=SYSTEM).state == "sent"
    assert len(send(facts.id, by=SYSTEM).attempts) == 1
    assert facts.id not in notices.open_notices()
    with pytest.raises(Refused):
        attempt(facts.id, True, by=SYSTEM)


@pytest.mark.usefixtures("app", "failing")
def test_after_three_failures_a_letter_is_written() -> None:
    facts = queue(by=SYSTEM)
    states = [send(facts.id, by=SYSTEM).state for _ in range(4)]
    assert states == ["failed", "failed", "letter", "letter"]
    sms, letter = notices.of_case("GH1")
    assert [a.ok for a in sms.attempts] == [False] * 3
    assert (letter.channel, letter.state, letter.instead_of) == ("letter", "queued", sms.id)
    assert notices.content(letter.id).text == TEXT


@pytest.mark.usefixtures("app")
def test_a_letter_that_fails_writes_no_other() -> None:
    letter = queue(channel="letter", recipient="临江市城东路 1 号", by=SYSTEM)
    for _ in range(4):
        attempt(letter.id, False, by=SYSTEM)
    assert [n.id for n in notices.of_case("GH1")] == [letter.id]
    assert attempt(letter.id, True, by=SYSTEM).state == "sent"


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("field", "wrong"),
    [("channel", "fax"), ("recipient", " "), ("text", ""), ("text", "长" * 2001)],
)
def test_what_cannot_be_sent_is_refused(field: str, wrong: str) -> None:
    with pytest.raises(Invalid) as caught:
        queue(**{field: wrong}, by=SYSTEM)
    assert field in caught.value.fields


@pytest.mark.usefixtures("app")
def test_an_erased_notice_says_nothing() -> None:
    queue(by=SYSTEM)
    assert erase(by=SYSTEM) == 1
    (facts,) = notices.of_case("GH1")
    assert facts.recipient == ""


@pytest.mark.parametrize(
    ("channel", "clear", "shown"),
    [
        ("email", "zhou@example.cn", "z***@example.cn"),
        ("letter", "临江市城东路 1 号", "临江市***"),
        ("phone", "0731-84123456", "0731-******56"),
        ("letter", "城东", "***"),
    ],
)
def test_recipients_are_masked(channel: str, clear: str, shown: str) -> None:
    assert notices.masked(channel, clear) == shown
