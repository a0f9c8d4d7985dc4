"""水表过户 by the shipped drawings: every way through, every end."""

from __future__ import annotations

import pytest

from tests.procedures.desk import OWED, SERVICES, Desk
from tests.procedures.steps import (
    NEW_OWNER,
    UNIT,
    accept,
    enter,
    finish,
    papers,
    pay,
    read,
    sign,
    to_settlement,
)

CASE = "GH20260302-0001"


def transfer(**services):
    return Desk("meter_transfer", {"account_no": "1002003417"}, **services)


def billed(due=3516, balance=0):
    answer = SERVICES["c_settle_account.issue_bill"]
    return lambda given: {**answer(given), "due": due, "balance_left": balance}


def test_a_sale_with_complete_papers_takes_one_visit_and_eight_pages():
    # Given a sale with all papers, the old owner pays at once
    desk = finish(pay(read(to_settlement(transfer()))))
    # Then it is done within the visit, and nobody filled more than eight pages
    assert desk.out.status == "completed"
    assert desk.out.ended == "transferred"
    assert len(desk.pages) == 8
    # And the new owner's particulars reached the register as they were typed once
    asked = desk.asked("meter_transfer.change_owner")
    assert asked["new_id_no"] == NEW_OWNER["new_id_no"]
    assert (asked["final_reading"], asked["final_bill"]) == (1298, "B1")
    # And the filing was asked for with the case's number as key
    assert [(m.name, m.key) for m in desk.sent] == [("archive_requested", CASE)]


def test_nothing_due_needs_no_cashier():
    desk = finish(read(to_settlement(transfer(c_settle_account__issue_bill=billed(0)))))
    assert desk.out.ended == "transferred"
    assert "receive" not in desk.pages


@pytest.mark.parametrize("reason", ["gift", "inheritance", "first_transfer"])
def test_other_reasons_go_the_same_way(reason):
    desk = finish(pay(read(to_settlement(transfer(), reason=reason))))
    assert desk.out.ended == "transferred"


def test_a_unit_by_an_agent_brings_its_own_papers():
    agent = {
        "by_agent": True,
        "agent_name": "何见微",
        "agent_id_no": "430199190208152044",
        "agent_phone": "19900001003",
        "reason": "company_change",
    }
    desk = accept(transfer(), UNIT, **agent)
    titles = [row["title"] for row in desk.scope("check")["papers"]]
    assert "营业执照（统一社会信用代码证）" in titles
    assert "授权委托书" in titles
    assert "更名或合并登记通知书" in titles
    assert "新户主身份证件" not in titles
    desk = finish(pay(read(papers(desk))), UNIT, signed_by_agent="yes")
    assert desk.out.ended == "transferred"
    assert desk.asked("meter_transfer.sign_contract")["signed_by_agent"] == "yes"


def test_a_change_of_use_is_refused_naming_the_procedure():
    desk = accept(transfer(), category_change="yes")
    assert desk.open == ["tell_refusal"]
    assert "用户信息变更" in desk.scope("tell_refusal")["refusal_reason"]
    # And the account was not locked for it
    assert "c_precheck.inspect" not in [name for name, _ in desk.called]
    assert desk.submit("tell_refusal", told_how="in_person").out.ended == "refused"


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"open_case": True, "blocking_case": "XH20260301-0002"}, "XH20260301-0002"),
        ({"open_violation": True}, "违章"),
        ({"account_state": "closed"}, "销户"),
    ],
)
def test_what_stands_in_the_way_refuses_with_its_reason(facts, said):
    inspected = {**SERVICES["c_precheck.inspect"], **facts}
    desk = accept(transfer(c_precheck__inspect=inspected))
    assert said in desk.scope("tell_refusal")["refusal_reason"]
    assert desk.submit("tell_refusal", told_how="phone").out.ended == "refused"


def test_arrears_warn_and_go_on():
    inspected = {**SERVICES["c_precheck.inspect"], "has_arrears": True}
    assert accept(transfer(c_precheck__inspect=inspected)).open == ["check"]


def test_papers_may_be_refused():
    desk = papers(accept(transfer()), materials_decision="refuse", refuse_reason="权利人不是申请人")
    assert desk.scope("tell_refusal")["refusal_reason"] == "权利人不是申请人"
    assert desk.submit("tell_refusal", told_how="post").out.ended == "refused"


