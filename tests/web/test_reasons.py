"""Why here? at each gateway, and the case on its drawing with what no drawing shows."""

from __future__ import annotations

import html
import json
import re

import pytest
from flask import Flask

from app import cases, definitions
from app.cases import Look
from app.cases.why import _open
from app.errors import NotAllowed, NotFound
from app.registry import demo
from tests.looking import say_why
from tests.procedures.visit import CLERK, Visit, person
from tests.web.counter import at_desk


@pytest.fixture
def town(furnished: Flask, desk: Flask) -> Flask:
    assert furnished
    return desk


def case17() -> Visit:
    visit = Visit(demo.KNOWN["case17"])
    return visit.accept(reason="inheritance", old_owner="deceased", title_status="none")


def test_each_gateway_says_what_it_saw_and_which_row_matched(town: Flask) -> None:
    visit = case17()
    found = {one.element: one for one in cases.why(CLERK, visit.number)}
    gate = found["g_result"]
    assert (gate.condition, gate.flow or gate.target) == ('precheck.result = "warn"', "提示")
    judged = found["judge"]
    assert judged.decision == "业务前置校验"
    (row,) = judged.rows
    assert (row.number, row.outputs[0][1]) == (12, '"warn"')
    assert ("有欠费", "true") in row.inputs
    page = at_desk(town, "linqi").page(f"/cases/{visit.number}?tab=why")
    assert "precheck.result = &#34;warn&#34;" in page
    assert "业务前置校验" in page
    assert "有欠费 true" in page


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [("new_name", "yan", False), ("unheard_of", "言若谷", False), ("unheard_of", {"a": 1}, False),
     ("settle_outcome", "settled", True), ("due", 3516, True), ("reason", "inheritance", True)],
)  # fmt: skip
def test_personal_values_of_a_reason_stay_hidden(
    town: Flask, name: str, value: object, shown: bool
) -> None:
    release = definitions.published_one("meter_transfer").release
    assert _open(release, "meter_transfer", name, value) == shown


def test_reasons_seen_whole_are_a_look(town: Flask) -> None:
    visit = case17()
    say_why(visit.number, CLERK)
    assert cases.why(CLERK, visit.number, Look.WHOLE)
    assert cases.trail(CLERK, visit.number)[-1].action == "case:look"


def test_the_drawing_shows_the_way_where_it_stands_and_what_no_drawing_shows(town: Flask) -> None:
    visit = case17()
    cases.send_back(visit.task("check"), "accept", "请核对", by=CLERK)
    lin = at_desk(town, "linqi")
    page = lin.page(f"/cases/{visit.number}?tab=diagram")
    found = re.search(r'data-marks="([^"]*)"', page)
    assert found
    marks = json.loads(html.unescape(found.group(1)))
    assert marks["now"] == ["accept"]
    assert marks["visits"]["accept"] == 1
    assert "退回到受理" in page
    part = cases.drawn(CLERK, visit.number, "c_materials_check")
    assert part.visits["begin"] == 1
    assert part.name == "材料核验"
    answer = lin.get(f"/cases/{visit.number}/drawings/meter_transfer")
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    assert answer.data.startswith(b"<?xml")


def test_both_are_for_who_reads_the_case(town: Flask) -> None:
    visit = case17()
    for ask in (cases.why, cases.drawn, lambda a, n: cases.drawing(a, n, "meter_transfer")):
        with pytest.raises(NotAllowed):
            ask(person(9202, "无岗"), visit.number)
        with pytest.raises(NotFound):
            ask(CLERK, "GH1")
    lin = at_desk(town, "linqi")
    for wrong in ("none", "../etc", "c_nothing"):
        assert lin.get(f"/cases/{visit.number}/drawings/{wrong}").status_code == 404
        assert lin.get(f"/cases/{visit.number}?tab=diagram&of={wrong}").status_code == 404
