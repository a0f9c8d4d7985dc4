"""What is known at an address, and its interlock: one open application for each (2.14, 4.0)."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import db
from app.registry import customers
from app.registry.facts_connection import Standing
from app.registry.models import (
    Account,
    AddressLock,
    Bill,
    Connection,
    ServicePoint,
    Violation,
)
from app.registry.reads import customer
from app.registry.search import address_key
from app.registry.states import OPEN_BILLS
from app.work import Work

TAKE = """
    INSERT INTO address_lock AS held (address_key, case_no, taken_at) VALUES (%s, %s, %s)
    ON CONFLICT (address_key) DO UPDATE SET case_no = held.case_no RETURNING case_no
"""


def take_address(work: Work, address: str, case: str) -> str | None:
    """Take an address for an application: None when taken or already its own, else who has it.

    What the case held before falls: an application that was sent back may name another address.
    Of two at once one waits for the other's end and learns its number.
    """
    key = address_key(address)
    freed = sa.delete(AddressLock).where(
        AddressLock.case_no == case, AddressLock.address_key != key
    )
    db.session.execute(freed)
    holder: str = work.execute(TAKE, (key, case, work.at)).fetchone()[0]
    found = db.session.get(Connection, case)
    if found is not None:
        action = "connection:lock" if holder == case else "connection:lock_refused"
        work.record(found, action, after={"address": address, "lock": holder}, case=case)
    return None if holder == case else holder


def release_address(work: Work, case: str) -> list[str]:
    """Let go of the addresses that the case holds; gives their keys."""
    freed = db.session.scalars(
        sa.delete(AddressLock).where(AddressLock.case_no == case).returning(AddressLock.address_key)
    ).all()
    found = db.session.get(Connection, case) if freed else None
    if found is not None:
        work.record(found, "connection:unlock", before={"lock": case}, case=case)
    return sorted(freed)


def standing(address: str, number: str, *, master: str | None = None) -> Standing:
    """How the applicant stands: by identity number or credit code, and by the address.

    ``master``: an account that is looked at, too (the master meter of a split).
    """
    here = _accounts_at(address)
    who = customers.by_number(number) if number else None
    theirs = [] if who is None else _accounts_of(who)
    numbers = sorted({*here, *theirs, *([master] if master else [])})
    return Standing(_owed(numbers), _violated(numbers), here[0] if here else None, tuple(numbers))


def connected(address: str) -> str | None:
    """Number of a point in use at the address."""
    return db.session.scalar(
        sa.select(ServicePoint.no)
        .where(ServicePoint.address_key == address_key(address), ServicePoint.state != "disused")
        .limit(1)
    )


def known_name(number: str) -> str | None:
    """Name of the customer with this number as the register has it; None for nobody."""
    who = customers.by_number(number)
    return None if who is None else customer(who).name or None


def _accounts_at(address: str) -> list[str]:
    return list(
        db.session.scalars(
            sa.select(Account.account_no)
            .join(ServicePoint, ServicePoint.no == Account.point_no)
            .where(
                ServicePoint.address_key == address_key(address),
                ServicePoint.state != "disused",
                Account.state != "closed",
            )
            .order_by(Account.account_no)
        )
    )


def _accounts_of(customer_id: int) -> list[str]:
    mine = Account.customer_id == customer_id
    return list(db.session.scalars(sa.select(Account.account_no).where(mine)))


def _owed(numbers: list[str]) -> int:
    owed = sa.func.coalesce(sa.func.sum(Bill.amount - Bill.paid), 0)
    asked = sa.select(owed).where(Bill.account_no.in_(numbers), Bill.state.in_(OPEN_BILLS))
    return int(db.session.scalar(asked) or 0)


def _violated(numbers: list[str]) -> bool:
    asked = sa.exists().where(Violation.account_no.in_(numbers), Violation.closed.is_(None))
    return bool(db.session.scalar(sa.select(asked)))
