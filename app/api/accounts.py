"""Accounts, always masked: whoever needs a whole number has a task that shows it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from app import registry
from app.api import questions
from app.api.caller import body, business, searched
from app.api.operations import operation
from app.api.shapes import fen, text
from app.errors import NotAllowed
from app.identifiers import mask_id, mask_name, mask_phone
from app.texts import T


class AccountLine(Schema):
    """An account in a list, masked."""

    account_no = fields.String(required=True)
    name = fields.String()
    address = fields.String()
    region = fields.String()
    branch = fields.String()
    state = fields.String()
    category = fields.String()
    meter_serial = fields.String(allow_none=True)
    arrears = fen("What is owed")
    lock = text("Number of the case that holds the account", null=True)


class Accounts(Schema):
    """Accounts found."""

    items = fields.List(fields.Nested(AccountLine), required=True)


class Owner(Schema):
    """An account's customer, masked."""

    type = fields.String()
    name = fields.String()
    id_type = fields.String(allow_none=True)
    id_no = fields.String(allow_none=True)
    uscc = fields.String(allow_none=True)
    phones = fields.List(fields.String())


class Meter(Schema):
    """The meter of an account; readings in m³, calibre in mm."""

    serial = fields.String()
    calibre = fields.Integer()
    type = fields.String()
    last_reading = fields.Integer()
    last_date = fields.Date()


class Account(AccountLine):
    """An account, personal values masked."""

    service_point = fields.String()
    price_code = fields.String()
    household_size = fields.Integer()
    balance = fen("Balance")
    arrears_periods = fields.Integer()
    open_violation = fields.Boolean()
    relief = fields.Boolean()
    direct_debit = fields.Boolean()
    contract_no = fields.String(allow_none=True)
    owner = fields.Nested(Owner)
    meter = fields.Nested(Meter, allow_none=True)


@operation(
    "GET", "/accounts", "read", "Find accounts",
    query=questions.AccountQuery, answer=Accounts, problems=(422,),
)  # fmt: skip
def find_accounts(q: str) -> dict[str, Any]:
    """Those of the caller's region."""
    by = business()
    region = None if by.sees_all_regions else by.region or ""
    return {"items": [_line(line) for line in registry.find_accounts(q, region=region)]}


@operation(
    "POST", "/accounts/search", "read", "Find accounts by a person's name, phone or number",
    body=questions.SearchBody, answer=Accounts, problems=(415, 422),
)  # fmt: skip
def search_accounts() -> Any:
    """As the GET does; what is asked stands in no address and no log."""
    return find_accounts(searched(body()))


def _line(line: registry.AccountLine) -> dict[str, Any]:
    return {
        "account_no": line.account_no, "name": mask_name(line.name), "address": line.address,
        "region": line.region, "branch": line.branch, "state": line.state,
        "category": line.category, "meter_serial": line.meter_serial, "arrears": line.arrears,
        "lock": line.lock,
    }  # fmt: skip


@operation("GET", "/accounts/<no>", "read", "An account", answer=Account, problems=(404,))
def get_account(no: str) -> dict[str, Any]:
    """Money in fen."""
    by = business()
    found = registry.account(no)
    if not by.sees_all_regions and found.region != by.region:
        raise NotAllowed(T("此户不在您的辖区，您不能查看。"))
    return {
        "account_no": found.account_no, "name": mask_name(found.owner.name),
        "address": found.service_point.address, "region": found.region, "branch": found.branch,
        "state": found.state, "category": found.category, "arrears": found.arrears,
        "meter_serial": found.meter.serial if found.meter else None, "lock": found.lock,
        "service_point": found.service_point.no, "price_code": found.price_code,
        "household_size": found.household_size, "balance": found.balance,
        "arrears_periods": found.arrears_periods, "open_violation": found.open_violation,
        "relief": found.relief, "direct_debit": found.direct_debit,
        "contract_no": found.contract_no, "owner": _owner(found.owner),
        "meter": _meter(found.meter),
    }  # fmt: skip


def _owner(owner: registry.CustomerFacts) -> dict[str, Any]:
    return {
        "type": owner.type, "name": mask_name(owner.name), "id_type": owner.id_type,
        "id_no": mask_id(owner.id_no) if owner.id_no else None,
        "uscc": mask_id(owner.uscc) if owner.uscc else None,
        "phones": [mask_phone(phone) for phone in owner.phones],
    }  # fmt: skip


def _meter(meter: registry.MeterFacts | None) -> dict[str, Any] | None:
    if meter is None:
        return None
    return {
        "serial": meter.serial, "calibre": meter.calibre, "type": meter.type,
        "last_reading": meter.last_reading, "last_date": meter.last_date,
    }  # fmt: skip
