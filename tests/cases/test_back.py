"""A case is sent back: to whom, with what was entered, and what the trail says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from app import audit, cases
from app.db import raw
from app.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from tests.cases.conftest import LIN, RUAN, ZHAO
from tests.looking import say_why

ANSWERS = {"applicant_name": "周禾清", "reason": "买卖"}


def at_review() -> tuple[str, int]:
    begun = cases.start("two_steps", {}, by=LIN)
    moved = cases.submit_task(begun.tasks[0].id, ANSWERS, by=LIN)
    return begun.number, moved.tasks[0].id


def test_the_earlier_step_is_its_doers_again_with_what_he_entered(house: Flask) -> None:
    number, review = at_review()
    assert [(w.element, w.name) for w in cases.ways_back(RUAN, review)] == [("accept", "受理")]
    moved = cases.send_back(review, "accept", "缺证件号", by=RUAN)
    (task,) = moved.tasks
    assert (task.element, task.mine, moved.next) == ("accept", False, None)
    page = cases.task_for(LIN, task.id)
    assert (page.holder_name, page.draft, page.offered) == ("林栖", None, {"reason": "买卖"})
    say_why(number, LIN)
    page = cases.task_for(LIN, moved.tasks[0].id, cases.Look.WHOLE)
    assert page.offered == ANSWERS
    (alert,) = cases.unread(LIN)
    assert (alert.kind, alert.case_number, alert.task_id) == ("back", number, task.id)
    assert cases.unread(RUAN) == []
    cases.read_alerts(by=LIN)
    assert cases.unread_count(LIN) == 0


def test_the_case_goes_on_and_reaches_the_step_it_was_sent_back_from(house: Flask) -> None:
    _number, review = at_review()
    moved = cases.send_back(review, "accept", "缺证件号", by=RUAN)
    moved = cases.submit_task(moved.tasks[0].id, {**ANSWERS, "reason": "赠与"}, by=LIN)
    (again,) = moved.tasks
    assert again.element == "review"
    assert again.id != review
    with pytest.raises(NotAllowed):  # four eyes hold after the way back, too
        cases.submit_task(again.id, {}, by=LIN)
    assert cases.submit_task(again.id, {}, by=RUAN).status == "ended"


def test_nothing_of_the_trail_is_gone_and_the_reason_is_sealed(house: Flask) -> None:
    number, review = at_review()
    before = cases.trail(RUAN, number)
    cases.send_back(review, "accept", "证件号 430199 填错", by=RUAN)
    after = cases.trail(RUAN, number)
    assert after[: len(before)] == before
    (entry,) = after[len(before) :]
    assert (entry.action, entry.element, entry.body["after"]["to"]) == (
        "task:send_back",
        "review",
        "accept",
    )
    row = raw().execute("SELECT trail::text FROM trail WHERE action = 'task:send_back'").fetchone()
    assert row
    assert "430199" not in row[0]
    assert audit.verify().findings == []


def test_who_may_not_and_what_cannot(house: Flask) -> None:
    _number, review = at_review()
    with pytest.raises(Invalid) as caught:
        cases.send_back(review, "accept", " ", by=RUAN)
    assert "reason" in caught.value.fields
    for nowhere in ("review", "done", "nobody"):
        with pytest.raises(Invalid) as caught:
            cases.send_back(review, nowhere, "看看", by=RUAN)
        assert "to" in caught.value.fields
    with pytest.raises(NotAllowed):
        cases.send_back(review, "accept", "看看", by=replace(ZHAO, sees_all_regions=True))
    with pytest.raises(NotFound):
        cases.send_back(12, "accept", "看看", by=RUAN)
    cases.claim(review, by=RUAN)
    with pytest.raises(Conflict):
        cases.send_back(review, "accept", "看看", by=LIN)
    assert cases.ways_back(LIN, review) == []
    cases.send_back(review, "accept", "看看", by=RUAN)
    with pytest.raises(Conflict):
        cases.send_back(review, "accept", "看看", by=RUAN)


def test_not_to_before_a_change_of_the_register(house: Flask) -> None:
    begun = cases.start("changes", {}, by=LIN)
    moved = cases.submit_task(begun.tasks[0].id, {}, by=LIN)
    (after,) = moved.tasks
    assert cases.ways_back(LIN, after.id) == []
    with pytest.raises(Refused):
        cases.send_back(after.id, begun.tasks[0].element, "改错了", by=LIN)


def test_a_claim_on_a_parallel_task_stays(house: Flask) -> None:
    begun = cases.start("side_by_side", {}, by=LIN)
    assert len(begun.tasks) > 1
    for task in begun.tasks:
        assert cases.ways_back(LIN, task.id) == []
