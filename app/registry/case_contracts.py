"""Contracts of a case that has no account yet: signed first, bound when the accounts exist.

Where the signing stands in the drawing makes no difference: whichever comes second binds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from app import settings
from app.db import db
from app.errors import Invalid
from app.registry import private, states
from app.registry.books import customer_row
from app.registry.contracts import facts
from app.registry.facts import ContractFacts
from app.registry.models import (
    Account,
    ConnectionPoint,
    Contract,
    ContractAccount,
    Customer,
    Payment,
)
from app.texts import T
from app.work import Work


def sign_case_contract(
    work: Work,
    case: str,
    customer_id: int,
    *,
    signer: str,
    on: date,
    region: str,
    category: str,
    price_code: str,
    terms: Mapping[str, Any],
    agent: str | None = None,
    type: str = "permanent",
    valid_to: date | None = None,
) -> str:
    """Sign the contract of a case; gives its number. Signing anew ends the one before.

    ``terms``: what is agreed of the supply (address, calibre, meters, m³ a day). Raises Invalid
    (``signer``).
    """
    if not signer.strip():
        raise Invalid(fields={"signer": T("请填写签约人姓名")})
    customer = customer_row(customer_id)
    end_case_contracts(work, case, on)
    vault = private.vault_of(customer_id)
    number = settings.next_number(work, "contract", region=region)
    db.session.add(
        Contract(
            contract_no=number,
            account_no=None,
            customer_id=customer_id,
            sealed=vault.seal({"signer": signer, "agent": agent}, "contract"),
            category=category,
            price_code=price_code,
            signed=on,
            valid_to=valid_to,
            state="running",
            case_no=case,
            type=type,
            terms=dict(terms),
        )
    )
    db.session.flush()
    work.record(
        customer,
        "customer:contract_signed",
        after={"contract": number, "signed": on, "valid_to": valid_to, "terms": dict(terms)},
        sealed=vault.change(after={"signer": signer, "agent": agent}),
        case=case,
    )
    bind_case(work, case)
    return number


def bind_case(work: Work, case: str) -> None:
    """Bind contract and receipts of a case to its accounts, as far as both exist.

    One account has them for itself; several stand under one contract. Again changes nothing.
    """
    numbers = _accounts(case)
    if not numbers:
        return
    for contract in _running(case):
        _bind(work, contract, numbers)
    if len(numbers) == 1:
        free = sa.update(Payment).where(Payment.case_no == case, Payment.account_no.is_(None))
        db.session.execute(free.values(account_no=numbers[0]))


def _bind(work: Work, contract: Contract, numbers: list[str]) -> None:
    if contract.account_no is not None:
        return
    if len(numbers) == 1 and not _bound(contract):
        contract.account_no = numbers[0]
        new = numbers
    else:
        new = [number for number in numbers if number not in _bound(contract)]
        db.session.add_all(
            ContractAccount(contract_no=contract.contract_no, account_no=number) for number in new
        )
    db.session.flush()
    for number in new:
        account = db.session.get_one(Account, number)
        after = {"contract": contract.contract_no}
        work.record(account, "account:contract_bound", after=after, case=contract.case_no)


def end_case_contracts(work: Work, case: str, on: date) -> list[str]:
    """End what the case signed; gives the numbers."""
    ended = []
    for contract in _running(case):
        contract.state, contract.ended = states.move("contract", contract.state, "ended"), on
        db.session.execute(
            sa.update(ContractAccount)
            .where(
                ContractAccount.contract_no == contract.contract_no,
                ContractAccount.ended.is_(None),
            )
            .values(ended=on)
        )
        customer = db.session.get_one(Customer, contract.customer_id)
        after = {"contract": contract.contract_no, "ended": on}
        work.record(customer, "customer:contract_ended", after=after, case=case)
        ended.append(contract.contract_no)
    db.session.flush()
    return ended


def contracts_of_case(case: str) -> list[ContractFacts]:
    """Contracts that a case signed, the running one first."""
    asked = sa.select(Contract).where(Contract.case_no == case)
    rows = db.session.scalars(asked.order_by(Contract.state.desc(), Contract.contract_no.desc()))
    found = rows.all()
    keys = private.vaults(each.customer_id for each in found)
    return [facts(each, keys.get(each.customer_id)) for each in found]


def _running(case: str) -> list[Contract]:
    asked = sa.select(Contract).where(Contract.case_no == case, Contract.state == "running")
    return list(db.session.scalars(asked.with_for_update()))


def _bound(contract: Contract) -> set[str]:
    mine = ContractAccount.contract_no == contract.contract_no
    return set(db.session.scalars(sa.select(ContractAccount.account_no).where(mine)))


def _accounts(case: str) -> list[str]:
    asked = sa.select(ConnectionPoint.account_no).where(ConnectionPoint.case_no == case)
    return list(db.session.scalars(asked.order_by(ConnectionPoint.seq)))
