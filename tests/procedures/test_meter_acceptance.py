"""水表验收 through cases and the register: case 15 of the domain, both ends, each way between."""

from __future__ import annotations

import pytest

from app import audit, registry
from app.db import raw
from app.errors import NotAllowed
from app.work import now
from app.worktime import local_day
from tests.procedures.accepting import (
    CLERK,
    INSTALLER,
    METERING,
    SALES,
    Acceptance,
    building,
    serial,
)


def test_case_15_crossed_doors_come_again_and_the_reading_of_six_is_approved(known):
    first, second = building("3单元502", "3单元503")
    case = Acceptance.by_hand([first, second], source="connection").book()
    crossed = {"door_match": "crossed", "result": "fail", "defect": "关502的阀，503停水"}
    found = {first: {**crossed, "start_reading": 6}, second: {**crossed, "start_reading": 0}}
    case.inspect(found).agree()
    # 不合格：整改
    assert case.open == ["notice"]
    rows = case.scope("notice")["failed"]
    assert [row["point_no"] for row in rows] == [first, second]
    assert all("无串户" in row["defects"] and "503停水" in row["defects"] for row in rows)
    case.notice()
    (notice,) = registry.rectifications(registry.acceptance(case=case.number).id)
    assert notice.number.startswith("ZG")
    assert [item["serial"] for item in notice.items] == [serial(0), serial(1)]
    # 第二次验收通过
    case.rectify().inspect({first: {"start_reading": 6}}).agree()
    # 起始码 6：计量与营销审批
    assert case.open == ["approve"]
    with pytest.raises(NotAllowed):
        case.fill("approve", SALES, decision="agree", opinion="同意")
    case.fill("approve", METERING, decision="agree", opinion="试压用水，同意")
    case.fill("approve", SALES, decision="agree", opinion="同意")
    assert case.open == ["sign"]
    case.sign()
    assert case.outcome == "accepted"
    sheet = registry.acceptance(case=case.number)
    assert (sheet.state, sheet.rounds) == ("accepted", 2)
    assert sheet.number.startswith("YSD")
    six, zero = registry.checked_meters(sheet.id)
    assert (six.start_reading, zero.start_reading) == (6, 0)
    assert {m.round for m in (six, zero)} == {2}
    for number, reading in ((first, 6), (second, 0)):
        assert registry.point_lines([number])[number].state == "metered"
        meter = registry.stock_meter(registry.issued(points=[number])[-1].serial)
        assert (meter.state, meter.point_no) == ("installed", number)
        assert start_reading(number) == reading
    assert audit.verify().findings == []


def start_reading(number):
    asked = "SELECT start_reading FROM installation WHERE point_no = %s AND removed IS NULL"
    return raw().execute(asked, (number,)).fetchone()[0]


def test_a_self_built_work_goes_through_the_window(known):
    points = building("1单元101")
    case = Acceptance.by_hand(points).book().inspect()
    assert case.open == ["branch_opinion", "installer_opinion"]
    with pytest.raises(NotAllowed):
        case.fill(
            "installer_opinion", INSTALLER, installer_opinion="agree", contractor_rep="言若谷"
        )
    case.agree(CLERK).sign()
    assert case.outcome == "accepted"
    sheet = registry.acceptance(case=case.number)
    assert (sheet.source, sheet.region, sheet.reported_on) == (
        "self_built",
        "城东",
        local_day(now()),
    )
