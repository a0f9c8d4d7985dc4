"""Handing meters out, calling them back, putting them up (2.22, 4.6): stock −1, point by point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from app import settings
from app.db import db
from app.errors import Invalid, Refused
from app.registry.books import today
from app.registry.facts_stock import IssuedFacts
from app.registry.models import Meter, MeterIssue, Seal, ServicePoint
from app.registry.picking import Picked, pick
from app.registry.stock import Why, meter_rows, move_meter, move_seal, seal_rows, store_codes
from app.texts import T
from app.work import Work, command

Lines = Sequence[Mapping[str, Any]]


def hold_meters(work: Work, case: str, lines: Lines, on: date | None = None) -> list[Picked]:
    """Keep what was picked for ``meters.hold`` days, so that nobody else takes it meanwhile.

    Lines and errors as of ``issue_meters``. What the case held before falls.
    """
    drop_holds(work, case)
    picked = pick(work, lines, case=case, on=on or today(work))
    until = work.at + timedelta(days=settings.get("meters.hold"))
    for one in picked:
        one.meter.held_by, one.meter.held_until = case, until
        for seal in one.seals:
            seal.held_by, seal.held_until = case, until
        after = {"point": one.point.no, "until": until}
        work.record(one.meter, "meter:hold", after=after, case=case)
    return picked


def drop_holds(work: Work, case: str) -> list[str]:
    """Let go of what the case picked out; gives the serials."""
    serials = db.session.scalars(sa.select(Meter.serial).where(Meter.held_by == case)).all()
    for meter in meter_rows(serials).values():
        meter.held_by = meter.held_until = None
        work.record(meter, "meter:let_go", case=case)
    for seal in seal_rows(Seal.held_by == case):
        seal.held_by = seal.held_until = None
    return sorted(serials)


def issue_meters(
    work: Work,
    case: str,
    lines: Lines,
    receiver: str,
    on: date,
    *,
    issuer: str = "",
    own: bool = False,
) -> str:
    """Hand meters out; gives the number of the slip.

    ``lines``: {point_no, serial, seals: [{type, no}]}. ``issuer``: name of the storekeeper who
    picked them, unless it is who works here. ``own``: nobody else watches over the day
    until which they are to be installed (``T-INSTALL``), so the register calls them back.
    Raises Invalid naming each fault by row and field (``lines[2].serial``, ``receiver``).
    """
    if not receiver.strip():
        raise Invalid(fields={"receiver": T("请填写领用人")})
    picked = pick(work, lines, case=case, on=on)
    slip = settings.next_number(work, "LYD")
    days = timedelta(days=settings.get("limit.T-INSTALL"))
    issues = [
        MeterIssue(
            slip_no=slip,
            case_no=case,
            point_no=one.point.no,
            serial=one.meter.serial,
            from_store=one.store.code,
            issued_on=on,
            install_by=on + days,
            issuer=issuer or work.by.name,
            receiver=receiver.strip(),
            own=own,
            state="issued",
        )
        for one in picked
    ]
    db.session.add_all(issues)
    db.session.flush()
    _hand_out(work, picked, issues)
    return slip


def _hand_out(work: Work, picked: Sequence[Picked], issues: Sequence[MeterIssue]) -> None:
    codes = store_codes()
    for one, issue in zip(picked, issues, strict=True):
        why = Why("issue", issue.slip_no, issue.case_no, issue.point_no)
        move_meter(work, one.meter, state="issued", store=None, why=why)
        for seal in one.seals:
            seal.issue_id = issue.id
            move_seal(work, seal, state="unused", stores=(codes.get(seal.branch), None), why=why)


def recall_meters(
    work: Work, case: str, points: Sequence[str] | None = None, reason: str = ""
) -> list[str]:
    """Take back into stock what the case issued and nobody installed; gives the serials.

    ``points``: only those of these points. Running it again changes nothing.
    """
    open_issues = MeterIssue.case_no == case, MeterIssue.state == "issued"
    asked = sa.select(MeterIssue).where(*open_issues)
    if points is not None:
        asked = asked.where(MeterIssue.point_no.in_(list(points)))
    return _recall(work, _locked(asked), reason)


@command(right="system")
def recall_overdue(work: Work) -> list[str]:
    """Call back what the register itself watches over and whose day has passed (T-INSTALL)."""
    asked = sa.select(MeterIssue).where(
        MeterIssue.own, MeterIssue.state == "issued", MeterIssue.install_by < today(work)
    )
    return _recall(work, _locked(asked), str(T("逾期未安装，自动收回")))


def _locked(asked: sa.Select[tuple[MeterIssue]]) -> list[MeterIssue]:
    asked = asked.order_by(MeterIssue.id).with_for_update()
    return list(db.session.scalars(asked.execution_options(populate_existing=True)))


def _recall(work: Work, issues: Sequence[MeterIssue], reason: str) -> list[str]:
    meters = meter_rows(issue.serial for issue in issues)
    for issue in issues:
        why = Why("recall", issue.slip_no, issue.case_no, issue.point_no, reason)
        close_issue(work, issue, "recalled", reason)
        move_meter(work, meters[issue.serial], state="in_stock", store=issue.from_store, why=why)
        give_back_seals(work, issue, why)
    return [issue.serial for issue in issues]


def close_issue(work: Work, issue: MeterIssue, state: str, reason: str = "") -> None:
    """The meter of an issue was installed or came back."""
    issue.state, issue.closed_on, issue.reason = state, today(work), reason


def give_back_seals(work: Work, issue: MeterIssue, why: Why) -> None:
    """Seals that went out with the meter and were not used go back to their branch's store."""
    codes = store_codes()
    for seal in seal_rows((Seal.issue_id == issue.id) & (Seal.state == "unused")):
        seal.issue_id = None
        move_seal(work, seal, state="unused", stores=(None, codes.get(seal.branch)), why=why)


