"""Contracts of supply (供用水合同): signing, ending, handing over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from app import settings
from app.db import db
from app.errors import Invalid
from app.registry import private, states
from app.registry.books import account_for
from app.registry.facts import ContractFacts
from app.registry.models import Account, Contract, ContractAccount
from app.registry.private import Vault
from app.texts import T
from app.work import Work


def sign_contract(
    work: Work,
    account_no: str,
    *,
    signer: str,
    on: date,
    case: str,
    agent: str | None = None,
) -> str:
    """Sign a new contract; the running one of another case ends the same day. Gives its number.

    Before the change of owner it stands with the old customer and goes over with the account.
    Raises Invalid (``signer``), Refused with the number of a blocking case.
    """
    if not signer.strip():
        raise Invalid(fields={"signer": T("请填写签约人姓名")})
    account = account_for(account_no, case)
    _end(work, account, on, case, _running(account_no))
    _leave(work, account, on, case)
    vault = private.vault_of(account.customer_id)
    number = settings.next_number(work, "contract", region=account.region)
    db.session.add(
        Contract(
            contract_no=number,
            account_no=account_no,
            customer_id=account.customer_id,
            sealed=vault.seal({"signer": signer, "agent": agent}, "contract"),
            category=account.category,
            price_code=account.price_code,
            signed=on,
            state="running",
            case_no=case,
            type="permanent",
        )
    )
    work.record(
        account,
        "account:contract_signed",
        after={"contract": number, "signed": on},
        sealed=vault.change(after={"signer": signer, "agent": agent}),
        case=case,
    )
    return number


def end_contract(work: Work, account_no: str, *, on: date, case: str) -> list[str]:
    """End the running contract that this case has not signed itself; gives its number.

    From a contract over several accounts only this one leaves.
    """
    account = account_for(account_no, case)
    old = [each for each in _running(account_no) if each.case_no != case]
    left = _leave(work, account, on, case)
    return [*_end(work, account, on, case, old), *left]


def contracts(account_nos: Sequence[str]) -> list[ContractFacts]:
    """Contracts of accounts, newest first; those over several accounts are among them."""
    over = sa.select(ContractAccount.contract_no).where(ContractAccount.account_no.in_(account_nos))
    asked = sa.select(Contract).where(
        Contract.account_no.in_(account_nos) | Contract.contract_no.in_(over)
    )
    rows = db.session.scalars(asked.order_by(Contract.signed.desc(), Contract.contract_no.desc()))
    found = rows.all()
    keys = private.vaults(each.customer_id for each in found)
    return [facts(each, keys.get(each.customer_id)) for each in found]


def hand_over(account_no: str, case: str, old: Vault | None, new: Vault) -> None:
    """Contracts that this case signed before the owner changed become the new owner's."""
    asked = sa.select(Contract).where(Contract.account_no == account_no, Contract.case_no == case)
    for contract in db.session.scalars(asked):
        values = private.open_or_nothing(old, contract.sealed, "contract")
        contract.customer_id = new.customer_id
        contract.sealed = new.seal(values, "contract")


def _running(account_no: str) -> list[Contract]:
    asked = sa.select(Contract).where(
        Contract.account_no == account_no, Contract.state == "running"
    )
    return list(db.session.scalars(asked.with_for_update()))


def _leave(work: Work, account: Account, on: date, case: str) -> list[str]:
    asked = sa.select(ContractAccount).where(
        ContractAccount.account_no == account.account_no, ContractAccount.ended.is_(None)
    )
    numbers = []
    for each in db.session.scalars(asked.with_for_update()):
        if _contract(each.contract_no).case_no == case:
            continue
        each.ended = on
        after = {"contract": each.contract_no, "left": on}
        work.record(account, "account:contract_left", after=after, case=case)
        numbers.append(each.contract_no)
    return numbers


def _contract(contract_no: str) -> Contract:
    found: Contract = db.session.get_one(Contract, contract_no)
    return found


def _end(
    work: Work, account: Account, on: date, case: str, running: Sequence[Contract]
) -> list[str]:
    for contract in running:
        contract.state = states.move("contract", contract.state, "ended")
        contract.ended = on
        work.record(
            account,
            "account:contract_ended",
            before={"contract": contract.contract_no, "state": "running"},
            after={"contract": contract.contract_no, "state": "ended", "ended": on},
            case=case,
        )
    db.session.flush()
    return [contract.contract_no for contract in running]


def facts(contract: Contract, vault: Vault | None) -> ContractFacts:
    """The contract in clear, or without its names when they were destroyed by law."""
    values = private.open_or_nothing(vault, contract.sealed, "contract")
    return ContractFacts(
        contract.contract_no,
        contract.account_no,
        contract.customer_id,
        contract.type,
        values.get("signer") or "",
        values.get("agent"),
        contract.category,
        contract.price_code,
        contract.signed,
        contract.valid_to,
        contract.ended,
        contract.state,
        contract.case_no,
        contract.terms,
    )
