"""What a case itself charged, and giving it back (FEE-7, FEE-10). Paid water bills stay paid."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import db
from app.errors import Invalid, Refused
from app.registry import private, states
from app.registry.books import account_row
from app.registry.facts import PaymentFacts
from app.registry.models import Payment, Refund
from app.registry.payments import payments
from app.texts import T
from app.work import Work

WAYS = ("cash", "transfer", "original")


def charges(case: str) -> list[PaymentFacts]:
    """Receipts of a case for charges of its own, not given back; none that paid a bill."""
    found = payments(case=case)
    return [
        one for one in found if one.state == "received" and not one.bills and not one.to_balance
    ]


def refund_charges(
    work: Work, charged: str, *, amount: int, method: str, payee: str, bank_account: str, case: str
) -> int:
    """Give back what the case ``charged`` charged; gives the fen.

    Raises Invalid (``method``, ``payee``), Refused when it is another amount by now.
    """
    if method not in WAYS:
        raise Invalid(fields={"method": T("请选择退款方式")})
    if not payee.strip():
        raise Invalid(fields={"payee": T("请填写收款人")})
    back = charges(charged)
    if sum(one.amount for one in back) != amount or not back:
        raise Refused(T("该案的收费与审批时不同，请重新申请退款。"))
    for one in back:
        _give_back(work, one, method, {"payee": payee, "bank_account": bank_account}, case)
    return amount


def _give_back(work: Work, one: PaymentFacts, method: str, to: dict[str, str], case: str) -> None:
    account = account_row(one.account_no)
    payment = db.session.get_one(Payment, one.receipt_no, with_for_update=True)
    vault = private.vault_of(account.customer_id)
    payment.state = states.move("payment", payment.state, "refunded")
    db.session.add(
        Refund(
            receipt_no=one.receipt_no, case_no=case, amount=one.amount, method=method,
            key_id=vault.key_id, paid_to=vault.seal(to, "refund"), paid_by=str(work.by.id or 0),
            paid_at=work.at,
        )
    )  # fmt: skip
    after = {"receipt": one.receipt_no, "amount": one.amount, "method": method}
    work.record(account, "account:refund", after=after, case=case)


def refunds(receipt_no: str) -> list[tuple[int, str]]:
    """Amount and case of each refund of a receipt."""
    asked = sa.select(Refund).where(Refund.receipt_no == receipt_no).order_by(Refund.id)
    return [(one.amount, one.case_no) for one in db.session.scalars(asked)]
