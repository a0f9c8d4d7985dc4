"""水表验收 through cases and the register: case 15 of the domain, both ends, each way between."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app import audit, cases, registry, settings
from app.db import raw
from app.errors import NotAllowed, Refused
from app.work import SYSTEM, now
from app.worktime import local_day
from tests.procedures.accepting import (
    CLERK,
    ENGINEER,
    INSTALLER,
    LEADER,
    METERING,
    READER,
    SALES,
    STORE,
    Acceptance,
    back,
    build,
    building,
    point,
    serial,
)

CROSSED = {"door_match": "crossed", "result": "fail", "failed_items": "关502的阀，503停水"}


def sheet_of(case: Acceptance) -> registry.AcceptanceFacts:
    found = registry.acceptance(case=case.number)
    assert found is not None
    return found


def start_reading(number: str) -> int:
    asked = "SELECT start_reading FROM installation WHERE point_no = %s AND removed IS NULL"
    return raw().execute(asked, (number,)).fetchone()[0]


def state_of(number: str) -> tuple[str, str]:
    """States of the point and of the meter that was issued for it."""
    meter = registry.stock_meter(registry.issued(points=[number])[-1].serial)
    return registry.point_lines([number])[number].state, meter.state


def failing(*points: str, **more) -> dict:
    return {no: {"result": "fail", "failed_items": "7、8", **more} for no in points}


def opened(*doors: str) -> Acceptance:
    """An acceptance of works of the company, up to the first look."""
    return Acceptance.by_hand(building(*doors), source="connection").book()


def test_case_15_crossed_doors_come_again_and_the_reading_of_six_is_approved(known):
    first, second = building("3单元502", "3单元503")
    case = Acceptance.by_hand([first, second], source="connection").book()
    case.inspect({first: CROSSED | {"start_reading": 6}, second: CROSSED}).agree()
    rows = case.scope("notice")["failed"]
    assert [row["point_no"] for row in rows] == [first, second]
    assert all("无串户" in row["defects"] and "503停水" in row["defects"] for row in rows)
    case.notice().rectify().inspect({first: {"start_reading": 6}}).agree()
    assert case.open == ["approve"]  # the six, not the zero: metering first, then sales
    page = case.scope("approve", METERING)
    assert "3单元502" in page["summary"]
    assert "3单元503" not in page["summary"]
    case.fill("approve", METERING, decision="agree", opinion="试压用水，同意")
    case.fill("approve", SALES, decision="agree", opinion="同意").sign()
    assert case.outcome == "accepted"
    sheet = sheet_of(case)
    assert (sheet.state, sheet.rounds, sheet.number[:3]) == ("accepted", 2, "YSD")
    assert [m.start_reading for m in registry.checked_meters(sheet.id)] == [6, 0]
    (notice,) = registry.rectifications(sheet.id)
    assert [item["serial"] for item in notice.items] == [serial(0), serial(1)]
    assert [start_reading(no) for no in (first, second)] == [6, 0]
    assert [state_of(no) for no in (first, second)] == [("metered", "installed")] * 2
    assert audit.verify().findings == []


def test_only_the_meter_that_failed_comes_again(known):
    case = opened("101", "102", "103")
    case.inspect(failing(point(1))).agree().notice().rectify()
    assert case.scope("inspect")["row_points"] == [point(1)]
    assert case.scope("inspect")["round"] == 2
    case.inspect().agree().sign()
    found = {m.point_no: m.round for m in registry.checked_meters(sheet_of(case).id)}
    assert found == {point(0): 1, point(1): 2, point(2): 1}
    accepted = cases.case(SYSTEM, case.number)
    assert accepted.outcome == "accepted"


def test_a_meter_put_in_the_wrong_way_round_fails_and_is_turned(known):
    case = opened("101").inspect(failing(point(0), failed_items="4 进出水口装反")).agree()
    (row,) = case.scope("notice")["failed"]
    assert row["defects"] == "水流方向正确，表未装反：进出水口装反"
    case.notice().rectify().inspect().agree().sign()
    assert case.outcome == "accepted"


def test_from_the_third_round_on_the_leader_decides(known):
    case = opened("101").inspect(failing(point(0))).agree().notice().rectify()
    case.inspect(failing(point(0))).agree()
    assert case.open == ["leader"]
    day = (local_day(now()) + timedelta(days=3)).isoformat()
    case.fill("leader", LEADER, leader_note="更换施工班组", deadline=day)
    page = case.scope("notice")
    assert (page["leader_note"], page["deadline"]) == ("更换施工班组", day)
    case.notice(3).rectify().inspect().agree().sign()
    assert (case.outcome, sheet_of(case).rounds) == ("accepted", 3)
    said = [p for p in sheet_of(case).parties if p["role"] == "leader"]
    assert [(p["opinion"], p["note"]) for p in said] == [("again", "更换施工班组")]


def test_what_is_not_put_right_in_time_is_noticed_again_and_goes_up(known):
    case = opened("101").inspect(failing(point(0))).agree()
    case.fill("notice", deadline=case.scope("notice")["deadline"], notice_note="补装井盖")
    deadline = date.fromisoformat(case.scope("rectify", INSTALLER)["deadline"])
    expected = settings.calendar().add_workdays(local_day(now()), settings.get("limit.T-RECT"))
    assert deadline == expected
    case.later(days=(deadline - local_day(now())).days)
    assert case.open == ["rectify"]  # the whole of the last day is still in time
    case.later(days=2)
    assert case.open == ["leader"]
    first, second = registry.rectifications(sheet_of(case).id)
    assert (first.round, first.times, second.round, second.times) == (1, 1, 1, 2)
    assert first.number in second.note
    assert second.number != first.number
    day = (local_day(case.at) + timedelta(days=2)).isoformat()
    case.fill("leader", LEADER, leader_note="两日内完成", deadline=day)
    last = registry.rectifications(sheet_of(case).id)[-1]
    assert (last.deadline.isoformat(), "两日内完成" in last.note) == (day, True)
    assert case.scope("rectify", INSTALLER)["notice_no"] == second.number
    case.rectify().inspect().agree().sign()
    assert case.outcome == "accepted"


def test_an_acceptance_that_is_late_is_urged_and_goes_on(known):
    case = Acceptance.by_hand(building("101"), source="connection").later(days=10)
    assert case.open == ["book"]
    assert "urge_booking" in str([entry.body for entry in cases.trail(SYSTEM, case.number)])
    case.book().later(days=1)
    assert case.open == ["inspect"]
    case.inspect().agree().sign()
    assert case.outcome == "accepted"


def test_a_serial_of_another_point_stops_it_and_the_storekeeper_says_why(known):
    case = opened("101", "102")
    case.inspect({point(0): {"serial_same": False, "serial_found": serial(1)}}, stop_confirmed=True)
    (row,) = case.scope("store_check", STORE)["mismatches"]
    assert (row["serial"], row["serial_found"]) == (serial(0), serial(1))
    assert point(1) in row["why"]
    case.fill("store_check", STORE, store_finding="wrong_place", store_note="两表装反，换装")
    assert case.outcome == "stopped_serial_mismatch"
    sheet = sheet_of(case)
    assert (sheet.state, sheet.number) == ("stopped", None)
    assert "换装" in sheet.reason
    assert serial(1) in sheet.reason
    assert state_of(point(0)) == ("numbered", "issued")
    assert audit.verify().findings == []


@pytest.mark.parametrize(("found", "why"), [("HX000000000", "库存没有此表号"), ("stock", "未安装")])
def test_a_serial_that_nobody_knows_or_issued_stops_it(known, found, why):
    case = opened("101")
    build(("另一栋",), "mechanical", "S", by=SYSTEM)
    other = serial(0, "S") if found == "stock" else found
    case.inspect({point(0): {"serial_same": False, "serial_found": other}}, stop_confirmed=True)
    (row,) = case.scope("store_check", STORE)["mismatches"]
    assert why in row["why"]


def test_a_point_without_a_meter_is_not_looked_at(known):
    build(("101",), by=SYSTEM)
    case = Acceptance.by_hand([point(0)])
    (row,) = case.scope("store_check", STORE)["mismatches"]
    assert row["why"] == "没有向此接水点发放水表"
    case.fill("store_check", STORE, store_finding="not_issued", store_note="先发放")
    assert case.outcome == "stopped_serial_mismatch"


def test_a_meter_called_back_in_the_meantime_is_not_accepted(known):
    case = opened("101")
    back([point(0)], by=SYSTEM)
    case.inspect()
    assert case.open == ["store_check"]


def test_what_had_passed_when_it_was_stopped_stays_accepted(known):
    points = building("101", "102")
    case = Acceptance.by_hand(points, source="connection").book()
    case.inspect(
        {point(0): {"serial_same": False, "serial_found": "HX000001"}}, stop_confirmed=True
    )
    case.fill("store_check", STORE, store_finding="wrong_place", store_note="换装")
    again = Acceptance.by_hand(points, source="connection").book()
    assert again.scope("inspect")["row_points"] == [point(0)]
    again.inspect().agree().sign()
    assert again.outcome == "accepted"
    assert [state_of(no) for no in points] == [("metered", "installed")] * 2


def test_a_self_built_work_goes_through_the_window(known):
    case = Acceptance.by_hand(building("101")).book().inspect(failing(point(0)))
    assert case.open == ["branch_opinion", "installer_opinion"]
    with pytest.raises(NotAllowed):
        case.fill("installer_opinion", INSTALLER, installer_opinion="agree", contractor_rep="言")
    case.agree(CLERK).notice()
    with pytest.raises(NotAllowed):
        case.rectify(INSTALLER)
    case.rectify(CLERK).inspect().agree(CLERK).sign()
    assert case.outcome == "accepted"
    sheet = sheet_of(case)
    assert (sheet.source, sheet.region, sheet.reported_on) == (
        "self_built",
        "城东",
        local_day(now()),
    )
    kinds = {paper.kind for paper in registry.materials(case.number)}
    assert "completion_report" in kinds
    dump = raw().execute("SELECT string_agg(a::text, '') FROM acceptance a").fetchone()[0]
    assert "言若谷" not in dump
    assert "星蔓" not in dump


def test_the_branch_names_meters_that_it_does_not_take_over(known):
    case = opened("101", "102").inspect()
    case.fill("installer_opinion", INSTALLER, installer_opinion="object", installer_note="表井太深")
    case.fill(
        "branch_opinion", READER, branch_opinion="object", branch_objects=[point(1)],
        branch_note="表井内积水，无法抄读",
    )  # fmt: skip
    (row,) = case.scope("notice")["failed"]
    assert row["point_no"] == point(1)
    assert "积水" in row["defects"]
    said = {p["role"]: (p["opinion"], p["note"], p["by"]) for p in sheet_of(case).parties}
    assert said["installer"] == ("object", "表井太深", INSTALLER.id)
    assert said["branch"] == ("object", "表井内积水，无法抄读", READER.id)
    assert said["engineer"][0] == "agree"
    assert said["engineer"][2] == ENGINEER.id


@pytest.mark.parametrize(("decision", "then"), [("reject", "notice"), ("return", "inspect")])
def test_a_reading_that_is_not_approved_comes_again(known, decision, then):
    case = opened("101", "102").inspect({point(0): {"start_reading": 6}}).agree()
    case.fill("approve", METERING, decision=decision, opinion="请换新表")
    assert case.open == [then]
    if then == "notice":
        assert "请换新表" in case.scope("notice")["failed"][0]["defects"]
        case.notice().rectify()
    else:
        assert case.scope("inspect")["return_reason"] == "请换新表"
    assert case.scope("inspect")["row_points"] == [point(0)]
    case.inspect({point(0): {"start_reading": 5}}).agree()
    assert case.open == ["sign"]  # five is no more than five


def test_the_limit_of_the_reading_is_a_setting(known):
    settings.put("acceptance.start_reading", 6, by=SYSTEM)
    case = opened("101").inspect({point(0): {"start_reading": 6}}).agree()
    assert case.open == ["sign"]


def test_a_works_test_that_failed_fails_for_each_meter(known):
    works = [{"result": "pass"}, {"result": "fail", "note": "未冲洗"}, {"result": "na"}]
    case = opened("101", "102").inspect(works=works).agree()
    rows = case.scope("notice")["failed"]
    assert len(rows) == 2
    assert all("管道已冲洗" in row["defects"] for row in rows)
    case.notice().rectify()
    asked = case.scope("inspect")["works"]
    assert [one.get("result") for one in asked] == ["pass", None, "na"]


def test_who_installed_does_not_accept_and_who_accepts_gives_no_other_opinion(known):
    both = ENGINEER.__class__(
        ENGINEER.id, "both", "顾衡", frozenset({"acceptance_engineer", "installer"}),
        channel="api", sees_all_regions=True,
    )  # fmt: skip
    case = opened("101").inspect(failing(point(0)), by=both)
    with pytest.raises(NotAllowed):
        case.fill("installer_opinion", both, installer_opinion="agree")
    case.agree().notice()
    with pytest.raises(NotAllowed):
        case.rectify(both)
    installer = ENGINEER.__class__(
        INSTALLER.id, "both", "丁望舒", both.groups, channel="api", sees_all_regions=True
    )
    case.rectify(installer)
    with pytest.raises(NotAllowed):
        case.inspect(by=installer)


def test_a_point_is_accepted_once_at_a_time_and_a_dead_case_frees_it(known):
    points = building("101", "102")
    first = Acceptance.by_hand(points)
    with pytest.raises(Refused, match=first.number):
        Acceptance.by_hand(points[:1])
    cases.force_end(first.number, "误登记", by=DIRECTOR)
    second = Acceptance.by_hand(points[:1])
    assert second.open == ["book"]
    assert sheet_of(first).state == "dropped"


DIRECTOR = ENGINEER.__class__(
    9299, "shen", "沈知节", frozenset({"cs_director"}), channel="api", sees_all_regions=True
)


def test_the_look_on_site_can_be_taken_up_again_with_its_rows(known):
    case = opened("101", "102").inspect(failing(point(1))).agree()
    cases.send_back(case.task("notice"), "inspection", "第二只漏看", by=ENGINEER)
    assert case.open == ["inspect"]
    assert case.scope("inspect")["row_points"] == [point(0), point(1)]
    assert [row["result"] for row in case.scope("inspect")["rows"]] == ["pass", "fail"]
    case.inspect().agree().sign()
    assert (case.outcome, sheet_of(case).rounds) == ("accepted", 1)
