"""Data of the print-outs of meter transfer and of what it calls. Contents: domain 5.4.

Only the papers themselves show whole numbers; a name stands as the register has it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from app import registry, settings
from app.cases.prints import PrintCall, print_out
from app.errors import Refused
from app.procedures.common import CATEGORIES, SHANGHAI
from app.texts import T, Text

REASONS = {
    "sale": T("买卖"),
    "inheritance": T("继承"),
    "gift": T("赠与"),
    "court_auction": T("法院拍卖"),
    "company_change": T("单位更名或合并"),
    "first_transfer": T("开发商首次过户"),
}
METHODS = {
    "cash": T("现金"),
    "wechat": T("微信"),
    "alipay": T("支付宝"),
    "card": T("银行卡"),
    "transfer": T("转账"),
    "cheque": T("支票"),
    "balance": T("账户余额"),
}
MODES = {
    "original": T("原件"),
    "copy": T("复印件"),
    "commitment": T("承诺补交"),
    "shared": T("数据共享"),
    "missing": T("未提供"),
}
BALANCE = {"refund": T("退还原户主"), "carry_over": T("转入新户主")}


def _said(call: PrintCall, *names: str) -> dict[str, Any]:
    return {name: call.variables.get(name) for name in names}


def _account(call: PrintCall) -> registry.AccountFacts:
    if not call.account_no:
        raise Refused(T("本案还没有户号，不能打印。"))
    return registry.account(call.account_no)


def _place(account: registry.AccountFacts) -> dict[str, Any]:
    meter = account.meter
    return {
        "account_no": account.account_no,
        "address": account.service_point.address,
        "service_point": account.service_point.no,
        "category": str(CATEGORIES.get(account.category, account.category)),
        "calibre": f"DN{meter.calibre}" if meter else "",
        "serial": meter.serial if meter else "",
    }


def _words(names: dict[str, Text], value: Any) -> str:
    return str(names.get(str(value), value or ""))


def _applicant(call: PrintCall) -> dict[str, Any]:
    said = call.variables
    unit = said.get("applicant_type") == "unit"
    number = said.get("new_uscc") if unit else said.get("new_id_no") or said.get("new_id_other")
    return {
        "applicant": said.get("new_name") or said.get("applicant_name"),
        "applicant_type": said.get("applicant_type"),
        "number": number,
        "phone": said.get("new_phone") or said.get("phone"),
        "legal_rep": said.get("new_legal_rep"),
        "reason": said.get("reason"),
        "reason_text": _words(REASONS, said.get("reason")),
    }


def _papers(call: PrintCall, received: bool) -> list[dict[str, Any]]:
    return [
        {"title": m.title, "mode": _words(MODES, m.mode), "pages": m.pages}
        for m in registry.materials(call.case_number)
        if m.received is received
    ]


def _day(call: PrintCall) -> date:
    return call.at.astimezone(SHANGHAI).date()


@print_out("meter_transfer.guide", title=T("一次性告知单"))
def guide(_call: PrintCall) -> dict[str, Any]:
    """What the business needs, takes and costs (WIN-13)."""
    return {
        "days": settings.get("limit.T-TRANSFER"),
        "supplement_days": settings.get("limit.T-SUPP"),
    }


@print_out("meter_transfer.application", title=T("过户申请表"))
def application(call: PrintCall) -> dict[str, Any]:
    """Both parties, the place, the reason."""
    account = _account(call)
    names = (
        "invoice_title",
        "household_size",
        "by_agent",
        "agent_name",
        "agent_phone",
        "title_status",
        "contact_person",
        "new_email",
    )
    return {
        **_place(account),
        **_applicant(call),
        **_said(call, *names),
        "old_owner": call.variables.get("payer") or account.owner.name,
    }


@print_out("c_materials_check.receipt", title=T("受理回执"))
def receipt_of_papers(call: PrintCall) -> dict[str, Any]:
    """Received your papers: which, original or copy, how many pages (WIN-10)."""
    days = call.variables.get("transfer_days") or settings.get("limit.T-TRANSFER")
    due = settings.calendar().add_workdays(_day(call), days)
    return {
        **_place(_account(call)),
        **_applicant(call),
        "business": str(T("水表过户")),
        "papers": _papers(call, received=True),
        "promised": due.isoformat()[:10],
    }


@print_out("c_materials_check.supplement_notice", title=T("补正告知书"))
def supplement_notice(call: PrintCall) -> dict[str, Any]:
    """What is missing, until when, and what follows."""
    days = settings.get("limit.T-SUPP")
    start = date.fromisoformat(call.variables.get("supplement_from") or _day(call).isoformat())
    return {
        **_place(_account(call)),
        **_applicant(call),
        "business": str(T("水表过户")),
        "missing": _papers(call, received=False),
        "days": days,
        "deadline": settings.calendar().add_workdays(start, days).isoformat()[:10],
        "remark": call.variables.get("supplement_note"),
    }


@print_out("c_materials_check.refusal_notice", title=T("不予受理通知书"))
def refusal_notice(call: PrintCall) -> dict[str, Any]:
    """Why not, by which rule, and how to object."""
    said = call.variables
    reason = said.get("refusal_reason") or said.get("refuse_reason") or said.get("materials_reason")
    return {
        **_place(_account(call)),
        **_applicant(call),
        "business": str(T("水表过户")),
        "refusal_reason": reason,
    }


@print_out("meter_transfer.settlement", title=T("过户结算单"))
def settlement(call: PrintCall) -> dict[str, Any]:
    """Reading, fees line by line, what was paid, what is left."""
    account = _account(call)
    bill = next((b for b in _bills(call) if b.kind == "final"), None)
    paid = [p for p in registry.payments(case=call.case_number) if p.state != "cancelled"]
    lines = bill.lines if bill else ()
    return {
        **_place(account),
        **_applicant(call),
        "reading": _reading(account),
        "reading_date": account.meter.last_date.isoformat() if account.meter else None,
        "volume": bill.volume if bill else 0,
        "bill_amount": bill.amount if bill else 0,
        "lines": [
            {
                "text": line.component,
                "tier": line.tier,
                "volume": line.volume,
                "price": line.price,
                "amount": line.amount,
            }
            for line in lines
        ],
        "paid": [
            {"receipt_no": p.receipt_no, "method": _words(METHODS, p.method), "amount": p.amount}
            for p in paid
        ],
        "still_due": sum(b.open for b in registry.open_bills(account.account_no)),
        "balance_way": _words(BALANCE, call.variables.get("balance_way")),
        "balance": call.variables.get("balance_amount") or call.variables.get("balance_left") or 0,
    }


def _bills(call: PrintCall) -> list[registry.BillFacts]:
    number = call.account_no or ""
    return [b for b in registry.bills([number]).get(number, []) if b.case == call.case_number]


def _reading(account: registry.AccountFacts) -> int | None:
    return account.meter.last_reading if account.meter else None


@print_out("meter_transfer.transfer_receipt", title=T("过户回执"))
def transfer_receipt(call: PrintCall) -> dict[str, Any]:
    """The account is yours: what it is, from which reading on."""
    names = ("contract_no", "final_reading", "reading_date", "invoice_title", "receipt_no")
    return {**_place(_account(call)), **_applicant(call), **_said(call, *names)}


@print_out("meter_transfer.contract", title=T("供用水合同"))
def contract(call: PrintCall) -> dict[str, Any]:
    """The contract's variable parts; without a number it is a draft."""
    account = _account(call)
    signed = next(
        (c for c in registry.contracts([account.account_no]) if c.case == call.case_number), None
    )
    return {
        **_place(account),
        **_applicant(call),
        **_said(call, "by_agent", "agent_name"),
        "contract_no": signed.contract_no if signed else None,
        "signed": signed.signed.isoformat() if signed else None,
        "start_reading": _reading(account),
    }


