"""Looking at personal values whole: a reason once, an entry each time, nothing lost unseen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from app import audit, cases
from app.cases import Look
from app.db import raw
from app.errors import Invalid, NotAllowed, NotFound
from tests.cases.conftest import LIN, RUAN, ZHAO, clerk
from tests.cases.test_path import ANSWERS
from tests.looking import say_why

ARCHIVIST = clerk(191, "方知远", "archivist")


def at_review() -> tuple[str, int]:
    begun = cases.start("two_steps", {"region": "城东"}, by=LIN)
    moved = cases.submit_task(begun.tasks[0].id, ANSWERS, by=LIN)
    return begun.number, moved.tasks[0].id


def looks(number: str) -> list[dict[str, object]]:
    return [e.body["after"] for e in cases.trail(RUAN, number) if e.action == "case:look"]


def back_again() -> tuple[str, int]:
    """The first step, open a second time with what was entered there."""
    number, review = at_review()
    moved = cases.send_back(review, "accept", "请核对", by=RUAN)
    return number, moved.tasks[0].id


def test_masked_for_everyone_until_a_reason_is_given(house: Flask) -> None:
    number, task = back_again()
    page = cases.task_for(LIN, task, Look.WHOLE)
    assert (page.whole, page.may_look, page.applicant) == (False, True, "周**")
    assert page.answers["applicant_name"] == "周**"
    case = cases.case(LIN, number, Look.WHOLE)
    assert (case.clear, case.applicant, "applicant_name" in case.variables) == (
        False,
        "周**",
        False,
    )
    for why, words in (("", ""), ("curious", ""), ("other", " "), ("other", "字" * 201)):
        with pytest.raises(Invalid):
            cases.give_reason(number, why, words, by=LIN)
    cases.give_reason(number, "other", "用户周禾清电话询问", by=LIN)
    page = cases.task_for(LIN, task, Look.WHOLE)
    assert (page.whole, page.answers["applicant_name"]) == (True, "周禾清")
    assert cases.task_for(LIN, task).answers["applicant_name"] == "周**"
    cases.task_for(LIN, task, Look.AGAIN)
    assert cases.case(LIN, number, Look.WHOLE).applicant == "周禾清"
    assert looks(number) == [
        {"fields": ["applicant_name"], "task": task, "why": "other"},
        {"fields": ["applicant_name", "name"], "why": "other"},
    ]
    # A colleague gives a reason of his own; the words stand sealed.
    assert not cases.case(RUAN, number, Look.WHOLE).clear
    ((kept,),) = raw().execute("SELECT trail::text FROM trail WHERE action = 'look:reason'")
    assert "周禾清" not in kept
    assert audit.verify().findings == []


def test_who_has_no_part_may_not_even_ask(house: Flask) -> None:
    number, review = at_review()
    for who, kind in ((ZHAO, NotAllowed), (ARCHIVIST, NotAllowed)):
        with pytest.raises(kind):
            cases.give_reason(number, "handle", by=who)
    with pytest.raises(NotFound):
        cases.give_reason("GH1", "handle", by=LIN)
    cases.submit_task(review, {}, by=RUAN)
    with pytest.raises(NotAllowed):
        cases.give_reason(number, "handle", by=ZHAO)
    cases.give_reason(number, "inspect", by=ARCHIVIST)
    assert cases.case(ARCHIVIST, number, Look.WHOLE).applicant == "周禾清"
    say_why(number, RUAN)
    over = cases.case(RUAN, number, Look.WHOLE)
    assert (over.clear, over.applicant) == (False, "周**"), "over: the archivist alone"


def test_a_reason_gone_with_the_group_shows_nothing(house: Flask) -> None:
    number, task = back_again()
    say_why(number, LIN)
    moved = replace(LIN, groups=frozenset({"cs_director"}))
    page = cases.task_for(moved, task, Look.WHOLE)
    assert (page.whole, page.answers) == (False, {})


def test_what_was_not_seen_is_neither_lost_nor_shown(house: Flask) -> None:
    begun = cases.start("two_steps", {}, by=LIN)
    task = begun.tasks[0].id
    cases.save_draft(task, {"applicant_name": "周禾清", "reason": ""}, by=LIN)
    assert cases.task_for(LIN, task).draft == {"applicant_name": "周禾清", "reason": ""}
    cases.release(task, by=LIN)
    page = cases.task_for(RUAN, task)
    assert (page.draft, page.answers) == ({"reason": ""}, {"applicant_name": "周**"})
    cases.save_draft(task, {"reason": "买卖"}, by=RUAN)
    assert cases.task_for(RUAN, task).draft == {"reason": "买卖"}
    assert cases.task_for(LIN, task).draft == {"reason": "买卖"}
    cases.claim(task, by=RUAN)
    cases.submit_task(task, {"reason": "买卖"}, by=RUAN)
    say_why(begun.number, RUAN)
    assert cases.case(RUAN, begun.number, Look.WHOLE).variables["applicant_name"] == "周禾清"


def test_typing_over_what_was_not_seen_counts(house: Flask) -> None:
    begun = cases.start("two_steps", {}, by=LIN)
    task = begun.tasks[0].id
    cases.save_draft(task, {"applicant_name": "周禾清"}, by=LIN)
    cases.release(task, by=LIN)
    cases.save_draft(task, {"applicant_name": "言若谷"}, by=RUAN)
    assert cases.task_for(RUAN, task).draft == {"applicant_name": "言若谷"}
    say_why(begun.number, LIN)
    assert cases.task_for(LIN, task, Look.WHOLE).draft == {"applicant_name": "言若谷"}
