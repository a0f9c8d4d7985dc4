"""A contractor's system reports a self-built work as complete; the point's number is the key."""

from __future__ import annotations

import pytest
from flask import Flask

from app import cases, registry
from app.work import SYSTEM
from tests.api.conftest import House, engage
from tests.procedures.accepting import Acceptance, building, point

SAID = {
    "done_on": "2026-11-20",
    "note": "已通水试压",
    "contractor": "星蔓建设有限公司",
    "contractor_phone": "19900001001",
}


@pytest.fixture
def house(furnished: Flask) -> House:
    return engage(furnished)


def report(key: str, **said: str) -> dict:
    return {"name": "completion_report", "key": key, "variables": said or SAID}


def test_the_report_opens_an_acceptance_of_the_point(house: House) -> None:
    building("101")
    sent = house.lin.post("/messages", report(point(0)))
    assert sent.status_code == 202
    (number,) = sent.get_json()["cases"]
    assert number.startswith("YS")
    case = Acceptance(number)
    assert case.open == ["book"]
    scope = case.scope("book")
    assert (scope["done_on"], scope["completion_note"]) == ("2026-11-20", "已通水试压")
    found = registry.acceptance(case=number)
    assert found is not None
    assert (found.points, found.source, found.region) == ((point(0),), "self_built", "城东")
    line = cases.case(SYSTEM, number)
    assert line.region == "城东"


def test_a_second_report_of_the_point_is_refused_with_the_first_ones_number(house: House) -> None:
    building("101")
    (first,) = house.lin.post("/messages", report(point(0))).get_json()["cases"]
    again = house.lin.post("/messages", report(point(0)))
    assert again.status_code == 422
    assert first in again.get_json()["detail"]


@pytest.mark.parametrize(
    ("key", "said"), [("JS-NONE", SAID), (point(0), {"done_on": "2999-01-01"}),
                      (point(0), {"done_on": "gestern"})]
)  # fmt: skip
def test_a_report_that_cannot_be_right_opens_nothing(house: House, key: str, said: dict) -> None:
    building("101")
    sent = house.lin.post("/messages", report(key, **said))
    assert sent.status_code == 422
    assert registry.accepting([point(0)]) == {}


def test_who_may_not_report(house: House) -> None:
    building("101")
    assert house.east.post("/messages", report(point(0))).status_code == 403
    assert registry.accepting([point(0)]) == {}
