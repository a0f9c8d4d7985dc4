"""Money: oldest first or named, cheques that wait, cancellation, balances."""

from __future__ import annotations

from typing import Any

import pytest

from app import registry
from app.errors import Invalid, Refused
from app.worktime import local_day
from tests.registry.conftest import AT, Office

CASE = "GH20260302-0001"


def pay(do: Office, no: str, amount: int, **given: Any) -> str:
    """Take a payment in cash unless said otherwise."""
    asked: dict[str, Any] = {
        "bills": None,
        "method": "cash",
        "payer": "周禾清",
        "case": None,
        "cashier": 3,
        "items": [{"code": "water", "text": "水费", "amount": amount}],
        **given,
    }
    receipt: str = do(registry.take_payment, account_no=no, amount=amount, **asked)
    return receipt


def test_the_oldest_bill_is_paid_first(do: Office, known: dict[str, str]) -> None:
    no = known["case17"]
    first, second = registry.open_bills(no)
    pay(do, no, first.open + 100)
    (left,) = registry.open_bills(no)
    assert (left.bill_no, left.open, left.state) == (second.bill_no, second.open - 100, "part")


def test_named_bills_are_paid_and_the_rest_is_kept(do: Office, known: dict[str, str]) -> None:
    no = known["case17"]
    first, second = registry.open_bills(no)
    receipt = pay(do, no, second.open + 50, bills=[second.bill_no])
    assert [bill.bill_no for bill in registry.open_bills(no)] == [first.bill_no]
    assert registry.account(no).balance == 50
    (facts,) = registry.payments(receipt_no=receipt)
    assert (facts.payer, facts.bills, facts.to_balance) == (
        "周禾清",
        {second.bill_no: second.open},
        50,
    )


def test_other_charges_pay_no_bill(do: Office, known: dict[str, str]) -> None:
    no = known["case17"]
    pay(do, no, 500, bills=[])
    facts = registry.account(no)
    assert (facts.arrears, facts.balance) == (19222, 0)


def test_a_disputed_bill_is_paid_only_when_named(do: Office, known: dict[str, str]) -> None:
    no = known["disputed"]
    (bill,) = registry.open_bills(no)
    pay(do, no, bill.open)
    assert registry.account(no).balance == bill.open
    pay(do, no, bill.open, bills=[bill.bill_no])
    assert registry.open_bills(no) == []


def test_a_cheque_pays_nothing_until_it_is_cleared(do: Office, known: dict[str, str]) -> None:
    no = known["case17"]
    receipt = pay(do, no, 19222, method="cheque", cheque_no="3021")
    assert registry.account(no).arrears == 19222
    do(registry.clear_cheque, receipt)
    assert registry.account(no).arrears == 0
    with pytest.raises(Refused):
        do(registry.clear_cheque, pay(do, no, 100))


def test_a_bounced_cheque_leaves_the_debt(do: Office, known: dict[str, str]) -> None:
    no = known["case17"]
    receipt = pay(do, no, 19222, method="cheque", cheque_no="3021")
    do(registry.cancel_payment, receipt, "支票退票")
    assert registry.account(no).arrears == 19222
    with pytest.raises(Refused):
        do(registry.clear_cheque, receipt)


def test_a_cancelled_payment_owes_again(do: Office, known: dict[str, str]) -> None:
    no = known["case17"]
    receipt = pay(do, no, 20000)
    assert registry.account(no).balance == 778
    do(registry.cancel_payment, receipt, "误缴他人户号")
    facts = registry.account(no)
    assert (facts.arrears, facts.arrears_periods, facts.balance) == (19222, 2, 0)
    with pytest.raises(Refused):
        do(registry.cancel_payment, receipt, "再次")
    (kept,) = registry.payments(receipt_no=receipt)
    assert (kept.state, kept.cancel_reason) == ("cancelled", "误缴他人户号")


def test_a_balance_that_is_gone_cannot_be_taken_back(do: Office, known: dict[str, str]) -> None:
    no = known["case17"]
    receipt = pay(do, no, 20000)
    assert do(registry.settle_balance, no, way="refund", case=CASE) == 778
    with pytest.raises(Refused):
        do(registry.cancel_payment, receipt, "误缴")


def test_a_balance_is_refunded_carried_over_or_used(do: Office, known: dict[str, str]) -> None:
    no = known["credit_balance"]
    assert do(registry.settle_balance, no, way="carry_over", case=CASE) == 8640
    assert registry.account(no).balance == 8640
    day = local_day(AT)
    line = registry.FeeLine("water_fee", 1, 10, 19_800, 1980)
    do(registry.issue_final_bill, no, on=day, lines=[line], volume=10, case=CASE)
    assert do(registry.apply_balance, no, case=CASE) == 1980
    assert (registry.account(no).arrears, registry.account(no).balance) == (0, 6660)
    assert do(registry.settle_balance, no, way="refund", case=CASE) == 6660
    assert do(registry.settle_balance, no, way="refund", case=CASE) == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"amount": 9}, "amount"),
        ({"method": "shells"}, "method"),
        ({"method": "cheque"}, "cheque_no"),
        ({"bills": ["0000000000-202601-01"]}, "bills"),
        ({"items": [{"code": "water", "text": "水费", "amount": 1}]}, "amount"),
    ],
)
def test_wrong_payments_are_named(
    do: Office, known: dict[str, str], given: dict[str, Any], field: str
) -> None:
    amount = given.pop("amount", 1000) if "amount" in given else 1000
    with pytest.raises(Invalid) as caught:
        pay(do, known["case17"], amount, **given)
    assert set(caught.value.fields) == {field}


def test_receipts_have_no_gaps(do: Office, known: dict[str, str]) -> None:
    numbers = [pay(do, known["case17"], 10)]
    with pytest.raises(Invalid):
        pay(do, known["case17"], 1)
    numbers += [pay(do, known["case17"], 10) for _ in range(2)]
    assert [int(number.rsplit("-", 1)[1]) for number in numbers] == [1, 2, 3]


def test_a_bill_charges_just_what_ran_through(do: Office, known: dict[str, str]) -> None:
    line = registry.FeeLine("water_fee", 1, 10, 19_800, 1980)
    with pytest.raises(Invalid):
        do(
            registry.issue_final_bill,
            known["case17"],
            on=local_day(AT),
            lines=[line],
            volume=11,
            case=CASE,
        )
