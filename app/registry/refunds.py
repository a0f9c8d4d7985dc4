"""What a case itself charged, and giving it back (FEE-7, FEE-10). Paid water bills stay paid."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from app.db import db
from app.errors import Invalid, Refused
from app.registry import private, states
from app.registry.facts import PaymentFacts
from app.registry.models import Account, Payment, Refund
from app.registry.payments import holder_of_receipt, payments
from app.texts import T
from app.work import Work

WAYS = ("cash", "transfer", "original")


def charges(case: str) -> list[PaymentFacts]:
    """Receipts of a case for charges of its own, with what of each was not given back yet.

    None that paid a bill.
    """
    found = [
        one
        for one in payments(case=case)
        if one.state == "received" and not one.bills and not one.to_balance
    ]
    back = _given_back([one.receipt_no for one in found])
    return [replace(one, amount=one.amount - back.get(one.receipt_no, 0)) for one in found]


def _given_back(receipts: list[str]) -> dict[str, int]:
    asked = sa.select(Refund.receipt_no, sa.func.sum(Refund.amount)).group_by(Refund.receipt_no)
    rows = db.session.execute(asked.where(Refund.receipt_no.in_(receipts)))
    return {receipt: int(amount) for receipt, amount in rows}


def refund_charges(
    work: Work, charged: str, *, amount: int, method: str, payee: str, bank_account: str, case: str
) -> int:
    """Give back what the case ``charged`` charged, the latest receipt first; gives the fen.

    Less than all of it where a settlement found less due. Raises Invalid (``method``, ``payee``),
    Refused when so much is not there any more.
    """
    if method not in WAYS:
        raise Invalid(fields={"method": T("请选择退款方式")})
    if not payee.strip():
        raise Invalid(fields={"payee": T("请填写收款人")})
    back = charges(charged)
    if not 0 < amount <= sum(one.amount for one in back):
        raise Refused(T("该案的收费与审批时不同，请重新申请退款。"))
    left, to = amount, {"payee": payee, "bank_account": bank_account}
    for one in reversed(back):
        share = min(left, one.amount)
        if share:
            _give_back(work, one, share, method, to, case)
        left -= share
    return amount


def _give_back(
    work: Work, one: PaymentFacts, share: int, method: str, to: dict[str, str], case: str
) -> None:
    payment = db.session.get_one(Payment, one.receipt_no)
    holder = holder_of_receipt(payment)
    db.session.refresh(payment, with_for_update=True)
    vault = private.vault_of(holder.customer_id if isinstance(holder, Account) else holder.id)
    if share == one.amount:
        payment.state = states.move("payment", payment.state, "refunded")
    db.session.add(
        Refund(
            receipt_no=one.receipt_no, case_no=case, amount=share, method=method,
            key_id=vault.key_id, paid_to=vault.seal(to, "refund"), paid_by=str(work.by.id or 0),
            paid_at=work.at,
        )
    )  # fmt: skip
    db.session.flush()
    after = {"receipt": one.receipt_no, "amount": share, "method": method}
    work.record(holder, f"{holder.subject_kind}:refund", after=after, case=case)


def refunds(receipt_no: str) -> list[tuple[int, str]]:
    """Amount and case of each refund of a receipt."""
    asked = sa.select(Refund).where(Refund.receipt_no == receipt_no).order_by(Refund.id)
    return [(one.amount, one.case_no) for one in db.session.scalars(asked)]
