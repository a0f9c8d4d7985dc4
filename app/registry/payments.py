"""Money taken: receipts, cheques that wait, cancellation, balances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app import settings
from app.db import db
from app.errors import Invalid, NotFound, Refused
from app.registry import private, states
from app.registry.applications import customer_of_case
from app.registry.books import account_for, account_row, customer_row, open_bill_rows, row
from app.registry.facts import PaymentFacts
from app.registry.models import (
    Account,
    BalanceSettlement,
    Bill,
    Customer,
    Payment,
    PaymentBill,
)
from app.sealing import DataKey
from app.texts import T, Text
from app.work import Work

# To whom a receipt belongs: an account, or before there is one the customer of the case.
Holder = Account | Customer
METHODS = ("cash", "transfer", "card", "wechat", "alipay", "cheque")
LEAST = 10
# Bills under dispute, deferral or write-off are paid only when named.
FREE = ("owed", "part")


def take_payment(
    work: Work,
    *,
    account_no: str | None,
    bills: Sequence[str] | None,
    items: Sequence[Mapping[str, Any]],
    method: str,
    amount: int,
    payer: str,
    case: str | None,
    cashier: int | str,
    cheque_no: str | None = None,
) -> str:
    """Take money at the counter; gives the receipt's number (SJ…, gap-free).

    ``bills``: named ones, None for the oldest first, [] for other charges only. What is left
    after the bills is kept as the account's balance. A cheque pays nothing until it is cleared.
    Possible also while a case holds the account. Without an account: a charge of ``case``, paid
    by its applicant. Raises Invalid (``amount``, ``method``, ``cheque_no``, ``bills``), NotFound,
    Refused.
    """
    _check_payment(items, method, amount, cheque_no)
    holder = _holder(account_no or None, case)
    bills = bills if isinstance(holder, Account) else []
    if isinstance(holder, Account):
        _named(holder.account_no, bills)
    vault = private.vault_of(_customer_of(holder))
    number = settings.next_number(work, "receipt", cashier=cashier)
    payment = Payment(
        receipt_no=number,
        account_no=account_no or None,
        case_no=case,
        method=method,
        items=[dict(item) for item in items],
        asked=None if bills is None else list(bills),
        amount=amount,
        key_id=vault.key_id,
        payer=vault.seal(payer, "payer"),
        cheque_no=cheque_no,
        cashier=str(cashier),
        paid_at=work.at,
        state="waiting",
        to_balance=0,
    )
    db.session.add(payment)
    db.session.flush()
    if method != "cheque":
        _receive(work, holder, payment)
    after = {"receipt": number, "amount": amount, "method": method, "state": payment.state}
    action = f"{holder.subject_kind}:payment"
    work.record(holder, action, after={**after, **_paid(payment)}, case=case)
    return number


def clear_cheque(work: Work, receipt_no: str) -> None:
    """The cheque's money has arrived: the bills are paid now. Raises NotFound, Refused."""
    payment = _payment(receipt_no)
    if payment.method != "cheque":
        raise Refused(T("收据 {no} 不是支票，无需到账确认。", no=receipt_no))
    holder = holder_of_receipt(payment)
    before = payment.state
    _receive(work, holder, payment)
    work.record(
        holder,
        f"{holder.subject_kind}:cheque_cleared",
        before={"state": before},
        after={"receipt": receipt_no, "state": payment.state, **_paid(payment)},
        case=payment.case_no,
    )


def cancel_payment(work: Work, receipt_no: str, reason: str) -> None:
    """Take a payment back (wrong account, bounced cheque): its bills are owed again.

    Raises Invalid without a reason, NotFound, Refused when it is cancelled already or its
    surplus has left the balance.
    """
    if not reason.strip():
        raise Invalid(fields={"reason": T("请填写作废原因")})
    payment = _payment(receipt_no)
    holder = holder_of_receipt(payment)
    before = {"receipt": receipt_no, "state": payment.state, **_paid(payment)}
    if payment.state == "cancelled":
        raise Refused(T("收据 {no} 已经作废。", no=receipt_no))
    _take_back(holder, payment)
    payment.state = states.move("payment", payment.state, "cancelled")
    payment.cancelled_at, payment.cancelled_by = work.at, work.by.id
    payment.cancel_reason = reason
    work.record(
        holder,
        f"{holder.subject_kind}:payment_cancelled",
        before=before,
        after={"receipt": receipt_no, "state": "cancelled"},
        comment=reason,
        case=payment.case_no,
    )