def test_missing_papers_stop_the_clock_until_they_come():
    desk = papers(accept(transfer()), missing=("不动产权证",))
    assert desk.open == ["supplement"]
    assert desk.out.paused
    assert papers(desk, "supplement").open == ["reading"]
    assert not desk.out.paused


def test_papers_handed_in_elsewhere_are_checked_again():
    desk = papers(accept(transfer()), missing=("不动产权证",))
    assert desk.tell("customer_supplied", CASE).open == ["check"]


def test_the_customer_is_reminded_after_five_working_days_and_the_case_lapses_after_ten():
    desk = papers(accept(transfer()), missing=("不动产权证",))
    desk.later(days=7)
    assert desk.asked("c_notify_customer.tell")["notice"] == "supplement_reminder"
    assert desk.open == ["supplement"]
    desk.later(days=7, hours=14)  # 16 March, 23:00: the tenth working day still counts
    assert desk.open == ["supplement"]
    desk.later(hours=2)
    assert desk.out.ended == "lapsed"


def test_another_address_is_looked_at_on_site():
    desk = papers(accept(transfer(), address_matches="no"))
    assert desk.task("site_check").groups == ["branch_dispatcher:城东", "meter_reader:城东"]
    assert desk.submit("site_check", site_result="match").open == ["reading"]


def test_a_site_check_that_differs_needs_approval():
    desk = papers(accept(transfer(), address_matches="no"))
    desk.submit("site_check", site_result="differs", site_note="门牌为13号，表号相符")
    assert desk.open == ["approve"]
    assert desk.task("approve").groups == ["cs_director"]


def test_a_court_auction_is_approved_by_the_director():
    desk = papers(accept(transfer(), reason="court_auction", old_owner="reachable"))
    assert desk.open == ["approve"]
    desk.submit("approve", decision="agree", opinion="裁定书齐全，同意")
    assert desk.open == ["reading"]


def test_a_rejected_approval_refuses_with_its_opinion():
    desk = papers(accept(transfer(), reason="court_auction"))
    desk.submit("approve", decision="reject", opinion="裁定书未载明水表")
    assert "裁定书未载明水表" in desk.scope("tell_refusal")["refusal_reason"]
    assert desk.submit("tell_refusal", told_how="phone").out.ended == "refused"


def test_an_approval_sent_back_starts_again_with_the_reason():
    desk = papers(accept(transfer(), reason="court_auction"))
    desk.submit("approve", decision="return", opinion="请补买受人电话")
    assert desk.open == ["accept"]
    assert desk.scope("accept")["return_reason"] == "请补买受人电话"
    assert papers(accept(desk, reason="court_auction")).open == ["approve"]


def test_case_17_an_heir_with_a_notarial_deed_pays_the_dead_owners_arrears():
    # Given the old owner has died owing 192.22, and the heir has only the notarial deed
    owed = {**SERVICES["c_settle_account.open"], "arrears": 19222, "arrears_periods": 2}
    desk = transfer(
        c_precheck__inspect={**SERVICES["c_precheck.inspect"], "has_arrears": True},
        c_settle_account__open=owed,
        c_settle_account__issue_bill=billed(19222 + 3516),
    )
    accept(desk, reason="inheritance", old_owner="deceased", title_status="none")
    papers(desk, missing=("权属替代证明", "原户主身故证明"))
    # Then the director decides
    assert desk.task("approve").groups == ["cs_director"]
    desk.submit("approve", decision="agree", opinion="公证书齐全，同意")
    # When the heir settles by statement
    read(desk, settle_way="new_owner", statement_signed=True, confirmed_by="new_owner")
    assert desk.asked("c_settle_account.issue_bill")["payer_name"] == "言若谷"
    finish(pay(desk, 3516))
    assert desk.out.ended == "transferred"


def test_a_reading_on_site_is_taken_by_the_regions_reader():
    desk = read(to_settlement(transfer()), reading_source="site")
    assert desk.task("site_reading").groups == ["meter_reader:城东", "branch_dispatcher:城东"]
    desk.submit("site_reading", reading_date="2026-03-02", reading=1298)
    assert desk.asked("c_settle_account.issue_bill")["reading_source"] == "site"
    assert desk.open == ["receive"]


def test_a_dial_that_rolled_over_is_said():
    desk = read(to_settlement(transfer()), reading=8, rolled_over=True)
    assert desk.asked("c_settle_account.issue_bill")["rolled_over"] is True


