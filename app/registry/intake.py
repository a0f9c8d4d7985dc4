"""What comes into a store: deliveries of meters with a count on arrival, rolls of seals (2.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from app import identifiers, settings
from app.db import db
from app.errors import Invalid
from app.registry.books import today
from app.registry.models import Delivery, Exchange, Meter, Seal
from app.registry.stock import SEAL_TYPES, Why, months_before, served_store, take_in
from app.texts import T, Text
from app.work import Work

TYPES = ("mechanical", "remote", "collector", "ic_card", "large")
# In one delivery: each is an entry of the trail, and one command links no more at once.
MOST = 2_000
# Calibre in mm and Q3 → years from the first verification, and what comes then.
Life = Callable[[int, float | None], tuple[int, str]]


@dataclass(frozen=True)
class Arrived:
    """A delivery as it was taken in; ``short``: listed and neither taken in nor damaged."""

    no: str
    taken_in: int
    damaged: int
    short: int


def receive_delivery(
    work: Work,
    *,
    store: str,
    supplier: str,
    note_no: str,
    listed: int,
    rows: Sequence[Mapping[str, Any]],
    life: Life,
    differs: bool = False,
) -> Arrived:
    """Take a delivery in, all of it or nothing.

    ``rows``: serial, calibre (mm), type, model, maker, q3 (m³/h), max_dial, first_verification
    (date), damaged (what is broken, else empty), replaces (serial of a damaged one, else empty).
    A damaged meter is no stock: it waits for the supplier's exchange. ``differs``: the storekeeper
    has seen that not as many came as were listed. Raises Invalid naming each fault:
    ``rows[3].serial``, ``listed``, ``note_no``; NotFound, NotAllowed for the store.
    """
    place = served_store(work.by, store)
    lines = [_folded(row) for row in rows]
    wrong = _head_faults(supplier, note_no, listed, len(lines), differs)
    wrong |= _row_faults(lines, today(work))
    if wrong:
        raise Invalid(fields=wrong)
    good = [line for line in lines if not line["damaged"]]
    number = settings.next_number(work, "RKD")
    delivery = Delivery(
        no=number,
        store=place.code,
        supplier=supplier.strip(),
        note_no=note_no.strip(),
        listed=listed,
        taken_in=len(good),
        damaged=len(lines) - len(good),
        received_at=work.at,
        by=work.by.login,
    )
    db.session.add(delivery)
    db.session.flush()
    take_in(work, [_meter(line, place.code, life) for line in good], place.code,
            Why("intake", number))  # fmt: skip
    _exchanges(work, number, lines)
    short = listed - len(lines)
    after = {"delivery": number, "listed": listed, "taken_in": len(good), "short": short}
    work.record(place, "store:delivery", after=after)
    return Arrived(number, len(good), len(lines) - len(good), short)


def _folded(row: Mapping[str, Any]) -> dict[str, Any]:
    line = dict(row)
    for name in ("serial", "replaces"):
        line[name] = identifiers.fold_number(str(row.get(name) or ""))
    line["damaged"] = str(row.get("damaged") or "").strip()
    return line


def _head_faults(
    supplier: str, note_no: str, listed: int, came: int, differs: bool
) -> dict[str, Text]:
    wrong: dict[str, Text] = {}
    if not supplier.strip():
        wrong["supplier"] = T("请填写供应商")
    if not note_no.strip():
        wrong["note_no"] = T("请填写送货单号")
    elif _known_note(supplier, note_no):
        wrong["note_no"] = T("该供应商的送货单 {no} 已经入库", no=note_no)
    if not 1 <= came <= MOST:
        wrong["rows"] = T("一次入库应为 1 至 {most} 块", most=MOST)
    elif listed != came and not differs:
        text = T("送货单列 {listed} 块，实点 {came} 块；确认不符请勾选按实点入库",
                 listed=listed, came=came)  # fmt: skip
        wrong["listed"] = text
    return wrong


def _known_note(supplier: str, note_no: str) -> bool:
    named = Delivery.supplier == supplier.strip(), Delivery.note_no == note_no.strip()
    return bool(db.session.scalar(sa.select(sa.exists().where(*named))))


def _row_faults(lines: Sequence[Mapping[str, Any]], day: date) -> dict[str, Text]:
    serials = [line["serial"] for line in lines]
    known = set(db.session.scalars(sa.select(Meter.serial).where(Meter.serial.in_(serials))))
    broken = _open_exchanges([line["replaces"] for line in lines])
    wrong: dict[str, Text] = {}
    seen: set[str] = set()
    for n, line in enumerate(lines):
        faults = _faults(line, day)
        if line["serial"] in seen:
            faults["serial"] = T("表身号 {no} 在本单中重复", no=line["serial"])
        elif line["serial"] in known:
            faults["serial"] = T("表身号 {no} 已经入库", no=line["serial"])
        if line["replaces"] and line["replaces"] not in broken:
            faults["replaces"] = T("没有待换的损坏水表 {no}", no=line["replaces"])
        seen.add(line["serial"])
        wrong |= {f"rows[{n}].{name}": text for name, text in faults.items()}
    return wrong


def _faults(line: Mapping[str, Any], day: date) -> dict[str, Text]:
    """What is wrong with a row by itself."""
    wrong: dict[str, Text] = {}
    remote = line.get("type") == "remote"
    if fault := identifiers.meter_serial(line["serial"], remote=remote):
        wrong["serial"] = fault
    if fault := identifiers.calibre(line.get("calibre") or 0):
        wrong["calibre"] = fault
    if line.get("type") not in TYPES:
        wrong["type"] = T("请选择水表类型")
    if not isinstance(line.get("max_dial"), int) or line["max_dial"] < 999:
        wrong["max_dial"] = T("请填写量程，如 99999")
    return wrong | _verification_fault(line.get("first_verification"), day)


def _verification_fault(verified: Any, day: date) -> dict[str, Text]:
    if not isinstance(verified, date):
        return {"first_verification": T("请填写首次检定日期")}
    if verified > day:
        return {"first_verification": T("首次检定日期不能晚于今天")}
    if verified < months_before(day, settings.get("meters.max_age")):
        return {"first_verification": T("首次检定日期为 {day}，存放过久，请退换", day=verified)}
    return {}


def _meter(line: Mapping[str, Any], store: str, life: Life) -> Meter:
    calibre = int(str(line["calibre"]).upper().removeprefix("DN"))
    years, rule = life(calibre, line.get("q3"))
    return Meter(
        serial=line["serial"],
        calibre=calibre,
        type=line["type"],
        model=line.get("model") or None,
        maker=line.get("maker") or None,
        q3=line.get("q3"),
        max_dial=line["max_dial"],
        first_verification=line["first_verification"],
        life_until=months_before(line["first_verification"], -12 * years),
        life_rule=rule,
        state="in_stock",
        store=store,
        remote_no=line.get("remote_no") or None,
    )


def _open_exchanges(serials: Sequence[str]) -> dict[str, Exchange]:
    wanted = [each for each in serials if each]
    if not wanted:
        return {}
    asked = sa.select(Exchange).where(Exchange.serial.in_(wanted), Exchange.closed_at.is_(None))
    return {row.serial: row for row in db.session.scalars(asked.with_for_update())}


def _exchanges(work: Work, number: str, lines: Sequence[Mapping[str, Any]]) -> None:
    waiting = _open_exchanges([line["replaces"] for line in lines])
    for line in lines:
        if line["damaged"]:
            calibre = int(str(line["calibre"]).upper().removeprefix("DN"))
            db.session.add(
                Exchange(
                    delivery_no=number,
                    serial=line["serial"],
                    calibre=calibre,
                    reason=line["damaged"],
                )
            )
        elif line["replaces"]:
            row = waiting[line["replaces"]]
            row.replaced_by, row.closed_at = line["serial"], work.at


def take_in_seals(
    work: Work, *, store: str, type: str, first: str, count: int, calibre: int | None = None
) -> list[str]:
    """Take a roll of seals in: ``count`` numbers from ``first`` on, which ends in digits.

    Raises Invalid (``type``, ``first``, ``count``), NotFound, NotAllowed for the store.
    """
    place = served_store(work.by, store)
    numbers = _numbers(type, identifiers.fold_number(first), count)
    named = Seal.type == type, Seal.branch == place.branch, Seal.no.in_(numbers)
    known = db.session.scalars(sa.select(Seal.no).where(*named).order_by(Seal.no)).all()
    if known:
        text = T("封号 {no} 等 {n} 个已经入库", no=known[0], n=len(known))
        raise Invalid(fields={"first": text})
    seals = [
        Seal(no=no, type=type, branch=place.branch, calibre=calibre, state="unused")
        for no in numbers
    ]
    take_in(work, seals, place.code, Why("intake"))
    return numbers


def _numbers(type_: str, first: str, count: int) -> list[str]:
    wrong: dict[str, Text] = {}
    digits = first[len(first.rstrip("0123456789")) :]
    if type_ not in SEAL_TYPES:
        wrong["type"] = T("请选择封号种类")
    if not digits or len(first) > 30:
        wrong["first"] = T("起始封号应以数字结尾，如 S1-00001")
    if not 1 <= count <= MOST:
        wrong["count"] = T("一次应为 1 至 {most} 个", most=MOST)
    elif digits and len(str(int(digits) + count - 1)) > len(digits):
        wrong["count"] = T("号码位数不够，请减少个数或改起始封号")
    if wrong:
        raise Invalid(fields=wrong)
    head, width, begin = first[: -len(digits)], len(digits), int(digits)
    return [f"{head}{begin + n:0{width}}" for n in range(count)]
