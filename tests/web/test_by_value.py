"""Cases by what was entered in them, at the clerk's desk with the shipped procedures."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app import cases
from app.errors import Invalid
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


@pytest.mark.usefixtures("furnished")
def test_what_is_typed_is_read_as_it_is_stored() -> None:
    """With the shipped procedures: a label, a truth value, a number."""
    ways = {one.id: one for one in cases.findable()}
    assert not any(id_.startswith("c_") for id_ in ways), "what is only called has no cases"
    read = cases.read_value
    assert read(ways["meter_transfer.reason"], "买卖") == "sale"
    assert read(ways["meter_transfer.reason"], "sale") == "sale"
    assert read(ways["meter_transfer.by_agent"], "是") is True
    assert read(ways["new_connection.demand"], " 12 ") == 12
    for id_, wrong in (("meter_transfer.by_agent", "也许"), ("new_connection.demand", "很多")):
        with pytest.raises(Invalid) as refused:
            read(ways[id_], wrong)
        assert list(refused.value.fields) == ["value"]
