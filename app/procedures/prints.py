"""Data of the print-outs of meter transfer and of what it calls. Contents: domain 5.4.

Only the papers themselves show whole numbers; a name stands as the register has it. Before a
sheet has anything to show it is refused with the step that is still to be done.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from app import registry, settings
from app.cases.prints import FiledCase, PrintCall, filed_case, print_out
from app.errors import Refused
from app.procedures.common import SHANGHAI
from app.procedures.print_facts import (
    BALANCE,
    METHODS,
    OLD_OWNER,
    READ_BY,
    Values,
    account_of,
    applicant,
    cashier_of,
    change_of,
    day,
    identity,
    old_owner,
    place,
    place_of,
    reading_of,
    said,
    words,
)
from app.texts import T

MODES = {
    "original": T("原件"),
    "copy": T("复印件"),
    "commitment": T("承诺补交"),
    "shared": T("数据共享"),
    "missing": T("未提供"),
}
NEEDS = {
    "required": T("必备"),
    "must": T("必备"),
    "deferrable": T("可承诺补交"),
    "shared": T("共享免交"),
    "approve": T("缺则须审批"),
}
Account = registry.AccountFacts


def _papers(call: PrintCall, received: bool) -> list[dict[str, Any]]:
    return [
        {"title": m.title, "mode": _mode(m), "pages": m.pages}
        for m in registry.materials(call.case_number)
        if m.received is received and m.mode != "file"
    ]


def _mode(paper: registry.MaterialFacts) -> str:
    """How it came; a promised paper with the day until which it must come, a shared one with
    where its data come from."""
    said = words(MODES, paper.mode)
    if paper.source:
        return str(T("{mode}（{source}）", mode=said, source=paper.source))
    return str(T("{mode}，{due} 前", mode=said, due=paper.due)) if paper.due else said


@print_out("meter_transfer.guide", title=T("一次性告知单"), personal=False)
def guide(_call: PrintCall) -> Values:
    """What the business needs, takes and costs (WIN-13)."""
    return {
        "days": settings.get("limit.T-TRANSFER"),
        "supplement_days": settings.get("limit.T-SUPP"),
    }


@print_out("meter_transfer.application", title=T("过户申请表"))
def application(call: PrintCall) -> Values:
    """Both parties, the place, the reason; a form to fill in by hand before it is accepted."""
    account = account_of(call)
    names = ("invoice_title", "household_size", "contact_person", "new_email", "new_legal_rep")
    asked = applicant(call)
    meter = account.meter
    return {
        **place(account),
        **asked,
        **identity(call),
        **said(call, *names),
        "old_owner": old_owner(call, account),
        "old_owner_text": words(OLD_OWNER, call.variables.get("old_owner")),
        "last_reading": meter.last_reading if meter else None,
        "edition": "accepted" if asked["applicant"] else "blank",
    }


@print_out("c_materials_check.receipt", title=T("受理回执"))
def receipt_of_papers(call: PrintCall) -> Values:
    """Received your papers: which, original or copy, how many pages (WIN-10)."""
    papers = _papers(call, received=True)
    if not papers:
        raise Refused(T("还没有登记收到的材料：请先提交“核验材料”，再打印受理回执。"))
    return {
        **place_of(call),
        **applicant(call),
        "business": call.business,
        "papers": papers,
        "promised": _promised(call),
        "edition": "、".join(f"{p['title']} {p['mode']} {p['pages']}" for p in papers),
    }


def _promised(call: PrintCall) -> str:
    """The case's own limit, which waiting for the customer puts off."""
    if call.due_at:
        return call.due_at.astimezone(SHANGHAI).date().isoformat()
    days = call.variables.get("transfer_days")
    if days is None:
        return ""
    return str(
        settings.calendar(call.branch, call.region).add_workdays(day(call), days).isoformat()[:10]
    )


@print_out("c_materials_check.supplement_notice", title=T("补正告知书"), series="supplement")
def supplement_notice(call: PrintCall) -> Values:
    """What is missing, until when, and what follows. Raises Refused when nothing is."""
    missing = _to_supply(call)
    if not missing:
        raise Refused(T("现在没有待补正的材料，不能打印补正告知书。"))
    days = settings.get("limit.T-SUPP")
    start = date.fromisoformat(call.variables.get("supplement_from") or day(call).isoformat())
    calendar = settings.calendar(call.branch, call.region)
    return {
        **place_of(call),
        **applicant(call),
        "business": call.business,
        "missing": missing,
        "days": days,
        # By the calendar that the case's own timer counts by.
        "deadline": calendar.add_workdays(start, days).isoformat()[:10],
        "remark": call.variables.get("supplement_note") or None,
        "edition": "、".join(row["title"] for row in missing),
    }