def apply_balance(work: Work, account_no: str, *, case: str) -> int:
    """Pay open bills, oldest first, from the account's balance; gives the fen used."""
    account = account_for(account_no, case)
    owed = sum(bill.amount - bill.paid for bill in _free_bills(account_no))
    used = min(account.balance, owed)
    if not used:
        return 0
    before = {"balance": account.balance}
    account.balance -= used
    payment = _from_balance(work, account, used, case)
    _receive(work, account, payment)
    after = {"balance": account.balance, **_paid(payment)}
    work.record(account, "account:balance_used", before=before, after=after, case=case)
    return used


def settle_balance(work: Work, account_no: str, *, way: str, case: str) -> int:
    """Pay the balance back to the old owner (``refund``) or leave it to the new one.

    Gives the fen; 0 changes nothing. Raises Invalid for another way, Refused.
    """
    if way not in ("refund", "carry_over"):
        raise Invalid(fields={"way": T("结余应选择退还或转入新户主")})
    account = account_for(account_no, case)
    amount = account.balance
    if not amount:
        return 0
    if way == "refund":
        account.balance = 0
    db.session.add(
        BalanceSettlement(
            account_no=account_no, case_no=case, way=way, amount=amount, settled_at=work.at
        )
    )
    work.record(
        account,
        f"account:balance_{way}",
        before={"balance": amount},
        after={"balance": account.balance, "amount": amount, "way": way},
        case=case,
    )
    return amount


def payments(
    *, account_no: str | None = None, case: str | None = None, receipt_no: str | None = None
) -> list[PaymentFacts]:
    """Receipts of an account, of a case or of a number, oldest first."""
    asked = sa.select(Payment, Customer.id, DataKey.id, DataKey.wrapped)
    asked = asked.join(DataKey, DataKey.id == Payment.key_id)
    asked = asked.join(Customer, Customer.key_id == DataKey.id)
    for column, value in (
        (Payment.account_no, account_no),
        (Payment.case_no, case),
        (Payment.receipt_no, receipt_no),
    ):
        if value is not None:
            asked = asked.where(column == value)
    rows = db.session.execute(asked.order_by(Payment.paid_at, Payment.receipt_no)).all()
    shares = _shares([payment.receipt_no for payment, *_ in rows])
    return [
        _facts(payment, private.vault(id, key_id, wrapped), shares.get(payment.receipt_no, {}))
        for payment, id, key_id, wrapped in rows
    ]


def holder_of_receipt(payment: Payment) -> Holder:
    """The account of a receipt, locked; without one the customer whose key seals it."""
    if payment.account_no is not None:
        return account_row(payment.account_no)
    mine = sa.select(Customer.id).where(Customer.key_id == payment.key_id)
    return customer_row(db.session.scalars(mine).one())


def _holder(account_no: str | None, case: str | None) -> Holder:
    if account_no is not None:
        return account_row(account_no)
    customer_id = customer_of_case(case)
    if customer_id is None:
        raise Refused(T("本案尚未受理建档，不能收费。"))
    return customer_row(customer_id)


def _customer_of(holder: Holder) -> int:
    return holder.customer_id if isinstance(holder, Account) else holder.id


def _check_payment(
    items: Sequence[Mapping[str, Any]], method: str, amount: int, cheque_no: str | None
) -> None:
    wrong: dict[str, Text] = {}
    if method not in METHODS:
        wrong["method"] = T("请选择收款方式")
    if method == "cheque" and not (cheque_no or "").strip():
        wrong["cheque_no"] = T("请填写支票号码")
    if amount < LEAST:
        wrong["amount"] = T("收款金额不能少于 0.10 元")
    elif sum(int(item["amount"]) for item in items) != amount:
        wrong["amount"] = T("收款金额与收费项目合计不符")
    if wrong:
        raise Invalid(fields=wrong)


def _named(account_no: str, named: Sequence[str] | None) -> None:
    if not named:
        return
    known = set(
        db.session.scalars(
            sa.select(Bill.bill_no).where(Bill.account_no == account_no, Bill.bill_no.in_(named))
        )
    )
    if unknown := [each for each in named if each not in known]:
        raise Invalid(
            fields={"bills": T("账单 {no} 不属于户号 {account}", no=unknown[0], account=account_no)}
        )


