"""收款: money at the counter against a gap-free receipt (FEE-3, FEE-7, FEE-8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app import registry
from app.cases import Call, service
from app.texts import T
from app.work import Work


@service(
    "c_cashier_payment.prepare",
    inputs={"account_no": "string", "total": "number", "items": "list", "bills": "list"},
    outputs={"total": "number", "items_text": "string"},
    label=T("核对应收"),
)
def prepare(_work: Work, call: Call) -> dict[str, Any]:
    """The total as the items make it, and the items in words."""
    items = call.inputs["items"]
    said = [f"{item['text']}　{item['amount'] / 100:,.2f} 元" for item in items]
    return {"total": sum(item["amount"] for item in items), "items_text": "  \n".join(said)}


@service(
    "c_cashier_payment.take",
    inputs={
        "account_no": "string",
        "bills": "list",
        "items": "list",
        "method": "string",
        "amount": "number",
        "payer_name": "string",
        "cheque_no": "string",
    },
    outputs={"receipt_no": "string", "paid_amount": "number"},
    pii=("payer_name",),
    label=T("入账开收据"),
)
def take(work: Work, call: Call) -> dict[str, Any]:
    """Take the money; a cheque pays nothing before it is cleared."""
    given = call.inputs
    receipt = registry.take_payment(
        work,
        account_no=given["account_no"],
        bills=given["bills"] or None,
        items=paid_items(given["items"], given["amount"]),
        method=given["method"],
        amount=given["amount"],
        payer=given["payer_name"],
        case=call.case_number,
        cheque_no=given["cheque_no"] or None,
        cashier=str(work.by.id or 0),
    )
    return {"receipt_no": receipt, "paid_amount": given["amount"]}


def paid_items(items: Sequence[Mapping[str, Any]], amount: int) -> list[dict[str, Any]]:
    """What of the items a smaller sum pays, in their order; the rest stays due."""
    found, left = [], int(amount)
    for item in items:
        share = min(left, int(item["amount"]))
        if share > 0:
            found.append({**item, "amount": share})
        left -= share
    return found


@service(
    "c_cashier_payment.clear",
    inputs={"receipt_no": "string"},
    outputs={"paid_amount": "number"},
    label=T("支票到账入账"),
)
def clear(work: Work, call: Call) -> dict[str, Any]:
    """The bank has paid the cheque."""
    number = call.inputs["receipt_no"]
    registry.clear_cheque(work, number)
    return {"paid_amount": registry.payments(receipt_no=number)[0].amount}


@service("c_cashier_payment.bounce", inputs={"receipt_no": "string"}, label=T("退票冲回"))
def bounce(work: Work, call: Call) -> dict[str, Any]:
    """The cheque came back: its bills are owed again."""
    registry.cancel_payment(work, call.inputs["receipt_no"], str(T("支票退票")))
    return {}