def _to_supply(call: PrintCall) -> list[Values]:
    """Only what the rule insists on: what may be left out is no fault of the customer's."""
    asked = {row["title"]: row for row in call.variables.get("required") or []}
    return [
        {
            **row,
            "need": words(NEEDS, asked[row["title"]]["mode"]),
            "note": asked[row["title"]].get("note"),
        }
        for row in _papers(call, received=False)
        if asked.get(row["title"], {}).get("mode") in NEEDS
    ]


@print_out("c_materials_check.refusal_notice", title=T("不予受理通知书"), series="refusal")
def refusal_notice(call: PrintCall) -> Values:
    """Why not, by which rule, and how to object. Raises Refused before there is a reason."""
    given = call.variables
    reason = given.get("refusal_reason") or given.get("refuse_reason")
    if not reason:
        raise Refused(T("本案没有不予受理的决定，不能打印通知书。"))
    return {
        **place_of(call),
        **applicant(call),
        "business": call.business,
        "refusal_reason": reason,
        "cause": _cause(given),
        "transfer": call.procedure == "meter_transfer",
        "basis": given.get("precheck_basis") or "",
        "edition": reason,
    }


def _cause(given: Any) -> str:
    """Which rule stands behind the refusal: the template names its clauses."""
    if given.get("category_change") == "yes":
        return "category"
    if given.get("precheck_outcome") == "block":
        return "precheck"
    if given.get("materials_outcome") == "refused" or given.get("refuse_reason"):
        return "materials"
    return "approval"


@print_out("meter_transfer.settlement", title=T("过户结算单"))
def settlement(call: PrintCall) -> Values:
    """Reading, fees line by line, what was paid, what is left. Raises Refused before a reading."""
    account = account_of(call)
    paid = [p for p in registry.payments(case=call.case_number) if p.state != "cancelled"]
    final, arrears = _bills(call, paid)
    if final is None and not arrears:
        raise Refused(T("还没有表底和账单：请先提交“表底与结算”，再打印过户结算单。"))
    return {
        **place(account),
        **applicant(call),
        **_read(call, account),
        **_charged(final, arrears, paid),
        "old_owner": old_owner(call, account),
        "paid": [_payment(p) for p in paid],
        "paid_total": sum(p.amount for p in paid),
        "still_due": sum(b.open for b in (*arrears, *([final] if final else []))),
        "balance_way": words(BALANCE, call.variables.get("balance_way")),
        "balance": call.variables.get("balance_amount") or call.variables.get("balance_left") or 0,
        "edition": " ".join(
            [final.bill_no if final else "", *(p.receipt_no for p in paid)]
        ).strip(),
    }


def _read(call: PrintCall, account: Account) -> Values:
    """The reading of this case; without one (a dispute) the last that both know."""
    mine, meter = reading_of(call, account), account.meter
    if mine:
        known = (mine.reading, mine.on.isoformat(), words(READ_BY, mine.source), mine.volume)
    elif meter:
        known = (meter.last_reading, meter.last_date.isoformat(), "", 0)
    else:
        known = (0, "", "", 0)
    names = ("reading", "reading_date", "read_by", "volume")
    return {**dict(zip(names, known, strict=True)), "agreed": mine is not None}


def _bills(
    call: PrintCall, paid: list[registry.PaymentFacts]
) -> tuple[registry.BillFacts | None, list[registry.BillFacts]]:
    """The final bill, and those that were owed with it. The new owner's own bills come later."""
    number = call.account_no or ""
    known = registry.bills([number]).get(number, [])
    final = next((b for b in known if b.kind == "final" and b.case == call.case_number), None)
    before = [b for b in known if final is None or (b is not final and b.issued <= final.issued)]
    return final, [b for b in before if b.open or _paid_here(b, paid)]


def _paid_here(bill: registry.BillFacts, paid: list[registry.PaymentFacts]) -> int:
    return sum(p.bills.get(bill.bill_no, 0) for p in paid)


def _charged(
    final: registry.BillFacts | None,
    arrears: list[registry.BillFacts],
    paid: list[registry.PaymentFacts],
) -> Values:
    """Lines of the final bill, what was owed before, and all of it together."""
    owed: list[Values] = [
        {"period": b.period, "volume": b.volume, "amount": b.open + _paid_here(b, paid)}
        for b in sorted(arrears, key=lambda b: b.period)
    ]
    return {
        "lines": [
            {
                "text": line.component,
                "tier": line.tier,
                "volume": line.volume,
                "price": line.price,
                "amount": line.amount,
            }
            for line in (final.lines if final else ())
        ],
        "bill_amount": final.amount if final else 0,
        "relief": final.relief if final else 0,
        "arrears": owed,
        "arrears_total": sum(row["amount"] for row in owed),
        "total": (final.amount if final else 0) + sum(row["amount"] for row in owed),
    }


