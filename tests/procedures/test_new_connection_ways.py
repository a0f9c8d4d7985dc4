"""用水报装: every way at every gateway, the clocks, the kinds of applications, who sees what."""

from __future__ import annotations

import pytest

from app import audit, cases, registry
from app.db import raw
from app.errors import Invalid, NotAllowed
from app.registry import demo
from app.work import SYSTEM
from tests.procedures.accepting import good
from tests.procedures.connecting import (
    CASHIER,
    CLERK,
    DEVELOPER,
    DIRECTOR,
    ENGINEER,
    ENTRY,
    FINANCE,
    FITTER,
    KEEPER,
    UNIT,
    Connection,
    branch,
)
from tests.procedures.relief import Relief
from tests.procedures.test_new_connection import OUTSIDE, refund_of, stay
from tests.procedures.visit import person


def way(case: Connection) -> list[str]:
    """Every element that the case went through."""
    entries = cases.trail(SYSTEM, case.number)
    return [step[0] for e in entries for step in (e.body.get("after") or {}).get("way", ())]


def outside(case: Connection, **more) -> Connection:
    """Surveyed with an outside pipe for 3,600 yuan, permitted."""
    case.survey(**{**OUTSIDE, **more})
    return case.fill("permit", CLERK, permit_no="ZD-2026-018", permit_on=case.day())


# --- clocks ---------------------------------------------------------------------------------------


def test_a_survey_that_is_late_is_urged_and_goes_on(known):
    case = Connection().to_survey().later(days=8)
    assert "survey_urged" in way(case)
    assert case.open == ["survey"]


def test_the_clock_stands_while_the_permit_is_awaited_and_the_promise_follows_the_works(known):
    case = Connection().to_survey()
    promised = case.shown.due_at
    case.survey(**OUTSIDE)
    assert case.open == ["permit"]
    assert case.shown.paused_since is not None
    assert case.shown.due_at > promised
    case.later(days=14)
    case.fill("permit", CLERK, permit_no="ZD-2026-018", permit_on=case.day()).answer()
    assert case.shown.paused_seconds >= 13 * 86400


def test_meters_that_are_not_put_up_in_time_come_back_and_are_issued_anew(known):
    case = Connection().to_meters().issue()
    (first,) = registry.issued(case=case.number)
    case.later(days=8)
    assert "install_urged" in way(case)
    assert case.open == ["build"]
    case.later(days=26)
    assert registry.stock_meter(first.serial).state == "in_stock"
    assert case.open == ["check_slip"]
    case.issue()
    again = [one for one in registry.issued(case=case.number) if one.state == "issued"]
    assert [one.point_no for one in again] == [first.point_no]


# --- money ----------------------------------------------------------------------------------------


def test_part_of_the_sum_stays_due_until_the_rest_is_there(known):
    case = outside(Connection().to_survey()).answer()
    assert case.open == ["receive"]
    case.pay(amount=100_000)
    assert case.open == ["await_payment"]
    assert case.shown.paused_since is not None
    assert case.scope("await_payment", CASHIER)["charges_due"] == 260_000
    cases.deliver_message("payment_received", case.number, {}, by=CASHIER)
    assert case.scope("receive", CASHIER)["total"] == 260_000
    case.fill("receive", CASHIER, received="no")
    case.fill("await_payment", CASHIER).pay()
    assert case.open == ["contract"]
    paid = registry.payments(case=case.number)
    assert [p.amount for p in paid] == [100_000, 260_000]
    assert {p.account_no for p in paid} == {None}
    case.sign().numbers()
    (point,) = case.points()
    assert {p.account_no for p in registry.payments(case=case.number)} == {point.account_no}
    assert registry.account(point.account_no).balance == 0


def test_a_cheque_waits_for_finance(known):
    case = outside(Connection().to_survey()).answer()
    case.pay(method="cheque", cheque_no="30201234")
    assert case.open == ["confirm_cheque"]
    case.fill("confirm_cheque", FINANCE, cheque_result="bounced")
    assert case.open == ["await_payment"]
    case.fill("await_payment", CASHIER).pay(method="cheque", cheque_no="30201235")
    case.fill("confirm_cheque", FINANCE, cheque_result="cleared")
    assert case.open == ["contract"]
    assert registry.charges(case.number)[0].amount == 360_000


