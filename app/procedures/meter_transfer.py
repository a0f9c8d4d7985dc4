"""水表过户: an account goes from the old owner to the new one.

Clauses: D18 chapter 23 (ACC-3, FEE-1, FEE-4, ACC-4); steps and variables stand in
``docs/procedures/meter_transfer.md``. Money in fen, readings in m³.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app import notices, registry, settings
from app.cases import Call, service
from app.procedures.common import facts_of, no_account, put_files, today
from app.texts import T
from app.work import Work

PERSON = ("new_name", "new_uscc", "new_legal_rep", "new_email", "contact_person")
PHONES = ("new_phone", "new_phone2")
NEW_OWNER = {
    **dict.fromkeys((*PERSON, *PHONES, "new_id_type", "new_id_no", "new_id_other"), "string"),
    "applicant_type": "string",
    "invoice_title": "string",
    "household_size": "number",
}
SETTLED = {
    "final_reading": "number",
    "final_volume": "number",
    "final_bill": "string",
    "bill_amount": "number",
    "balance_way": "string",
    "balance_amount": "number",
    "receipt_no": "string",
    "reading_date": "string",
}
ACCOUNT = {
    "account_no": "string",
    "account": "context",
    "region": "string",
    "calibre": "number",
    "category": "string",
    "price_code": "string",
    "arrears": "number",
}

notices.template(
    "transfer_lapsed",
    "过户申请逾期失效",
    "您申请的水表过户因材料逾期未补齐，本次申请失效，案号{case}。材料备齐后可重新申请。",
    en="Your meter transfer has lapsed, as papers were missing past their day, case {case}. "
    "You can apply again once you have them.",
)
notices.template(
    "transfer_suspended",
    "过户中止期满",
    "您申请的水表过户因水费异议中止期满，本次办理终止。异议解决后可重新申请，案号{case}。",
    en="Your meter transfer has ended, as the dispute about the water fee was not settled in time, "
    "case {case}. You can apply again once it is.",
)


@service(
    "meter_transfer.open_account",
    outputs={
        **ACCOUNT,
        "case_number": "string",
        "dispute_days": "number",
        "transfer_days": "number",
        "household_size": "number",
    },
    label=T("读取户号资料"),
)
def open_account(_work: Work, call: Call) -> dict[str, Any]:
    """What the register knows of the account that the case was started for, if for one."""
    account = registry.account(call.account_no) if call.account_no else None
    return {
        **(facts_of(account) if account else no_account(call.region)),
        "case_number": call.case_number,
        "dispute_days": settings.get("limit.T-DISPUTE"),
        "transfer_days": settings.get("limit.T-TRANSFER"),
        "household_size": account.household_size if account else 4,
    }


@service("meter_transfer.record_site", inputs={"site_photos": "list"}, label=T("登记核对结果"))
def record_site(work: Work, call: Call) -> dict[str, Any]:
    """Keep what the branch photographed at the address."""
    photos = call.inputs["site_photos"]
    put_files(work, call.case_number, "site_photos", T("现场核对照片"), photos)
    return {}


@service(
    "meter_transfer.refund_balance",
    inputs={"account_no": "string"},
    outputs={"amount": "number"},
    label=T("结余退还"),
)
def refund_balance(work: Work, call: Call) -> dict[str, Any]:
    """Pay the balance back to the old owner; finance has agreed."""
    account_no = call.inputs["account_no"]
    amount = registry.settle_balance(work, account_no, way="refund", case=call.case_number)
    return {"amount": amount}


@service(
    "meter_transfer.sign_contract",
    inputs={
        "account_no": "string",
        "new_name": "string",
        "agent_name": "string",
        "by_agent": "boolean",
        "signed_by_agent": "string",
        "contract_scan": "list",
    },
    outputs={"contract_no": "string"},
    changes_register=True,
    pii=("new_name", "agent_name"),
    label=T("原合同终止，新合同编号"),
)
def sign_contract(work: Work, call: Call) -> dict[str, Any]:
    """End the old owner's contract and number the new one (ACC-4, D18 chapter 19)."""
    given, day = call.inputs, today(work)
    agent = given["by_agent"] and given["signed_by_agent"] == "yes"
    registry.end_contract(work, given["account_no"], on=day, case=call.case_number)
    number = registry.sign_contract(
        work,
        given["account_no"],
        signer=given["new_name"],
        agent=given["agent_name"] if agent else None,
        on=day,
        case=call.case_number,
    )
    scan = given["contract_scan"]
    put_files(work, call.case_number, "contract_scan", T("供用水合同扫描件"), scan)
    return {"contract_no": number}


@service(
    "meter_transfer.change_owner",
    inputs={"account_no": "string", "reason": "string", **NEW_OWNER, **SETTLED},
    outputs={"customer_no": "number"},
    changes_register=True,
    pii=(*PERSON, *PHONES, "new_id_no", "new_id_other"),
    label=T("变更户主"),
)
def change_owner(work: Work, call: Call) -> dict[str, Any]:
    """Everything that changes hands with the account, at once.

    Relief and direct debit of the old owner end first: they hang on the old customer.
    """
    given, number = call.inputs, call.case_number
    account_no = given["account_no"]
    old = registry.account(account_no).owner.id
    if given["balance_way"] == "carry_over":
        registry.settle_balance(work, account_no, way="carry_over", case=number)
    registry.end_bindings(work, account_no, number)
    new = registry.change_owner(work, account_no, new_owner(given), number)
    registry.restart_tiers(work, account_no, on=today(work), case=number)
    registry.record_transfer(
        work,
        account_no,
        case=number,
        reason=given["reason"],
        old=old,
        new=new,
        reading=given["final_reading"],
        settlement={name: given[name] for name in SETTLED},
    )
    return {"customer_no": new}


def new_owner(given: Mapping[str, Any]) -> dict[str, Any]:
    """The new owner's particulars as the register takes them."""
    unit = given["applicant_type"] == "unit"
    resident = given["new_id_type"] in ("resident_id", "residence_permit")
    number = given["new_id_no"] if resident else given["new_id_other"]
    who = (
        {
            "uscc": given["new_uscc"],
            "legal_rep": given["new_legal_rep"],
            "contact_person": given["contact_person"],
        }
        if unit
        else {
            "id_type": given["new_id_type"],
            "id_no": number,
            "household_size": given["household_size"],
        }
    )
    return {
        **who,
        "type": given["applicant_type"],
        "name": given["new_name"],
        "phones": [given[name] for name in PHONES if given[name]],
        "email": given["new_email"],
        "name_on_bill": given["invoice_title"] or given["new_name"],
    }


@service("meter_transfer.finish", inputs={"account_no": "string"}, label=T("解除户号锁定"))
def finish(work: Work, call: Call) -> dict[str, Any]:
    """Let go of the account: filing is a case of its own."""
    registry.release_lock(work, call.case_number)
    return {}
