"""Bills: the final one of a settlement, and what is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import sqlalchemy as sa

from app.db import db
from app.errors import Invalid
from app.registry import charging
from app.registry.books import account_for
from app.registry.charging import FeeLine
from app.registry.facts import BillFacts, LineFacts
from app.registry.models import Account, Bill, BillLine, ReliefUse
from app.registry.states import OPEN_BILLS
from app.texts import T
from app.work import Work


def issue_final_bill(
    work: Work,
    account_no: str,
    *,
    on: date,
    lines: Sequence[FeeLine],
    volume: int,
    case: str,
    free: Mapping[date, int] | None = None,
) -> str:
    """Bill what was used up to the final reading, due at once; gives the bill's number.

    ``free``: month → m³ of ``volume`` that a relief gives (``relief_water.free_water``); they are
    not in ``lines`` and do not count into the tiers. Raises Invalid when a component does not
    charge just what is left, Refused with the number of a blocking case.
    """
    given = sum((free or {}).values())
    _check_volume(lines, volume - given)
    account = account_for(account_no, case)
    fees = charging.total(lines)
    number = _number(account_no, on)
    db.session.add(
        Bill(
            bill_no=number,
            account_no=account_no,
            customer_id=account.customer_id,
            kind="final",
            period=f"{on:%Y-%m}",
            issued=on,
            due=on,
            volume=volume,
            relief_volume=given,
            fees=fees,
            state="owed" if fees else "paid",
            case_no=case,
        )
    )
    db.session.flush()
    db.session.add_all(bill_line(number, seq, line) for seq, line in enumerate(lines, 1))
    db.session.add_all(
        ReliefUse(account_no=account_no, bill_no=number, month=month, volume=used)
        for month, used in (free or {}).items()
    )
    before = {"tier_used": account.tier_used, "tier_from": account.tier_from}
    count_tier(account, on, volume - given)
    after = {"bill": number, "volume": volume, "fees": fees, "tier_used": account.tier_used}
    after |= {"relief": given} if given else {}
    work.record(account, "account:bill", before=before, after=after, case=case)
    return number


def bill_line(bill_no: str, seq: int, line: FeeLine) -> BillLine:
    """The row of a fee line."""
    return BillLine(
        bill_no=bill_no,
        seq=seq,
        component=line.component,
        tier=line.tier,
        volume=line.volume,
        price=line.price,
        amount=line.amount,
    )


def count_tier(account: Account, on: date, volume: int) -> None:
    """Count m³ into the year's tiers; a new year begins anew."""
    used, since = tier_of(account.tier_used, account.tier_from, on)
    account.tier_used, account.tier_from = used + volume, since


def tier_of(used: int, since: date, on: date) -> tuple[int, date]:
    """m³ of the tiers in the year of ``on``, and since when they are counted."""
    return (used, since) if on.year <= since.year else (0, date(on.year, 1, 1))


def restart_tiers(work: Work, account_no: str, *, on: date, case: str) -> None:
    """Begin the year's tiers anew for a new owner."""
    account = account_for(account_no, case)
    before = {"tier_used": account.tier_used, "tier_from": account.tier_from}
    account.tier_used, account.tier_from = 0, on
    after = {"tier_used": 0, "tier_from": on}
    work.record(account, "account:tiers", before=before, after=after, case=case)


def _check_volume(lines: Sequence[FeeLine], volume: int) -> None:
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.component] = sums.get(line.component, 0) + line.volume
    if any(each != volume for each in sums.values()) or (volume and not sums):
        raise Invalid(fields={"volume": T("费用明细的水量与 {volume} 吨不符", volume=volume)})


def _number(account_no: str, on: date) -> str:
    # The account's row is locked: counting its bills gives each number once.
    prefix = f"{account_no}-{on:%Y%m}-"
    count = db.session.scalar(
        sa.select(sa.func.count()).where(
            Bill.account_no == account_no, Bill.bill_no.startswith(prefix)
        )
    )
    return f"{prefix}{(count or 0) + 1:02}"


def open_bills(account_no: str) -> list[BillFacts]:
    """Bills not yet paid, oldest first, with their lines."""
    return bills([account_no], only_open=True).get(account_no, [])


def bills(account_nos: Sequence[str], *, only_open: bool = False) -> dict[str, list[BillFacts]]:
    """Bills of accounts, oldest first."""
    asked = sa.select(Bill).where(Bill.account_no.in_(account_nos))
    if only_open:
        asked = asked.where(Bill.state.in_(OPEN_BILLS))
    rows = db.session.scalars(asked.order_by(Bill.issued, Bill.bill_no)).all()
    lines = _lines([bill.bill_no for bill in rows])
    found: dict[str, list[BillFacts]] = {}
    for bill in rows:
        facts = _facts(bill, lines.get(bill.bill_no, []))
        found.setdefault(bill.account_no, []).append(facts)
    return found


def bill(bill_no: str) -> BillFacts | None:
    """One bill with its lines, None when there is none of that number."""
    found = db.session.get(Bill, bill_no)
    return None if found is None else _facts(found, _lines([bill_no]).get(bill_no, []))


def _lines(bill_nos: Sequence[str]) -> dict[str, list[LineFacts]]:
    if not bill_nos:
        return {}
    found: dict[str, list[LineFacts]] = {}
    asked = sa.select(BillLine).where(BillLine.bill_no.in_(bill_nos))
    for each in db.session.scalars(asked.order_by(BillLine.bill_no, BillLine.seq)):
        facts = LineFacts(each.component, each.tier, each.volume, each.price, each.amount)
        found.setdefault(each.bill_no, []).append(facts)
    return found


def _facts(bill: Bill, lines: Sequence[LineFacts]) -> BillFacts:
    return BillFacts(
        bill.bill_no,
        bill.period,
        bill.kind,
        bill.issued,
        bill.due,
        bill.volume,
        bill.amount,
        bill.paid,
        bill.amount - bill.paid,
        bill.state,
        bill.case_no,
        tuple(lines),
        bill.relief_volume,
    )