@pytest.mark.parametrize(("cost", "then"), [(360_000, "satisfaction_call"), (400_000, "receive"),
                                            (300_000, "satisfaction_call")])  # fmt: skip
def test_the_works_are_settled_more_less_or_even(known, cost, then):
    case = outside(Connection().to_survey()).answer().pay().sign().numbers()
    case.issue().install().accepted().enter().review().water()
    assert case.open == ["settle_works"]
    case.fill("settle_works", CASHIER, final_cost=cost, settle_note="按竣工图核定")
    assert case.open[0] == then
    if then == "receive":
        assert case.scope("receive", CASHIER)["total"] == 40_000
        case.pay()
    case.call_back()
    assert case.outcome == "connected"
    refund = refund_of(case.number)
    assert (refund is not None) == (cost < 360_000)
    if refund:
        pay_back(refund, 60_000)
        assert [one.amount for one in registry.charges(case.number)] == [300_000]


def pay_back(refund: str, amount: int) -> None:
    """Finance agrees, another cashier pays."""
    (step,) = [t for t in cases.case(SYSTEM, refund).tasks if t.status == "open"]
    cases.submit_task(step.id, {"decision": "agree", "opinion": "同意"}, by=FINANCE)
    (step,) = [t for t in cases.case(SYSTEM, refund).tasks if t.status == "open"]
    paid = {"method": "cash", "payee": "言若谷", "paid_out": True}
    done = cases.submit_task(step.id, paid, by=CASHIER)
    assert done.outcome == "refunded"
    assert raw().execute("SELECT sum(amount) FROM refund").fetchone()[0] == amount


# --- back -----------------------------------------------------------------------------------------


def test_a_slip_that_does_not_match_goes_to_the_design_and_keeps_the_number(known):
    case = Connection().to_meters()
    (point,) = case.points()
    case.fill("check_slip", KEEPER, slip_result="mismatch", mismatch_to="design",
              mismatch_reason="口径应为 DN25")  # fmt: skip
    assert case.open == ["survey"]
    old = stay(case)
    case.survey(calibre=25).answer().sign().numbers()
    (again,) = case.points()
    assert (again.point_no, again.account_no, again.calibre) == (
        point.point_no, point.account_no, 25,
    )  # fmt: skip
    assert stay(case) != old
    assert registry.account(again.account_no).contract_no == stay(case)
    case.issue(calibre=25)
    assert registry.issued(case=case.number)[0].calibre == 25


def test_or_to_the_contract(known):
    case = Connection().to_meters()
    case.fill("check_slip", KEEPER, slip_result="mismatch", mismatch_to="contract",
              mismatch_reason="合同未盖章")  # fmt: skip
    assert case.open == ["contract"]
    case.sign().numbers().issue()
    assert case.open == ["build"]


def test_a_meter_that_is_not_the_issued_one_is_called_back_and_issued_anew(known):
    case = Connection().to_meters().issue().install()
    other = demo.serial("城东", 20, 9)
    visit = {"visit_at": case.day() + "T23:50:00+08:00", "parties": ["installer", "engineer"]}
    case.fill("book", ENGINEER, **visit)
    scope = case.scope("inspect", ENGINEER)
    rows = [good(row) | {"serial_same": False, "serial_found": other} for row in scope["rows"]]
    works = [{"result": "pass"} for _ in scope["works"]]
    case.fill("inspect", ENGINEER, rows=rows, works=works, stop_confirmed=True)
    while case.open != ["check_slip"]:
        stop_acceptance(case)
    (first,) = registry.issued(case=case.number)
    assert first.state == "recalled"
    case.issue().install().accepted()
    assert case.open == ["entry"]


def stop_acceptance(case: Connection) -> None:
    """What acceptance asks on its way to the storekeeper."""
    step = case.open[0]
    if step == "installer_opinion":
        case.fill(step, FITTER, installer_opinion="agree")
    elif step == "branch_opinion":
        case.fill(step, branch(), branch_opinion="agree")
    else:
        case.fill(step, KEEPER, store_finding="wrong_place", store_note="现场错装")


