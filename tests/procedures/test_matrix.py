"""The matrix of domain 3.3: every group against every procedure that runs here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import cases, definitions, people
from app.errors import Conflict, Invalid, NotAllowed
from app.people.groups import GROUPS
from app.people.matrix import COLUMNS, MATRIX
from tests.procedures.visit import CLERK, Visit, person

# What meter transfer calls on behalf of itself; its rows are those of the case.
CALLED = ("c_approval", "c_cashier_payment", "c_materials_check", "c_settle_account",
          "c_notify_customer", "c_archive", "c_precheck")  # fmt: skip
PLAIN = [key for key, *_ in GROUPS]
SILENT = {"archivist", "process_owner", "process_approver", "admin"}


def member(group: str, number: int = 8000):
    """Somebody of one group alone, who sees all regions."""
    qualified = f"{group}:城东" if group in {g for g, *_, q in GROUPS if q == "region"} else group
    return replace(person(number, "某人", qualified), sees_all_regions=True)


def test_every_group_stands_in_the_matrix_or_is_none_of_its_business():
    placed = [group for groups in COLUMNS.values() for group in groups]
    assert len(placed) == len(set(placed))
    assert set(PLAIN) == set(placed) | SILENT
    assert len(MATRIX) == 26


def test_steps_and_starts_of_the_drawings_are_granted(known):
    release = definitions.published_one("meter_transfer").release
    library = definitions.library(release).processes
    for key, parts in (("meter_transfer", ("meter_transfer", *CALLED)),
                       ("new_connection", ("new_connection", *CALLED[:4], *CALLED[4:],
                                           "meter_issue", "meter_acceptance", "c_satisfaction")),
                       ("archive_filing", ("archive_filing",))):  # fmt: skip
        for group in library[key].starters:
            assert "C" in (people.letters(key, group) or ""), (key, group)
        for part in parts:
            for element in library[part].elements.values():
                for group in element.groups:
                    may = people.letters(key, group.partition(":")[0]) or ""
                    assert set(may) & set("CDA") or may == "R", (part, element.id, group)


@pytest.mark.parametrize("group", PLAIN)
def test_who_may_start_see_and_do(known, group):
    by = member(group)
    letters = people.letters("meter_transfer", group) or ""
    number = Visit(known["clean_sale"]).number
    other = Visit(known["case17"])
    task = other.task("accept")
    started = allowed(lambda: cases.start("meter_transfer", {}, by=by))
    assert started == ("C" in letters)
    seen = allowed(lambda: cases.case(by, number))
    assert seen == bool(letters), letters
    assert seen == allowed(lambda: cases.trail(by, number))
    assert seen == (number in {line.number for line in cases.find(by, "")})
    assert seen == allowed(lambda: cases.watch(number, by=by))
    assert seen == allowed(lambda: cases.urge(number, by=by))
    ours = group == "window_clerk"
    assert allowed(lambda: cases.claim(task, by=by)) == ours
    assert allowed(lambda: cases.task_for(by, task)) == (
        ours or group in {"auditor", "cs_director"}
    )
    assert allowed(lambda: cases.withdraw(number, "不办了", by=by)) == (
        ours or group == "cs_director"
    )
    forced = allowed(lambda: cases.force_end(other.number, "误受理", by=by))
    assert forced == (group == "cs_director")


def allowed(deed) -> bool:
    """Whether the person may at all; what else stands in the way is another matter."""
    try:
        deed()
    except (Conflict, Invalid):
        return True
    except NotAllowed:
        return False
    return True


def test_a_step_of_one_s_own_opens_the_case_and_the_archivist_sees_what_is_over(known):
    visit = Visit(known["clean_sale"])
    leader, archivist = member("company_leader", 8001), member("archivist", 8002)
    assert not allowed(lambda: cases.case(archivist, visit.number))
    cases.withdraw(visit.number, "不办了", by=CLERK)
    assert allowed(lambda: cases.case(archivist, visit.number))
    assert visit.number in {line.number for line in cases.find(archivist, "")}
    installer = member("installer", 8003)
    assert not allowed(lambda: cases.case(installer, visit.number))
    assert cases.find(installer, visit.number) == []
    assert not allowed(lambda: cases.case(leader, visit.number))
