"""The interlock: one open conflicting case for each account (4.0)."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import db
from app.registry.books import account_row, holder_of
from app.registry.models import Account, AccountLock
from app.work import Work


def take_lock(work: Work, account_no: str, case_number: str) -> str | None:
    """Take the account for a case: None when taken or already its own, else who blocks.

    Atomic: of two cases at once one waits for the other's end and learns its number.
    Raises NotFound for an unknown account.
    """
    account = account_row(account_no)
    # The account's row is locked: whoever comes second reads what the first committed.
    holder = holder_of(account_no)
    if holder is None:
        holder = _insert(work, account_no, case_number)
        work.record(account, "account:lock", after={"lock": holder}, case=case_number)
    elif holder != case_number:
        work.record(account, "account:lock_refused", after={"lock": holder}, case=case_number)
    return None if holder == case_number else holder


def _insert(work: Work, account_no: str, case_number: str) -> str:
    taken = work.execute(
        "INSERT INTO account_lock AS held (account_no, case_no, taken_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (account_no) DO UPDATE SET case_no = held.case_no RETURNING case_no",
        (account_no, case_number, work.at),
    )
    holder: str = taken.fetchone()[0]
    return holder


def release_lock(work: Work, case_number: str) -> list[str]:
    """Let go of all accounts that the case holds; gives their numbers."""
    freed = db.session.scalars(
        sa.delete(AccountLock)
        .where(AccountLock.case_no == case_number)
        .returning(AccountLock.account_no)
    ).all()
    for account_no in freed:
        account = db.session.get_one(Account, account_no)
        work.record(account, "account:unlock", before={"lock": case_number}, case=case_number)
    return sorted(freed)
