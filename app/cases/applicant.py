"""Whom to speak to about a case: for what is done about it elsewhere, a call-back."""

from __future__ import annotations

from dataclasses import dataclass

from app.cases import rights
from app.cases.hold import BY_NUMBER, no_case, read_case, task_groups
from app.cases.reading import open_card
from app.db import raw
from app.work import Actor


@dataclass(frozen=True)
class Applicant:
    """What is known of a case's applicant; empty where nothing is, or where it was destroyed."""

    number: str
    procedure: str
    status: str
    account_no: str | None
    address: str | None
    region: str | None
    name: str
    phone: str


def applicant(actor: Actor, number: str) -> Applicant:
    """The applicant of a case, whole: only for a service that keeps it sealed and masked.

    Raises NotFound, NotAllowed when the actor may not see the case.
    """
    row = raw().execute(BY_NUMBER, (number,)).fetchone()
    if row is None:
        raise no_case(number)
    case = read_case(row)
    rights.need_read(actor, case, task_groups(case))
    card = open_card(case.number, case.card, case.wrapped)
    return Applicant(
        case.number, case.procedure, case.status, case.account_no, case.address, case.region,
        card.get("name", ""), card.get("phone", ""),
    )  # fmt: skip
