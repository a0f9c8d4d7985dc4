"""Which meter and which seals for which point: every check of a list, named at row and field.

A list that passes stands under lock until the end of the work, so of two storekeepers who take
the same serial one waits, and is told who has it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from app import identifiers
from app.db import db
from app.errors import Invalid
from app.registry import states
from app.registry.models import Meter, MeterIssue, Seal, ServicePoint, Store
from app.registry.stock import (
    SEAL_TYPES,
    keeper,
    meter_rows,
    oldest_allowed,
    seal_rows,
    serves,
    store_rows,
)
from app.texts import T, Text
from app.work import Work

# In one list; a building is a few hundred. Each item is an entry of the trail, and one command
# links no more of them than the database takes at once.
MOST = 500


@dataclass(frozen=True)
class Line:
    """What a storekeeper says: meter and seals (type, number) for a point."""

    point_no: str
    serial: str
    seals: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Picked:
    """A line that passed: its rows, under lock."""

    point: ServicePoint
    meter: Meter
    store: Store
    seals: tuple[Seal, ...]


@dataclass
class Books:
    """What the lines are held against, read once."""

    case: str
    on: date
    work: Work
    stores: Mapping[str, Store]
    points: Mapping[str, ServicePoint]
    meters: Mapping[str, Meter]
    # Serials out for a point that waits: point number → case.
    waiting: Mapping[str, MeterIssue]
    seals: dict[tuple[str, str, str], Seal] = field(default_factory=dict)

    def held(self, item: Meter | Seal) -> bool:
        """Whether another case picked it out and its time is not over."""
        return keeper(self.work, item) not in (None, self.case)


def read_lines(given: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Lines in their one form. Raises Invalid for none or too many."""
    if not given:
        raise Invalid(fields={"lines": T("请至少填写一块水表")})
    if len(given) > MOST:
        raise Invalid(fields={"lines": T("一次最多 {most} 块水表，请分次办理", most=MOST)})
    return [_line(each) for each in given]


def _line(given: Mapping[str, Any]) -> Line:
    seals = tuple(
        (str(seal.get("type") or ""), identifiers.fold_number(str(seal.get("no") or "")))
        for seal in given.get("seals") or ()
    )
    serial = identifiers.fold_number(str(given.get("serial") or ""))
    return Line(str(given.get("point_no") or ""), serial, seals)


def pick(work: Work, given: Sequence[Mapping[str, Any]], *, case: str, on: date) -> list[Picked]:
    """The rows of all lines, locked, when every one passes.

    ``given``: {point_no, serial, seals: [{type, no}]}. Raises Invalid naming each fault by row
    and field: ``lines[2].serial``, ``lines[0].seals[1].no``.
    """
    lines = read_lines(given)
    books = _books(work, lines, case, on)
    books.seals = _seals(lines, books)
    wrong = _twice(lines)
    for n, line in enumerate(lines):
        for name, text in _line_faults(line, books).items():
            wrong.setdefault(f"lines[{n}].{name}", text)
    if wrong:
        raise Invalid(fields=wrong)
    return [_picked(line, books) for line in lines]


def _books(work: Work, lines: Sequence[Line], case: str, on: date) -> Books:
    meters = meter_rows(line.serial for line in lines)
    numbers = [line.point_no for line in lines]
    points = db.session.scalars(
        sa.select(ServicePoint).where(ServicePoint.no.in_(numbers)).order_by(ServicePoint.no)
        .with_for_update().execution_options(populate_existing=True)
    )  # fmt: skip
    waiting = db.session.scalars(
        sa.select(MeterIssue).where(MeterIssue.point_no.in_(numbers), MeterIssue.state == "issued")
    )
    return Books(
        case,
        on,
        work,
        store_rows(),
        {row.no: row for row in points},
        meters,
        {row.point_no: row for row in waiting},
    )


def _picked(line: Line, books: Books) -> Picked:
    meter = books.meters[line.serial]
    seals = tuple(s for s in (_seal(seal, line, books) for seal in line.seals) if s is not None)
    return Picked(books.points[line.point_no], meter, books.stores[meter.store or ""], seals)


# --- seals ----------------------------------------------------------------------------------------


def _seals(lines: Sequence[Line], books: Books) -> dict[tuple[str, str, str], Seal]:
    wanted = {(branch, *seal) for x in lines for branch in _branches(x, books) for seal in x.seals}
    if not wanted:
        return {}
    found = seal_rows(sa.tuple_(Seal.branch, Seal.type, Seal.no).in_(sorted(wanted)))
    return {(row.branch, row.type, row.no): row for row in found}


def _branches(line: Line, books: Books) -> list[str]:
    """Whose seals a line may name: those of the meter's store, then those of the point's branch."""
    meter, point = books.meters.get(line.serial), books.points.get(line.point_no)
    store = books.stores.get(meter.store or "") if meter else None
    return [*([store.branch] if store else []), *([point.branch] if point else [])]


