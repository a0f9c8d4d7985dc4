"""收款: paid, partly, cancelled; cheques wait for the bank."""

from __future__ import annotations

import pytest

from app.errors import Invalid
from tests.procedures.desk import Desk
from tests.procedures.steps import pay

START = {
    "case_number": "GH1",
    "account_no": "1002003417",
    "bills": ["B1"],
    "total": 3516,
    "items": [{"code": "final", "text": "末次水费", "amount": 3516}],
    "payer_role": "old_owner",
    "payer_name": "周禾清",
}


def counter(**said):
    return Desk("c_cashier_payment", {**START, **said})


def cheque():
    return pay(counter(), method="cheque", cheque_no="30201234")


def test_nothing_to_collect_is_paid_at_once():
    assert counter(total=0, items=[], bills=[]).out.ended == "paid"


@pytest.mark.parametrize(("amount", "ended"), [(3516, "paid"), (3515, "partly")])
def test_the_amount_decides(amount, ended):
    assert pay(counter(), amount).out.ended == ended


def test_more_than_is_due_is_not_taken():
    with pytest.raises(Invalid) as refused:
        pay(counter(), 3517)
    assert "amount" in refused.value.fields


def test_nothing_received_is_cancelled_without_a_receipt():
    desk = counter().submit("receive", received="no")
    assert desk.out.ended == "cancelled"
    assert "c_cashier_payment.take" not in [name for name, _ in desk.called]


def test_a_cheque_waits_for_another_person_of_finance():
    desk = cheque()
    assert desk.task("confirm_cheque").groups == ["finance"]
    assert desk.task("confirm_cheque").not_by == ["receive"]
    assert desk.submit("confirm_cheque", cheque_result="cleared").out.ended == "paid"


def test_a_cheque_cleared_by_message_is_paid():
    assert cheque().tell("cheque_cleared", "SJ20260302001-0001").out.ended == "paid"


def test_a_bounced_cheque_is_taken_back():
    desk = cheque().submit("confirm_cheque", cheque_result="bounced")
    assert desk.out.ended == "cancelled"
    assert desk.asked("c_cashier_payment.bounce") == {"receipt_no": "SJ20260302001-0001"}
