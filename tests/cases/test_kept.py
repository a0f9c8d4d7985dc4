"""Messages that come before anybody waits for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app import cases
from app.cases.advance import Stuck
from app.db import db, raw
from app.errors import Conflict, NotAllowed
from app.jobs.tasks import JOB
from app.settings import ensure_defaults, put
from app.work import SYSTEM, now
from tests.cases import parts
from tests.cases.conftest import LIN, clerk
from tests.cases.events import ADMIN, actions, jobs, rows, steps

HOUR = timedelta(hours=1)


def waiter(**more: Any) -> cases.Moved:
    return cases.start("late_waiter", {"bill": "B1", **more}, by=LIN)


def test_an_early_message_is_taken_once_by_who_comes_to_wait(eventful: Flask) -> None:
    for amount, who in ((10, LIN), (20, SYSTEM)):
        assert cases.deliver_message("paid_early", "B1", {"amount": amount}, by=who) == []
    assert cases.deliver_message("paid_early", "B2", {"amount": 1}, by=SYSTEM) == []
    begun = waiter()
    moved = cases.submit_task(begun.tasks[0].id, {}, by=LIN)
    assert [(t.name, t.mine) for t in moved.tasks] == [("之后", True)], "in the same command"
    assert cases.case(SYSTEM, begun.number).variables["amount"] == 10, "the oldest first"
    over = cases.submit_task(moved.tasks[0].id, {}, by=LIN)
    assert (over.status, over.repeated) == ("ended", False)
    assert rows("SELECT key FROM kept_messages") == [("B2",)]
    assert actions(begun.number).count("case:message") == 2
    trail = str(rows("SELECT body::text FROM trail WHERE action IN ('message:keep')"))
    assert "amount" not in trail
    again = waiter()
    left = cases.submit_task(again.tasks[0].id, {}, by=LIN)
    assert left.tasks == (), "each was there once"
    late = cases.deliver_message("paid_early", "B1", {"amount": 3}, by=LIN)
    assert late == [again.number]


def test_what_no_drawing_knows_is_refused_as_before(eventful: Flask) -> None:
    with pytest.raises(Conflict):
        cases.deliver_message("never heard of", "B1", {}, by=SYSTEM)
    ensure_defaults(by=SYSTEM)
    put("messages.keep", 0, by=ADMIN)
    with pytest.raises(Conflict):
        cases.deliver_message("paid_early", "B1", {}, by=SYSTEM)


def test_only_who_may_send_it_has_a_message_kept(eventful: Flask) -> None:
    with pytest.raises(NotAllowed):
        cases.deliver_message("paid_early", "B1", {}, by=clerk(151, "柳闻笙", "cashier"))
    south = clerk(152, "江照野", "window_clerk", region="城南")
    assert cases.deliver_message("paid_early", "B1", {"amount": 1}, by=south) == []
    east = waiter(region="城东")
    assert cases.submit_task(east.tasks[0].id, {}, by=LIN).tasks == (), "of another region"
    here = waiter(region="城南")
    moved = cases.submit_task(here.tasks[0].id, {}, by=LIN)
    assert [t.name for t in moved.tasks] == ["之后"]
    # The second place that waits names no senders, so it takes nothing from a person.
    cases.deliver_message("paid_early", "B9", {}, by=LIN)
    raw().execute("UPDATE kept_messages SET key = 'B1'")
    assert cases.submit_task(moved.tasks[0].id, {}, by=LIN).status == "open"


def test_a_thrown_message_is_kept_as_long_as_its_drawing_says(eventful: Flask) -> None:
    at = now()
    sender = cases.start("early_sender", {"bill": "B1", "keep": "PT2H", "amount": 7}, by=LIN, at=at)
    assert actions(sender.number) == ["case:start", "message:keep"]
    ((until,),) = rows("SELECT until FROM kept_messages")
    assert until - at == 2 * HOUR
    late = waiter()
    moved = cases.submit_task(late.tasks[0].id, {}, by=LIN, at=at + 3 * HOUR)
    assert moved.tasks == (), "its time was over"
    assert cases.clear_away(by=JOB, at=at + 3 * HOUR) == 1
    assert actions(sender.number)[-1] == "message:expire"
    cases.start("early_sender", {"bill": "B3", "keep": "PT0S"}, by=LIN)
    assert rows("SELECT 1 FROM kept_messages") == []
    with pytest.raises(Stuck):
        cases.start("early_sender", {"bill": "B3", "keep": "two hours"}, by=LIN)


def test_a_destroyed_sender_takes_its_message_along(eventful: Flask) -> None:
    cases.start("early_sender", {"bill": "B1", "keep": "PT2H"}, by=LIN)
    raw().execute(
        "UPDATE data_keys SET wrapped = NULL WHERE id IN (SELECT key_id FROM kept_messages)"
    )
    moved = cases.submit_task(waiter().tasks[0].id, {}, by=LIN)
    assert moved.tasks == ()


def test_a_kept_message_that_cannot_be_taken_is_an_incident_and_the_step_stands(
    eventful: Flask,
) -> None:
    cases.deliver_message("paid_early", "B1", {"amount": 5}, by=LIN)
    begun = waiter()
    parts.BROKEN.add("urge")
    moved = cases.submit_task(begun.tasks[0].id, {}, by=LIN)
    assert (moved.status, moved.tasks) == ("open", ())
    assert actions(begun.number) == ["case:start", "task:complete", "incident:open"]
    (incident,) = cases.incidents(ADMIN)
    assert (incident.kind, incident.element, incident.message) == (
        "message", "wait", "RuntimeError",
    )  # fmt: skip
    assert cases.clear_away(by=JOB, at=now() + 9 * HOUR) == 0, "kept until it is mended"
    cases.retry_incident(incident.id, by=ADMIN)
    cases.take_kept(**jobs("take_kept")[0], by=JOB)
    assert [one.id for one in cases.incidents(ADMIN)] == [incident.id], "the same trouble is one"
    parts.BROKEN.clear()
    cases.retry_incident(incident.id, by=ADMIN)
    assert cases.take_kept(**jobs("take_kept")[1], by=JOB)
    assert (cases.incidents(ADMIN), steps(begun.number)) == ([], ["之后"])


def test_a_kept_message_may_be_let_go_and_settles_with_its_case(eventful: Flask) -> None:
    parts.BROKEN.add("urge")
    for _ in "12":
        cases.deliver_message("paid_early", "B1", {"amount": 5}, by=LIN)
    begun = waiter()
    cases.submit_task(begun.tasks[0].id, {}, by=LIN)
    first, second = cases.incidents(ADMIN)
    cases.skip_incident(first.id, "重复的消息", by=ADMIN)
    assert rows("SELECT count(*) FROM kept_messages") == [(1,)]
    cases.withdraw(begun.number, "不办了", by=LIN)
    cases.clear_away(by=JOB)
    assert cases.incidents(ADMIN) == []
    assert rows("SELECT count(*) FROM kept_messages") == [(0,)]
    assert second.id in [one.id for one in cases.incidents(ADMIN, resolved=True)]


def test_a_case_without_messages_asks_for_none(eventful: Flask) -> None:
    begun = waiter()
    asked: list[str] = []
    work_execute = db.session.connection().connection.driver_connection.cursor_factory.execute

    def counted(cursor: Any, query: Any, *more: Any, **named: Any) -> Any:
        asked.append(str(query))
        return work_execute(cursor, query, *more, **named)

    factory = db.session.connection().connection.driver_connection.cursor_factory
    factory.execute = counted
    try:
        cases.start("on_condition", {"amount": 101}, by=LIN)
        assert not [one for one in asked if "kept_messages" in one or "signal" in one]
        cases.submit_task(begun.tasks[0].id, {}, by=LIN)
        assert [one for one in asked if "kept_messages" in one]
    finally:
        factory.execute = work_execute