def open_issue(serial: str) -> MeterIssue:
    """The issue by which the meter is out. Raises Refused."""
    asked = sa.select(MeterIssue).where(MeterIssue.serial == serial, MeterIssue.state == "issued")
    found = _locked(asked)
    if not found:
        raise Refused(T("水表 {serial} 没有发放，不能安装。", serial=serial))
    return found[0]


def issued(case: str | None = None, points: Sequence[str] | None = None) -> list[IssuedFacts]:
    """What was handed out by a case or for points, the latest of each point last."""
    conditions: list[Any] = []
    if case is not None:
        conditions.append(MeterIssue.case_no == case)
    if points is not None:
        conditions.append(MeterIssue.point_no.in_(list(points)))
    return issues_where(*conditions)


def issues_where(
    *conditions: Any, order: Sequence[Any] = (MeterIssue.id,), limit: int | None = None
) -> list[IssuedFacts]:
    """What was handed out, by conditions on the issue and its point; two statements."""
    rows = db.session.execute(
        sa.select(MeterIssue, ServicePoint.address, Meter.calibre, Meter.first_verification)
        .join(ServicePoint, ServicePoint.no == MeterIssue.point_no)
        .join(Meter, Meter.serial == MeterIssue.serial)
        .where(*conditions)
        .order_by(*order)
        .limit(limit)
    ).all()
    seals = _seals_of([row[0].id for row in rows])
    return [_facts(*row, seals.get(row[0].id, ())) for row in rows]


def _seals_of(ids: Sequence[int]) -> dict[int, tuple[dict[str, str], ...]]:
    found: dict[int, tuple[dict[str, str], ...]] = {}
    asked = sa.select(Seal.issue_id, Seal.type, Seal.no).where(Seal.issue_id.in_(list(ids)))
    for issue_id, type_, no in db.session.execute(asked.order_by(Seal.id)):
        assert issue_id is not None
        found[issue_id] = (*found.get(issue_id, ()), {"type": type_, "no": no})
    return found


def _facts(
    issue: MeterIssue, address: str, calibre: int, verified: date, seals: tuple[dict[str, str], ...]
) -> IssuedFacts:
    return IssuedFacts(
        issue.point_no,
        address,
        issue.serial,
        calibre,
        seals,
        issue.issued_on,
        issue.install_by,
        issue.state,
        issue.case_no,
        issue.slip_no,
        issue.issuer,
        issue.receiver,
        verified,
    )
