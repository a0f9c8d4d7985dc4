"""退款: a case that charged something is ended; finance agrees; the cashier pays out."""

from __future__ import annotations

import pytest

from app import audit, cases, registry
from app.db import raw
from app.errors import NotAllowed, Refused
from app.work import SYSTEM, Work, command
from tests.procedures.visit import CLERK, Visit, person

DIRECTOR = person(9101, "沈知节", "cs_director", "finance")
FINANCE = person(9102, "何知秋", "finance")
CASHIER = person(9103, "柳闻笙", "cashier")
FEE = 12000
PAID_OUT = {"method": "cash", "payee": "言若谷", "paid_out": True}


@command
def charge(work: Work, visit: Visit, amount: int = FEE) -> str:
    """A charge of the case's own, such as new procedures have."""
    return registry.take_payment(
        work, account_no=visit.account_no, bills=[], method="cash", amount=amount,
        items=[{"code": "survey", "text": "勘查费", "amount": amount}], payer="言若谷",
        case=visit.number, cashier="9103",
    )  # fmt: skip


@pytest.fixture
def visit(known) -> Visit:
    return Visit(known["clean_sale"]).accept()


def child(number: str) -> str | None:
    row = raw().execute(
        "SELECT c.number FROM cases c JOIN cases p ON p.id = c.parent_id WHERE p.number = %s"
        " AND c.procedure = 'refund'", (number,),
    ).fetchone()  # fmt: skip
    return row[0] if row else None


def task(number: str) -> cases.TaskView:
    (found,) = [t for t in cases.case(SYSTEM, number).tasks if t.status == "open"]
    return found


def test_what_the_case_charged_goes_back_when_it_is_ended_by_force(visit):
    receipt = charge(visit, by=SYSTEM)
    cases.force_end(visit.number, "误受理", by=DIRECTOR)
    refund = child(visit.number)
    assert refund is not None
    step = task(refund)
    assert (step.name, step.groups) == ("审批", ("finance",))
    with pytest.raises(NotAllowed):  # who proposes does not approve, in whatever group
        cases.submit_task(step.id, {"decision": "agree", "opinion": "同意"}, by=DIRECTOR)
    cases.submit_task(step.id, {"decision": "agree", "opinion": "同意退款"}, by=FINANCE)
    step = task(refund)
    assert (step.name, step.groups) == ("退款付款", ("cashier",))
    both = person(FINANCE.id, FINANCE.name, "finance", "cashier")
    with pytest.raises(NotAllowed):  # who approved does not pay
        cases.submit_task(step.id, PAID_OUT, by=both)
    done = cases.submit_task(step.id, PAID_OUT, by=CASHIER)
    assert (done.status, done.outcome) == ("ended", "refunded")
    (payment,) = registry.payments(receipt_no=receipt)
    assert payment.state == "refunded"
    assert registry.refunds(receipt) == [(FEE, refund)]
    assert registry.charges(visit.number) == []
    ((kept,),) = raw().execute("SELECT string_agg(r::text, '') FROM refund r").fetchall()
    assert "言若谷" not in kept
    assert audit.verify().findings == []


def test_so_it_is_when_the_customer_withdraws(visit):
    charge(visit, by=SYSTEM)
    cases.withdraw(visit.number, "不办了", by=CLERK)
    refund = child(visit.number)
    cases.submit_task(task(refund).id, {"decision": "reject", "opinion": "已实地勘查"}, by=FINANCE)
    assert cases.case(SYSTEM, refund).outcome == "not_refunded"
    assert [one.amount for one in registry.charges(visit.number)] == [FEE]


def test_paid_water_bills_stay_paid(known):
    visit = Visit(known["clean_sale"]).accept().papers().read().pay()
    cases.force_end(visit.number, "误受理", by=DIRECTOR)
    assert child(visit.number) is None


def test_what_was_cancelled_meanwhile_is_not_paid_out(visit):
    receipt = charge(visit, by=SYSTEM)
    cases.force_end(visit.number, "误受理", by=DIRECTOR)
    refund = child(visit.number)
    cases.submit_task(task(refund).id, {"decision": "agree", "opinion": "同意"}, by=FINANCE)
    cancel(receipt, by=SYSTEM)
    with pytest.raises(Refused):
        cases.submit_task(task(refund).id, PAID_OUT, by=CASHIER)
    assert task(refund).name == "退款付款"


@command
def cancel(work: Work, receipt: str) -> None:
    registry.cancel_payment(work, receipt, "收错")
