"""A second print is a copy, a notice keeps its number, and nothing is printed before its time."""

from __future__ import annotations

import pytest

from app import cases
from app.errors import NotAllowed, NotFound, Refused
from tests.looking import say_why
from tests.printing.paper import Paper
from tests.procedures.steps import NEW_OWNER
from tests.procedures.visit import CLERK, SECOND, Visit, person

NOTICE = "c_materials_check.supplement_notice"
# Does the reading and nothing else: sees nobody's number once that step is over.
CASHIER = person(9011, "柳闻笙", "cashier")


def printed(number: str, name: str, by=CLERK) -> str:
    say_why(number, by)
    return Paper(cases.render_print(number, name, by=by)[0]).text


def test_each_later_print_is_marked_as_a_copy_with_its_count(known):
    number = Visit(known["clean_sale"]).number
    assert "副本" not in printed(number, "meter_transfer.guide")
    assert "副本第2次打印" in printed(number, "meter_transfer.guide")
    assert "副本第3次打印" in printed(number, "guide")


def test_what_was_filled_in_later_is_an_original_again(known):
    visit = Visit(known["clean_sale"])
    printed(visit.number, "meter_transfer.application")
    visit.accept()
    assert "副本" not in printed(visit.number, "meter_transfer.application")
    assert "副本第2次打印" in printed(visit.number, "meter_transfer.application")


def test_a_notice_keeps_its_number_and_the_next_round_gets_the_next(known):
    visit = Visit(known["clean_sale"]).accept()
    visit.papers(missing=("新户主身份证件", "不动产权证"))
    first, copy = printed(visit.number, NOTICE), printed(visit.number, NOTICE)
    visit.papers("supplement", missing=("不动产权证",))
    second = printed(visit.number, NOTICE)
    numbers = [text.partition("编号BZTZ")[2][:13] for text in (first, copy, second)]
    assert [number[-4:] for number in numbers] == ["0001", "0001", "0002"]
    assert ["副本" in text for text in (first, copy, second)] == [False, True, False]
    assert "新户主身份证件" not in second


def test_the_receipt_of_papers_waits_for_the_papers(known):
    visit = Visit(known["clean_sale"]).accept()
    assert "受理回执" not in [str(title) for _, title in visit.page("check").prints]
    with pytest.raises(NotFound, match="尚未办到这一步"):
        printed(visit.number, "c_materials_check.receipt")
    assert "副本" not in printed(visit.papers().number, "c_materials_check.receipt")


def test_no_receipt_before_money_and_no_settlement_before_a_reading(known):
    visit = Visit(known["clean_sale"]).accept().papers()
    for name in ("c_cashier_payment.receipt", "meter_transfer.settlement"):
        with pytest.raises(NotFound, match="尚未办到这一步"):
            printed(visit.number, name)
    visit.read()
    assert visit.due()
    with pytest.raises(NotFound, match="尚未办到这一步"):
        printed(visit.number, "c_cashier_payment.receipt")
    assert "尚未收款" in printed(visit.number, "meter_transfer.settlement")


def test_once_all_is_supplied_no_notice_asks_for_more(known):
    visit = Visit(known["clean_sale"]).accept().papers(missing=("不动产权证",))
    visit.papers("supplement")
    with pytest.raises(Refused, match="没有待补正的材料"):
        printed(visit.number, NOTICE)


def test_a_refused_print_takes_no_number_and_is_no_copy(known):
    visit = Visit(known["clean_sale"]).accept().papers(missing=("不动产权证",))
    visit.papers("supplement")
    with pytest.raises(Refused):
        printed(visit.number, NOTICE)
    visit = Visit(known["case17"]).accept().papers(missing=("新户主身份证件",))
    assert "-0001" in printed(visit.number, NOTICE).partition("编号BZTZ")[2][:13]


def test_who_has_left_the_step_gets_numbers_masked(known):
    visit = Visit(known["case17"]).accept().papers().read()
    visit.pay(by=CASHIER)
    visit.sign().enter()
    whole = printed(visit.number, "meter_transfer.application", by=SECOND)
    masked = printed(visit.number, "meter_transfer.application", by=CASHIER)
    assert NEW_OWNER["new_id_no"] in whole
    assert NEW_OWNER["new_id_no"] not in masked
    assert NEW_OWNER["new_phone"] not in masked
    assert "4301**********1238" in masked
    assert "199****1001" in masked
    assert "言若谷" in masked


def test_who_had_no_part_in_the_case_prints_nothing(known):
    visit = Visit(known["clean_sale"]).accept()
    with pytest.raises(NotAllowed):
        printed(visit.number, "meter_transfer.application", by=CASHIER)


def test_a_reprint_after_the_transfer_still_names_the_old_owner(known):
    visit = Visit(known["case17"]).accept().papers().read().pay()
    before = printed(visit.number, "meter_transfer.settlement")
    visit.sign().enter().fill("review", by=SECOND, review_result="agree")
    after = printed(visit.number, "meter_transfer.settlement")
    assert "原户主周禾清" in before
    assert "原户主周禾清" in after
    assert "新户主言若谷" in after
