"""低保注册: a household's water relief, bound to the meter it lives behind (D18 chapter 20).

Steps and variables stand in ``docs/procedures/low_income.md``. Water in m³, days as ISO texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app import notices, registry, settings
from app.cases import Call, service
from app.cases.prints import PrintCall, print_out
from app.errors import Invalid, NotFound, Refused
from app.procedures.common import facts_of, no_account, put_files, today
from app.procedures.print_facts import Values, account_of, place
from app.texts import T
from app.work import Work

KINDS = {"low_income": T("低保"), "extreme_poverty": T("特困")}
MODES = {"own": T("一户一表"), "master": T("总表")}
ACCOUNT = {
    "account_no": "string",
    "account": "context",
    "region": "string",
    "calibre": "number",
    "category": "string",
    "price_code": "string",
    "arrears": "number",
}
HOLDER = {
    "holder_name": "string",
    "holder_id_no": "string",
    "phone": "string",
    "cert_kind": "string",
    "cert_no": "string",
    "cert_from": "string",
    "cert_to": "string",
}
notices.template(
    "relief_active",
    "低保减免生效",
    "您申请的低保（困难群体）水费减免已登记，户号{account}，自{day}起每户每月免{quota}吨水费，"
    "证件有效期至{last}，到期前请办理年审。案号{case}。",
    places=[
        ("account", "户号", "0001000017"),
        ("day", "减免起始日", "2026-03-02"),
        ("quota", "每户每月免费水量", "6"),
        ("last", "证件到期日", "2027-02-28"),
    ],
    en="Your water relief is registered: account {account}, from {day} on {quota} m³ a household "
    "and month are free. The certificate is valid until {last}; have it reviewed before. "
    "Case {case}.",
)
PERSONAL = ("holder_name", "holder_id_no", "phone", "cert_no", "more_households", "households")


@service(
    "low_income_registration.open",
    outputs={
        **ACCOUNT,
        "case_number": "string",
        "called": "boolean",
        "applicant_name": "string",
        "phone": "string",
        "quota": "number",
    },
    pii=("applicant_name", "phone"),
    label=T("读取户号资料"),
)
def open_(_work: Work, call: Call) -> dict[str, Any]:
    """What is known already: of the account, and of the applicant when another case calls."""
    given = call.inputs
    number = given.get("account_no") or call.account_no
    account = registry.account(number) if number else None
    return {
        **(facts_of(account) if account else no_account(call.region)),
        "case_number": given.get("case_number") or call.case_number,
        "called": "applicant_name" in given,
        "applicant_name": given.get("applicant_name") or "",
        "phone": given.get("phone") or "",
        "quota": settings.get("relief.quota"),
    }


@service(
    "low_income_registration.read_account",
    inputs={"account_no": "string"},
    outputs=ACCOUNT,
    label=T("核对户号"),
)
def read_account(_work: Work, call: Call) -> dict[str, Any]:
    """The account as it is now. Raises Invalid (``account_no``)."""
    try:
        return facts_of(registry.account(call.inputs["account_no"]))
    except NotFound as error:
        raise Invalid(fields={"account_no": error.text}) from error


@service(
    "low_income_registration.check",
    inputs={
        "account_no": "string",
        "case_number": "string",
        **HOLDER,
        "cert_scan": "list",
        "meter_kind": "string",
        "more_households": "list",
        "list_scan": "list",
    },
    outputs={
        "households": "list",
        "household_count": "number",
        "free_total": "number",
        "problem_text": "string",
        "eligible": "boolean",
    },
    pii=PERSONAL,
    label=T("核查登记条件"),
)
def check(work: Work, call: Call) -> dict[str, Any]:
    """All households of the application, and what stands in the way of them, in sentences."""
    given, case = call.inputs, call.case_number
    put_files(work, case, "certificate_scan", T("低保证或特困证复印件"), given["cert_scan"])
    put_files(work, case, "household_list", T("总表低保户名单"), given["list_scan"])
    households = [_holder(given)]
    if given["meter_kind"] == "master":
        households += [_row(each) for each in given["more_households"]]
    wrong = registry.relief_problems(
        given["account_no"],
        [_dated(each) for each in households],
        mode=given["meter_kind"],
        on=today(work),
        case=case,
    )
    return {
        "households": households,
        "household_count": len(households),
        "free_total": len(households) * settings.get("relief.quota"),
        "problem_text": "；".join(str(text) for text in wrong),
        "eligible": not wrong,
    }


def _holder(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": given["holder_name"],
        "id_no": given["holder_id_no"],
        "phone": given["phone"],
        "kind": given["cert_kind"],
        "cert_no": given["cert_no"],
        "valid_from": given["cert_from"],
        "valid_to": given["cert_to"],
        "door": "",
    }


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A household of the list. Empty cells are empty texts."""
    names = ("name", "id_no", "phone", "kind", "cert_no", "valid_to", "door")
    return {"valid_from": "", **{name: row.get(name) or "" for name in names}}


def _dated(household: Mapping[str, Any]) -> dict[str, Any]:
    # A page keeps of a row what its form has, and no empty texts.
    begins = household.get("valid_from")
    return {
        **household,
        "valid_from": date.fromisoformat(begins) if begins else None,
        "valid_to": date.fromisoformat(household["valid_to"]),
    }


@service(
    "low_income_registration.activate",
    inputs={"account_no": "string", "meter_kind": "string", "households": "list"},
    outputs={"relief_from": "string", "notice_values": "context"},
    changes_register=True,
    pii=("households",),
    label=T("登记减免生效"),
)
def activate(work: Work, call: Call) -> dict[str, Any]:
    """Bind every household from today on; all of them or none. Raises Refused, Invalid."""
    given, day = call.inputs, today(work)
    households = [_dated(each) for each in given["households"]]
    registry.register_reliefs(
        work, given["account_no"], households, mode=given["meter_kind"], case=call.case_number
    )
    values = {
        "account": given["account_no"],
        "day": day.isoformat(),
        "quota": str(settings.get("relief.quota")),
        "last": min(each["valid_to"] for each in households).isoformat(),
    }
    return {"relief_from": day.isoformat(), "notice_values": values}


@print_out("low_income_registration.sheet", title=T("低保减免注册表"))
def sheet(call: PrintCall) -> Values:
    """The households that this case registered, who entered and who reviewed (5.4).

    Certificates show their last digits only. Raises Refused before the relief is active.
    """
    account = account_of(call)
    mine = [one for one in registry.reliefs(account.account_no) if one.case == call.case_number]
    if not mine:
        raise Refused(T("减免还没有生效：请先完成“复核”，再打印低保减免注册表。"))
    return {
        **place(account),
        "applicant": call.variables.get("applicant_name"),
        "mode": str(MODES[mine[0].mode]),
        "households": [_line(one) for one in mine],
        "count": len(mine),
        "quota": sum(one.quota for one in mine),
        "from": min(one.valid_from for one in mine).isoformat(),
        "to": min(one.valid_to for one in mine).isoformat(),
        "reviewer": mine[0].reviewer,
        "edition": "active",
    }


def _line(one: registry.ReliefFacts) -> Values:
    return {
        "name": one.name or str(T("（已按规定销毁）")),
        "kind": str(KINDS.get(one.kind, one.kind)),
        "cert": f"****{one.cert_tail}" if one.cert_tail else "",
        "from": one.valid_from.isoformat(),
        "to": one.valid_to.isoformat(),
        "quota": one.quota,
    }