def disputed():
    return read(to_settlement(transfer()), settle_way="disputed", dispute_note="表底数不认可")


def test_a_dispute_suspends_without_a_bill_and_an_answer_leads_back():
    desk = disputed()
    assert desk.open == ["suspend"]
    assert desk.out.paused
    assert "c_settle_account.issue_bill" not in [name for name, _ in desk.called]
    assert desk.tell("customer_answered", CASE).open == ["reading"]


def test_the_answer_may_be_noted_at_the_window():
    assert disputed().submit("suspend", customer_answer="认可现场表底").open == ["reading"]


def test_a_dispute_without_answer_ends_after_thirty_days_with_notice():
    desk = disputed().later(days=30, hours=14)
    assert desk.open == ["suspend"]
    desk.later(hours=2)
    assert desk.out.ended == "suspended_dispute"
    assert desk.asked("c_notify_customer.hand_over")["notice"] == "transfer_suspended"


def test_a_dispute_ends_too_when_only_a_letter_reaches_the_customer():
    desk = disputed()
    desk.answers["c_notify_customer.hand_over"] = "NOT_SENT"
    desk.later(days=30, hours=16)
    for _ in range(3):
        desk.submit("contact", contact_result="no_answer")
    desk.submit("letter", letter_way="post", letter_no="EM0001")
    assert desk.out.ended == "suspended_dispute"


def unpaid():
    desk = read(to_settlement(transfer())).submit("receive", received="no")
    return desk.submit("not_paid", not_paid_reason="later")


def test_who_does_not_pay_is_waited_for_with_the_clock_stopped():
    desk = unpaid()
    assert desk.open == ["await_payment"]
    assert desk.out.paused


def test_a_payment_elsewhere_settles_without_a_second_reading():
    desk = unpaid()
    desk.answers["c_settle_account.open"] = {**SERVICES["c_settle_account.open"], "due": 0}
    assert desk.tell("payment_received", CASE).open == ["sign"]
    assert desk.pages.count("reading") == 1


def test_who_comes_back_to_pay_goes_to_the_cashier():
    desk = unpaid()
    items = [{"code": "final", "text": "末次水费", "amount": 3516}]
    desk.answers["c_settle_account.open"] = {
        **SERVICES["c_settle_account.open"],
        **OWED,
        "due": 3516,
        "items": items,
    }
    assert desk.submit("await_payment", came_to_pay=True).open == ["receive"]
    assert pay(desk).open == ["sign"]


def with_balance():
    return read(to_settlement(transfer(c_settle_account__issue_bill=billed(0, 1000))))


REFUND = {
    "balance_way": "refund",
    "refund_name": "周禾清",
    "refund_account": "62220000000001",
    "balance_agreed": True,
}


def test_a_balance_is_paid_back_when_finance_agrees():
    desk = with_balance().submit("balance", **REFUND)
    assert desk.task("approve").groups == ["finance"]
    desk.submit("approve", decision="agree", opinion="同意")
    assert desk.called[-1][0] == "meter_transfer.refund_balance"
    assert finish(desk).out.ended == "transferred"


def test_a_refund_that_finance_rejects_goes_back_to_settlement_with_the_reason():
    desk = with_balance()
    desk.answers["c_settle_account.open"] = {
        **SERVICES["c_settle_account.open"],
        "balance_left": 1000,
    }
    desk.submit("balance", **REFUND)
    desk.submit("approve", decision="reject", opinion="账户与户主不符")
    assert desk.open == ["balance"]
    assert desk.scope("balance")["return_reason"] == "账户与户主不符"
    assert desk.submit("balance", balance_way="carry_over", balance_agreed=True).open == ["sign"]


def test_a_balance_may_be_carried_over():
    desk = with_balance().submit("balance", balance_way="carry_over", balance_agreed=True)
    assert finish(desk).out.ended == "transferred"
    assert desk.asked("meter_transfer.change_owner")["balance_way"] == "carry_over"


def test_another_person_reviews_and_may_send_back():
    desk = enter(sign(pay(read(to_settlement(transfer())))))
    assert desk.task("review").not_by == ["change_record"]
    desk.submit("review", review_result="return", review_note="电话少一位")
    assert desk.open == ["change_record"]
    assert desk.scope("change_record")["review_note"] == "电话少一位"
