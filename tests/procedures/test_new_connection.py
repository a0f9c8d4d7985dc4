"""用水报装 through cases and the register: cases 11 and 12 of the domain, and each end."""

from __future__ import annotations

import pytest

from app import audit, cases, notices, registry, settings
from app.db import raw
from app.errors import Invalid, NotAllowed, Refused
from app.work import SYSTEM
from tests.procedures.connecting import (
    ADDRESS,
    CLERK,
    DESIGNER,
    DIRECTOR,
    ENTRY,
    KEEPER,
    UNIT,
    Connection,
)
from tests.procedures.test_with_register import file_away

OUTSIDE = {"feasibility": "outside_pipe", "supply_kind": "outside", "budget": 360_000}

STEPS = [
    "用水登记", "核验材料", "受理进窗", "设计委托·现场查勘", "收齐资料、等待客户答复",
    "签订供用水合同", "发放接水点编号", "核对领表单", "配表扫码", "领用签收", "施工安装",
    "预约验收", "现场验收", "施工方意见", "分公司意见", "签署验收单", "水表数据录入", "录入复核",
    "通水并移交抄表", "回访",
]  # fmt: skip


def stay(case: Connection) -> str:
    """The contract that the case has now."""
    (running,) = [c for c in registry.contracts_of_case(case.number) if c.state == "running"]
    return running.contract_no


def refund_of(number: str) -> str | None:
    row = raw().execute(
        "SELECT c.number FROM cases c JOIN cases p ON p.id = c.parent_id WHERE p.number = %s"
        " AND c.procedure = 'refund'", (number,),
    ).fetchone()  # fmt: skip
    return row[0] if row else None


def test_case_11_a_home_without_outside_pipe_from_the_window_to_the_tap(known):
    case = Connection().to_contract()
    # 无外线零收费：不停在收款
    assert case.open == ["contract"]
    case.sign().numbers()
    (point,) = case.points()
    account = registry.account(point.account_no)
    assert (account.state, account.contract_no) == ("pre", stay(case))
    assert point.point_no.startswith("JS-CD-0901-")
    case.issue().install(install_note=None).accepted().enter()
    with pytest.raises(NotAllowed):  # 双人复核
        case.fill("review", ENTRY, review_result="agree")
    case.review().water(used=1)
    account = registry.account(point.account_no)
    assert (account.state, account.owner.name, account.book_no) == ("normal", "言若谷", "000000901")
    assert (account.meter.start_reading, account.meter.last_reading) == (0, 1)
    assert (account.price_code, account.household_size, account.arrears) == ("resident", 4, 0)
    case.call_back()
    assert case.outcome == "connected"
    application = registry.connection(case.number)
    assert (application.outcome, application.customer_id) == ("connected", account.owner.id)
    # Of twenty steps those without a page of this case's own: checks, calls, the filing.
    assert len(case.pages) == 20
    assert case.shown.status == "ended"
    # Drawings that are called use the ids of others: each step is told by its own name.
    told = [e.element_name for e in cases.trail(SYSTEM, case.number) if e.action == "task:complete"]
    assert told == STEPS
    file_away(case.number)
    assert audit.verify().findings == []


