"""Finding accounts: exact by keyed hash for what is personal, by part for addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from app import identifiers
from app.db import db
from app.registry import customers, private
from app.registry.facts import AccountLine
from app.registry.models import (
    Account,
    AccountLock,
    Bill,
    Customer,
    CustomerPhone,
    Installation,
    ServicePoint,
    address_has,
)
from app.registry.states import OPEN_BILLS
from app.sealing import DataKey

# A part of an address that half the town shares need not be found to its last house.
ENOUGH = 500


def find_accounts(q: str, *, region: str | None = None, limit: int = 20) -> list[AccountLine]:
    """Accounts by number, exact name, phone or its last four digits, identity number or credit
    code, part of the address, meter serial; at least two characters. One statement."""
    text = identifiers.fold(q)
    if len(text) < 2:
        return []
    matches = sa.union_all(*_matches(text)).subquery()
    found = Account.account_no.in_(sa.select(matches.c[0]))
    return lines_of(found if region is None else found & (Account.region == region), limit)


def refuses_sms(phone: str) -> bool:
    """Whether a customer with this phone has asked for no short messages."""
    whose = sa.select(CustomerPhone.customer_id).where(
        CustomerPhone.phone_hash == customers.phone_hash(phone)
    )
    asked = sa.select(Customer.id).where(Customer.id.in_(whose), Customer.sms_ok.is_(False))
    return db.session.scalar(asked.limit(1)) is not None


def lines_of(condition: sa.ColumnElement[bool], limit: int = 100) -> list[AccountLine]:
    """Accounts that meet a condition, by number."""
    rows = db.session.execute(_lines().where(condition).limit(limit))
    return [_line(*row) for row in rows]


def address_key(address: str) -> str:
    """An address as it is searched: half width, no blanks, capitals."""
    return identifiers.fold_number(address)


def _matches(text: str) -> Iterator[sa.Select[Any]]:
    number = identifiers.fold_number(text)
    account = sa.select(Account.account_no)
    hashed = customers.name_hash(text)
    whose = account.join(Customer, Customer.id == Account.customer_id)
    yield whose.where(Customer.name_hash == hashed)
    yield account.where(Account.bill_name_hash == hashed)
    yield whose.where(Customer.id_hash == customers.number_hash(text))
    point = account.join(ServicePoint, ServicePoint.no == Account.point_no)
    yield point.where(address_has(number)).limit(ENOUGH)
    if number.isascii():
        yield account.where(Account.account_no == number)
        hangs = account.join(Installation, Installation.point_no == Account.point_no)
        yield hangs.where(Installation.serial == number, Installation.removed.is_(None))
        yield from _phones(account, number)


def _phones(account: sa.Select[Any], number: str) -> Iterator[sa.Select[Any]]:
    of = account.join(CustomerPhone, CustomerPhone.customer_id == Account.customer_id)
    yield of.where(CustomerPhone.phone_hash == customers.phone_hash(number))
    if len(number) == 4 and number.isdigit():
        yield of.where(CustomerPhone.last4_hash == customers.last4_hash(number))


def _lines() -> Any:
    owed = (
        sa.select(sa.func.coalesce(sa.func.sum(Bill.amount - Bill.paid), 0))
        .where(Bill.account_no == Account.account_no, Bill.state.in_(OPEN_BILLS))
        .scalar_subquery()
    )
    hangs = sa.and_(Installation.point_no == Account.point_no, Installation.removed.is_(None))
    return (
        sa.select(
            Account.account_no,
            Account.sealed,
            Customer.id,
            Customer.key_id,
            Customer.sealed,
            DataKey.wrapped,
            ServicePoint.address,
            Account.region,
            Account.branch,
            Account.state,
            Account.category,
            Installation.serial,
            owed,
            AccountLock.case_no,
        )
        .join(Customer, Customer.id == Account.customer_id)
        .join(DataKey, DataKey.id == Customer.key_id)
        .join(ServicePoint, ServicePoint.no == Account.point_no)
        .outerjoin(Installation, hangs)
        .outerjoin(AccountLock, AccountLock.account_no == Account.account_no)
        .order_by(Account.account_no)
    )


def _line(
    no: str,
    invoice: bytes,
    id: int,
    key_id: Any,
    sealed: bytes,
    wrapped: bytes | None,
    *rest: Any,
) -> AccountLine:
    vault = private.vault(id, key_id, wrapped)
    name = private.open_or_nothing(vault, sealed, "customer").get("name", "")
    on_bill = private.open_or_nothing(vault, invoice, f"account:{no}").get("name_on_bill", "")
    address, region, branch, state, category, serial, owed, lock = rest
    return AccountLine(
        no, name, on_bill, address, region, branch, state, category, serial, int(owed), lock
    )