def _seal(seal: tuple[str, str], line: Line, books: Books) -> Seal | None:
    found = (books.seals.get((branch, *seal)) for branch in _branches(line, books))
    return next((each for each in found if each is not None), None)


def _seal_fault(seal: tuple[str, str], line: Line, books: Books) -> tuple[str, Text] | None:
    if seal[0] not in SEAL_TYPES:
        return "type", T("请选择封号种类")
    row = _seal(seal, line, books)
    if row is None:
        return "no", T("库里没有封号 {no}，请核对种类和号码", no=seal[1])
    if row.state != "unused":
        label = states.label("seal", row.state)
        return "no", T("封号 {no} {state}，请另取一个", no=seal[1], state=label)
    if row.issue_id is not None:
        return "no", T("封号 {no} 已随其他水表发出，请另取一个", no=seal[1])
    if books.held(row):
        return "no", T("封号 {no} 已由案件 {case} 配出，请另取一个", no=seal[1], case=row.held_by)
    return None


# --- the line -------------------------------------------------------------------------------------


def _twice(lines: Sequence[Line]) -> dict[str, Text]:
    """What stands in the list more than once, at each place but the first."""
    wrong: dict[str, Text] = {}
    serials, points, seals = (Counter[Any]() for _ in range(3))
    for n, line in enumerate(lines):
        if line.serial and serials[line.serial]:
            wrong[f"lines[{n}].serial"] = T("表身号 {no} 在本单中重复", no=line.serial)
        if points[line.point_no]:
            wrong[f"lines[{n}].point_no"] = T("接水点 {no} 在本单中重复", no=line.point_no)
        for k, seal in enumerate(line.seals):
            if seals[seal]:
                wrong[f"lines[{n}].seals[{k}].no"] = T("封号 {no} 在本单中重复", no=seal[1])
            seals[seal] += 1
        serials[line.serial] += 1
        points[line.point_no] += 1
    return wrong


def _line_faults(line: Line, books: Books) -> dict[str, Text]:
    wrong: dict[str, Text] = {}
    if fault := _point_fault(line, books):
        wrong["point_no"] = fault
    if fault := _meter_fault(line, books):
        wrong["serial"] = fault
    for k, seal in enumerate(line.seals):
        if found := _seal_fault(seal, line, books):
            wrong[f"seals[{k}].{found[0]}"] = found[1]
    return wrong


def _point_fault(line: Line, books: Books) -> Text | None:
    point = books.points.get(line.point_no)
    if point is None:
        return T("没有编号为 {no} 的接水点", no=line.point_no)
    if point.state == "disused":
        return T("接水点 {no} 已停用", no=point.no)
    issue = books.waiting.get(point.no)
    if issue is not None:
        return T("接水点 {no} 已发放水表 {serial}，尚未安装", no=point.no, serial=issue.serial)
    return None


def _meter_fault(line: Line, books: Books) -> Text | None:
    if not line.serial:
        return T("请扫描或输入表身号")
    meter = books.meters.get(line.serial)
    if meter is None:
        return T("表库里没有表身号 {serial}，请核对表盘", serial=line.serial)
    return (
        _place_fault(meter, books) or _fits(meter, books.points.get(line.point_no), books)
        or _age_fault(meter, books.on)
    )  # fmt: skip


def _place_fault(meter: Meter, books: Books) -> Text | None:
    if meter.state != "in_stock":
        label = states.label("meter", meter.state)
        return T("水表 {serial} {state}，不在库，请另取一块", serial=meter.serial, state=label)
    store = books.stores.get(meter.store or "")
    if store is None:
        return T("水表 {serial} 不在任何表库，请先入库", serial=meter.serial)
    # What the case picked out was looked at then; who signs for it is no storekeeper.
    if meter.held_by != books.case and not serves(books.work.by, store):
        return T("水表 {serial} 在{store}，不由您负责", serial=meter.serial, store=store.name)
    if books.held(meter):
        return T(
            "水表 {serial} 已由案件 {case} 配出，请另取一块",
            serial=meter.serial,
            case=meter.held_by,
        )
    return None


def _fits(meter: Meter, point: ServicePoint | None, books: Books) -> Text | None:
    if point is None:
        return None
    store = books.stores[meter.store or ""]
    if store.region not in (None, point.region):
        return T("水表在{store}，请从本片区或总库领用", store=store.name)
    if point.calibre_planned not in (None, meter.calibre):
        return T(
            "水表口径为 DN{has}，接水点应装 DN{wants}",
            has=meter.calibre,
            wants=point.calibre_planned,
        )
    return None


def _age_fault(meter: Meter, on: date) -> Text | None:
    first = meter.first_verification
    if first > on:
        return T("首次检定日期 {day} 晚于今天，请核对水表档案", day=first)
    last = meter.verified_on or first
    if last < oldest_allowed(on):
        return T("检定日期为 {day}，存放过久，不能发放，请送检或另取一块", day=last)
    if meter.life_until <= on:
        return T("使用期限到 {day} 为止，不能发放", day=meter.life_until)
    return None
