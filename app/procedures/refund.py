"""退款: what a case itself charged goes back once finance has agreed (FEE-7, FEE-10)."""

from __future__ import annotations

from typing import Any

from app import registry
from app.cases import Call, service
from app.texts import T
from app.work import Work


@service(
    "refund.pay_back",
    inputs={
        "refund_case": "string",
        "amount": "number",
        "method": "string",
        "payee": "string",
        "bank_account": "string",
    },
    outputs={"refunded_amount": "number"},
    changes_register=True,
    pii=("payee", "bank_account"),
    label=T("登记退款"),
)
def pay_back(work: Work, call: Call) -> dict[str, Any]:
    """Each receipt of the case is marked as given back."""
    given = call.inputs
    amount = registry.refund_charges(
        work,
        given["refund_case"],
        amount=int(given["amount"]),
        method=given["method"],
        payee=given["payee"] or "",
        bank_account=given["bank_account"] or "",
        case=call.case_number,
    )
    return {"refunded_amount": amount}
