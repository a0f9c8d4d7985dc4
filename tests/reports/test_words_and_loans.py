"""The borrowing register and what customers said, as boards with lists: right and for the right."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app import registry, reports
from app.db import raw
from app.errors import NotAllowed
from app.work import SYSTEM, Actor, command, now
from tests.procedures.test_archive_borrow import ARCHIVIST, Loan, volume
from tests.procedures.visit import Visit, person
from tests.reports.test_boards import DIRECTOR, EAST, ask, board, everything, need_lists, numbers

AUDITOR = person(8103, "温如霜", "auditor")
CLERK = person(8104, "林栖", "window_clerk")


# --- loans ----------------------------------------------------------------------------------------


def rows(key: str, by: Actor, **given: str) -> list[tuple[Any, ...]]:
    return everything(reports.report(by, key), ask(key, by, **given))


def test_the_register_says_who_has_what_and_what_became_of_it(known: dict[str, str]) -> None:
    out, back, late = volume(), volume("internal", n=2), volume(n=3)
    Loan(out).allow().hand_out()
    Loan(back).allow(by=DIRECTOR).hand_out().give_back()
    Loan(late).allow().hand_out()
    raw().execute(
        "UPDATE volume_loan SET due = due - 30 FROM volume v"
        " WHERE v.id = volume_id AND v.archive_no = %s", (late,),
    )  # fmt: skip
    shown = board("loans", ARCHIVIST)
    assert numbers(shown)["水表过户"] == {"out": 1, "overdue": 1, "back": 1}
    assert need_lists(reports.report(ARCHIVIST, "loans"), shown, ARCHIVIST, now()) == 3
    (line,) = rows("loans", AUDITOR, state="overdue", business="meter_transfer")
    assert (line[0], line[4], line[9], str(line[10])) == (
        late, "阮清和", 23, "逾期未还",
    )  # fmt: skip
    (line,) = rows("loans", AUDITOR, state="back")
    assert (line[0], str(line[2]), str(line[-1])) == (back, "内部", "完好")


def test_the_register_is_the_archivist_s_and_the_auditor_s(known: dict[str, str]) -> None:
    for by in (CLERK, DIRECTOR, EAST):
        with pytest.raises(NotAllowed):
            reports.report(by, "loans")
    assert "loans" in [one.key for one in reports.reports(AUDITOR)]


# --- what customers said --------------------------------------------------------------------------


@command
def call_back(work: Any, case: str, outcome: str = "satisfied", **said: str) -> None:
    """A call-back about a case, in which that was said."""
    made = registry.open_satisfaction(
        work, case=case, asked_in=case, procedure="meter_transfer", account_no=None
    )
    registry.close_satisfaction(work, made, outcome, {"score": 4, **said})


def told(known: dict[str, str]) -> list[str]:
    """Cases of two regions: one suggested something, one complained, one said nothing."""
    found = [Visit(known[name]).number for name in ("clean_sale", "case17", "arrears")]
    call_back(found[0], suggestions="多开一个窗口", by=SYSTEM)
    call_back(found[1], "dissatisfied", complaint="等了两个小时", cost_text="没有公示", by=SYSTEM)
    call_back(found[2], by=SYSTEM)
    return found


def test_what_was_said_is_counted_by_kind_and_read_whole(known: dict[str, str]) -> None:
    cases = told(known)
    shown = board("suggestions")
    assert numbers(shown) == {"水表过户": {"suggestions": 1, "complaint": 1, "cost_text": 1}}
    assert need_lists(reports.report(DIRECTOR, "suggestions"), shown, DIRECTOR, now()) == 3
    found = rows("suggestions", DIRECTOR)
    assert [line[1] for line in found] == [cases[1], cases[0]]
    (line,) = rows("suggestions", DIRECTOR, said="suggestions")
    assert line[6:] == ("多开一个窗口", "", "", "")
    region = registry.account(known["case17"]).region
    assert [line[1] for line in rows("suggestions", DIRECTOR, region=region, said="complaint")] == [
        cases[1]
    ]
    assert rows("suggestions", DIRECTOR, said="outcome") == []
    before = (now() - timedelta(days=2)).date().isoformat()
    assert rows("suggestions", DIRECTOR, until=before) == []


def test_what_was_said_is_for_the_director_and_the_auditor(known: dict[str, str]) -> None:
    for by in (CLERK, ARCHIVIST, EAST):
        with pytest.raises(NotAllowed):
            reports.report(by, "suggestions")
    told(known)
    assert len(rows("suggestions", AUDITOR)) == 2