def test_who_installed_does_not_accept(known):
    case = Connection().to_meters().issue().install()
    both = person(FITTER.id, FITTER.name, "installer", "acceptance_engineer")
    case.fill("book", ENGINEER, visit_at=case.day() + "T23:50:00+08:00", parties=["engineer"])
    scope = case.scope("inspect", ENGINEER)
    cases.release(case.task("inspect"), by=ENGINEER)
    with pytest.raises(NotAllowed):
        case.fill("inspect", both, rows=[good(r) for r in scope["rows"]],
                  works=[{"result": "pass"} for _ in scope["works"]])  # fmt: skip


def test_the_second_person_sends_the_entry_back_with_the_reason(known):
    case = Connection().to_entry().enter()
    case.review(review_result="return", review_note="表册不对")
    assert case.scope("entry", ENTRY)["review_note"] == "表册不对"
    with pytest.raises(Invalid) as wrong:  # a book that the branch does not have
        case.enter(book_no="9999").review()
    assert set(wrong.value.fields) == {"entry_rows[0].book_no"}


# --- kinds ----------------------------------------------------------------------------------------


def test_case_14_a_building_of_48_flats_two_of_them_twice(known):
    case = Connection().to_contract(
        DEVELOPER, region="城东", address="城东区星河湾7栋", meters=48, floors=12
    )
    case.sign()
    flats = [{"estate": "城东区星河湾", "building": "7", "unit": str(1 + n // 24),
              "door": f"{1 + n % 24 // 2:02}0{1 + n % 2}", "calibre": 20}
             for n in range(48)]  # fmt: skip
    flats[17], flats[40] = dict(flats[3]), dict(flats[30])
    case.numbers(flats)
    assert case.open == ["check_points"]
    scope = case.scope("check_points", ENTRY)
    assert (len(scope["points"]), [row["row"] for row in scope["rejected"]]) == (46, [18, 41])
    numbers = [row["point_no"] for row in scope["points"]]
    case.fill("check_points", ENTRY, points_decision="correct")
    again = [dict(row) for row in case.scope("numbers", ENTRY)["point_rows"]]
    assert again[17]["door"] == again[3]["door"]
    case.numbers(again)
    assert [row["point_no"] for row in case.scope("check_points", ENTRY)["points"]] == numbers
    case.fill("check_points", ENTRY, points_decision="go_on")
    points = case.points()
    contract = stay(case)
    assert {registry.account(p.account_no).contract_no for p in points[:3]} == {contract}
    assert case.scope("check_slip", KEEPER)["rows_count"] == 46
    assert audit.verify().findings == []


def test_temporary_use_pays_a_deposit_and_runs_a_year(known):
    case = Connection().to_survey(UNIT, kind="temporary", category="non_residential")
    case.survey().answer()
    assert case.scope("receive", CASHIER)["total"] == 100_000
    case.pay().sign()
    (contract,) = registry.contracts_of_case(case.number)
    assert (contract.type, contract.valid_to.year) == ("temporary", contract.signed.year + 1)


def test_one_household_one_meter_names_the_master_account(known):
    case = Connection().register(
        kind="per_household", master_account=known["clean_sale"], address="城东区桐荫路77号1单元101"
    )
    titles = [row["title"] for row in case.scope("check", CLERK)["papers"]]
    assert "总表最近一期缴费凭证" in titles
    assert registry.connection(case.number).account_no == known["clean_sale"]
    owing = Connection().register(
        kind="per_household", master_account=known["arrears"], address="城东区桐荫路78号1单元101"
    )
    assert owing.open == ["tell_refusal"]
    with pytest.raises(Invalid) as wrong:
        Connection().register(kind="per_household", master_account="0000000000")
    assert set(wrong.value.fields) == {"master_account"}


@pytest.mark.parametrize("kind", ["enlarge", "relocate"])
def test_a_change_keeps_point_account_and_owner_and_exchanges_the_meter(known, kind):
    number = known["clean_sale"]
    before = registry.account(number)
    case = Connection()
    case.fill("register", CLERK, kind=kind, account_no=number, demand=5, calibre=25, by_agent=False)
    assert registry.account(number).lock == case.number
    case.papers().accept(price_code="resident").survey(calibre=25, budget=50_000)
    case.answer().pay().sign().numbers()
    case.issue(calibre=25, region=before.region)
    assert case.open == ["build"]
    case.install(old_readings=[{"reading": before.meter.last_reading + 3}])
    case.accepted(before.region).enter(book_no=before.book_no, book_seq=before.book_seq)
    case.review().water(before.region)
    case.fill("settle_works", CASHIER, final_cost=50_000, settle_note="与预算一致").call_back()
    after = registry.account(number)
    assert case.outcome == "connected"
    assert (after.service_point.no, after.owner.id, after.state) == (
        before.service_point.no, before.owner.id, "normal",
    )  # fmt: skip
    assert (after.meter.calibre, after.meter.serial != before.meter.serial) == (25, True)
    assert after.contract_no == stay(case)
    assert after.lock is None


def test_a_low_income_household_gets_its_relief_before_the_water(known):
    case = Connection().to_entry(relief_wanted=True).enter().review()
    (point,) = case.points()
    relief = Relief(point.account_no, begin=False)
    relief.number = case.number
    if "relief_accept" in relief.open:
        relief.accept()
    relief.certified().review()
    assert registry.account(point.account_no).relief
    assert case.open == ["open_water"]


def test_what_is_promised_and_what_may_not_be(known):
    case = Connection().register(UNIT, category="non_residential", calibre=80)
    with pytest.raises(Invalid) as wrong:
        case.papers(**{"经审查的给水施工图": "commitment"})
    assert len(wrong.value.fields) == 1
    case.papers(**{"用地红线图和内部给水图": "commitment", "法定代表人身份证件": "commitment"})
    assert case.open == ["accept"]
    due = {m.title for m in registry.materials(case.number) if m.due is not None}
    assert due == {"用地红线图和内部给水图", "法定代表人身份证件"}


# --- what else may be said ------------------------------------------------------------------------


def test_the_answer_may_come_from_elsewhere_and_may_say_nothing_yet(known):
    case = Connection().to_survey().survey()
    cases.deliver_message("customer_answered", case.number, {}, by=CLERK)
    assert case.open == ["answer"]
    cases.deliver_message("customer_answered", case.number, {"answer": "agree"}, by=CLERK)
    assert case.open == ["contract"]


def test_with_the_directors_word_a_missing_title_is_no_hindrance(known):
    case = Connection().register(title_status="none").papers(missing=("村（社区）权属证明",))
    case.fill("approve", DIRECTOR, decision="agree", opinion="同意")
    assert case.open == ["accept"]


def test_papers_that_are_refused_end_it_with_their_reason(known):
    case = Connection().register()
    rows = [{"state": "missing"} for _ in case.scope("check", CLERK)["papers"]]
    case.fill("check", CLERK, papers=rows, materials_decision="refuse", refuse_reason="证件系伪造")
    assert "证件系伪造" in case.scope("tell_refusal", CLERK)["refusal_reason"]


def test_what_is_still_owed_for_the_works_is_asked_for_again(known):
    case = outside(Connection().to_survey()).answer().pay().sign().numbers()
    case.issue().install().accepted().enter().review().water()
    case.fill("settle_works", CASHIER, final_cost=400_000, settle_note="按竣工图核定")
    case.fill("receive", CASHIER, received="no")
    assert case.open == ["settle_works"]


def test_a_dissatisfied_customer_is_heard_and_the_case_ends_all_the_same(known):
    case = Connection().to_entry().enter().review().water()
    case.call_back(is_satisfied="no", rating="1", complaint="等了一个多月")
    case.fill("handle_dissatisfied", DIRECTOR, director_decision="settled", measure="已上门致歉")
    assert case.outcome == "connected"


def test_without_the_relief_the_water_comes_all_the_same(known):
    case = Connection().to_entry(relief_wanted=True).enter().review()
    (point,) = case.points()
    relief = Relief(point.account_no, begin=False)
    relief.number = case.number
    if "relief_accept" in relief.open:
        relief.accept()
    relief.papers(materials_decision="refuse", refuse_reason="证件系伪造，已核实")
    relief.fill("relief_refusal", told_how="in_person")
    assert case.open == ["open_water"]


# --- regions --------------------------------------------------------------------------------------


def test_nobody_sees_the_application_of_another_region(known):
    case = Connection().to_entry().enter().review()
    south = branch("城南")
    with pytest.raises(NotAllowed):
        cases.case(south, case.number)
    assert case.number not in {line.number for line in cases.find(south, "")}
    with pytest.raises(NotAllowed):
        cases.claim(case.task("open_water"), by=south)
    assert cases.case(branch("城东"), case.number).number == case.number
    assert registry.connection(case.number).region == "城东"
    assert [one.case for one in registry.connections(region="城南")] == []