def _payment(payment: registry.PaymentFacts) -> Values:
    return {
        "receipt_no": payment.receipt_no,
        "method": words(METHODS, payment.method),
        "on": payment.paid_at.astimezone(SHANGHAI).date().isoformat(),
        "amount": payment.amount,
    }


@print_out("meter_transfer.transfer_receipt", title=T("过户回执"))
def transfer_receipt(call: PrintCall) -> Values:
    """The account is yours: from whom, from which reading on. Raises Refused before it is."""
    account = account_of(call)
    change = change_of(call, account)
    if change is None:
        raise Refused(T("户主还没有变更：请先完成“复核”，再打印过户回执。"))
    return {
        **place(account),
        **applicant(call),
        **_read(call, account),
        **said(call, "contract_no", "invoice_title", "receipt_no"),
        "old_owner": old_owner(call, account),
        "transferred": change.at.astimezone(SHANGHAI).date().isoformat(),
    }


@print_out("meter_transfer.contract", title=T("供用水合同"))
def contract(call: PrintCall) -> Values:
    """The contract's variable parts; without a number it is a draft."""
    account = account_of(call)
    known = registry.contracts([account.account_no])
    signed = next((c for c in known if c.case == call.case_number), None)
    return {
        **place(account),
        **applicant(call),
        **identity(call),
        **said(call, "new_legal_rep"),
        "contract_no": signed.contract_no if signed else None,
        "signed": signed.signed.isoformat() if signed else None,
        "agent": signed.agent if signed else call.variables.get("agent_name") or None,
        "start_reading": _read(call, account)["reading"],
        "edition": signed.contract_no if signed else "draft",
    }


@print_out("c_cashier_payment.receipt", title=T("收据"))
def money_receipt(call: PrintCall) -> Values:
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
        **place_of(call),
        "receipt_no": last.receipt_no,
        "payer": last.payer,
        "method": words(METHODS, last.method),
        "cheque_no": last.cheque_no,
        "items": [dict(item) for item in last.items],
        "total": last.amount,
        "paid_at": last.paid_at.isoformat(),
        "cashier": cashier_of(call, last.cashier),
        "cleared": last.method != "cheque" or last.cleared_at is not None,
        "edition": last.receipt_no,
    }


@print_out("archive_filing.volume_index", title=T("卷内目录"))
def volume_index(call: PrintCall) -> Values:
    """Cover, index and closing sheet of the volume."""
    volume = registry.volume(case=call.variables.get("filed_case") or call.case_number)
    filed = filed_case(volume.case) if volume else None
    if volume is None or filed is None:
        raise Refused(T("本案还没有案卷。"))
    account = registry.account(volume.account_no) if volume.account_no else None
    items = _index(volume, filed)
    return {
        "archive_no": volume.archive_no,
        "fonds": settings.get("number.fonds"),
        "filed_case": volume.case,
        "business": filed.procedure,
        "address": account.service_point.address if account else None,
        "place": volume.place,
        "account_no": volume.account_no,
        "secrecy": volume.secrecy,
        "retention": volume.retention,
        "started": filed.started_at.isoformat(),
        "ended": filed.ended_at.isoformat() if filed.ended_at else None,
        "opened": volume.opened_at.isoformat(),
        "items": items,
        "pages": sum(item["pages"] for item in items),
        "edition": volume.archive_no or "open",
    }


def _index(volume: registry.VolumeFacts, filed: FiledCase) -> list[Values]:
    """Each paper with who made it or took it in, when, and the pages where it lies."""
    rows: list[Values] = []
    first = 1
    for item in volume.items:
        done = filed.done.get(item.step)
        rows.append(
            {
                "title": item.title,
                "maker": done[1] if done and item.pages else "",
                "date": done[0].astimezone(SHANGHAI).date().isoformat()
                if done and item.pages
                else "",
                "pages": item.pages,
                "at": _span(first, item.pages),
                "note": item.note,
            }
        )
        first += item.pages
    return rows


def _span(first: int, pages: int) -> str:
    last = first + pages - 1
    return "" if pages == 0 else str(first) if pages == 1 else f"{first}–{last}"
