"""What the sheets of several procedures show: the place, both owners, the words for choices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app import definitions, identifiers, people, registry
from app.cases.prints import PrintCall
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
BALANCE = {"refund": T("退还原户主"), "carry_over": T("转入新户主")}
READ_BY = {"self": T("双方确认"), "remote": T("远传"), "site": T("现场抄表")}
OLD_OWNER = {
    "present": T("到场"),
    "reachable": T("未到场，可联系"),
    "unreachable": T("联系不上"),
    "deceased": T("已离世"),
}
OWNER_CHANGE = "account:owner_change"
Values = dict[str, Any]


def words(names: Mapping[str, Text], value: Any) -> str:
    """The word for a choice; what has none stays as it is."""
    return str(names.get(str(value), value or ""))


def said(call: PrintCall, *names: str) -> Values:
    """Answers by their names."""
    return {name: call.variables.get(name) for name in names}


def day(call: PrintCall) -> date:
    """The day of printing in Shanghai."""
    return call.at.astimezone(SHANGHAI).date()


def account_of(call: PrintCall) -> registry.AccountFacts:
    """The account of the case. Raises Refused."""
    if not call.account_no:
        raise Refused(T("本案还没有户号，不能打印。"))
    return registry.account(call.account_no)


def place(account: registry.AccountFacts) -> Values:
    """Account, address, meter."""
    meter = account.meter
    return {
        "account_no": account.account_no,
        "address": account.service_point.address,
        "service_point": account.service_point.no,
        "category": str(CATEGORIES.get(account.category, account.category)),
        "calibre": f"DN{meter.calibre}" if meter else "",
        "serial": meter.serial if meter else "",
    }


def place_of(call: PrintCall) -> Values:
    """The place of the case's account; before there is one that of its application."""
    if call.account_no:
        return place(registry.account(call.account_no))
    given = call.variables
    if not given.get("address"):
        raise Refused(T("本案还没有户号，不能打印。"))
    calibre = given.get("calibre")
    return {
        "account_no": "",
        "address": given["address"],
        "service_point": "",
        "category": words(CATEGORIES, given.get("category")),
        "calibre": f"DN{calibre}" if calibre else "",
        "serial": "",
    }


def applicant(call: PrintCall) -> Values:
    """The new owner or applicant by name, and the reason. No number, no phone."""
    given = call.variables
    return {
        "applicant": given.get("new_name") or given.get("applicant_name"),
        "applicant_type": given.get("applicant_type"),
        "reason": given.get("reason"),
        "reason_text": words(REASONS, given.get("reason")),
    }


def business(call: PrintCall) -> str:
    """The procedure as people call it."""
    return definitions.published_one(call.procedure).name


def identity(call: PrintCall) -> Values:
    """Numbers and phones of new owner and agent: whole only for who may see them."""
    given = call.variables
    unit = given.get("applicant_type") in ("unit", "developer")
    names = ("new_uscc", "uscc") if unit else ("new_id_no", "new_id_other", "id_no", "id_other")
    number = next((given[name] for name in names if given.get(name)), None)
    agent = given if given.get("by_agent") else {}
    return {
        "number": number if unit else _number(call, number),
        "phone": _phone(call, given.get("new_phone") or given.get("phone")),
        "agent_name": agent.get("agent_name"),
        "agent_number": _number(call, agent.get("agent_id_no")),
        "agent_phone": _phone(call, agent.get("agent_phone")),
    }


def _number(call: PrintCall, value: str | None) -> str | None:
    return value if call.clear or not value else identifiers.mask_id(value)


def _phone(call: PrintCall, value: str | None) -> str | None:
    return value if call.clear or not value else identifiers.mask_phone(value)


def change_of(call: PrintCall, account: registry.AccountFacts) -> registry.Change | None:
    """The change of owner that this case made; None before."""
    changes = registry.history("account", account.account_no)
    mine = (c for c in changes if c.case == call.case_number and c.action == OWNER_CHANGE)
    return next(mine, None)


def old_owner(call: PrintCall, account: registry.AccountFacts) -> str:
    """Name of the owner before this case; a renamed unit's name is looked up in its history."""
    change = change_of(call, account)
    if change is None:
        return account.owner.name
    old = int(change.before["customer_id"])
    for step in registry.history("customer", old):
        if step.case == call.case_number and step.before.get("name"):
            return str(step.before["name"])
    return registry.customer(old).name


def reading_of(call: PrintCall, account: registry.AccountFacts) -> registry.ReadingFacts | None:
    """The reading that this case wrote down; None before."""
    mine = (r for r in registry.readings(account.account_no) if r.case == call.case_number)
    return next(mine, None)


def cashier_of(call: PrintCall, number: str) -> str:
    """Name of who took the money, by the person's id in the register."""
    if number == str(call.by.id):
        return call.by.name
    found = (p.name for p in people.persons() if str(p.id) == number)
    return next(found, number)
