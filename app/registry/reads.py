"""Reads for the desk: an account with everything around it, in one statement."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from app.db import db
from app.errors import NotFound
from app.registry import billing, private
from app.registry.contracts import contracts
from app.registry.facts import (
    AccountFacts,
    CustomerFacts,
    CustomerPage,
    InstallationFacts,
    MeterFacts,
    PointFacts,
)
from app.registry.models import (
    Account,
    AccountLock,
    Bill,
    Contract,
    ContractAccount,
    Customer,
    Installation,
    Meter,
    Relief,
    ServicePoint,
    Violation,
)
from app.registry.search import lines_of
from app.registry.states import OPEN_BILLS
from app.sealing import DataKey
from app.texts import T
from app.work import now
from app.worktime import local_day


def _owed() -> Any:
    return (
        sa.select(
            sa.func.coalesce(sa.func.sum(Bill.amount - Bill.paid), 0).label("arrears"),
            sa.func.count(Bill.period.distinct()).label("periods"),
        )
        .where(Bill.account_no == Account.account_no, Bill.state.in_(OPEN_BILLS))
        .lateral("owed")
    )


def _exists(model: Any, *conditions: sa.ColumnElement[bool]) -> sa.Exists:
    return sa.exists().where(model.account_no == Account.account_no, *conditions)


def _statement() -> sa.Select[Any]:
    owed = _owed()
    contract = sa.and_(Contract.account_no == Account.account_no, Contract.state == "running")
    shared = sa.and_(
        ContractAccount.account_no == Account.account_no, ContractAccount.ended.is_(None)
    )
    hangs = sa.and_(Installation.point_no == Account.point_no, Installation.removed.is_(None))
    return (
        sa.select(
            Account,
            Customer,
            DataKey.wrapped,
            ServicePoint,
            Installation,
            Meter,
            AccountLock.case_no,
            sa.func.coalesce(Contract.contract_no, ContractAccount.contract_no),
            owed.c.arrears,
            owed.c.periods,
            _exists(Violation, Violation.closed.is_(None)),
            _exists(Relief, Relief.ended.is_(None), Relief.valid_to >= sa.bindparam("on")),
        )
        .join(Customer, Customer.id == Account.customer_id)
        .join(DataKey, DataKey.id == Customer.key_id)
        .join(ServicePoint, ServicePoint.no == Account.point_no)
        .outerjoin(Installation, hangs)
        .outerjoin(Meter, Meter.serial == Installation.serial)
        .outerjoin(AccountLock, AccountLock.account_no == Account.account_no)
        .outerjoin(Contract, contract)
        .outerjoin(ContractAccount, shared)
        .join(owed, sa.true())
        .where(Account.account_no == sa.bindparam("no"))
    )


_ACCOUNT = _statement()


def account(no: str, *, on: date | None = None) -> AccountFacts:
    """An account and what belongs to it, as of today (``on`` another day of the tiers).

    One statement. Raises NotFound.
    """
    day = on or local_day(now())
    row = db.session.execute(
        _ACCOUNT, {"no": no, "on": day}, execution_options={"populate_existing": True}
    ).one_or_none()
    if row is None:
        raise NotFound(T("没有户号为 {no} 的用户，请核对户号。", no=no))
    return _facts(row, day)


def customer(id: int) -> CustomerFacts:
    """A customer. Raises NotFound."""
    row = db.session.execute(
        sa.select(Customer, DataKey.wrapped)
        .join(DataKey, DataKey.id == Customer.key_id)
        .where(Customer.id == id)
    ).one_or_none()
    if row is None:
        raise NotFound(T("没有这个用户，请重新查找。"))
    found, wrapped = row
    return _customer(found, private.vault(found.id, found.key_id, wrapped))


def customer_page(id: int) -> CustomerPage:
    """A customer with accounts, meters past and present, contracts and bills."""
    facts = customer(id)
    lines = lines_of(Account.customer_id == id)
    numbers = [line.account_no for line in lines]
    bills = billing.bills(numbers)
    return CustomerPage(
        facts,
        tuple(lines),
        _installations(numbers),
        tuple(contracts(numbers)),
        {no: tuple(each) for no, each in bills.items()},
    )


def meter_in_stock(serial: str) -> bool:
    """Whether a meter of this serial is in stock and hangs nowhere."""
    return db.session.scalar(sa.select(Meter.state).where(Meter.serial == serial)) == "in_stock"


def _installations(account_nos: list[str]) -> dict[str, tuple[InstallationFacts, ...]]:
    found: dict[str, tuple[InstallationFacts, ...]] = {}
    rows = db.session.execute(
        sa.select(
            Account.account_no,
            Installation.serial,
            Meter.calibre,
            Installation.installed,
            Installation.start_reading,
            Installation.last_reading,
            Installation.removed,
            Installation.end_reading,
        )
        .join(Installation, Installation.point_no == Account.point_no)
        .join(Meter, Meter.serial == Installation.serial)
        .where(Account.account_no.in_(account_nos))
        .order_by(Account.account_no, Installation.installed)
    )
    for row in rows:
        found[row[0]] = (*found.get(row[0], ()), InstallationFacts(*row[1:]))
    return found


def _facts(row: Any, day: date) -> AccountFacts:
    held: Account = row[0]
    vault = private.vault(row[1].id, row[1].key_id, row[2])
    invoice = private.open_or_nothing(vault, held.sealed, f"account:{held.account_no}")
    used, since = billing.tier_of(held.tier_used, held.tier_from, day)
    point: ServicePoint = row[3]
    return AccountFacts(
        account_no=held.account_no,
        state=held.state,
        category=held.category,
        price_code=held.price_code,
        household_size=held.household_size,
        region=held.region,
        branch=held.branch,
        balance=held.balance,
        owner=_customer(row[1], vault),
        name_on_bill=invoice.pop("name_on_bill", ""),
        service_point=PointFacts(point.no, point.address, point.kind, point.state),
        meter=_meter(row[4], row[5]),
        lock=row[6],
        contract_no=row[7],
        arrears=int(row[8]),
        arrears_periods=row[9],
        open_violation=row[10],
        relief=row[11],
        direct_debit=held.pay_method == "direct_debit",
        tier_used=used,
        tier_from=since,
        pay_method=held.pay_method,
        industry=held.industry,
        book_no=held.book_no,
        book_seq=held.book_seq,
        opened=held.opened,
        closed=held.closed,
        **invoice,
    )


def _customer(row: Customer, vault: private.Vault | None) -> CustomerFacts:
    values = private.open_or_nothing(vault, row.sealed, "customer")
    values = {"name": ""} | values | {"phones": tuple(values.get("phones", ()))}
    return CustomerFacts(
        id=row.id,
        type=row.type,
        flags=tuple(row.flags),
        sms_ok=row.sms_ok,
        confidential=row.confidential,
        destroyed=vault is None,
        **values,
    )


def _meter(hangs: Installation | None, meter: Meter | None) -> MeterFacts | None:
    if hangs is None or meter is None:
        return None
    return MeterFacts(
        meter.serial,
        meter.calibre,
        meter.type,
        meter.max_dial,
        hangs.reversed,
        hangs.start_reading,
        hangs.last_reading,
        hangs.last_date,
        hangs.id,
    )