def _receive(work: Work, holder: Holder, payment: Payment) -> None:
    if isinstance(holder, Account) and payment.asked != []:
        left = _pay_bills(payment, payment.amount)
        payment.to_balance = left
        holder.balance += left
    payment.state = states.move("payment", payment.state, "received")
    payment.cleared_at = work.at


def _pay_bills(payment: Payment, left: int) -> int:
    for bill in _bills_of(payment):
        share = min(left, bill.amount - bill.paid)
        if not share:
            continue
        bill.paid += share
        bill.state = states.move("bill", bill.state, _state(bill))
        db.session.add(
            PaymentBill(receipt_no=payment.receipt_no, bill_no=bill.bill_no, amount=share)
        )
        left -= share
    db.session.flush()
    return left


def _bills_of(payment: Payment) -> list[Bill]:
    account_no = payment.account_no or ""
    if payment.asked is None:
        return _free_bills(account_no)
    return [b for b in open_bill_rows(account_no) if b.bill_no in payment.asked]


def _free_bills(account_no: str) -> list[Bill]:
    return [bill for bill in open_bill_rows(account_no) if bill.state in FREE]


def _state(bill: Bill) -> str:
    if bill.paid >= bill.amount:
        return "paid"
    return "part" if bill.paid else "owed"


def _take_back(holder: Holder, payment: Payment) -> None:
    if isinstance(holder, Account):
        if payment.to_balance > holder.balance:
            raise Refused(T("该笔收款转入的结余已被使用，不能直接作废，请办理冲正。"))
        holder.balance -= payment.to_balance
    payment.to_balance = 0
    asked = sa.select(PaymentBill).where(PaymentBill.receipt_no == payment.receipt_no)
    for share in db.session.scalars(asked.order_by(PaymentBill.bill_no)):
        bill = row(Bill, share.bill_no, T("没有这张账单。"))
        bill.paid -= share.amount
        bill.state = states.move("bill", bill.state, _state(bill))


def _from_balance(work: Work, account: Account, used: int, case: str) -> Payment:
    vault = private.vault_of(account.customer_id)
    count = db.session.scalar(
        sa.select(sa.func.count()).where(
            Payment.account_no == account.account_no, Payment.kind == "balance"
        )
    )
    payment = Payment(
        receipt_no=f"YE{account.account_no}-{(count or 0) + 1:04}",
        kind="balance",
        account_no=account.account_no,
        case_no=case,
        method="balance",
        state="waiting",
        items=[{"code": "balance", "text": "结余抵扣", "amount": used}],
        asked=None,
        amount=used,
        to_balance=0,
        key_id=vault.key_id,
        payer=vault.seal("", "payer"),
        cashier=work.by.login,
        paid_at=work.at,
    )
    db.session.add(payment)
    db.session.flush()
    return payment


def _payment(receipt_no: str) -> Payment:
    found = db.session.get(Payment, receipt_no)
    if found is None:
        raise NotFound(T("没有收据 {no}，请核对号码。", no=receipt_no))
    # The account first, as everywhere: no two commands wait for each other.
    holder_of_receipt(found)
    locked: Payment = row(Payment, receipt_no, T("没有收据 {no}，请核对号码。", no=receipt_no))
    return locked


def _paid(payment: Payment) -> dict[str, Any]:
    shares = _shares([payment.receipt_no]).get(payment.receipt_no, {})
    return {"bills": shares, "to_balance": payment.to_balance}


def _shares(receipts: Sequence[str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    if receipts:
        asked = sa.select(PaymentBill).where(PaymentBill.receipt_no.in_(receipts))
        for each in db.session.scalars(asked.order_by(PaymentBill.bill_no)):
            found.setdefault(each.receipt_no, {})[each.bill_no] = each.amount
    return found


def _facts(
    payment: Payment, vault: private.Vault | None, shares: Mapping[str, int]
) -> PaymentFacts:
    payer = "" if vault is None else vault.open(payment.payer, "payer")
    return PaymentFacts(
        payment.receipt_no,
        payment.account_no,
        payment.case_no,
        payment.method,
        payment.state,
        tuple(payment.items),
        payment.amount,
        payment.to_balance,
        payer,
        payment.cheque_no,
        payment.cashier,
        payment.paid_at,
        payment.cleared_at,
        payment.cancelled_at,
        payment.cancel_reason,
        shares,
    )
