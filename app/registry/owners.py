"""A change of owner, and what ends with the old one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.db import db
from app.errors import Refused
from app.registry import customers, private, relieving, validation
from app.registry.books import account_for, customer_row, today
from app.registry.contracts import hand_over
from app.registry.models import Account, Relief, Transfer
from app.registry.private import INVOICE, Vault
from app.texts import T
from app.work import Work

# A closed account has no owner to change; one not yet set up gets its owner there.
CHANGING = ("normal", "suspended", "restricted")


def change_owner(work: Work, account_no: str, new: Mapping[str, Any], case: str) -> int:
    """Give the account to a new owner; gives the customer's id.

    ``new``: type*, name*, id_type, id_no, uscc, legal_rep, phones*, contact_person, email,
    address; name_on_bill (the name unless said), shop_name, tax_no, invoice_phone,
    invoice_address; household_size. A customer with the same number is the same customer: a
    unit may so take a new name. The old owner's invoice data and bank account go with it.
    Raises Invalid naming the fields, Refused.
    """
    values = validation.customer(new, today(work))
    account = account_for(account_no, case)
    if account.state not in CHANGING:
        raise Refused(T("户号 {no} 现在的状态不能过户。", no=account_no))
    old_id = account.customer_id
    old = private.vaults([old_id]).get(old_id)
    before = private.open_or_nothing(old, account.sealed, _place(account))
    old_name = _name(old_id, old)
    new_id = customers.known_or_new(work, values, case)
    if new_id == old_id and old_name == values["name"]:
        raise Refused(T("新户主与现户主是同一用户，无需过户。"))
    _hand_over(account, new_id, values, new.get("household_size"))
    _record(work, account, case, (old_id, old, before), new_id)
    hand_over(account_no, case, old, private.vault_of(new_id))
    return new_id


def end_bindings(work: Work, account_no: str, case: str) -> list[str]:
    """End the old owner's relief and direct debit; gives what ended (relief, direct_debit).

    Households behind a master meter keep theirs: they are not its owner's.
    """
    account = account_for(account_no, case)
    ended: list[str] = []
    asked = sa.select(Relief).where(
        Relief.account_no == account_no, Relief.ended.is_(None), Relief.mode == "own"
    )
    for relief in db.session.scalars(asked).all():
        relieving.end_row(work, account, relief, on=today(work), why="owner", case=case)
        ended.append("relief")
    if account.pay_method == "direct_debit":
        account.pay_method = "counter"
        _drop_bank(account)
        ended.append("direct_debit")
    if ended:
        before = dict.fromkeys(ended, True)
        after = dict.fromkeys(ended, False)
        work.record(account, "account:bindings_ended", before=before, after=after, case=case)
    return ended


def record_transfer(
    work: Work,
    account_no: str,
    *,
    case: str,
    reason: str,
    old: int,
    new: int,
    reading: int | None,
    settlement: Mapping[str, Any],
) -> None:
    """Write the transfer down: ``old`` and ``new`` are customer ids, ``settlement`` open values
    only (bill, receipt, fen, way of the balance)."""
    account = account_for(account_no, case)
    db.session.add(
        Transfer(
            case_no=case,
            account_no=account_no,
            reason=reason,
            old_customer_id=old,
            new_customer_id=new,
            reading=reading,
            settlement=dict(settlement),
            transferred_at=work.at,
        )
    )
    work.record(
        account,
        "account:transfer",
        before={"customer_id": old},
        after={"customer_id": new, "reason": reason, "reading": reading, **settlement},
        case=case,
    )


def _place(account: Account) -> str:
    return f"account:{account.account_no}"


def _name(customer_id: int, vault: Vault | None) -> str:
    sealed = customer_row(customer_id).sealed
    return str(private.open_or_nothing(vault, sealed, "customer").get("name", ""))


def _hand_over(
    account: Account, new_id: int, values: Mapping[str, Any], persons: int | None
) -> None:
    invoice = {name: values[name] for name in INVOICE if values.get(name)}
    invoice.setdefault("name_on_bill", values["name"])
    account.customer_id = new_id
    account.sealed = private.vault_of(new_id).seal(invoice, _place(account))
    account.bill_name_hash = customers.name_hash(invoice["name_on_bill"])
    if persons:
        account.household_size = persons
    if account.pay_method == "direct_debit":
        # The old owner's bank account is gone with its invoice data.
        account.pay_method = "counter"


def _record(
    work: Work,
    account: Account,
    case: str,
    old: tuple[int, Vault | None, Mapping[str, Any]],
    new_id: int,
) -> None:
    old_id, old_vault, before = old
    new_vault = private.vault_of(new_id)
    after = new_vault.open(account.sealed, _place(account))
    sealed = new_vault.change(after=after)
    if old_vault is not None:
        sealed |= old_vault.change(before=before)
    ids = {"customer_id": old_id}, {"customer_id": new_id}
    work.record(
        account, "account:owner_change", before=ids[0], after=ids[1], sealed=sealed, case=case
    )
    if new_id != old_id:
        no = account.account_no
        work.record(customer_row(old_id), "customer:account_left", after={"account": no}, case=case)
        work.record(customer_row(new_id), "customer:account_got", after={"account": no}, case=case)


def _drop_bank(account: Account) -> None:
    vault = private.vaults([account.customer_id]).get(account.customer_id)
    if vault is not None:
        invoice = vault.open(account.sealed, _place(account))
        invoice.pop("bank", None)
        account.sealed = vault.seal(invoice, _place(account))
