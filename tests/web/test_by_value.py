"""Cases by what was entered in them, at the clerk's desk with the shipped procedures."""

from __future__ import annotations

import re

from flask import Flask

from app import cases
from tests.web.counter import TYPED, Clerk, at_desk, furnish


def found(clerk: Clerk, by: str, value: str) -> str:
    answer = clerk.get("/cases", query_string={"by": by, "value": value})
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_value_is_chosen_by_its_label_and_found(desk: Flask) -> None:
    furnish()
    lin = at_desk(desk, "linqi")
    moved = lin.case()
    number = moved.number
    page = lin.page("/cases")
    assert number in page
    ways = dict(re.findall(r'<option value="(\w+\.\w+)"[^>]*>([^<]+)', page))
    assert "two_steps.reason" in ways
    assert "two_steps.applicant_name" not in ways, "a person's name is sealed"
    assert number not in found(lin, "two_steps.reason", "买卖"), "nothing was entered yet"
    cases.submit_task(moved.tasks[0].id, TYPED, by=lin.actor)
    page = found(lin, "two_steps.reason", " 买卖 ")
    assert number in page
    assert 'value="two_steps.reason" selected' in page
    assert "没有找到案件" in found(lin, "two_steps.reason", "赠与")


def test_what_cannot_be_asked_for_is_said_beside_it_and_typing_stays(desk: Flask) -> None:
    furnish()
    lin = at_desk(desk, "linqi")
    page = found(lin, "two_steps.applicant_name", "周禾清")
    assert "请选择项目并填写内容" in page
    assert 'value="周禾清"' in page
    assert "请选择项目并填写内容" in found(lin, "two_steps.reason", "  ")
