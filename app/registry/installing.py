"""A meter is put up at its point, and comes back from it (2.8, 2.22, 2.24; P28: new for old)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import sqlalchemy as sa

from app import identifiers
from app.db import db
from app.errors import Invalid, NotFound, Refused
from app.registry import states
from app.registry.books import holder_of, installation_row, today
from app.registry.issues import close_issue, give_back_seals, open_issue
from app.registry.models import Account, Installation, Meter, MeterIssue, Seal, ServicePoint, Store
from app.registry.stock import (
    Why,
    meter_row,
    move_meter,
    move_seal,
    seal_rows,
    store_codes,
    store_rows,
)
from app.texts import T, Text
from app.work import Work


def install_meter(
    work: Work,
    *,
    serial: str,
    point_no: str,
    on: date,
    start_reading: int,
    seals: Sequence[Mapping[str, str]],
    position: str,
    reversed: bool,
    photos: Sequence[str],
    installer: str,
    case: str,
) -> int:
    """Put a meter that was issued for the point up there; gives the id of the installation.

    ``seals``: {type, no}, those that went out with it or unused ones of the branch; of those that
    went out what is not named here goes back into stock. Raises Invalid (``on``,
    ``start_reading``, ``seals[n].no``), Refused when it was not issued for this point, when a
    meter hangs there, or when another case holds the account.
    """
    meter = meter_row(serial)
    issue = open_issue(meter.serial)
    point = _point_for(issue, point_no, case)
    rows = _seal_rows(issue, point, seals)
    _check(work, meter, on, start_reading)
    hangs = Installation(
        serial=meter.serial,
        point_no=point_no,
        installed=on,
        start_reading=start_reading,
        last_reading=start_reading,
        last_date=on,
        reversed=reversed,
        installer=installer or None,
        position=position or None,
        photos=list(photos),
    )
    db.session.add(hangs)
    db.session.flush()
    why = Why("install", issue.slip_no, case, point_no)
    _hang_up(work, meter, point, why)
    _apply(work, hangs.id, rows, why)
    close_issue(work, issue, "installed")
    give_back_seals(work, issue, why)
    return hangs.id


def _hang_up(work: Work, meter: Meter, point: ServicePoint, why: Why) -> None:
    move_meter(work, meter, state="installed", store=None, why=why)
    was, point.state = point.state, states.move("point", point.state, "metered")
    work.record(meter, "meter:point_metered", before={"point_state": was},
                after={"point": point.no, "point_state": "metered"}, case=why.case)  # fmt: skip


def _apply(work: Work, hangs: int, rows: Sequence[Seal], why: Why) -> None:
    codes = store_codes()
    for seal in rows:
        seal.installation_id = hangs
        left = None if seal.issue_id is not None else codes.get(seal.branch)
        move_seal(work, seal, state="used", stores=(left, None), why=why)


def _point_for(issue: MeterIssue, point_no: str, case: str) -> ServicePoint:
    if issue.point_no != point_no:
        text = T(
            "水表 {serial} 是为接水点 {wants} 发放的，不是 {has}。",
            serial=issue.serial, wants=issue.point_no, has=point_no,
        )  # fmt: skip
        raise Refused(text)
    hangs = installation_row(point_no)
    if hangs is not None:
        text = T("接水点 {no} 还装着水表 {serial}。", no=point_no, serial=hangs.serial)
        raise Refused(text)
    return _free_point(point_no, case)


def _free_point(point_no: str, case: str) -> ServicePoint:
    """The point, locked, unless another case holds its account."""
    point = db.session.get(ServicePoint, point_no, with_for_update=True, populate_existing=True)
    if point is None:
        raise NotFound(T("没有编号为 {no} 的接水点", no=point_no))
    for account_no in db.session.scalars(
        sa.select(Account.account_no).where(Account.point_no == point_no)
    ):
        holder = holder_of(account_no)
        if holder not in (None, case):
            text = T("该户正由案件 {case} 办理，办结前不能作其他变更。", case=holder)
            raise Refused(text, case=holder, holder=holder)
    return point


def _check(work: Work, meter: Meter, on: date, start: int) -> None:
    wrong: dict[str, Text] = {}
    if on < meter.first_verification:
        wrong["on"] = T("安装日期不能早于首次检定日期 {day}", day=meter.first_verification)
    elif on > today(work):
        wrong["on"] = T("安装日期不能晚于今天")
    elif on >= meter.life_until:
        wrong["on"] = T("水表使用期限到 {day} 为止，不能安装", day=meter.life_until)
    if not 0 <= start <= meter.max_dial:
        wrong["start_reading"] = T("起始码应在 0 至 {most} 之间", most=meter.max_dial)
    if wrong:
        raise Invalid(fields=wrong)


def _seal_rows(
    issue: MeterIssue, point: ServicePoint, given: Sequence[Mapping[str, str]]
) -> list[Seal]:
    wanted = [
        (str(each.get("type") or ""), identifiers.fold_number(str(each.get("no") or "")))
        for each in given
    ]
    named = sa.tuple_(Seal.type, Seal.no).in_(wanted)
    rows = seal_rows(named & ((Seal.issue_id == issue.id) | (Seal.branch == point.branch)))
    # Of two with one number that of the slip counts.
    found = {(row.type, row.no): row for row in sorted(rows, key=lambda r: r.issue_id == issue.id)}
    wrong: dict[str, Text] = {}
    for n, (type_, no) in enumerate(wanted):
        if fault := _seal_fault(found.get((type_, no)), issue, no):
            wrong[f"seals[{n}].no"] = fault
    if len(set(wanted)) != len(wanted):
        wrong.setdefault("seals", T("同一封号填写了两次"))
    if wrong:
        raise Invalid(fields=wrong)
    return [found[each] for each in wanted]


def _seal_fault(row: Seal | None, issue: MeterIssue, no: str) -> Text | None:
    if row is None:
        return T("库里没有封号 {no}，请核对种类和号码", no=no)
    if row.state != "unused":
        return T("封号 {no} {state}", no=no, state=states.label("seal", row.state))
    if row.issue_id not in (None, issue.id) or row.held_by not in (None, issue.case_no):
        return T("封号 {no} 已随其他水表发出，请另取一个", no=no)
    return None


def take_back_meter(work: Work, serial: str, case: str, reading: int) -> str:
    """An old meter came back from its point (领新换旧); gives the store it lies in now.

    It waits there for verification (待检); never does it go back to the company's store. What it
    was sealed with is void, its last reading is the end of its installation. Raises Invalid
    (``reading``), Refused when it hangs nowhere.
    """
    meter = meter_row(serial)
    hangs = db.session.scalar(
        sa.select(Installation)
        .where(Installation.serial == meter.serial, Installation.removed.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if hangs is None or meter.state != "installed":
        label = states.label("meter", meter.state)
        raise Refused(
            T("水表 {serial} {state}，不是在装的旧表。", serial=meter.serial, state=label)
        )
    if not 0 <= reading <= meter.max_dial:
        most = meter.max_dial
        raise Invalid(fields={"reading": T("表底数应在 0 至 {most} 之间", most=most)})
    point = _free_point(hangs.point_no, case)
    store = _branch_store(point)
    hangs.removed, hangs.end_reading = today(work), reading
    why = Why("give_back", case, case, point.no)
    move_meter(work, meter, state="to_verify", store=store.code, why=why)
    point.state = states.move("point", point.state, "numbered")
    after = {"point": point.no, "point_state": "numbered", "end_reading": reading}
    work.record(meter, "meter:take_down", after=after, case=case)
    for seal in seal_rows((Seal.installation_id == hangs.id) & (Seal.state == "used")):
        move_seal(work, seal, state="void", stores=(None, None), why=why)
    return store.code


def _branch_store(point: ServicePoint) -> Store:
    found = (row for row in store_rows().values() if row.level == "branch")
    store = next((row for row in found if row.region == point.region), None)
    if store is None:
        raise Refused(T("{region}没有分库，请先设立分库再收旧表。", region=point.region))
    return store