def test_case_12_a_unit_that_does_not_bring_its_papers_lapses(known):
    case = Connection().register(
        UNIT, category="non_residential", calibre=50, by_agent=True, agent_name="何见微",
        agent_id_no="430199190208152044", agent_phone="19900001003",
    )  # fmt: skip
    case.papers(missing=("营业执照（统一社会信用代码证）", "授权委托书"))
    assert case.open == ["supplement"]
    assert case.shown.paused_since is not None
    sheet = str(case.scope("supplement", CLERK)["missing_text"])
    assert sheet == "营业执照（统一社会信用代码证）、授权委托书"
    start, work = case.shown.started_at, settings.calendar()
    fifth, tenth = (work.add_workdays(start, days) for days in (5, 10))
    case.later(seconds=(fifth - start).total_seconds() - 86400)
    assert notices.of_case(case.number) == []
    case.later(days=1)
    assert [n.template for n in notices.of_case(case.number)] == ["supplement_reminder"]
    case.later(seconds=(tenth - fifth).total_seconds() - 43200)
    assert case.open == ["supplement"]
    case.later(days=1)
    assert case.outcome == "lapsed"
    assert case.shown.paused_seconds > 7 * 86400
    assert registry.connection(case.number).outcome == "lapsed"
    assert notices.of_case(case.number)[-1].template == "connection_papers_late"
    timers = [e.element_name for e in cases.trail(SYSTEM, case.number) if e.action == "timer:fire"]
    assert timers == ["补正提醒", "补正期满"]
    # The address is free again.
    again = Connection().register(UNIT)
    assert again.open == ["check"]


def test_a_second_application_for_the_address_is_refused_with_the_first_ones_number(known):
    first, second = Connection().register(), Connection().register(UNIT)
    assert first.open == ["check"]
    assert second.open == ["tell_refusal"]
    reason = second.scope("tell_refusal", CLERK)["refusal_reason"]
    assert first.number in reason
    second.fill("tell_refusal", CLERK, told_how="in_person")
    assert second.outcome == "refused"
    cases.withdraw(first.number, "不办了", by=CLERK)
    assert Connection().register(UNIT).open == ["check"]


@pytest.mark.parametrize(
    ("address", "word"),
    [("旧码头片区临水街5号", "拆迁"), ("界外村12组8号", "供水范围")],
)
def test_where_nobody_may_be_connected_the_reason_says_so(known, address, word):
    case = Connection().register(address=address)
    assert word in case.scope("tell_refusal", CLERK)["refusal_reason"]


def test_what_is_owed_under_the_number_or_at_the_address_stops_it(known):
    owing = registry.account(known["arrears"])
    case = Connection().register(address=owing.service_point.address)
    assert "欠费" in case.scope("tell_refusal", CLERK)["refusal_reason"]
    number = owing.owner.id_no
    case = Connection().register(id_no=number, applicant_name=owing.owner.name)
    assert "欠费" in case.scope("tell_refusal", CLERK)["refusal_reason"]


def test_an_address_that_has_water_needs_no_second_connection(known):
    place = registry.account(known["clean_sale"]).service_point.address
    case = Connection().register(address=place)
    assert "已接水" in case.scope("tell_refusal", CLERK)["refusal_reason"]


def test_the_name_must_be_that_of_the_number(known):
    owner = registry.account(known["clean_sale"]).owner
    with pytest.raises(Invalid) as wrong:
        Connection().register(id_no=owner.id_no, applicant_name="别人")
    assert set(wrong.value.fields) == {"applicant_name"}


def test_without_title_the_director_decides(known):
    case = Connection().register(title_status="none").papers(missing=("村（社区）权属证明",))
    assert case.open == ["approve"]
    case.fill("approve", DIRECTOR, decision="reject", opinion="权属不明")
    assert "权属不明" in case.scope("tell_refusal", CLERK)["refusal_reason"]
    other = Connection().register(UNIT, title_status="none", address="城东区青禾路90号")
    other.papers(missing=("村（社区）权属证明",))
    other.fill("approve", DIRECTOR, decision="return", opinion="补社区证明")
    assert other.open == ["register"]
    assert other.scope("register", CLERK)["return_reason"] == "补社区证明"
    other.register(UNIT, title_status="none", address="城东区青禾路90号").papers()
    assert other.open == ["accept"]


