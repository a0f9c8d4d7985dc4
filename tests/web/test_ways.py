"""What counters need beside the drawing, at the desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app import cases
from tests.web.counter import TYPED, Clerk, at_desk, furnish

Enter = Callable[[str], Clerk]


@pytest.fixture
def enter(desk: Flask) -> Enter:
    furnish()
    return lambda login: at_desk(desk, login)


@pytest.fixture
def lin(enter: Enter) -> Clerk:
    return enter("linqi")


@pytest.fixture
def ruan(enter: Enter) -> Clerk:
    return enter("ruanqinghe")


def at_review(clerk: Clerk) -> int:
    first = clerk.case().tasks[0].id
    return cases.submit_task(first, TYPED, by=clerk.actor).tasks[0].id


def test_a_case_is_sent_back_and_its_page_says_by_whom_and_why(lin: Clerk, ruan: Clerk) -> None:
    review = at_review(lin)
    path = f"/tasks/{review}/send-back"
    assert path in ruan.page(f"/tasks/{review}")
    page = ruan.page(path)
    assert 'value="accept" checked' in page
    wrong = ruan.post(path, {"_to": "accept", "_reason": " "})
    assert (wrong.status_code, "请写明退回的原因" in wrong.text) == (422, True)
    wrong = ruan.post(path, {"_to": "nobody", "_reason": "缺证件号"})
    assert (wrong.status_code, ">缺证件号</textarea>" in wrong.text) == (422, True)
    done = ruan.post(path, {"_to": "accept", "_reason": "缺证件号"})
    assert (done.status_code, done.location) == (303, "/work")
    assert "已退回到受理" in ruan.said()
    task = cases.case(lin.actor, cases.unread(lin.actor)[0].case_number).tasks[-1].id
    again = lin.page(f"/tasks/{task}")
    assert "阮清和退回：缺证件号" in again
    assert 'value="周禾清"' in again
    told = lin.page(f"/cases/{cases.unread(lin.actor)[0].case_number}?tab=timeline")
    assert "阮清和 从复核退回到受理" in told


def test_where_there_is_no_step_before_the_page_says_so(lin: Clerk) -> None:
    task = lin.case().tasks[0].id
    assert "没有可以退回的步骤" in lin.page(f"/tasks/{task}/send-back")
