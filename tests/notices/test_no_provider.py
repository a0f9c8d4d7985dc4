"""A server without a provider: what it cannot send it never calls sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from app import audit, config, notices
from app.db import db, raw
from app.errors import NotAllowed
from app.jobs.tasks import send_notice
from app.work import SYSTEM, Actor
from tests.notices.test_outbox import Down, queue

CLERK = Actor(7, "clerk", "窗口", frozenset({"window_clerk"}))


@pytest.fixture
def server(app: Flask) -> Iterator[Flask]:
    """The same installation, but no demo."""
    before = config.settings()
    notices.install(None)
    config.install(replace(before, demo=False))
    yield app
    config.install(before)
    notices.install(None)


@pytest.mark.usefixtures("app")
def test_a_demo_has_its_test_gateway() -> None:
    assert isinstance(notices.gateway("sms"), notices.TestGateway)
    assert notices.unsent() == []


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("channel", ["sms", "email"])
def test_without_a_provider_nothing_is_sent_and_the_trail_says_why(
    channel: str, caplog: pytest.LogCaptureFixture
) -> None:
    facts = queue(channel=channel, recipient="a@example.cn", by=SYSTEM)
    assert facts.state == "unsent"
    for _ in range(4):
        send_notice(facts.id)
    assert [(n.channel, n.state, n.attempts) for n in notices.of_case("GH1")] == [
        (channel, "unsent", ())
    ]
    assert [n.id for n in notices.unsent()] == [facts.id]
    assert "no provider" in caplog.text
    entries = db.session.scalars(sa.select(audit.Entry).filter_by(action="notice:no_provider"))
    assert len(list(entries)) == 4


@pytest.mark.usefixtures("server")
def test_what_people_do_needs_no_provider() -> None:
    assert queue(channel="letter", recipient="临江市城东路 1 号", by=SYSTEM).state == "queued"
    assert notices.unsent() == []


def test_once_a_provider_is_there_all_goes_out(server: Flask) -> None:
    facts = queue(by=SYSTEM)
    send_notice(facts.id)
    shown = server.test_cli_runner().invoke(args=["notices", "unsent"])
    assert shown.exit_code == 1
    assert "199****0001" in shown.output
    with pytest.raises(NotAllowed):
        notices.send_again(by=CLERK)
    raw().execute("DELETE FROM procrastinate_jobs")
    assert "1 条" in server.test_cli_runner().invoke(args=["notices", "send"]).output
    jobs = raw().execute("SELECT task_name, args FROM procrastinate_jobs").fetchall()
    assert jobs == [("send_notice", {"notice_id": facts.id})]
    notices.install(notices.TestGateway())
    send_notice(facts.id)
    assert [n.state for n in notices.of_case("GH1")] == ["sent"]
    assert server.test_cli_runner().invoke(args=["notices", "unsent"]).exit_code == 0


@pytest.mark.usefixtures("server")
def test_a_provider_that_is_down_is_an_attempt() -> None:
    notices.install(Down())
    facts = queue(by=SYSTEM)
    with pytest.raises(Exception, match="没有送达"):
        send_notice(facts.id)
    assert notices.of_case("GH1")[0].state == "failed"
