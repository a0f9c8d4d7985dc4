"""Customers: making, finding by number, bringing up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app import identifiers, sealing
from app.db import db
from app.errors import Conflict, Invalid
from app.registry import private, validation
from app.registry.books import customer_row
from app.registry.models import Customer, CustomerPhone
from app.registry.private import PERSONAL, Vault
from app.texts import T
from app.work import Work

Values = Mapping[str, Any]


def name_hash(name: str) -> bytes:
    """Keyed hash of a name in its one form, brackets full or half alike."""
    return sealing.keyed_hash("name", identifiers.fold_name(name))


def number_hash(number: str) -> bytes:
    """Keyed hash of an identity number or credit code."""
    return sealing.keyed_hash("id_no", identifiers.fold_number(number))


def phone_hash(phone: str) -> bytes:
    """Keyed hash of a phone, with or without the hyphens."""
    return sealing.keyed_hash("phone", _digits(phone))


def last4_hash(digits: str) -> bytes:
    """Keyed hash of a phone's last four digits."""
    return sealing.keyed_hash("phone4", digits)


def known_or_new(work: Work, values: Values, case: str | None) -> int:
    """The customer with this number, brought up to date, or a new one; gives its id.

    ``values`` have passed ``validation.customer``. Raises Invalid (``name``) when the number
    belongs to a person of another name.
    """
    number = validation.number_of(values)
    known = None if number is None else by_number(number)
    return create(work, values, case) if known is None else _update(work, known, values, case)


def by_number(number: str) -> int | None:
    """Id of the customer with this identity number or credit code."""
    return db.session.scalar(sa.select(Customer.id).where(Customer.id_hash == number_hash(number)))


def create(work: Work, values: Values, case: str | None) -> int:
    """A new customer with a key of its own; gives its id."""
    row = sealing.key_row("customer")
    work.execute(row.INSERT, row.values)
    number = validation.number_of(values)
    personal = personal_of(values)
    vault = Vault(0, row.id, row.key)
    customer = Customer(
        type=values["type"],
        key_id=row.id,
        sealed=vault.seal(personal, "customer"),
        name_hash=name_hash(values["name"]),
        id_hash=number_hash(number) if number else None,
        created_at=work.at,
        flags=[],
        chain_seq=0,
        chain_head=b"",
    )
    _insert(customer)
    _write_phones(customer.id, values["phones"])
    change = Vault(customer.id, row.id, row.key).change(after=personal)
    work.record(
        customer, "customer:create", after={"type": values["type"]}, sealed=change, case=case
    )
    return customer.id


def personal_of(values: Values) -> dict[str, Any]:
    """The part of the values that is sealed with the customer."""
    return {name: values[name] for name in PERSONAL if values.get(name)}


def _insert(customer: Customer) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(customer)
            db.session.flush()
    except sa.exc.IntegrityError as error:
        # Two commands made the same person at once: the other one was first.
        raise Conflict(T("该证件号码的用户刚刚由他人建档，请重新提交。")) from error


def _update(work: Work, customer_id: int, values: Values, case: str | None) -> int:
    customer = customer_row(customer_id)
    vault = private.vault_of(customer_id)
    old = vault.open(customer.sealed, "customer")
    if customer.type == "person" and old["name"] != values["name"]:
        raise Invalid(fields={"name": T("与该证件号码在册的姓名不符，请核对证件")})
    new = old | personal_of(values)
    changed = [name for name in PERSONAL if new.get(name) != old.get(name)]
    if not changed:
        return customer_id
    customer.sealed = vault.seal(new, "customer")
    customer.name_hash = name_hash(new["name"])
    if "phones" in changed:
        _write_phones(customer_id, new["phones"])
    sides = ({n: each[n] for n in changed if n in each} for each in (old, new))
    work.record(customer, "customer:update", sealed=vault.change(*sides), case=case)
    return customer_id


def _write_phones(customer_id: int, phones: Sequence[str]) -> None:
    db.session.execute(sa.delete(CustomerPhone).where(CustomerPhone.customer_id == customer_id))
    rows = {phone_hash(phone): last4_hash(_digits(phone)[-4:]) for phone in phones}
    db.session.execute(
        sa.insert(CustomerPhone),
        [
            {"customer_id": customer_id, "phone_hash": whole, "last4_hash": last4}
            for whole, last4 in rows.items()
        ],
    )


def _digits(phone: str) -> str:
    return "".join(sign for sign in identifiers.fold_number(phone) if sign.isdigit())
