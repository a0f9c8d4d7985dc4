"""Moves inside and out of the stores: between the two levels, to scrap; counts (2.4, P05, P28)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app import identifiers, settings
from app.db import db
from app.errors import Invalid, NotFound, Refused
from app.registry import states
from app.registry.models import Difference, Installation, Meter, Seal, StockCount, Store
from app.registry.stock import (
    Why,
    keeper,
    meter_row,
    meter_rows,
    move_meter,
    move_seal,
    seal_rows,
    served_store,
    store_row,
)
from app.texts import T, Text
from app.work import Work

LYING = ("in_stock", "to_verify")
MOST = 2_000


def transfer_meters(
    work: Work, serials: Sequence[str], *, source: str, target: str, reason: str = ""
) -> str:
    """Move meters from one store to another, all or none; gives the number of the paper.

    Who serves the source gives. What ever hung at a point never goes to the company's store
    (P05). Raises Invalid (``serials[n]``, ``target``), NotFound, NotAllowed.
    """
    giver, taker = served_store(work.by, source), store_row(target)
    if giver.code == taker.code:
        raise Invalid(fields={"target": T("调出和调入不能是同一个库")})
    numbers = _listed(serials)
    meters = meter_rows(numbers)
    used = _ever_installed(numbers) if taker.level == "company" else frozenset()
    wrong = {
        f"serials[{n}]": fault
        for n, number in enumerate(numbers)
        if (fault := _stays(work, number, meters.get(number), giver, number in used))
    }
    if wrong:
        raise Invalid(fields=wrong)
    paper = settings.next_number(work, "DKD")
    why = Why("transfer", paper, reason=reason)
    for number in numbers:
        meter = meters[number]
        move_meter(work, meter, state=meter.state, store=taker.code, why=why)
    return paper


def _listed(serials: Sequence[str]) -> list[str]:
    numbers = [n for n in (identifiers.fold_number(each) for each in serials) if n]
    if not 1 <= len(numbers) <= MOST:
        raise Invalid(fields={"serials": T("一次应为 1 至 {most} 块", most=MOST)})
    seen: set[str] = set()
    twice: dict[str, Text] = {}
    for n, number in enumerate(numbers):
        if number in seen:
            twice[f"serials[{n}]"] = T("表身号 {no} 在本单中重复", no=number)
        seen.add(number)
    if twice:
        raise Invalid(fields=twice)
    return numbers


def _ever_installed(serials: Sequence[str]) -> frozenset[str]:
    asked = sa.select(Installation.serial).where(Installation.serial.in_(list(serials)))
    return frozenset(db.session.scalars(asked.distinct()))


def _stays(work: Work, no: str, meter: Meter | None, giver: Store, used: bool) -> Text | None:
    """Why the meter cannot leave the store; None when it can."""
    if meter is None:
        return T("表库里没有表身号 {serial}，请核对表盘", serial=no)
    if meter.store != giver.code or meter.state not in LYING:
        label = states.label("meter", meter.state)
        return T("水表 {serial} {state}，不在{store}", serial=no, state=label, store=giver.name)
    if used:
        return T("水表 {serial} 装过，不能退回总库", serial=no)
    if case := keeper(work, meter):
        return T("水表 {serial} 已由案件 {case} 配出，请另取一块", serial=no, case=case)
    return None


def scrap_meter(work: Work, serial: str, reason: str) -> None:
    """Take a meter that lies in a store out of use for good; it stays in the books (作废).

    Raises Invalid (``reason``), Refused, NotFound, NotAllowed.
    """
    if len(reason.strip()) < 2:
        raise Invalid(fields={"reason": T("请写明原因")})
    meter = meter_row(serial)
    if meter.state not in LYING or meter.store is None:
        label = states.label("meter", meter.state)
        raise Refused(T("水表 {serial} {state}，不能报废。", serial=meter.serial, state=label))
    served_store(work.by, meter.store)
    if case := keeper(work, meter):
        no = meter.serial
        raise Refused(T("水表 {serial} 已由案件 {case} 配出，请另取一块", serial=no, case=case))
    move_meter(work, meter, state="scrapped", store=None, why=Why("scrap", reason=reason.strip()))


def void_seals(work: Work, *, store: str, type: str, numbers: Sequence[str], reason: str) -> int:
    """Seals that were lost or broken are void; gives how many. Raises as ``transfer_seals``."""
    place = served_store(work.by, store)
    if len(reason.strip()) < 2:
        raise Invalid(fields={"reason": T("请写明原因")})
    for seal in _free_seals(work, place, type, numbers):
        why = Why("scrap", reason=reason.strip())
        move_seal(work, seal, state="void", stores=(place.code, None), why=why)
    return len(numbers)


def transfer_seals(
    work: Work, *, source: str, target: str, type: str, numbers: Sequence[str]
) -> str:
    """Hand unused seals to another store, under whose branch they then stand.

    Raises Invalid (``numbers[n]``, ``target``), NotFound, NotAllowed.
    """
    giver, taker = served_store(work.by, source), store_row(target)
    if giver.code == taker.code:
        raise Invalid(fields={"target": T("调出和调入不能是同一个库")})
    seals = _free_seals(work, giver, type, numbers)
    there = Seal.branch == taker.branch, Seal.type == type, Seal.no.in_([s.no for s in seals])
    known = db.session.scalar(sa.select(Seal.no).where(*there).limit(1))
    if known is not None:
        text = T("{store}已有封号 {no}", store=taker.name, no=known)
        raise Invalid(fields={"target": text})
    paper = settings.next_number(work, "DKD")
    for seal in seals:
        seal.branch = taker.branch
        move_seal(work, seal, state="unused", stores=(giver.code, taker.code),
                  why=Why("transfer", paper))  # fmt: skip
    return paper


def _free_seals(work: Work, place: Store, type_: str, numbers: Sequence[str]) -> list[Seal]:
    wanted = [identifiers.fold_number(each) for each in numbers]
    if not 1 <= len(wanted) <= MOST:
        raise Invalid(fields={"numbers": T("一次应为 1 至 {most} 个", most=MOST)})
    named = (Seal.branch == place.branch) & (Seal.type == type_) & Seal.no.in_(wanted)
    rows = {row.no: row for row in seal_rows(named)}
    wrong = {
        f"numbers[{n}]": fault
        for n, no in enumerate(wanted)
        if (fault := _taken(work, no, rows.get(no), wanted.index(no) != n))
    }
    if wrong:
        raise Invalid(fields=wrong)
    return [rows[no] for no in wanted]


def _taken(work: Work, no: str, row: Seal | None, twice: bool) -> Text | None:
    if twice:
        return T("封号 {no} 在本单中重复", no=no)
    if row is None:
        return T("库里没有封号 {no}，请核对种类和号码", no=no)
    if row.state != "unused":
        return T("封号 {no} {state}", no=no, state=states.label("seal", row.state))
    if row.issue_id is not None:
        return T("封号 {no} 已随其他水表发出，请另取一个", no=no)
    if case := keeper(work, row):
        return T("封号 {no} 已由案件 {case} 配出，请另取一个", no=no, case=case)
    return None


# --- counting -------------------------------------------------------------------------------------


def count_store(work: Work, store: str, serials: Sequence[str]) -> str:
    """Write a count down: what was found against the books; gives its number.

    Nothing moves by it: each difference waits to be settled. Raises Invalid (``serials[n]``).
    """
    place = served_store(work.by, store)
    numbers = _listed(serials)
    inside = sa.select(Meter.serial).where(Meter.store == place.code)
    expected = set(db.session.scalars(inside))
    paper = settings.next_number(work, "PDD")
    db.session.add(
        StockCount(
            no=paper,
            store=place.code,
            expected=len(expected),
            found=len(numbers),
            counted_at=work.at,
            by=work.by.login,
        )
    )
    db.session.flush()
    missing = sorted(expected - set(numbers))
    db.session.add_all(Difference(count_no=paper, serial=no, kind="missing") for no in missing)
    surplus = sorted(set(numbers) - expected)
    db.session.add_all(_surplus(paper, surplus))
    after = {"count": paper, "expected": len(expected), "found": len(numbers),
             "missing": len(missing), "surplus": len(surplus)}  # fmt: skip
    work.record(place, "store:count", after=after)
    return paper


def _surplus(paper: str, serials: Sequence[str]) -> list[Difference]:
    asked = sa.select(Meter.serial, Meter.state, Store.name).outerjoin(
        Store, Store.code == Meter.store
    )
    known = {
        no: store or str(states.label("meter", state))
        for no, state, store in db.session.execute(asked.where(Meter.serial.in_(list(serials))))
    }
    return [
        Difference(
            count_no=paper,
            serial=no,
            kind="elsewhere" if no in known else "unknown",
            stands=known.get(no, ""),
        )
        for no in serials
    ]


SETTLED = {
    "missing": ("found", "written_off"),
    "elsewhere": ("moved", "noted"),
    "unknown": ("noted",),
}


def ways_to_settle(kind: str) -> tuple[str, ...]:
    """How a difference of that kind may be settled."""
    return SETTLED[kind]


def settle_difference(work: Work, id: int, how: str, note: str) -> None:
    """Settle a difference of a count.

    missing: ``found`` again, or ``written_off`` (scrapped); elsewhere: ``moved`` here from the
    store in whose books it stands, or ``noted``; unknown: ``noted`` (take it in by a delivery).
    Raises Invalid (``how``, ``note``), Refused, NotFound, NotAllowed.
    """
    row = db.session.get(Difference, id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(T("没有这条盘点差异。"))
    count = db.session.get_one(StockCount, row.count_no)
    place = served_store(work.by, count.store)
    if row.settled is not None:
        raise Refused(T("这条差异已处理。"))
    wrong: dict[str, Text] = {}
    if how not in SETTLED[row.kind]:
        wrong["how"] = T("请选择处理方式")
    if len(note.strip()) < 2:
        wrong["note"] = T("请写明原因")
    if wrong:
        raise Invalid(fields=wrong)
    _act(work, row, place, how, note.strip())
    row.settled, row.note = how, note.strip()
    row.settled_at, row.settled_by = work.at, work.by.login
    after = {"count": row.count_no, "serial": row.serial, "settled": how}
    work.record(place, "store:difference", after=after)


def _act(work: Work, row: Difference, place: Store, how: str, note: str) -> None:
    if how not in ("written_off", "moved"):
        return
    meter = meter_row(row.serial)
    if meter.state not in LYING or meter.store is None:
        label = states.label("meter", meter.state)
        raise Refused(T("水表 {serial} 现在{state}，请核对后再处理。",
                        serial=meter.serial, state=label))  # fmt: skip
    if how == "written_off":
        if meter.store != place.code:
            raise Refused(T("水表 {serial} 已不在本库账上。", serial=meter.serial))
        why = Why("scrap", row.count_no, reason=note)
        move_meter(work, meter, state="scrapped", store=None, why=why)
        return
    if place.level == "company" and _ever_installed([meter.serial]):
        raise Refused(T("水表 {serial} 装过，不能退回总库", serial=meter.serial))
    why = Why("transfer", row.count_no, reason=note)
    move_meter(work, meter, state=meter.state, store=place.code, why=why)