def test_what_is_not_feasible_is_told_with_the_expected_day(known):
    case = Connection().to_survey()
    case.fill("survey", DESIGNER, appointment=case.day() + "T09:00:00+08:00",
              pressure="0.05 MPa", main_ref="无主管", meter_position="—",
              feasibility="not_feasible", infeasible_reason="该片区尚无供水主管",
              expected_on="2099-06-30")  # fmt: skip
    assert case.open == ["tell_infeasible"]
    case.fill("tell_infeasible", CLERK, told_how="phone")
    assert case.outcome == "not_feasible"
    assert registry.connection(case.number).scheme_no is None


def test_the_customer_may_change_the_scheme_or_give_up(known):
    case = Connection().to_survey().survey().answer("change", change_wish="表位移到户外")
    assert case.open == ["survey"]
    number = registry.connection(case.number).scheme_no
    case.survey(calibre=25)
    assert registry.connection(case.number).scheme_no == number
    case.answer("withdraw")
    assert case.outcome == "withdrawn"
    assert refund_of(case.number) is None


def test_no_answer_is_reminded_of_suspended_and_lapses(known):
    case = Connection().to_survey().survey()
    assert case.shown.paused_since is not None
    case.later(days=16)
    assert [n.template for n in notices.of_case(case.number)] == [
        "connection_scheme", "connection_reminder",
    ]  # fmt: skip
    case.later(days=16)
    assert notices.of_case(case.number)[-1].template == "connection_suspended"
    assert case.open == ["answer"]
    case.later(days=60)
    assert case.outcome == "lapsed"
    said = [notices.content(one.id) for one in notices.of_case(case.number)]
    assert [one.values for one in said] == [
        {"scheme": registry.connection(case.number).scheme_no, "amount": "0", "days": "30",
         "case": case.number},
        {"days": "15", "case": case.number},
        {"days": "60", "case": case.number},
        {"case": case.number},
    ]  # fmt: skip
    assert "应缴费用0元，请在30天内答复" in said[0].text


def test_what_was_paid_goes_back_when_the_case_is_ended_by_force(known):
    case = Connection().to_survey().survey(**OUTSIDE)
    case.fill("permit", CLERK, permit_no="ZD-2026-018", permit_on=case.day())
    case.answer().pay().sign().numbers()
    (point,) = case.points()
    cases.force_end(case.number, "客户房屋被征收", by=DIRECTOR)
    assert refund_of(case.number) is not None
    account = registry.account(point.account_no)
    assert (account.state, account.contract_no) == ("closed", None)
    assert registry.connection(case.number).outcome == "forced"
    # The address may be applied for again, and gets a number of its own.
    again = Connection().to_meters()
    assert again.points()[0].point_no != point.point_no


def test_withdrawing_is_possible_until_the_account_is_opened(known):
    case = Connection().to_meters().issue()
    (issued,) = registry.issued(case=case.number)
    cases.withdraw(case.number, "不办了", by=CLERK)
    assert registry.stock_meter(issued.serial).state == "in_stock"
    assert registry.points_of_case(case.number) == []
    other = Connection()
    other.serials = 5
    other.to_entry().enter().review()
    with pytest.raises(Refused):
        cases.withdraw(other.number, "不办了", by=CLERK)


def test_what_the_scheme_costs_is_refunded_when_the_customer_gives_up_after_paying(known):
    case = Connection().to_survey().survey(**OUTSIDE)
    case.fill("permit", CLERK, permit_no="ZD-2026-019", permit_on=case.day())
    case.answer().pay().sign().numbers()
    case.fill("check_slip", KEEPER, slip_result="mismatch", mismatch_to="design",
              mismatch_reason="口径应为 DN25")  # fmt: skip
    case.survey(**OUTSIDE, calibre=25)
    case.fill("permit", CLERK, permit_no="ZD-2026-019", permit_on=case.day())
    assert case.scope("answer", CLERK)["charges_due"] == 0
    case.answer("withdraw")
    assert case.outcome == "withdrawn"
    refund = refund_of(case.number)
    assert refund is not None
    assert cases.case(SYSTEM, refund).status == "open"
    assert registry.connection(case.number).address == ADDRESS
