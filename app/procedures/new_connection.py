"""用水报装: an application for water becomes an account that has water (一站式, D18 chapters 9–30).

This module: the application, the survey, the charges, the ends. What is built and opened stands
in ``new_connection_works.py``, the print-outs in ``new_connection_prints.py``, what customers are
told in ``new_connection_notices.py``. Steps and variables: ``docs/procedures/new_connection.md``.
Money in fen, m³ a day, calibre in mm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app import forms, identifiers, registry, settings
from app.cases import Call, service
from app.errors import Invalid, NotFound
from app.procedures.common import put_files
from app.procedures.new_connection_notices import remind
from app.procedures.new_connection_works import (
    deadline,
    issue_points,
    list_points,
    note_water,
    open_accounts,
    prepare_entry,
    prepare_rows,
    record_install,
    sign_contract,
)
from app.texts import T, Text
from app.work import Work

__all__ = [
    "deadline", "issue_points", "list_points", "note_water", "open_accounts", "prepare_entry",
    "prepare_rows", "record_install", "remind", "sign_contract",
]  # fmt: skip

RESIDENT = ("resident_id", "residence_permit")
# These change what an account has: applicant and place are the register's.
CHANGES = ("enlarge", "relocate")
NAMES = (
    "applicant_name", "id_no", "id_other", "uscc", "legal_rep", "contact_person", "phone",
    "phone2", "email",
)  # fmt: skip
APPLICANT = {"applicant_type": "string", "id_type": "string", **dict.fromkeys(NAMES, "string")}
PLACE = {"category": "string", "address": "string", "region": "string", "title_status": "string"}
DEMAND = {"demand": "number", "floors": "number", "calibre": "number", "meters": "number"}


def check_name(value: Any, context: forms.Context) -> Text | None:
    """Whether the register knows another name for the number that was typed above."""
    given = context.values
    number = given.get("uscc") or given.get("id_no") or given.get("id_other")
    known = registry.known_name(str(number)) if number else None
    if known is None or given.get("applicant_type") != "person":
        return None
    if identifiers.fold_name(str(value)) == known:
        return None
    return T("与该证件号码在册的姓名不符，请核对证件")


CHECKS = {"applicant_name": check_name}


@service(
    "new_connection.open",
    outputs={
        "case_number": "string",
        "account_no": "string",
        "region": "string",
        "region_options": "list",
        "answer_days": "number",
        "reminder_days": "number",
        "lapse_days": "number",
    },
    label=T("备好申请"),
)
def open_(_work: Work, call: Call) -> dict[str, Any]:
    """What the installation knows before anything is asked."""
    return {
        "case_number": call.case_number,
        "account_no": call.account_no or "",
        "region": call.region or "",
        "region_options": list(settings.regions()),
        "answer_days": settings.get("limit.T-ANSWER"),
        "reminder_days": settings.get("limit.T-ANSWER.reminder"),
        "lapse_days": settings.get("limit.T-ANSWER.lapse"),
    }


@service(
    "new_connection.record",
    inputs={
        "kind": "string",
        "account_no": "string",
        "master_account": "string",
        **PLACE,
        **DEMAND,
        **APPLICANT,
    },
    outputs={
        **PLACE,
        "floors": "number",
        "meters": "number",
        **APPLICANT,
        "applicant_number": "string",
        "subject_account": "string",
        "account_no": "string",
    },
    pii=(*NAMES, "applicant_number"),
    label=T("登记用水申请"),
)
def record(work: Work, call: Call) -> dict[str, Any]:
    """Write the application down; of a change the register knows who and where.

    Raises Invalid (``account_no``, ``master_account``, ``region``).
    """
    given = dict(call.inputs)
    change = given["kind"] in CHANGES
    if change:
        given |= _registered(given["account_no"])
    field = "master_account" if given["kind"] == "per_household" else "account_no"
    subject = given[field] if change or field == "master_account" else ""
    if subject:
        _known_account(field, subject)
    registry.record_application(work, call.case_number, {**given, "account_no": subject})
    said = (*PLACE, "floors", "meters", *APPLICANT)
    return {
        **{name: given[name] for name in said},
        "applicant_number": _number(given),
        "subject_account": subject,
        "account_no": subject if change else "",
    }


def _known_account(field: str, number: str) -> registry.AccountFacts:
    try:
        return registry.account(identifiers.fold_number(number))
    except NotFound as error:
        raise Invalid(fields={field: error.text}) from None


def _registered(account_no: str) -> dict[str, Any]:
    """Owner and place of the account that is changed, as the case calls them."""
    account = _known_account("account_no", account_no)
    owner = account.owner
    phones = [*owner.phones, "", ""]
    resident = owner.id_type in (None, *RESIDENT)
    return {
        "category": account.category,
        "address": account.service_point.address,
        "region": account.region,
        "title_status": "titled",
        "floors": 1,
        "meters": 1,
        "applicant_type": owner.type,
        "id_type": owner.id_type or "resident_id",
        "applicant_name": owner.name,
        "id_no": (owner.id_no or "") if resident else "",
        "id_other": "" if resident else owner.id_no or "",
        "uscc": owner.uscc or "",
        "legal_rep": owner.legal_rep or "",
        "contact_person": owner.contact_person or "",
        "phone": phones[0],
        "phone2": phones[1],
        "email": owner.email or "",
    }


def _number(given: Mapping[str, Any]) -> str:
    if given["applicant_type"] != "person":
        return str(given["uscc"] or "")
    return str((given["id_no"] if given["id_type"] in RESIDENT else given["id_other"]) or "")


@service(
    "new_connection.accept",
    inputs={
        "applicant_type": "string",
        "id_type": "string",
        "applicant_number": "string",
        "address": "string",
        **dict.fromkeys(
            ("applicant_name", "uscc", "legal_rep", "contact_person", "phone", "phone2", "email"),
            "string",
        ),
    },
    outputs={"customer_no": "number"},
    pii=(*NAMES, "applicant_number"),
    label=T("受理建档"),
)
def accept(work: Work, call: Call) -> dict[str, Any]:
    """The applicant becomes a customer; one known by the number is found again (ACC-2)."""
    given = call.inputs
    unit = given["applicant_type"] != "person"
    who = {
        "type": "unit" if unit else "person",
        "name": given["applicant_name"],
        "phones": [given[name] for name in ("phone", "phone2") if given[name]],
        "email": given["email"],
        "address": given["address"],
    }
    who |= (
        {name: given[name] for name in ("uscc", "legal_rep", "contact_person")}
        if unit
        else {"id_type": given["id_type"], "id_no": given["applicant_number"]}
    )
    return {"customer_no": registry.accept_application(work, call.case_number, who)}


@service("new_connection.urge", inputs={"what": "string"}, label=T("催办"))
def urge(_work: Work, _call: Call) -> dict[str, Any]:
    """The step itself is the urging: it stands in the trail and in the overdue list (ORG-3)."""
    return {}


@service(
    "new_connection.note_survey",
    inputs={
        "feasibility": "string",
        "supply_kind": "string",
        "calibre": "number",
        "meters": "number",
        "budget": "number",
        "survey_files": "list",
    },
    outputs={"scheme_no": "string"},
    label=T("登记方案"),
)
def note_survey(work: Work, call: Call) -> dict[str, Any]:
    """What the survey found; the scheme gets its number once."""
    given = call.inputs
    put_files(work, call.case_number, "survey_files", T("方案图和现场照片"), given["survey_files"])
    return {"scheme_no": registry.note_survey(work, call.case_number, given)}


@service("new_connection.keep_permit", inputs={"permit_files": "list"}, label=T("登记许可"))
def keep_permit(work: Work, call: Call) -> dict[str, Any]:
    """Keep the permit to occupy and break up the road."""
    files = call.inputs["permit_files"]
    put_files(work, call.case_number, "permit_files", T("占道（破路）许可"), files)
    return {}


# --- charges --------------------------------------------------------------------------------------


@service(
    "new_connection.reckon",
    inputs={"charge_rows": "list", "meters": "number", "budget": "number"},
    outputs={
        "charges_total": "number",
        "charges_due": "number",
        "charges_text": "string",
        "charge_items": "list",
    },
    label=T("核算应收"),
)
def reckon(_work: Work, call: Call) -> dict[str, Any]:
    """What the price list charges, and what of it is still due after what was paid (FEE-3)."""
    given = call.inputs
    wanted = [_item(row, given["meters"], given["budget"]) for row in given["charge_rows"]]
    wanted = [item for item in wanted if item["amount"] > 0]
    paid = _paid(call.case_number)
    due = [{**item, "amount": item["amount"] - paid.get(item["code"], 0)} for item in wanted]
    due = [item for item in due if item["amount"] > 0]
    return {
        "charges_total": sum(item["amount"] for item in wanted),
        "charges_due": sum(item["amount"] for item in due),
        "charges_text": _said(wanted),
        "charge_items": due,
    }


def _item(row: Mapping[str, Any], meters: int, budget: int) -> dict[str, Any]:
    times = {"meter": int(meters), "case": 1}.get(row["per"], 0)
    amount = int(budget) if row["per"] == "budget" else int(row["price"]) * times
    return {"code": row["code"], "text": row["text"], "amount": amount}


def _paid(case: str) -> dict[str, int]:
    """Fen by the code of the charge. A cheque that waits counts: it is not asked for twice."""
    found: dict[str, int] = {}
    for payment in registry.payments(case=case):
        if payment.state in ("received", "waiting"):
            for item in payment.items:
                found[item["code"]] = found.get(item["code"], 0) + int(item["amount"])
    return found


def _said(items: Iterable[Mapping[str, Any]]) -> str:
    lines = [f"{item['text']}　{item['amount'] / 100:,.2f} 元" for item in items]
    return "  \n".join(lines) or str(T("本次报装不收费"))


@service(
    "new_connection.money_back",
    outputs={"refund_amount": "number", "receipts": "list"},
    label=T("核对已收费用"),
)
def money_back(_work: Work, call: Call) -> dict[str, Any]:
    """What the case charged and would have to give back."""
    charges = registry.charges(call.case_number)
    return {
        "refund_amount": sum(one.amount for one in charges),
        "receipts": [one.receipt_no for one in charges],
    }


@service(
    "new_connection.settle",
    inputs={"final_cost": "number", "budget": "number", "settle_note": "string"},
    outputs={
        "settle_more": "number",
        "settle_less": "number",
        "settle_items": "list",
        "receipts": "list",
    },
    label=T("核算多退少补"),
)
def settle(_work: Work, call: Call) -> dict[str, Any]:
    """The final cost of the works against what was paid for them: more, less, even (P40).

    A deposit is no part of it: it stays until the temporary use ends.
    """
    paid = {code: amount for code, amount in _paid(call.case_number).items() if code in WORKS}
    difference = int(call.inputs["final_cost"]) - sum(paid.values())
    more, less = max(0, difference), max(0, -difference)
    item = {"code": next(iter(paid), WORKS[0]), "text": str(T("工程结算补收")), "amount": more}
    return {
        "settle_more": more,
        "settle_less": less,
        "settle_items": [item] if more else [],
        "receipts": [one.receipt_no for one in registry.charges(call.case_number)],
    }


WORKS = ("outside_works", "change_works")


@service("new_connection.finish", label=T("解除地址锁定"))
def finish(work: Work, call: Call) -> dict[str, Any]:
    """Let go of address and account: calling back and filing go on without them."""
    registry.release_lock(work, call.case_number)
    registry.release_address(work, call.case_number)
    return {}
