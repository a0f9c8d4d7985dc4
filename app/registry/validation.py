"""What a customer's particulars must be (5.2): pure but for the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app import identifiers
from app.errors import Invalid
from app.registry.private import INVOICE, PERSONAL
from app.texts import T, Text

RESIDENT = ("resident_id", "residence_permit")
TEXT = 200


def customer(given: Mapping[str, Any], day: date) -> dict[str, Any]:
    """Particulars folded into their one form; what is empty is left out.

    Raises Invalid naming every field that is wrong: ``type``, ``name``, ``id_no``, ``uscc``,
    ``phones``, and texts that are too long.
    """
    values = _folded(given)
    wrong: dict[str, Text] = {}
    if values.get("type") not in ("person", "unit"):
        wrong["type"] = T("用户类型应为个人或单位")
    if not values.get("name"):
        wrong["name"] = T("请填写姓名或单位名称")
    wrong |= _number(values, day) | _phones(values["phones"]) | _lengths(values)
    if wrong:
        raise Invalid(fields=wrong)
    return values


def number_of(values: Mapping[str, Any]) -> str | None:
    """The number that says who it is: of a unit the credit code, of a person the paper's."""
    number = values.get("uscc") if values.get("type") == "unit" else values.get("id_no")
    return str(number) if number else None


def _folded(given: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {"type": given.get("type"), "phones": _each_phone(given)}
    for name in (*PERSONAL, *INVOICE):
        text = given.get(name)
        if name != "phones" and isinstance(text, str) and text.strip():
            values[name] = _fold(name, text)
    return values


def _fold(name: str, text: str) -> str:
    if name in ("name", "legal_rep", "contact_person", "name_on_bill"):
        return identifiers.fold_name(text)
    if name in ("id_no", "uscc", "tax_no"):
        return identifiers.fold_number(text)
    return identifiers.fold(text)


def _each_phone(given: Mapping[str, Any]) -> list[str]:
    phones = given.get("phones") or []
    listed: Sequence[str] = [phones] if isinstance(phones, str) else phones
    folded = [identifiers.fold_number(each) for each in listed if each and each.strip()]
    return list(dict.fromkeys(folded))


def _number(values: Mapping[str, Any], day: date) -> dict[str, Text]:
    if values.get("type") == "unit":
        code = values.get("uscc")
        error = identifiers.uscc(code)[0] if code else T("请填写统一社会信用代码")
        return {"uscc": error} if error else {}
    number = values.get("id_no")
    if not number:
        return {"id_no": T("请填写证件号码")}
    if values.get("id_type", "resident_id") not in RESIDENT:
        return {}
    error = identifiers.resident_id(number, day)
    return {"id_no": error} if error else {}


def _phones(phones: Sequence[str]) -> dict[str, Text]:
    if not phones:
        return {"phones": T("请至少填写一个电话")}
    for each in phones:
        if error := identifiers.phone(each):
            return {"phones": error}
    return {}


def _lengths(values: Mapping[str, Any]) -> dict[str, Text]:
    return {
        name: T("不能超过 {n} 个字", n=TEXT)
        for name, value in values.items()
        if isinstance(value, str) and len(value) > TEXT
    }
