"""借档: allowed by secrecy, out once, back in time or on the list of what is overdue."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import cases, registry
from app.db import raw
from app.errors import Invalid, NotAllowed, Refused
from app.work import SYSTEM, Work, command, now
from app.worktime import local_day
from tests.procedures.desk import Desk
from tests.procedures.visit import ARCHIVIST, Visit, person

WINDOW = person(9031, "阮清和", "window_clerk")
INSPECTOR = person(9032, "石砚", "enforcement_team")
DIRECTOR = person(9033, "沈知节", "cs_director")
OTHER_DIRECTOR = person(9034, "代主任", "cs_director")
TODAY = local_day(now())


@command
def shelved(work: Work, case: str, procedure: str, secrecy: str) -> str:
    """A volume on its shelf; gives its archive number."""
    volume = registry.open_volume(
        work, case=case, procedure=procedure, account_no=None, outcome="done",
        items=[{"title": "申请表", "required": False, "pages": 1}],
    )  # fmt: skip
    return registry.shelve_volume(
        work, volume, place="一库3柜2层", secrecy=secrecy, retention="permanent"
    )


class Loan(Visit):
    """One request for a volume."""

    def __init__(self, archive_no: str, by=WINDOW) -> None:
        self.at, self.pages = None, []
        self.moved = cases.start("archive_borrow", {}, by=by)
        self.number = self.moved.number
        self.fill("request", by=by, archive_no=archive_no, reason="check",
                  reason_note="核对原过户材料")  # fmt: skip

    def allow(self, by=ARCHIVIST, **more) -> Loan:
        self.fill("allow", by=by, **{"decision": "agree", **more})
        return self

    def hand_out(self) -> Loan:
        self.fill("hand_out", by=ARCHIVIST, handed="yes", pages_counted=True)
        return self

    def give_back(self, **more) -> Loan:
        self.fill("give_back", by=ARCHIVIST, **{"condition": "good", **more})
        return self


def volume(secrecy: str = "general", procedure: str = "meter_transfer", n: int = 1) -> str:
    return shelved(f"GH20260302-{n:04}", procedure, secrecy, by=SYSTEM)


def alerts(by) -> list[str]:
    rows = raw().execute("SELECT kind FROM alerts WHERE person_id = %s", (by.id,)).fetchall()
    return [kind for (kind,) in rows]


def test_a_general_volume_is_lent_by_the_archivist_and_comes_back(known):
    no = volume()
    loan = Loan(no).allow().hand_out()
    held = registry.volume(archive_no=no)
    assert (held.state, held.borrowed_by) == ("borrowed", WINDOW.name)
    (line,) = registry.loans(no)
    assert (line.due, line.handed_by) == (TODAY + timedelta(days=7), ARCHIVIST.name)
    loan.give_back()
    assert loan.moved.outcome == "returned"
    held = registry.volume(archive_no=no)
    assert (held.state, held.borrowed_by) == ("shelved", None)
    (line,) = registry.loans(no)
    assert (line.taken_by, line.condition) == (ARCHIVIST.name, "good")
    changes = [c.action for c in registry.history("volume", held.id)]
    assert changes[-2:] == ["volume:lend", "volume:return"]


@pytest.mark.parametrize("secrecy", ["internal", "confidential"])
def test_what_is_secret_is_allowed_by_the_director(known, secrecy):
    loan = Loan(volume(secrecy))
    with pytest.raises(NotAllowed):
        loan.allow(by=ARCHIVIST)
    loan.allow(by=DIRECTOR).hand_out().give_back()
    assert loan.moved.outcome == "returned"


def test_nobody_allows_his_own_request(known):
    loan = Loan(volume("internal"), by=DIRECTOR)
    with pytest.raises(NotAllowed):
        loan.allow(by=DIRECTOR)
    loan.allow(by=OTHER_DIRECTOR)
    assert loan.open == ["hand_out"]


@pytest.mark.parametrize(
    ("procedure", "secrecy"), [("water_inspection", "general"), ("hotline_case", "confidential")]
)
def test_volumes_that_name_informants_are_for_inspectors_and_the_director_alone(
    known, procedure, secrecy
):
    no = volume(secrecy, procedure)
    for by in (WINDOW, ARCHIVIST):
        with pytest.raises(Invalid) as wrong:
            Loan(no, by=by)
        assert "archive_no" in wrong.value.fields
    loan = Loan(no, by=INSPECTOR).allow(by=DIRECTOR)
    assert loan.open == ["hand_out"]


def test_a_request_that_is_rejected_leaves_the_volume(known):
    no = volume()
    loan = Loan(no).allow(decision="reject", opinion="请在档案室查阅")
    assert loan.moved.outcome == "rejected"
    assert registry.loans(no) == []


def test_who_does_not_come_for_it_has_not_borrowed_it(known):
    no = volume()
    loan = Loan(no).allow()
    loan.fill("hand_out", by=ARCHIVIST, handed="no")
    assert loan.moved.outcome == "cancelled"
    assert registry.volume(archive_no=no).state == "shelved"


def test_a_volume_is_out_once(known):
    no = volume()
    first, second = Loan(no).allow(), Loan(no, by=INSPECTOR).allow()
    first.hand_out()
    with pytest.raises(Refused) as refused:
        second.hand_out()
    assert WINDOW.name in str(refused.value)
    with pytest.raises(Invalid) as wrong:
        Loan(no, by=INSPECTOR)
    assert WINDOW.name in str(wrong.value.fields["archive_no"])
    first.give_back()
    second.hand_out()
    assert registry.volume(archive_no=no).borrowed_by == INSPECTOR.name


@pytest.mark.parametrize("number", ["LJGS-2026-02-9999", "x"])
def test_a_number_that_is_none_is_said_at_the_field(known, number):
    with pytest.raises(Invalid) as wrong:
        Loan(number)
    assert "archive_no" in wrong.value.fields


def test_the_borrower_is_reminded_and_what_stays_out_is_on_the_list(known):
    no = volume()
    loan = Loan(no).allow().hand_out().later(days=5)
    assert alerts(WINDOW) == []
    loan.later(days=1, hours=12)
    assert alerts(WINDOW) == ["urge"]
    assert registry.overdue_loans(TODAY + timedelta(days=7)) == []
    loan.later(days=2)
    assert alerts(WINDOW) == ["urge", "urge"]
    (late,) = registry.overdue_loans(TODAY + timedelta(days=8))
    assert (late.archive_no, late.borrower_name) == (no, WINDOW.name)
    assert late.overdue_noted_at is not None
    assert loan.open == ["give_back"]
    loan.give_back(condition="missing_pages", condition_note="缺第 3 页，已要求补齐")
    assert registry.overdue_loans(TODAY + timedelta(days=30)) == []
    assert registry.loans(no)[0].condition == "missing_pages"


def test_back_in_time_nobody_is_reminded(known):
    loan = Loan(volume()).allow().hand_out().give_back()
    rows = raw().execute(
        "SELECT count(*) FROM timers t JOIN cases c ON c.id = t.case_id WHERE c.number = %s",
        (loan.number,),
    )
    assert rows.fetchone()[0] == 0


def test_the_return_is_due_at_the_end_of_the_seventh_day(known):
    loan = Loan(volume()).allow().hand_out()
    row = raw().execute("SELECT due_at FROM tasks WHERE id = %s", (loan.task("give_back"),))
    assert local_day(row.fetchone()[0] - timedelta(seconds=1)) == TODAY + timedelta(days=7)


@pytest.mark.parametrize(
    ("process", "secrecy", "approver"),
    [
        ("meter_transfer", "general", "archivist"),
        ("meter_transfer", "internal", "cs_director"),
        ("hotline_case", "general", "archivist"),
        ("water_inspection", "general", "cs_director"),
    ],
)
def test_the_table_says_who_allows(process, secrecy, approver):
    found = {
        "archive_no": "A", "volume_id": 1, "volume_process": process, "secrecy": secrecy,
        "secrecy_text": "", "place": "p", "borrow_days": 7, "borrower_name": "x",
    }  # fmt: skip
    desk = Desk("archive_borrow", {}, archive_borrow__find=found,
                archive_borrow__admit={"borrower": 1})  # fmt: skip
    desk.submit("request", archive_no="A", reason="check", reason_note="核对原过户材料")
    assert desk.task("allow").groups == [approver]
    assert desk.task("allow").not_by == ["request"]
