"""Looking at acceptances; nothing changes here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from app.db import db
from app.registry.facts_acceptance import (
    AcceptanceFacts,
    CheckedMeter,
    FailureCount,
    NoticeFacts,
    PointLine,
)
from app.registry.models import (
    Acceptance,
    AcceptanceItem,
    Account,
    Meter,
    RectificationNotice,
    ServicePoint,
)


def acceptance(
    *, id: int | None = None, case: str | None = None, number: str | None = None
) -> AcceptanceFacts | None:
    """An acceptance by id, by its sheet's number, or the latest of a case; None when none is."""
    named = ((Acceptance.id, id), (Acceptance.number, number), (Acceptance.case_no, case))
    conditions = [column == value for column, value in named if value is not None]
    asked = sa.select(Acceptance).where(*conditions).order_by(Acceptance.id.desc()).limit(1)
    found = db.session.scalar(asked) if conditions else None
    return None if found is None else _facts(found)


def accepting(points: Iterable[str]) -> dict[int, str]:
    """Id → case of the open acceptances that one of these points is part of."""
    rows = db.session.execute(
        sa.select(Acceptance.id, Acceptance.case_no).where(
            Acceptance.state == "open", Acceptance.points.overlap(list(points))
        )
    )
    return {id: case for id, case in rows.all()}  # noqa: C416  (rows are no pairs to mypy)


def point_lines(points: Iterable[str]) -> dict[str, PointLine]:
    """The points that exist, by number."""
    rows = db.session.execute(
        sa.select(ServicePoint, Account.account_no)
        .outerjoin(Account, (Account.point_no == ServicePoint.no) & (Account.state != "closed"))
        .where(ServicePoint.no.in_(list(points)))
    )
    return {
        p.no: PointLine(p.no, p.address, p.region, p.branch, p.state, account_no)
        for p, account_no in rows
    }


def meter_kinds(serials: Iterable[str]) -> dict[str, tuple[int, str, int]]:
    """Serial → calibre (mm), type and the dial's end (m³), of the meters that exist."""
    asked = sa.select(Meter.serial, Meter.calibre, Meter.type, Meter.max_dial)
    rows = db.session.execute(asked.where(Meter.serial.in_(list(serials))))
    return {serial: (calibre, type_, most) for serial, calibre, type_, most in rows}


def checked_meters(acceptance_id: int, *, round: int | None = None) -> list[CheckedMeter]:
    """The meters as they were found in a round, else each as it was found last."""
    rows = db.session.execute(
        sa.select(AcceptanceItem, ServicePoint.address)
        .ext(distinct_on(AcceptanceItem.point_no))
        .join(ServicePoint, ServicePoint.no == AcceptanceItem.point_no)
        .where(
            AcceptanceItem.acceptance_id == acceptance_id,
            sa.true() if round is None else AcceptanceItem.round == round,
        )
        .order_by(AcceptanceItem.point_no, AcceptanceItem.round.desc())
        .execution_options(populate_existing=True)
    )
    return [_meter(item, address) for item, address in rows]


def passed_before(points: Iterable[str]) -> dict[str, CheckedMeter]:
    """Meters that had passed when their acceptance was stopped, by point; the newest of each."""
    rows = db.session.execute(
        sa.select(AcceptanceItem, ServicePoint.address, Acceptance.state)
        .ext(distinct_on(AcceptanceItem.point_no))
        .join(Acceptance, Acceptance.id == AcceptanceItem.acceptance_id)
        .join(ServicePoint, ServicePoint.no == AcceptanceItem.point_no)
        .where(AcceptanceItem.point_no.in_(list(points)))
        .order_by(
            AcceptanceItem.point_no, AcceptanceItem.acceptance_id.desc(),
            AcceptanceItem.round.desc(),
        )
    )  # fmt: skip
    found = [(_meter(item, address), state) for item, address, state in rows]
    return {m.point_no: m for m, state in found if state == "stopped" and m.result == "pass"}


def rectifications(acceptance_id: int) -> list[NoticeFacts]:
    """The notices of an acceptance, oldest first."""
    asked = sa.select(RectificationNotice).where(RectificationNotice.acceptance_id == acceptance_id)
    ordered = asked.order_by(RectificationNotice.round, RectificationNotice.times)
    return [_notice(one) for one in db.session.scalars(ordered)]


def acceptance_failures(
    since: date, until: date, *, region: str | None = None
) -> list[FailureCount]:
    """Why meters failed from a day to a day (both in it), the most frequent first."""
    cause = sa.func.jsonb_array_elements(AcceptanceItem.failed).table_valued(
        sa.column("value", sa.JSON), name="cause"
    )
    code, label = cause.c.value.op("->>")("code"), cause.c.value.op("->>")("label")
    asked = (
        sa.select(
            code,
            sa.func.max(label),
            sa.func.count(),
            sa.func.count(AcceptanceItem.point_no.distinct()),
        )
        .select_from(AcceptanceItem)
        .join(Acceptance, Acceptance.id == AcceptanceItem.acceptance_id)
        .join(cause, sa.true())
        .where(AcceptanceItem.result != "pass", AcceptanceItem.inspected_on.between(since, until))
        .group_by(code)
        .order_by(sa.func.count().desc(), code)
    )
    if region is not None:
        asked = asked.where(Acceptance.region == region)
    return [FailureCount(*row) for row in db.session.execute(asked)]


def _facts(found: Acceptance) -> AcceptanceFacts:
    return AcceptanceFacts(
        found.id, found.number, found.case_no, found.source, found.region, tuple(found.points),
        found.rounds, tuple(found.parties), tuple(found.works), found.state, found.reason,
        found.reported_on, found.opened_at, found.closed_at,
    )  # fmt: skip


def _meter(item: AcceptanceItem, address: str) -> CheckedMeter:
    return CheckedMeter(
        item.point_no, item.serial, item.serial_found, item.door_match, item.checklist,
        tuple(item.failed), item.defects, item.start_reading, tuple(item.seals), item.position,
        tuple(item.photos), item.result, item.round, address,
    )  # fmt: skip


def _notice(one: RectificationNotice) -> NoticeFacts:
    return NoticeFacts(
        one.number, one.round, one.times, tuple(one.items), one.issued_on, one.deadline,
        one.reinspect_on, one.note, one.reported_on, one.report,
    )  # fmt: skip
