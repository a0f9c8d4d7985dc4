"""业务前置校验: take the lock, see what stands in the way (FEE-1, ACC-2, ARR-3).

The lock is that of the account; of an applicant who has none yet that of the address.
"""

from __future__ import annotations

from typing import Any

from app import registry
from app.cases import Call, service
from app.procedures.common import facts_of, no_account
from app.texts import T
from app.work import Work

FACTS = {
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
}


@service(
    "c_precheck.inspect",
    inputs={"account_no": "string"},
    outputs=FACTS,
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


@service(
    "c_precheck.inspect_applicant",
    inputs={
        "address": "string",
        "applicant_number": "string",
        "master_account": "string",
        "kind": "string",
    },
    outputs={**FACTS, "address_connected": "boolean"},
    pii=("applicant_number",),
    label=T("锁定地址并查申请人"),
)
def inspect_applicant(work: Work, call: Call) -> dict[str, Any]:
    """Lock the address first; then what is owed and open under the same number or address."""
    given = call.inputs
    blocking = registry.take_address(work, given["address"], call.case_number)
    found = registry.standing(
        given["address"], given["applicant_number"], master=given["master_account"] or None
    )
    facts = no_account(call.region)
    del facts["account_no"]
    return {
        **facts,
        "arrears": found.arrears,
        "account_state": "normal",
        "has_arrears": found.arrears > 0,
        "open_violation": found.open_violation,
        "open_case": blocking is not None,
        "blocking_case": blocking or "",
        "address_connected": registry.connected(given["address"]) is not None,
    }
