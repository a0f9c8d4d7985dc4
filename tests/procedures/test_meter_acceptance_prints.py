"""水表验收单 and 整改通知单: what stands on them. Contents: domain 5.4."""

from __future__ import annotations

import pytest

from app import registry
from app.errors import NotFound
from tests.printing.paper import squeezed
from tests.printing.test_sheets import check, printed
from tests.procedures.accepting import (
    CLERK,
    ENGINEER,
    INSTALLER,
    METERING,
    SALES,
    Acceptance,
    building,
    point,
    seal,
    serial,
)

FAILED = {"result": "fail", "failed_items": "7、8 井盖破损"}


def number_of(case: Acceptance) -> str:
    found = registry.acceptance(case=case.number)
    assert found is not None
    return str(found.number)


def test_the_sheet_shows_checklist_serials_doors_readings_and_three_opinions(known):
    case = Acceptance.by_hand(building("3单元502", "3单元503"), source="connection").book()
    crossed = {"door_match": "crossed", "result": "fail", "failed_items": "关502的阀，503停水"}
    case.inspect({point(0): crossed}, engineer_note="串户须当日改正").agree().notice()
    case.rectify().inspect({point(0): {"start_reading": 6}}).agree()
    case.fill("approve", METERING, decision="agree", opinion="同意")
    case.fill("approve", SALES, decision="agree", opinion="试压用水，同意")
    text = check(
        case.number, "meter_acceptance.sheet", number_of(case), "水表验收单", "3单元502 等 2 处",
        "公司施工", "门牌与水表相符", "试压合格", serial(0), serial(1), "相符", "塑封 " + seal(0),
        "起始码超过 5 m³ 的水表已获批准：试压用水，同意", "施工方", "丁望舒", "供水分公司",
        "验收员", "不得通水使用", by=ENGINEER,
    )  # fmt: skip
    (notice,) = registry.rectifications(registry.acceptance(case=case.number).id)
    assert squeezed(notice.number) in text
    assert squeezed("副本") not in text
    case.sign()
    assert "副本" in printed(case.number, "meter_acceptance.sheet", by=ENGINEER).text


def test_before_the_sheet_is_drawn_up_it_shows_what_failed_and_no_number(known):
    case = Acceptance.by_hand(building("101", "102")).book()
    with pytest.raises(NotFound):
        printed(case.number, "meter_acceptance.sheet", by=ENGINEER)
    case.inspect({point(1): FAILED})
    text = check(
        case.number, "meter_acceptance.sheet", "星蔓建设有限公司", "自建工程", "问题", "井盖破损",
        "不合格", by=CLERK,
    )  # fmt: skip
    assert "YSD" not in text


def test_the_notice_shows_items_deadline_and_re_inspection(known):
    case = Acceptance.by_hand(building("101", "102"), source="connection").book()
    case.inspect({point(1): FAILED}).agree()
    deadline = case.scope("notice")["deadline"]
    case.fill("notice", deadline=deadline, reinspect_on=deadline, notice_note="更换井盖")
    (notice,) = registry.rectifications(registry.acceptance(case=case.number).id)
    year, month, day = (int(part) for part in deadline.split("-"))
    text = check(
        case.number, "meter_acceptance.rectification", notice.number, "整改通知单", serial(1),
        "表箱（井）尺寸、井盖、排水合格", "井盖破损", "更换井盖", f"{year}年{month}月{day}日",
        "复验日期", "整改合格前不得通水使用", "施工方签收", by=INSTALLER,
    )  # fmt: skip
    assert serial(0) not in text
    case.later(days=12)
    again = printed(case.number, "meter_acceptance.rectification", by=INSTALLER).text
    second = registry.rectifications(registry.acceptance(case=case.number).id)[-1]
    assert second.number in again
    assert "逾期未完成" in again
    assert "副本" not in again
