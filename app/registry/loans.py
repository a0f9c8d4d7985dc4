"""Loans of archive volumes: the borrowing register (D18 chapter 30). A volume is out once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from app.db import db
from app.errors import Invalid, NotFound, Refused
from app.registry import states
from app.registry.books import row
from app.registry.models import Volume, VolumeLoan
from app.texts import T
from app.work import Work

CONDITIONS = ("good", "damaged", "missing_pages")


@dataclass(frozen=True)
class LoanFacts:
    """A line of the borrowing register."""

    archive_no: str
    case: str
    borrower: int
    borrower_name: str
    out_at: datetime
    handed_by: str
    due: date
    overdue_noted_at: datetime | None
    returned_at: datetime | None
    taken_by: str | None
    condition: str | None


def lend_volume(
    work: Work, volume_id: int, *, borrower: int, name: str, due: date, case: str
) -> None:
    """Hand a volume out. Raises Refused naming who has it, or when it is not on its shelf."""
    volume: Volume = row(Volume, volume_id, T("没有这个卷宗。"))
    loan = out(volume_id)
    if loan is not None:
        raise Refused(out_text(loan))
    volume.state = states.move("volume", volume.state, "borrowed")
    volume.borrowed_by = name
    db.session.add(
        VolumeLoan(
            volume_id=volume_id, case_no=case, borrower=borrower, borrower_name=name,
            out_at=work.at, handed_by=work.by.name, due=due,
        )
    )  # fmt: skip
    before, after = {"state": "shelved"}, {"state": "borrowed", "borrower": name, "due": due}
    work.record(volume, "volume:lend", before=before, after=after, case=case)


def take_volume_back(work: Work, case: str, *, condition: str) -> None:
    """A borrowed volume is back on its shelf. Raises Invalid (``condition``), Refused."""
    if condition not in CONDITIONS:
        raise Invalid(fields={"condition": T("请选择归还时的状况")})
    loan, volume = _of(case)
    volume.state = states.move("volume", volume.state, "shelved")
    volume.borrowed_by = None
    loan.returned_at, loan.taken_by, loan.condition = work.at, work.by.name, condition
    before = {"state": "borrowed", "borrower": loan.borrower_name}
    after = {"state": "shelved", "condition": condition}
    work.record(volume, "volume:return", before=before, after=after, case=case)


def note_loan(work: Work, case: str, *, overdue: bool) -> int:
    """Put on record that the borrower was reminded, or is overdue; gives the borrower's id."""
    loan, volume = _of(case)
    if overdue:
        loan.overdue_noted_at = loan.overdue_noted_at or work.at
    else:
        loan.reminded_at = loan.reminded_at or work.at
    action = "volume:overdue" if overdue else "volume:remind"
    work.record(volume, action, after={"borrower": loan.borrower_name, "due": loan.due}, case=case)
    return loan.borrower


def overdue_loans(on: date) -> list[LoanFacts]:
    """What should have come back before ``on`` and has not, the longest overdue first."""
    return _facts(VolumeLoan.returned_at.is_(None), VolumeLoan.due < on)


def loans(archive_no: str | None = None) -> list[LoanFacts]:
    """The borrowing register, of one volume or of all, by the day of return."""
    return _facts(*([Volume.archive_no == archive_no] if archive_no else []))


def out(volume_id: int) -> LoanFacts | None:
    """Who has the volume now."""
    found = _facts(VolumeLoan.volume_id == volume_id, VolumeLoan.returned_at.is_(None))
    return found[0] if found else None


def out_text(loan: LoanFacts) -> Any:
    """A sentence for who wants the volume as well."""
    return T(
        "卷宗 {no} 已由{name}借出，应于 {due} 归还，归还后再借。",
        no=loan.archive_no,
        name=loan.borrower_name,
        due=loan.due,
    )


def _of(case: str) -> tuple[VolumeLoan, Volume]:
    asked = sa.select(VolumeLoan).where(VolumeLoan.case_no == case)
    loan = db.session.scalar(asked)
    if loan is None:
        raise NotFound(T("本案没有借出的卷宗。"))
    volume: Volume = row(Volume, loan.volume_id, T("没有这个卷宗。"))
    db.session.refresh(loan, with_for_update=True)
    if loan.returned_at is not None:
        raise Refused(T("卷宗已归还，不能再登记。"))
    return loan, volume


def _facts(*conditions: sa.ColumnElement[bool]) -> list[LoanFacts]:
    asked = (
        sa.select(Volume.archive_no, VolumeLoan)
        .join(Volume, Volume.id == VolumeLoan.volume_id)
        .where(*conditions)
        .order_by(VolumeLoan.due, VolumeLoan.id)
    )
    return [
        LoanFacts(
            number or "", one.case_no, one.borrower, one.borrower_name, one.out_at, one.handed_by,
            one.due, one.overdue_noted_at, one.returned_at, one.taken_by, one.condition,
        )
        for number, one in db.session.execute(asked)
    ]  # fmt: skip
