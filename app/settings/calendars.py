"""Working days and service hours: the house's, and those of branches that differ; with history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from app import audit
from app.db import db
from app.errors import Invalid, NotFound
from app.settings.hours import PARTS, hours_error
from app.settings.models import Branch, BranchDay, CalendarDay, CalendarYear
from app.settings.recounts import ask_recount
from app.settings.values import _require_admin, changed, get, write
from app.texts import T
from app.work import Work, command, ledger
from app.worktime import FIRST, LAST

MOST_DAYS = 400


@dataclass(frozen=True)
class DaySaid:
    """What is said of a date: a working day, none, or (None) as announced; its name."""

    workday: bool | None
    name: str = ""


@command(right="admin")
def put_day(
    work: Work, day: date, workday: bool | None, name: str = "", branch: str | None = None
) -> None:
    """Say of a date that it is a working day or not; None goes back to what holds without."""
    _require_admin(work)
    owner = _owner(branch)
    old = _said(owner).get(day)
    before = None if old is None else {"workday": old.workday, "name": old.name}
    _write(owner, {day: DaySaid(workday, name)})
    after = {"day": day, "workday": workday, "name": name, **_of(branch)}
    _note(work, owner, "calendar:change", before, after)


@command(right="admin")
def put_days(
    work: Work,
    said: Mapping[date, DaySaid],
    *,
    branch: str | None = None,
    year: int | None = None,
) -> int:
    """Say of many dates at once; gives how many changed. ``year``: it is filled in by this, so
    that what was said of its dates before falls away and it is provisional no more.

    Raises Invalid (field ``days``) for dates outside of the year or of any calendar.
    """
    _require_admin(work)
    _need_dates(said, year)
    owner = _owner(branch)
    old = _said(owner)
    gone = {day: DaySaid(None) for day in old if year == day.year and day not in said}
    new = {d: s for d, s in {**gone, **said}.items() if old.get(d, DaySaid(None)) != s}
    _write(owner, new)
    if year is not None and branch is None:
        _fill(work, year)
    if new or year is not None:
        before = {day.isoformat(): _plain(old[day]) for day in sorted(new) if day in old}
        after = {day.isoformat(): _plain(new[day]) for day in sorted(new)}
        _note(work, owner, "calendar:import", {"days": before},
              {"days": after, "year": year, **_of(branch)})  # fmt: skip
    return len(new)


def _need_dates(said: Mapping[date, DaySaid], year: int | None) -> None:
    if len(said) > MOST_DAYS:
        raise Invalid(fields={"days": T("一次最多 {n} 天，请分几次导入。", n=MOST_DAYS)})
    wrong = [d for d in said if not FIRST <= d <= LAST or (year is not None and d.year != year)]
    if wrong:
        raise Invalid(fields={"days": T("日期 {day} 不在这一年。", day=min(wrong))})


@command(right="admin")
def fill_year(work: Work, year: int, filled: bool = True) -> None:
    """Say that a year is complete, or (not announced) provisional again."""
    _require_admin(work)
    if not FIRST.year <= year <= LAST.year:
        raise Invalid(fields={"year": T("请填 {a} 至 {b} 之间的年份。", a=FIRST.year, b=LAST.year)})
    if filled:
        _fill(work, year)
    else:
        db.session.execute(sa.delete(CalendarYear).where(CalendarYear.year == year))
    _note(work, None, "calendar:year", None, {"year": year, "filled": filled})


def _fill(work: Work, year: int) -> None:
    db.session.merge(CalendarYear(year=year, filled_by=work.by.name, filled_at=work.at))


@command(right="admin")
def put_hours(work: Work, branch: str, hours: Mapping[str, Any] | None) -> None:
    """Give the house ("") or a branch service hours (see ``hours``); None: the house's again.

    Raises NotFound, Invalid (field ``hours``).
    """
    _require_admin(work)
    row = _owner(branch)
    error = None if hours is None else hours_error(hours)
    if error is not None:
        raise Invalid(fields={"hours": error})
    if row is not None:
        before, row.hours = row.hours, None if hours is None else dict(hours)
        work.record(row, "branch:hours", before={"hours": before}, after={"hours": row.hours})
    elif hours is not None:
        for part in (name for name in PARTS if get(f"service.{name}") != hours[name]):
            write(work, f"service.{part}", hours[part])
    changed(work)
    ask_recount(work, "calendar")


def days(branch: str | None = None) -> list[CalendarDay | BranchDay]:
    """The dates of which the house (or a branch) says otherwise, in order."""
    found = _said(_owner(branch))
    return [found[day] for day in sorted(found)]


def filled_years() -> dict[int, CalendarYear]:
    """The years that were filled in here."""
    return {row.year: row for row in db.session.scalars(sa.select(CalendarYear))}


def calendar_history(branch: str | None = None, limit: int = 30) -> list[audit.Entry]:
    """The latest changes of the house's calendar, or of a branch's, newest first."""
    owner = _owner(branch)
    kind, key = ("ledger", "calendar") if owner is None else ("branch", str(owner.id))
    entry = audit.Entry
    chain = (entry.subject_kind == kind, entry.subject_key == key)
    rows = sa.select(entry).where(*chain).order_by(entry.seq.desc()).limit(limit)
    return list(db.session.scalars(rows))


def _owner(branch: str | None) -> Branch | None:
    """The branch of that name; None stands for the house."""
    if not branch:
        return None
    row: Branch | None = db.session.scalar(sa.select(Branch).filter_by(name=branch))
    if row is None:
        raise NotFound(T("没有名为“{name}”的网点。", name=branch))
    return row


def _said(owner: Branch | None) -> dict[date, CalendarDay | BranchDay]:
    if owner is None:
        return {row.day: row for row in db.session.scalars(sa.select(CalendarDay))}
    rows = db.session.scalars(sa.select(BranchDay).where(BranchDay.branch_id == owner.id))
    return {row.day: row for row in rows}


def _write(owner: Branch | None, said: Mapping[date, DaySaid]) -> None:
    table = CalendarDay if owner is None else BranchDay
    gone = [day for day, one in said.items() if one.workday is None]
    where = (
        [table.day.in_(gone)]
        if owner is None
        else [table.day.in_(gone), BranchDay.branch_id == owner.id]
    )
    db.session.execute(sa.delete(table).where(*where))
    for day, one in said.items():
        if one.workday is None:
            continue
        values = {"day": day, "workday": one.workday, "name": one.name}
        if owner is not None:
            values["branch_id"] = owner.id
        db.session.merge(table(**values))


def _note(
    work: Work, owner: Branch | None, action: str, before: Any, after: Mapping[str, Any]
) -> None:
    work.record(owner or ledger("calendar"), action, before=before, after=after)
    changed(work)
    ask_recount(work, "calendar")


def _plain(one: Any) -> dict[str, Any]:
    return {"workday": one.workday, "name": one.name}


def _of(branch: str | None) -> dict[str, str]:
    return {"branch": branch} if branch else {}
