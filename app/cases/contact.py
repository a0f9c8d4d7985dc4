"""Whom to tell of a case when the system itself has something to say: applicant and staff."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.cases.hold import BY_NUMBER, no_case, read_case
from app.cases.reading import open_card
from app.db import raw

HOLDERS = """
    SELECT DISTINCT holder FROM tasks
    WHERE case_id = %s AND status = 'open' AND holder IS NOT NULL ORDER BY holder
"""


@dataclass(frozen=True)
class Contact:
    """The applicant's phone, empty when none is known or the person was erased; ids of who took
    the case in first and who works on it now. Never shown to anybody."""

    phone: str = field(repr=False)
    staff: tuple[int, ...]


def contact(number: str) -> Contact:
    """Of an open case or one that is over. Raises NotFound."""
    row = raw().execute(BY_NUMBER, (number,)).fetchone()
    if row is None:
        raise no_case(number)
    case = read_case(row)
    card = open_card(case.number, case.card, case.wrapped)
    holders = [holder for (holder,) in raw().execute(HOLDERS, (case.id,)).fetchall()]
    staff = dict.fromkeys(one for one in (case.first_receiver, *holders) if one is not None)
    return Contact(card.get("phone", ""), tuple(staff))
