"""A page that is sent twice is one deed; changed and sent again it is another."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app import cases
from app.work import SYSTEM
from tests.web.counter import TYPED, Clerk, at_desk, furnish


@pytest.fixture
def lin(desk: Flask) -> Clerk:
    furnish()
    return at_desk(desk, "linqi")


def once_of(clerk: Clerk, task: int) -> str:
    """What the page is known by."""
    found = re.search(r'name="_once" value="([^"]+)"', clerk.page(f"/tasks/{task}"))
    assert found
    return found.group(1)


def completed(number: str) -> int:
    return sum(e.action == "task:complete" for e in cases.trail(SYSTEM, number))


def test_the_same_page_sent_twice_counts_once_and_is_answered_alike(lin: Clerk) -> None:
    begun = lin.case(region="城东")
    task = begun.tasks[0].id
    once = once_of(lin, task)
    answers = [lin.post(f"/tasks/{task}", {**TYPED, "_once": once}) for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert completed(begun.number) == 1


def test_another_page_of_a_step_that_is_done_is_told_and_loses_nothing(lin: Clerk) -> None:
    begun = lin.case(region="城东")
    task = begun.tasks[0].id
    first, second = once_of(lin, task), once_of(lin, task)
    assert first != second
    assert lin.post(f"/tasks/{task}", {**TYPED, "_once": first}).status_code == 303
    late = lin.post(f"/tasks/{task}", {**TYPED, "reason": "赠与", "_once": second})
    assert late.status_code == 409
    assert "赠与" in late.text
    changed = lin.post(f"/tasks/{task}", {**TYPED, "reason": "赠与", "_once": first})
    assert changed.status_code == 409
    assert completed(begun.number) == 1


def test_a_start_sent_twice_opens_one_case(lin: Clerk) -> None:
    found = re.search(r'name="_once" value="([^"]+)"', lin.page("/start/two_steps"))
    assert found
    sent = [lin.post("/start/two_steps", {"_once": found.group(1)}) for _ in range(2)]
    assert [one.status_code for one in sent] == [303, 303]
    assert sent[0].location == sent[1].location
    other = lin.post("/start/two_steps", {"_once": "another"})
    assert other.location != sent[0].location
