"""Every way through a transfer and every end, through cases and the register."""

from __future__ import annotations

import pytest

from app import cases, notices, registry, settings
from app.db import raw
from app.errors import Invalid, NotAllowed, Refused
from app.work import SYSTEM
from tests.procedures.steps import NEW_OWNER, UNIT
from tests.procedures.visit import CLERK, SECOND, TIMER, Visit, person

AGENT = {
    "by_agent": True,
    "agent_name": "何见微",
    "agent_id_no": "430199190208152044",
    "agent_phone": "19900001003",
}
REFUND = {
    "balance_way": "refund",
    "refund_name": "言若谷",
    "refund_account": "62220000000001",
    "balance_agreed": True,
}
BUYER = {**NEW_OWNER, "new_name": "周禾清", "new_id_no": "430199190002030121"}


def lock(number):
    return registry.account(number).lock


# --- the reasons ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reason", ["sale", "inheritance", "gift", "court_auction", "first_transfer"]
)
def test_a_person_takes_over_for_every_reason(known, reason):
    number = known["clean_sale"]
    visit = Visit(number).accept(reason=reason, old_owner="reachable").papers()
    if reason == "court_auction":
        visit.fill("approve", by=SECOND, decision="agree", opinion="裁定书齐全")
    visit.read().pay().finish()
    after = registry.account(number)
    assert visit.moved.outcome == "transferred"
    assert (after.owner.name, after.lock, after.tier_used) == ("言若谷", None, 0)
    assert [c.state for c in registry.contracts([number])].count("running") == 1


def test_a_unit_that_changed_its_name_by_an_agent(known):
    number = known["unit"]
    visit = Visit(number).accept(UNIT, reason="company_change", **AGENT).papers().read().pay()
    visit.finish(UNIT, signed_by_agent="yes")
    owner = registry.account(number).owner
    assert visit.moved.outcome == "transferred"
    assert (owner.name, owner.type) == ("星蔓食品有限公司（湖南）", "unit")
    titles = {m.title for m in registry.materials(visit.number)}
    assert {"授权委托书", "营业执照（统一社会信用代码证）"} <= titles


# --- papers -----------------------------------------------------------------------------------


def test_missing_papers_are_asked_for_reminded_of_and_the_application_lapses(known):
    number = known["clean_sale"]
    visit = Visit(number).accept().papers(missing=("不动产权证",))
    assert visit.open == ["supplement"]
    assert visit.shown().paused_since is not None
    visit.later(days=8)
    assert [n.template for n in notices.of_case(visit.number)] == ["supplement_reminder"]
    assert lock(number) == visit.number
    visit.later(days=14)
    case = visit.shown()
    assert (case.status, case.outcome) == ("ended", "lapsed")
    assert [n.template for n in notices.of_case(visit.number)][-1] == "transfer_lapsed"
    assert lock(number) is None


def test_papers_brought_in_time_go_on_and_the_clock_with_them(known):
    visit = Visit(known["clean_sale"]).accept().papers(missing=("不动产权证",)).later(days=3)
    visit.papers("supplement")
    assert visit.open == ["reading"]
    case = visit.shown()
    assert case.paused_since is None
    assert case.paused_seconds >= 3 * 86400 - 60


def test_papers_may_be_refused_and_the_account_is_free_again(known):
    number = known["clean_sale"]
    visit = (
        Visit(number).accept().papers(materials_decision="refuse", refuse_reason="权利人不是申请人")
    )
    assert "权利人不是申请人" in visit.page("tell_refusal").scope["refusal_reason"]
    visit.fill("tell_refusal", told_how="in_person")
    assert (visit.moved.outcome, lock(number)) == ("refused", None)


# --- approval ---------------------------------------------------------------------------------


def exceptional(known):
    visit = Visit(known["clean_sale"]).accept(
        reason="inheritance", old_owner="deceased", title_status="none"
    )
    return visit.papers(missing=("权属替代证明", "原户主身故证明"))


def test_what_only_an_approval_replaces_goes_to_the_director(known):
    visit = exceptional(known)
    assert visit.page("approve").groups == ("cs_director",)
    visit.fill("approve", by=SECOND, decision="agree", opinion="公证书齐全")
    assert visit.open == ["reading"]


def test_a_rejection_refuses_with_its_opinion(known):
    visit = exceptional(known)
    visit.fill("approve", by=SECOND, decision="reject", opinion="继承关系不明")
    assert "继承关系不明" in visit.page("tell_refusal").scope["refusal_reason"]
    visit.fill("tell_refusal", told_how="phone")
    assert (visit.moved.outcome, lock(known["clean_sale"])) == ("refused", None)