@print_out("c_cashier_payment.receipt", title=T("收据"))
def money_receipt(call: PrintCall) -> dict[str, Any]:
    """The case's latest receipt. Raises Refused before money was taken."""
    taken = [
        p
        for p in registry.payments(case=call.case_number)
        if p.state != "cancelled" and p.method in METHODS and p.method != "balance"
    ]
    if not taken:
        raise Refused(T("本案还没有收款，不能打印收据。"))
    last = taken[-1]
    return {
        **_place(_account(call)),
        "receipt_no": last.receipt_no,
        "payer": last.payer,
        "method": _words(METHODS, last.method),
        "cheque_no": last.cheque_no,
        "items": [dict(item) for item in last.items],
        "total": last.amount,
        "paid_at": last.paid_at.isoformat(),
    }


@print_out("archive_filing.volume_index", title=T("卷内目录"))
def volume_index(call: PrintCall) -> dict[str, Any]:
    """Cover and index of the volume."""
    volume = registry.volume(case=call.variables.get("filed_case") or call.case_number)
    if volume is None:
        raise Refused(T("本案还没有案卷。"))
    return {
        "archive_no": volume.archive_no,
        "filed_case": volume.case,
        "place": volume.place,
        "account_no": volume.account_no,
        "secrecy": volume.secrecy,
        "retention": volume.retention,
        "opened": volume.opened_at.isoformat(),
        "items": [
            {
                "title": i.title,
                "step": i.step,
                "pages": i.pages,
                "note": i.note,
                "required": i.required,
            }
            for i in volume.items
        ],
    }
