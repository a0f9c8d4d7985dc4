"""水费清算: the ends that the caller routes."""

from __future__ import annotations

import pytest

from app.errors import Invalid
from tests.procedures.desk import SERVICES, Desk
from tests.procedures.steps import pay, read

START = {
    "case_number": "GH1",
    "account_no": "1002003417",
    "region": "城东",
    "old_owner": "present",
    "category": "residential",
    "price_code": "resident",
    "payer_name": "言若谷",
    "household_size": 4,
    "final_bill": "",
    "return_reason": "",
}


def settle(**services):
    return Desk("c_settle_account", START, **services)


def test_paid_in_full_is_settled():
    assert pay(read(settle())).out.ended == "settled"


def test_a_part_payment_is_not_settled():
    desk = pay(read(settle()), 1000)
    assert desk.open == ["not_paid"]
    assert desk.submit("not_paid", not_paid_reason="later").out.ended == "unpaid"


def test_who_disputes_at_the_counter_ends_disputed():
    desk = read(settle()).submit("receive", received="no")
    assert desk.submit("not_paid", not_paid_reason="disputed").out.ended == "disputed"


def test_the_form_wants_the_statement_of_a_new_owner_who_pays():
    with pytest.raises(Invalid) as refused:
        read(settle(), settle_way="new_owner", statement_signed=False)
    assert "statement_signed" in refused.value.fields


def test_the_prices_are_those_of_the_category():
    desk = read(settle())
    rows = desk.asked("c_settle_account.issue_bill")["tiers"]
    assert {row["component"] for row in rows} == {"water_fee", "sewage_fee"}
    assert [row["upto"] for row in rows if row["component"] == "water_fee"] == [216, 300, None]


def test_a_bill_already_issued_is_only_collected():
    items = [{"code": "final", "text": "末次水费", "amount": 3516}]
    opened = {**SERVICES["c_settle_account.open"], "due": 3516, "items": items}
    desk = Desk("c_settle_account", {**START, "final_bill": "B1"}, c_settle_account__open=opened)
    assert desk.open == ["receive"]
    assert pay(desk).out.ended == "settled"
