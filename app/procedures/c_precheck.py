"""业务前置校验: take the account's lock, see what stands in the way (FEE-1, ACC-2)."""

from __future__ import annotations

from typing import Any

from app import registry
from app.cases import Call, service
from app.procedures.common import facts_of
from app.texts import T
from app.work import Work


@service(
    "c_precheck.inspect",
    inputs={"account_no": "string"},
    outputs={
        "account": "context",
        "region": "string",
        "calibre": "number",
        "category": "string",
        "price_code": "string",
        "arrears": "number",
        "account_state": "string",
        "has_arrears": "boolean",
        "open_violation": "boolean",
        "open_case": "boolean",
        "blocking_case": "string",
    },
    label=T("锁定户号并读取状态"),
)
def inspect(work: Work, call: Call) -> dict[str, Any]:
    """Lock first, read then: nobody changes the account between the two."""
    blocking = registry.take_lock(work, call.inputs["account_no"], call.case_number)
    account = registry.account(call.inputs["account_no"])
    facts = facts_of(account)
    del facts["account_no"]
    return {
        **facts,
        "account_state": account.state,
        "has_arrears": account.arrears > 0,
        "open_violation": account.open_violation,
        "open_case": blocking is not None,
        "blocking_case": blocking or "",
    }
