"""水表验收: what is refused, with the field and the words that help."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import registry
from app.errors import Invalid, NotAllowed
from app.procedures.acceptance_rows import check_rows
from app.work import SYSTEM, command, now
from app.worktime import local_day
from tests.procedures.accepting import (
    CLERK,
    ENGINEER,
    INSTALLER,
    READER,
    SALES,
    Acceptance,
    build,
    building,
    good,
    point,
    seal,
    serial,
)
from tests.procedures.visit import person


def faults(deed) -> dict[str, str]:
    with pytest.raises(Invalid) as wrong:
        deed()
    return {name: str(text) for name, text in wrong.value.fields.items()}


@pytest.fixture
def case(known) -> Acceptance:
    return Acceptance.by_hand(building("101", "102"), source="connection").book()


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"door_match": "crossed"}, "result", "串户的水表不能判为合格"),
        ({"result": "fail"}, "failed_items", "请先填写不合格项"),
        ({"result": "fail", "failed_items": "3号阀漏水"}, "failed_items", "请先填写不合格项"),
        ({"result": "fail", "failed_items": "99"}, "failed_items", "没有序号为 99"),
        ({"result": "fail", "failed_items": "11"}, "failed_items", "没有序号为 11"),
        ({"result": "fail", "failed_items": "7", "na_items": "7"}, "na_items", "既不合格又不适用"),
        ({"start_reading": 100_000}, "start_reading", "0 至 99999"),
        ({"seals": "铅封 NONE-1"}, "seals", "没有未使用的铅封 NONE-1"),
        ({"seals": "NONE-1"}, "seals", "请写明封号 NONE-1 的种类"),
        ({"serial_same": False}, "serial_found", "请填写现场表号"),
        ({"serial_same": False, "serial_found": "短"}, "serial_found", "表身号"),
    ],
)
def test_a_row_that_contradicts_itself_is_named_by_row_and_column(case, said, field, words):
    found = faults(lambda: case.inspect({point(1): said}))
    assert {name for name in found if name.startswith("rows")} == {f"rows[1].{field}"}
    assert words in found[f"rows[1].{field}"]
    assert case.open == ["inspect"]


def test_another_serial_must_be_confirmed_before_it_stops_everything(case):
    other = {point(0): {"serial_same": False, "serial_found": serial(1)}}
    found = faults(lambda: case.inspect(other))
    assert "stop_confirmed" in found
    same = {point(0): {"serial_same": False, "serial_found": serial(0).lower()}}
    assert faults(lambda: case.inspect(same, stop_confirmed=True)) == {
        "stop_confirmed": "此项未要求填写"
    }
    case.inspect(same)
    assert "installer_opinion" in case.open


def test_a_page_of_rows_is_told_row_by_row(case):
    scope = case.scope("inspect")
    rows = {n: good(row) for n, row in enumerate(scope["rows"])}
    rows[1] |= {"door_match": "crossed"}
    context = type("C", (), {"scope": scope})()
    assert set(check_rows(rows, context)) == {1}


def test_a_seal_that_went_out_with_the_meter_needs_no_type(case):
    case.inspect({point(0): {"seals": seal(0).lower()}}).agree().sign()
    found = registry.acceptance(case=case.number)
    first = registry.checked_meters(found.id)[0]
    assert first.seals == ({"type": "plastic", "no": seal(0)},)


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (["JS-NONE"], "没有编号为 JS-NONE"),
        (["metered"], "已装表"),
        ([" "], "请填写"),
        (["here", "elsewhere"], "同一片区"),
    ],
)
def test_points_that_cannot_be_accepted_are_refused_at_the_report(known, points, words):
    (here,) = building("101")
    metered = registry.account(known["clean_sale"]).service_point.no
    elsewhere = build(("201",), "mechanical", "S", region="城南", by=SYSTEM)[0]
    named = {"metered": metered, "here": here, "elsewhere": elsewhere}
    text = [named.get(one, one) for one in points]
    found = faults(lambda: Acceptance.by_hand(text, source="connection"))
    assert words in found["point_list"]


def test_a_case_number_stands_for_its_points_without_a_meter(known):
    points = given_to(CONNECTION, by=SYSTEM)
    assert len(points) == 2
    case = Acceptance.by_hand([CONNECTION], source="connection")
    found = registry.acceptance(case=case.number)
    assert list(found.points) == points
    unknown = faults(lambda: Acceptance.by_hand(["BZ20260302-0009"]))
    assert unknown["point_list"].startswith("没有编号为 BZ20260302-0009")


CONNECTION = "BZ20260302-0001"


@command
def given_to(work, case: str) -> list[str]:
    """Two points of an application."""
    registry.record_application(
        work, case, {"kind": "permanent", "applicant_type": "person", "category": "residential",
                     "address": "城东区桐荫路16号", "region": "城东", "demand": 1, "floors": 1,
                     "calibre": 20, "meters": 2},
    )  # fmt: skip
    who = {"type": "person", "name": "言若谷", "id_type": "resident_id",
           "id_no": "430199190105061238", "phones": ["19900001001"]}  # fmt: skip
    customer = registry.enrol_customer(work, who, case)
    rows = [{"address": f"城东区桐荫路16号{door}", "calibre": 20} for door in ("101", "102")]
    made = registry.issue_points(
        work, case, customer, rows, region="城东", category="residential", price_code="resident",
        book="0001",
    )  # fmt: skip
    return [one.point_no for one in made.points]


def test_days_that_are_not_possible_are_refused(case):
    tomorrow = (local_day(now()) + timedelta(days=1)).isoformat()
    yesterday = (local_day(now()) - timedelta(days=1)).isoformat()
    build(("103",), "mechanical", "S", by=SYSTEM)
    given = {"source": "connection", "done_on": tomorrow}
    assert "done_on" in faults(lambda: Acceptance.by_hand([point(0, "S")], **given))
    case.inspect({point(0): {"result": "fail", "failed_items": "7"}}).agree()
    assert "deadline" in faults(lambda: case.fill("notice", deadline=yesterday))
    case.notice()
    done = {"rectified_on": tomorrow, "rectified_note": "已整改"}
    assert "rectified_on" in faults(lambda: case.fill("rectify", INSTALLER, **done))


def test_the_remote_module_is_asked_for_only_where_there_is_one(known):
    near = Acceptance.by_hand(building("101"), source="connection").book()
    text = near.scope("inspect")["checklist_text"]
    assert "远传" not in text
    assert "直管段" not in text
    far = Acceptance.by_hand(building("102", type_="remote", mark="R"), source="connection").book()
    assert "**10** 远传模块在线" in far.scope("inspect")["checklist_text"]


@pytest.mark.parametrize("group", ["installer", "meter_storekeeper", "cashier", "sales"])
def test_who_may_not_start_it(known, group):
    with pytest.raises(NotAllowed):
        Acceptance.by_hand(["JS-1"], by=person(9300, "某人", group))


def test_each_step_belongs_to_its_group(case):
    for other in (CLERK, INSTALLER, READER, SALES):
        with pytest.raises(NotAllowed):
            case.inspect(by=other)
    case.inspect()
    south = person(9301, "江照野", "branch_dispatcher:城南", region="城南")
    for other in (CLERK, ENGINEER, south):
        with pytest.raises(NotAllowed):
            case.fill("branch_opinion", other, branch_opinion="agree")