def test_what_is_returned_begins_again_with_the_reason_and_what_was_typed(known):
    visit = exceptional(known)
    visit.fill("approve", by=SECOND, decision="return", opinion="请补继承人电话")
    page = visit.page("accept")
    assert page.scope["return_reason"] == "请补继承人电话"
    assert page.answers["new_name"] == "言若谷"
    visit.accept(reason="inheritance", old_owner="deceased", title_status="none")
    assert visit.open == ["check"]
    assert lock(known["clean_sale"]) == visit.number


# --- settlement -------------------------------------------------------------------------------


def unpaid(known):
    visit = Visit(known["arrears"]).accept().papers().read()
    visit.fill("receive", received="no")
    return visit.fill("not_paid", not_paid_reason="later")


def test_who_pays_later_is_waited_for_with_the_clock_stopped(known):
    visit = unpaid(known)
    assert visit.open == ["await_payment"]
    assert visit.shown().paused_since is not None
    cases.deliver_message("payment_received", visit.number, {}, by=TIMER)
    assert visit.open == ["receive"]
    assert visit.shown().paused_since is None
    bills = [b for b in registry.bills([known["arrears"]])[known["arrears"]] if b.kind == "final"]
    assert len(bills) == 1
    visit.pay().finish()
    assert visit.moved.outcome == "transferred"


def disputed(known):
    visit = Visit(known["arrears"]).accept().papers()
    return visit.read(settle_way="disputed", dispute_note="表底数不认可")


def test_a_dispute_waits_for_the_answer(known):
    visit = disputed(known)
    assert visit.open == ["suspend"]
    assert visit.shown().paused_since is not None
    cases.deliver_message("customer_answered", visit.number, {}, by=TIMER)
    assert visit.open == ["reading"]
    assert visit.read().pay().finish().moved.outcome == "transferred"


def test_a_dispute_without_an_answer_ends_after_thirty_days_with_notice(known):
    visit = disputed(known).later(days=29)
    assert visit.open == ["suspend"]
    visit.later(days=2)
    assert visit.shown().outcome == "suspended_dispute"
    assert [n.template for n in notices.of_case(visit.number)] == ["transfer_suspended"]
    assert lock(known["arrears"]) is None
    # And a new application may come later
    assert Visit(known["arrears"]).accept().open == ["check"]


def test_a_balance_is_paid_back_when_finance_agrees(known):
    number = known["credit_balance"]
    visit = Visit(number).accept(BUYER).papers().read(used=0).fill("balance", **REFUND)
    assert visit.page("approve").groups == ("finance",)
    visit.fill("approve", by=SECOND, decision="agree", opinion="同意")
    assert registry.account(number).balance == 0
    assert visit.finish(BUYER).moved.outcome == "transferred"


def test_a_refund_that_finance_rejects_is_agreed_anew(known):
    number = known["credit_balance"]
    visit = Visit(number).accept(BUYER).papers().read(used=0).fill("balance", **REFUND)
    visit.fill("approve", by=SECOND, decision="reject", opinion="账户与户主不符")
    assert visit.page("balance").scope["return_reason"] == "账户与户主不符"
    visit.fill("balance", balance_way="carry_over", balance_agreed=True).finish(BUYER)
    assert registry.account(number).balance == 8640


def test_who_asked_for_the_refund_may_not_approve_it(known):
    visit = Visit(known["credit_balance"]).accept(BUYER).papers().read(used=0)
    visit.fill("balance", **REFUND)
    with pytest.raises(NotAllowed):
        visit.fill("approve", decision="agree", opinion="同意")


def test_a_dial_that_passed_its_end_counts_on(known):
    number = known["rollover"]
    visit = Visit(number).accept().papers()
    with pytest.raises(Invalid) as wrong:
        visit.read(reading=5)
    assert "reading" in wrong.value.fields
    visit.read(reading=5, rolled_over=True)
    assert registry.readings(number)[0].volume == 100_000 - 99_987 + 5


def test_a_reversed_meter_counts_down(known):
    number = known["reversed"]
    visit = Visit(number).accept().papers()
    with pytest.raises(Invalid):
        visit.read(reading=4_222)
    visit.read(reading=4_200)
    assert registry.readings(number)[0].volume == 10


