"""Customers whom neither message nor call reaches: a letter goes out, and each case goes on."""

from __future__ import annotations

import pytest

from tests.procedures.connecting import CLERK as WINDOW
from tests.procedures.connecting import UNIT, Connection
from tests.procedures.relief import ENTRY, Relief
from tests.procedures.test_low_income_review import review, soon
from tests.procedures.visit import CLERK


def write(case: Connection | Relief, by=CLERK) -> None:
    """Three calls that nobody answers, then a letter."""
    while "contact" in case.open:
        case.fill("contact", by, contact_result="no_answer")
    case.fill("letter", by, letter_way="post", letter_no="EM0001")


@pytest.mark.usefixtures("bounces")
def test_a_relief_is_active_though_only_a_letter_says_so(known):
    relief = Relief(known["clean_sale"]).accept().certified().review()
    write(relief)
    assert relief.shown().outcome == "active"


@pytest.mark.parametrize(("result", "end"), [("renewed", "renewed"), (None, "expired")])
def test_a_review_goes_its_way_by_letters(known, request, result, end):
    no = soon(known)
    request.getfixturevalue("bounces")
    one = review(no)
    write(one)
    assert one.open == ["annual_review"]
    if result:
        one.answer(result).fill("annual_check", by=ENTRY, check_result="agree")
    else:
        one.later(days=31)
    write(one)
    assert one.shown().outcome == end


@pytest.mark.usefixtures("bounces")
def test_a_scheme_told_by_letter_is_waited_for(known):
    case = Connection().to_survey().survey()
    write(case, WINDOW)
    assert case.open == ["answer"]


@pytest.mark.usefixtures("bounces")
def test_an_application_that_lapses_does_so_by_letter(known):
    case = Connection().register(UNIT, category="non_residential", calibre=50)
    case.papers(missing=("营业执照（统一社会信用代码证）",)).later(days=24)
    write(case, WINDOW)
    assert case.outcome == "lapsed"
