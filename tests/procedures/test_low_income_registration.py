"""低保注册: the papers, the certificate, the meter, a second person, and then free water."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import cases, registry
from app.db import raw
from app.errors import Invalid, NotAllowed, NotFound, Refused
from app.registry import demo
from app.work import SYSTEM, Work, command
from tests.looking import say_why
from tests.printing.paper import Paper
from tests.procedures.desk import Desk
from tests.procedures.relief import ENTRY, HOLDER, NEIGHBOUR, NEXT_YEAR, TODAY, Relief, active
from tests.procedures.visit import CLERK, SECOND, Visit


@command
def run(work: Work, fn, *args, **kwargs):
    """A function of the register as one command."""
    return fn(work, *args, **kwargs)


def lock(no: str, case: str) -> None:
    run(registry.take_lock, no, case, by=SYSTEM)


def notices(number: str) -> list[str]:
    rows = raw().execute("SELECT template FROM notices WHERE case_number = %s", (number,))
    return [row[0] for row in rows.fetchall()]


def test_a_household_gets_its_water_from_the_day_of_registration(known):
    no = known["clean_sale"]
    relief = active(no)
    (facts,) = registry.reliefs(no)
    assert (facts.valid_from, facts.valid_to, facts.quota) == (TODAY, NEXT_YEAR, 6)
    assert (facts.case, facts.reviewer, facts.mode) == (relief.number, SECOND.name, "own")
    assert registry.account(no).relief
    assert notices(relief.number) == ["relief_active"]
    assert relief.pages == [
        "relief_accept", "check", "certificate", "bind_meter", "relief_review",
    ]  # fmt: skip


def test_arrears_do_not_stand_in_the_way(known):
    assert registry.account(known["case17"]).arrears > 0
    active(known["case17"])


def test_who_entered_it_does_not_review_it(known):
    relief = Relief(known["clean_sale"]).accept().certified()
    with pytest.raises(NotAllowed):
        relief.review(by=CLERK)
    relief.review(by=ENTRY)
    assert relief.shown().outcome == "active"


def test_sent_back_it_is_corrected_and_reviewed_again(known):
    relief = Relief(known["clean_sale"]).accept().certified()
    relief.review(review_result="return", review_note="证号与原件不符")
    assert relief.open == ["certificate"]
    assert relief.page("certificate").scope["return_reason"] == "证号与原件不符"
    relief.bound(cert_no="DB4301990009").review()
    assert registry.reliefs(known["clean_sale"])[0].cert_tail == "0009"


def test_a_certificate_that_has_run_out_is_refused_with_its_day(known):
    last = TODAY - timedelta(days=1)
    relief = Relief(known["clean_sale"]).accept().certified(cert_to=last.isoformat())
    assert relief.open == ["relief_refusal"]
    reason = relief.page("relief_refusal").scope["refusal_reason"]
    assert str(last) in reason
    assert "民政" in reason
    relief.fill("relief_refusal", correction="refuse", told_how="in_person")
    assert relief.moved.outcome == "refused"
    assert registry.reliefs(known["clean_sale"]) == []


def test_a_mistyped_day_is_corrected_without_a_new_application(known):
    last = TODAY - timedelta(days=1)
    relief = Relief(known["clean_sale"]).accept().certified(cert_to=last.isoformat())
    relief.fill("relief_refusal", correction="correct")
    assert relief.open == ["certificate"]
    assert relief.bound().review().shown().outcome == "active"


def test_a_household_that_is_bound_elsewhere_is_refused_with_the_account(known):
    active(known["case17"])
    relief = Relief(known["clean_sale"]).accept().certified()
    reason = relief.page("relief_refusal").scope["refusal_reason"]
    assert known["case17"] in reason
    assert HOLDER["cert_no"] not in reason


def test_an_account_that_has_a_relief_gets_no_second_one(known):
    relief = Relief(known["relief_and_debit"]).accept().certified()
    assert "不能重复" in relief.page("relief_refusal").scope["refusal_reason"]


@pytest.mark.parametrize("place", ["closed", "unit"])
def test_what_is_no_household_is_refused(known, place):
    assert Relief(known[place]).accept().certified().open == ["relief_refusal"]


def test_two_applications_for_one_certificate_end_in_one_relief(known):
    """Both passed the check before either was active."""
    first = Relief(known["clean_sale"]).accept().certified()
    second = Relief(known["case17"]).accept().certified()
    first.review()
    with pytest.raises(Refused) as refused:
        second.review()
    assert known["clean_sale"] in str(refused.value)
    assert registry.reliefs(known["case17"]) == []
    assert second.open == ["relief_review"]
    second.review(review_result="return", review_note="证件已绑定他户")
    assert second.bound().open == ["relief_refusal"]


def test_an_account_that_is_changing_hands_waits(known):
    relief = Relief(known["clean_sale"]).accept().certified()
    lock(known["clean_sale"], "GH20260302-0009")
    with pytest.raises(Refused) as refused:
        relief.review()
    assert "GH20260302-0009" in str(refused.value)


def test_a_tenant_shows_a_proof_of_residence(known):
    no = known["clean_sale"]
    relief = Relief(no).accept(applicant_role="tenant")
    titles = [row["title"] for row in relief.page("check").scope["papers"]]
    assert "社区居住证明" in titles
    relief.papers(missing=("社区居住证明",))
    assert relief.open == ["supplement"]
    relief.papers("supplement")
    relief.bound().review()
    (facts,) = registry.reliefs(no)
    assert facts.customer_id != registry.account(no).owner.id
    assert facts.name == "言若谷"


def test_who_brings_no_papers_in_time_is_refused(known):
    relief = Relief(known["clean_sale"]).accept()
    relief.papers(missing=("近期水费票据",))
    relief.later(days=40)
    assert relief.open == ["relief_refusal"]
    assert relief.page("relief_refusal").scope["refusal_reason"].startswith("补正期满")
    relief.fill("relief_refusal", told_how="post")
    assert relief.shown().outcome == "refused"


def test_papers_that_are_refused_end_it(known):
    relief = Relief(known["clean_sale"]).accept()
    relief.papers(materials_decision="refuse", refuse_reason="证件系伪造，已核实")
    assert relief.page("relief_refusal").scope["refusal_reason"] == "证件系伪造，已核实"


def test_a_master_meter_frees_as_many_times_as_there_are_households(known):
    no = known["clean_sale"]
    relief = Relief(no).accept().certified(meter_kind="master", others=[NEIGHBOUR])
    scope = relief.page("relief_review", SECOND).scope
    assert (scope["household_count"], scope["free_total"]) == (2, 12)
    relief.review()
    kept = registry.reliefs(no)
    assert [one.name for one in kept] == ["言若谷", "柳松声"]
    assert sum(one.quota for one in kept) == 12


def test_one_household_of_the_list_that_cannot_be_keeps_all_from_being_registered(known):
    no = known["clean_sale"]
    late = {**NEIGHBOUR, "valid_to": (TODAY - timedelta(days=3)).isoformat()}
    relief = Relief(no).accept().certified(meter_kind="master", others=[late])
    assert relief.open == ["relief_refusal"]
    assert registry.reliefs(no) == []


@pytest.mark.parametrize("field", ["name", "id_no", "cert_no", "valid_to"])
def test_a_row_of_the_list_is_checked_as_it_is_typed(known, field):
    relief = Relief(known["clean_sale"]).accept()
    with pytest.raises(Invalid) as wrong:
        relief.certified(meter_kind="master", others=[{**NEIGHBOUR, field: ""}])
    assert f"more_households[0].{field}" in wrong.value.fields


def test_the_bill_of_a_relieved_account_leaves_its_water_out(known):
    """The final bill of a transfer: 12 m³ read, 6 of them free."""
    no = known["clean_sale"]
    active(no)
    visit = Visit(no).accept().papers()
    assert visit.page("reading").scope["free_left"] == 6
    visit.read(12)
    final = next(b for b in registry.bills([no])[no] if b.kind == "final")
    assert (final.volume, final.relief) == (12, 6)
    assert sum(line.volume for line in final.lines if line.component == "water_fee") == 6


def test_a_case_that_calls_it_asks_nothing_twice(known):
    """As a connection calls it: who and where is known, no bill can be shown yet."""
    given = {
        "account_no": known["clean_sale"], "applicant_name": "言若谷", "phone": "19900001001",
        "case_number": "BZ20260302-0001",
    }  # fmt: skip
    opened = {
        "account_no": given["account_no"], "region": "城南", "calibre": 20, "arrears": 0,
        "category": "residential", "price_code": "resident", "called": True, "quota": 6,
        "account": {"known": True, "no": "1", "address": "a", "owner": "言**", "notice": "",
                    "category_text": "居民生活", "calibre": 20, "serial": "S", "last_reading": 0},
        "case_number": given["case_number"], "applicant_name": "言若谷", "phone": "19900001001",
    }  # fmt: skip
    account = {name: opened[name] for name in ("account_no", "account", "region", "calibre",
                                               "category", "price_code", "arrears")}  # fmt: skip
    desk = Desk("low_income_registration", given, low_income_registration__open=opened,
                low_income_registration__read_account=account)  # fmt: skip
    desk.submit("relief_accept", applicant_role="owner", applicant_name="言若谷",
                phone="19900001001", name_matches="yes", by_agent=False)  # fmt: skip
    titles = [row["title"] for row in desk.scope("check")["papers"]]
    assert titles == ["低保证或特困人员证", "申请人身份证件"]


def test_a_number_that_is_no_account_is_said_at_the_field(known):
    relief = Relief("", begin=False)
    relief.moved = cases.start("low_income_registration", {}, by=CLERK)
    relief.number = relief.moved.number
    with pytest.raises(Invalid) as wrong:
        relief.accept(account_no="0009999999")
    assert "account_no" in wrong.value.fields
    relief.accept(account_no=demo.KNOWN["clean_sale"])
    assert relief.open == ["check"]


def test_certificates_stand_nowhere_open(known):
    relief = active(known["clean_sale"])
    found = raw().execute(
        "SELECT body::text FROM trail WHERE body::text LIKE %s", (f"%{HOLDER['cert_no']}%",)
    )
    assert found.fetchall() == []
    row = raw().execute("SELECT open_vars::text FROM cases WHERE number = %s", (relief.number,))
    assert HOLDER["cert_no"] not in row.fetchone()[0]


def test_the_sheet_lists_the_households_and_shows_no_number(known):
    no = known["clean_sale"]
    relief = Relief(no).accept().certified(meter_kind="master", others=[NEIGHBOUR])
    with pytest.raises(NotFound):
        sheet(relief.number)
    relief.review()
    text = sheet(relief.number)
    for said in ("低保减免注册表", "言若谷", "柳松声", "****0001", "总表", SECOND.name, no):
        assert said in text, said
    assert HOLDER["cert_no"] not in text
    assert HOLDER["holder_id_no"] not in text


def sheet(number: str) -> str:
    say_why(number, CLERK)
    pdf, _name = cases.render_print(number, "low_income_registration.sheet", by=CLERK)
    return Paper(pdf).text
