"""The outbox by the real queue: sent after the commit, tried again later, then by letter."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from flask import Flask

from app import notices
from app.db import db, raw
from app.errors import Refused
from app.jobs import run_worker
from app.notices import Delivery, Message, NoticeFacts
from app.work import SYSTEM, Work, command


class Counting:
    """A gateway that is out of order for the first calls."""

    def __init__(self, failing: int) -> None:
        self.failing = failing
        self.sent: list[tuple[str, str]] = []

    def send(self, message: Message) -> Delivery:
        self.sent.append((message.recipient, message.text))
        if len(self.sent) <= self.failing:
            raise ConnectionError
        return Delivery(True)


@pytest.fixture
def gateways() -> Iterator[None]:
    yield
    notices.install(None)


@command
def queue(work: Work, undo: bool = False) -> NoticeFacts:
    facts = notices.queue_notice(
        work,
        channel="sms",
        recipient="19900000001",
        text="过户已办结。",
        template="done",
        case="GH1",
        key="k1",
    )
    if undo:
        raise Refused
    return facts


def work_off() -> None:
    """Run all jobs; what would wait for another attempt is due at once."""
    raw().execute("UPDATE procrastinate_jobs SET scheduled_at = NULL")
    db.session.commit()
    db.session.remove()
    asyncio.run(run_worker(wait=False))


def states() -> list[tuple[str, str]]:
    return [(n.channel, n.state) for n in notices.of_case("GH1")]


@pytest.mark.usefixtures("gateways")
def test_a_notice_goes_out_after_the_commit(fresh: Flask) -> None:
    gateway = Counting(0)
    notices.install(gateway)
    queue(by=SYSTEM)
    assert gateway.sent == []
    work_off()
    assert gateway.sent == [("19900000001", "过户已办结。")]
    assert states() == [("sms", "sent")]
    work_off()
    assert len(gateway.sent) == 1


@pytest.mark.usefixtures("gateways")
def test_what_was_rolled_back_is_never_sent(fresh: Flask) -> None:
    gateway = Counting(0)
    notices.install(gateway)
    with pytest.raises(Refused):
        queue(undo=True, by=SYSTEM)
    work_off()
    assert gateway.sent == []


@pytest.mark.usefixtures("gateways")
def test_a_failed_attempt_waits_and_is_tried_again(fresh: Flask) -> None:
    gateway = Counting(1)
    notices.install(gateway)
    queue(by=SYSTEM)
    work_off()
    assert states() == [("sms", "failed")]
    wait = (
        raw()
        .execute(
            "SELECT scheduled_at - now() > interval '30 seconds' FROM procrastinate_jobs"
            " WHERE task_name = 'send_notice'"
        )
        .fetchone()
    )
    assert wait == (True,)
    work_off()
    assert states() == [("sms", "sent")]


@pytest.mark.usefixtures("gateways")
def test_the_third_failure_writes_a_letter_and_ends_the_attempts(fresh: Flask) -> None:
    gateway = Counting(99)
    notices.install(gateway)
    queue(by=SYSTEM)
    for _ in range(5):
        work_off()
    assert len(gateway.sent) == 3
    assert states() == [("sms", "letter"), ("letter", "queued")]
