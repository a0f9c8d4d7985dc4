"""水费清算: final bill up to the agreed reading, everything owed, the balance (FEE-1, FEE-13)."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from app import forms, registry
from app.cases import Call, service
from app.errors import Invalid
from app.procedures.common import put_files, today
from app.texts import T, Text
from app.work import Work


def check_reading(value: Any, context: forms.Context) -> Text | None:
    """Whether the dial can stand there: not below the last reading unless it rolled over."""
    account_no = context.scope.get("account_no")
    if not account_no:
        return None
    rolled = context.values.get("rolled_over") is True
    try:
        registry.usage(str(account_no), int(value), rolled_over=rolled)
    except Invalid as wrong:
        return cast(Text, wrong.fields.get("reading", wrong.text))
    return None


CHECKS = {"reading": check_reading}
SOURCES = {"agreed": "self", "remote": "remote", "site": "site"}
COMPONENTS = {
    "water_fee": T("水费"),
    "sewage_fee": T("污水处理费"),
    "resource_fee": T("水资源费"),
    "garbage_fee": T("垃圾处理费"),
}
OWED = {
    "due": "number",
    "bills": "list",
    "items": "list",
    "balance_left": "number",
    "final_reading": "number",
    "final_date": "string",
    "final_volume": "number",
    "bill_amount": "number",
    "settlement_lines": "list",
    "payer": "string",
}


@service(
    "c_settle_account.open",
    inputs={"account_no": "string", "final_bill": "string"},
    outputs={
        **OWED,
        "last_reading": "number",
        "last_date": "string",
        "max_dial": "number",
        "reversed": "boolean",
        "tier_used": "number",
        "persons": "number",
        "arrears": "number",
        "arrears_periods": "number",
        "balance": "number",
        "free_left": "number",
    },
    pii=("payer",),
    label=T("读取欠费与表底"),
)
def open_(work: Work, call: Call) -> dict[str, Any]:
    """What is owed now, and from which reading on the final bill counts."""
    account = registry.account(call.inputs["account_no"])
    meter = account.meter
    return {
        **_owed(account, call.inputs["final_bill"]),
        "payer": account.owner.name,
        "last_reading": meter.last_reading if meter else 0,
        "last_date": meter.last_date.isoformat() if meter else "",
        "max_dial": meter.max_dial if meter else 0,
        "reversed": meter.reversed if meter else False,
        "tier_used": account.tier_used,
        "persons": account.household_size,
        "arrears": account.arrears,
        "arrears_periods": account.arrears_periods,
        "balance": account.balance,
        "free_left": _free_left(work, account),
    }


def _free_left(work: Work, account: registry.AccountFacts) -> int:
    """m³ that a relief makes free at most, were the meter read today."""
    meter, endless = account.meter, 10**9
    if meter is None:
        return 0
    free = registry.free_water(
        account.account_no, since=meter.last_date, on=today(work), used=endless
    )
    return sum(free.values())


@service(
    "c_settle_account.issue_bill",
    inputs={
        "account_no": "string",
        "reading": "number",
        "rolled_over": "boolean",
        "reading_date": "string",
        "reading_source": "string",
        "reading_note": "string",
        "settle_way": "string",
        "payer_name": "string",
        "statement_signed": "boolean",
        "statement_file": "list",
        "reading_photo": "list",
        "tiers": "list",
        "persons": "number",
        "tier_used": "number",
    },
    outputs={**OWED, "final_bill": "string", "payer_role": "string"},
    pii=("payer", "payer_name"),
    label=T("开出末次账单"),
)
def issue_bill(work: Work, call: Call) -> dict[str, Any]:
    """Write the reading down, bill what was used and no relief makes free, set the balance
    against what is owed."""
    given, case = call.inputs, call.case_number
    number, day = given["account_no"], date.fromisoformat(given["reading_date"])
    meter = registry.account(number).meter
    since = meter.last_date if meter else day
    volume = registry.record_reading(
        work,
        number,
        on=day,
        reading=given["reading"],
        case=case,
        source=SOURCES[given["reading_source"]],
        note=given["reading_note"],
        rolled_over=given["rolled_over"],
    )
    _photo(work, call)
    free = registry.free_water(number, since=since, on=day, used=volume)
    charged = volume - sum(free.values())
    lines = registry.charge(charged, given["tier_used"], given["persons"], given["tiers"])
    bill = registry.issue_final_bill(
        work, number, on=day, lines=lines, volume=volume, case=case, free=free
    )
    registry.apply_balance(work, number, case=case)
    account = registry.account(number)
    heir = given["settle_way"] == "new_owner"
    if heir:
        _statement(work, call)
    return {
        **_owed(account, bill),
        "final_bill": bill,
        "payer_role": given["settle_way"],
        "payer": given["payer_name"] if heir else account.owner.name,
    }


@service("c_settle_account.note_dispute", inputs={"reading_photo": "list"}, label=T("登记异议"))
def note_dispute(work: Work, call: Call) -> dict[str, Any]:
    """Keep the photo of the dial that the parties do not agree on."""
    _photo(work, call)
    return {}


def _photo(work: Work, call: Call) -> None:
    photo = call.inputs["reading_photo"]
    put_files(work, call.case_number, "reading_photo", T("水表表底照片"), photo)


def _statement(work: Work, call: Call) -> None:
    files = [str(each) for each in call.inputs["statement_file"] or []]
    registry.put_material(
        work,
        case=call.case_number,
        kind="payer_statement",
        title=str(T("自愿结清声明")),
        mode="original",
        pages=max(1, len(files)),
        received=bool(call.inputs["statement_signed"]),
        file_ids=files,
    )


def _owed(account: registry.AccountFacts, final_bill: str) -> dict[str, Any]:
    open_bills = registry.open_bills(account.account_no)
    final = registry.bill(final_bill) if final_bill else None
    meter = account.meter
    return {
        "due": sum(bill.open for bill in open_bills),
        "bills": [bill.bill_no for bill in open_bills],
        "items": [
            {"code": bill.kind, "text": str(_bill_text(bill)), "amount": bill.open}
            for bill in open_bills
        ],
        "balance_left": 0 if open_bills else account.balance,
        "final_reading": meter.last_reading if meter else 0,
        "final_date": final.issued.isoformat() if final else "",
        "final_volume": final.volume if final else 0,
        "bill_amount": final.amount if final else 0,
        "settlement_lines": _lines(final) if final else [],
    }


def _lines(bill: registry.BillFacts) -> list[dict[str, Any]]:
    """Fee lines, and the water that a relief made free."""
    lines = [_line(line) for line in bill.lines]
    if bill.relief:
        text = str(T("低保减免水量"))
        lines.append({"text": text, "tier": 0, "volume": -bill.relief, "price": 0, "amount": 0})
    return lines


def _bill_text(bill: registry.BillFacts) -> Text:
    if bill.kind == "final":
        return T("末次水费（{volume} m³）", volume=bill.volume)
    return T("{period} 水费（{volume} m³）", period=bill.period, volume=bill.volume)


def _line(line: registry.LineFacts) -> dict[str, Any]:
    return {
        "text": str(COMPONENTS.get(line.component, line.component)),
        "tier": line.tier,
        "volume": line.volume,
        "price": line.price,
        "amount": line.amount,
    }
