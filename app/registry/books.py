"""What all changes of the register share: rows under lock, the interlock, the local day."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from app.db import db
from app.errors import NotFound, Refused
from app.registry.models import Account, AccountLock, Bill, Customer, Installation
from app.registry.states import OPEN_BILLS
from app.texts import T
from app.work import Work
from app.worktime import local_day


def today(work: Work) -> date:
    """The day of this work in Shanghai."""
    return local_day(work.at)


def row(model: type[Any], key: object, text: str) -> Any:
    """A row, locked until the end of the work. Raises NotFound with ``text``."""
    db.session.flush()
    found = db.session.get(model, key, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(text)
    return found


def account_row(account_no: str) -> Account:
    """The account, locked; for what stays possible while a case holds it. Raises NotFound."""
    found: Account = row(
        Account, account_no, T("没有户号为 {no} 的用户，请核对户号。", no=account_no)
    )
    return found


def account_for(account_no: str, case: str | None) -> Account:
    """The account, locked, for a change by ``case``.

    Raises Refused, with the number of the blocking case, while another case holds it.
    """
    account = account_row(account_no)
    holder = holder_of(account_no)
    if holder is not None and holder != case:
        raise Refused(
            T("该户正由案件 {case} 办理，办结前不能作其他变更。", case=holder),
            case=holder,
            holder=holder,
        )
    return account


def holder_of(account_no: str) -> str | None:
    """Number of the case that holds the account."""
    return db.session.scalar(
        sa.select(AccountLock.case_no).where(AccountLock.account_no == account_no)
    )


def customer_row(customer_id: int) -> Customer:
    """The customer, locked. Raises NotFound."""
    found: Customer = row(Customer, customer_id, T("没有这个用户，请重新查找。"))
    return found


def installation_row(point_no: str) -> Installation | None:
    """What hangs at the point now, locked."""
    return db.session.scalar(
        sa.select(Installation)
        .where(Installation.point_no == point_no, Installation.removed.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def open_bill_rows(account_no: str) -> list[Bill]:
    """Bills not yet paid, oldest first, locked."""
    return list(
        db.session.scalars(
            sa.select(Bill)
            .where(Bill.account_no == account_no, Bill.state.in_(OPEN_BILLS))
            .order_by(Bill.issued, Bill.bill_no)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )
