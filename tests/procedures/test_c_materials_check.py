"""材料核验: which papers are asked for, and what follows from what is missing."""

from __future__ import annotations

import pytest

from tests.procedures.desk import Desk
from tests.procedures.steps import papers

START = {
    "business_type": "meter_transfer",
    "business_name": "水表过户",
    "case_number": "GH1",
    "account_no": "1002003417",
    "reason": "sale",
    "applicant_type": "person",
    "by_agent": False,
    "title_status": "titled",
    "old_owner_reachable": "present",
    "calibre": 20,
    "applicant_name": "言若谷",
    "phone": "19900001001",
}


def titles(**said):
    desk = Desk("c_materials_check", {**START, **said})
    return {row["title"]: row["need"] for row in desk.scope("check")["papers"]}


@pytest.mark.parametrize(
    ("said", "title", "need"),
    [
        ({}, "新户主身份证件", "required"),
        ({}, "不动产权证", "required"),
        ({}, "原户主证件复印件", "optional"),
        ({"title_status": "contract"}, "购房合同、契税发票或按揭合同", "required"),
        ({"title_status": "none"}, "权属替代证明", "approve"),
        ({"reason": "inheritance"}, "继承公证书或法院文书", "required"),
        ({"reason": "gift"}, "赠与合同或赠与公证书", "required"),
        ({"reason": "court_auction"}, "法院裁定书和协助执行通知书", "required"),
        ({"reason": "company_change"}, "更名或合并登记通知书", "required"),
        ({"reason": "first_transfer"}, "开发商移交确认单", "required"),
        ({"by_agent": True}, "授权委托书", "required"),
        ({"by_agent": True}, "代理人身份证件", "required"),
        ({"applicant_type": "unit"}, "法定代表人身份证件", "required"),
        ({"old_owner_reachable": "unreachable"}, "原户主无法到场的证明", "approve"),
        ({"old_owner_reachable": "deceased"}, "原户主身故证明", "approve"),
        ({"applicant_type": "unit", "calibre": 80}, "户内给水图", "optional"),
    ],
)
def test_each_circumstance_asks_for_its_paper(said, title, need):
    assert titles(**said)[title] == need


def test_a_unit_is_not_asked_for_a_persons_papers():
    asked = titles(applicant_type="unit", calibre=50)
    assert "新户主身份证件" not in asked
    assert "户内给水图" not in asked


def test_optional_papers_may_be_missing():
    desk = papers(Desk("c_materials_check", START), missing=("原户主证件复印件",))
    assert desk.out.ended == "complete"


def test_what_an_approval_can_replace_makes_it_exceptional():
    desk = Desk("c_materials_check", {**START, "title_status": "none"})
    assert papers(desk, missing=("权属替代证明",)).out.ended == "exceptional"


def test_a_second_gap_keeps_waiting_for_the_rest():
    desk = papers(Desk("c_materials_check", START), missing=("不动产权证", "新户主身份证件"))
    papers(desk, "supplement", missing=("不动产权证",))
    assert desk.open == ["supplement"]
    assert papers(desk, "supplement").out.ended == "complete"