def test_the_old_owners_relief_and_direct_debit_end(known):
    number = known["relief_and_debit"]
    before = registry.account(number)
    assert (before.pay_method, bool(before.relief)) == ("direct_debit", True)
    Visit(number).accept().papers().read().pay().finish()
    after = registry.account(number)
    assert (after.pay_method, bool(after.relief)) == ("counter", False)
    assert (after.tier_used, before.tier_used > 0) == (0, True)


def test_a_cheque_waits_until_it_has_cleared(known):
    number = known["arrears"]
    visit = Visit(number).accept().papers().read()
    due = visit.due()
    visit.pay(method="cheque", cheque_no="40010001")
    assert visit.open == ["confirm_cheque"]
    assert visit.due() == due
    visit.fill("confirm_cheque", by=SECOND, cheque_result="cleared")
    assert visit.due() == 0
    assert visit.open == ["sign"]


# --- refusals, the interlock, withdrawal ------------------------------------------------------


def test_a_change_of_use_is_refused_naming_the_procedure(known):
    visit = Visit(known["clean_sale"]).accept(category_change="yes")
    assert "用户信息变更" in visit.page("tell_refusal").scope["refusal_reason"]
    assert lock(known["clean_sale"]) is None
    assert visit.fill("tell_refusal", told_how="in_person").moved.outcome == "refused"


@pytest.mark.parametrize(("name", "said"), [("open_violation", "违章"), ("closed", "销户")])
def test_what_stands_in_the_way_refuses_and_leaves_no_lock(known, name, said):
    visit = Visit(known[name]).accept()
    assert said in visit.page("tell_refusal").scope["refusal_reason"]
    visit.fill("tell_refusal", told_how="in_person")
    assert (visit.moved.outcome, lock(known[name])) == ("refused", None)


def test_the_second_case_of_an_account_ends_refused_and_the_first_keeps_its_lock(known):
    number = known["clean_sale"]
    first, second = Visit(number).accept(), Visit(number).accept()
    assert first.number in second.page("tell_refusal").scope["refusal_reason"]
    second.fill("tell_refusal", told_how="in_person")
    assert (second.moved.outcome, lock(number)) == ("refused", first.number)
    first.papers().read().pay().finish()
    assert lock(number) is None


def test_a_customer_withdraws_before_the_contract_but_not_after(known):
    number = known["clean_sale"]
    visit = Visit(number).accept().papers()
    assert cases.withdraw(visit.number, "买卖取消", by=CLERK).status == "withdrawn"
    assert (lock(number), visit.open) == (None, [])
    again = Visit(number).accept().papers().read().pay().sign()
    with pytest.raises(Refused):
        cases.withdraw(again.number, "买卖取消", by=CLERK)
    assert lock(number) == again.number


# --- the branch, four eyes --------------------------------------------------------------------


def test_another_address_is_looked_at_by_the_region_alone(known):
    visit = Visit(known["clean_sale"]).accept(address_matches="no").papers()
    here = person(9101, "江照野", "branch_dispatcher:城南", region="城南")
    there = person(9102, "姜北辰", "branch_dispatcher:城东", region="城东")
    task = visit.task("site_check")
    with pytest.raises(NotAllowed):
        cases.submit_task(task, {"site_result": "match"}, by=there)
    assert task in [t.id for t in cases.worklist(here, "group").items]
    assert task not in [t.id for t in cases.worklist(there, "group").items]
    cases.submit_task(task, {"site_result": "match"}, by=here)
    assert visit.open == ["reading"]


def test_who_entered_the_record_may_not_review_it(known):
    visit = Visit(known["clean_sale"]).accept().papers().read().pay().sign().enter()
    with pytest.raises(NotAllowed):
        visit.fill("review", review_result="agree")
    visit.fill("review", by=SECOND, review_result="return", review_note="电话少一位")
    assert visit.open == ["change_record"]
    assert visit.page("change_record").scope["review_note"] == "电话少一位"
    # And who reviewed may not be outwitted by entering it now and letting the first one review
    visit.enter(by=SECOND)
    with pytest.raises(NotAllowed):
        visit.fill("review", by=SECOND, review_result="agree")


def test_no_lock_outlives_its_case(known):
    for name in ("clean_sale", "arrears", "unit"):
        visit = Visit(known[name]).accept()
        cases.withdraw(visit.number, "不办了", by=CLERK)
    assert raw().execute("SELECT count(*) FROM account_lock").fetchone() == (0,)


def test_the_promised_time_is_the_setting(known):
    case = cases.case(SYSTEM, Visit(known["clean_sale"]).number)
    assert case.variables["transfer_days"] == settings.get("limit.T-TRANSFER")
    assert case.due_at == settings.calendar().add_workdays(case.started_at, 2)
