"""Readings of an account's meter."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from app.db import db
from app.errors import Invalid, NotFound, Refused
from app.registry import dial
from app.registry.books import account_for, installation_row, today
from app.registry.facts import ReadingFacts
from app.registry.models import Account, Installation, Meter, Reading
from app.texts import T
from app.work import Work

SOURCES = ("manual", "remote", "self", "site")


def usage(account_no: str, reading: int, *, rolled_over: bool = False) -> int:
    """m³ since the last reading; see ``dial.volume``.

    Raises Invalid (field ``reading``), NotFound for an account without a meter.
    """
    found = db.session.execute(
        sa.select(Installation.last_reading, Installation.reversed, Meter.max_dial)
        .join(Account, Account.point_no == Installation.point_no)
        .join(Meter, Meter.serial == Installation.serial)
        .where(Account.account_no == account_no, Installation.removed.is_(None))
    ).one_or_none()
    if found is None:
        raise NotFound(T("户号 {no} 没有在装水表。", no=account_no))
    last, reversed_, max_dial = found
    return dial.volume(last, reading, max_dial, reversed_=reversed_, rolled_over=rolled_over)


def record_reading(
    work: Work,
    account_no: str,
    *,
    on: date,
    reading: int,
    source: str,
    photo: str | None = None,
    note: str = "",
    case: str | None = None,
    rolled_over: bool = False,
) -> int:
    """Write a reading down; gives the m³ since the one before.

    Raises Invalid (``reading``, ``on``, ``source``), Refused with the number of a blocking case.
    """
    account = account_for(account_no, case)
    installed = installation_row(account.point_no)
    if installed is None:
        raise Refused(T("户号 {no} 没有在装水表，不能抄表。", no=account_no))
    _check(work, installed, on, source)
    volume = usage(account_no, reading, rolled_over=rolled_over)
    db.session.add(
        Reading(
            account_no=account_no,
            installation_id=installed.id,
            read_on=on,
            reading=reading,
            volume=volume,
            source=source,
            photo=photo,
            note=note,
            case_no=case,
        )
    )
    before = {"last_reading": installed.last_reading, "last_date": installed.last_date}
    installed.last_reading, installed.last_date = reading, on
    after = {"last_reading": reading, "last_date": on, "volume": volume, "source": source}
    work.record(account, "account:reading", before=before, after=after, case=case)
    return volume


def _check(work: Work, installed: Installation, on: date, source: str) -> None:
    wrong = {}
    if on < installed.last_date:
        wrong["on"] = T("抄表日期不能早于上次抄表 {last}", last=installed.last_date)
    elif on > today(work):
        wrong["on"] = T("抄表日期不能晚于今天")
    if source not in SOURCES:
        wrong["source"] = T("抄表方式应为抄表、远传、自报或现场")
    if wrong:
        raise Invalid(fields=wrong)


def readings(account_no: str, limit: int = 24) -> list[ReadingFacts]:
    """The latest readings, newest first."""
    rows = db.session.execute(
        sa.select(Reading.read_on, Reading.reading, Reading.volume, Reading.source, Reading.case_no)
        .where(Reading.account_no == account_no)
        .order_by(Reading.read_on.desc(), Reading.id.desc())
        .limit(limit)
    )
    return [ReadingFacts(*row) for row in rows]
