"""Rows of a list saved one by one: kept, told apart, handed in as one answer."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import cases, definitions
from app.cases import OpenSheet, RowPatch
from app.errors import Conflict, Invalid, NotAllowed
from app.forms.sheets import SheetRow
from app.work import SYSTEM, Actor
from tests.cases.conftest import JIANG, LIN, RUAN

DRAWINGS = Path(__file__).parents[1] / "forms" / "drawings"


@pytest.fixture
def meters(app: Flask) -> Flask:
    """The application with the drawing of many meters."""
    done = definitions.deploy(DRAWINGS, by=SYSTEM)
    assert not done.refused, done.findings
    return app


def a_case(many: int = 5, by: Actor = LIN) -> int:
    """A case at the step of its rows; gives the task's id."""
    moved = cases.start("meters", {"account_no": "", "many": many}, by=by)
    return moved.tasks[0].id


def patch(number: int, version: int = 0, **values: Any) -> RowPatch:
    return RowPatch(number, version, values)


def save(task: int, *patches: RowPatch, by: Actor = LIN, name: str = "meters") -> cases.SavedRows:
    return cases.save_rows(task, name, patches, by=by)


def look(
    task: int, by: Actor = LIN, name: str = "meters", *, strict: bool = False
) -> tuple[OpenSheet, list[SheetRow]]:
    found = cases.open_sheet(by, task, name)
    return found, cases.look_at_rows(by, found, list(found.sheet.rows), strict=strict)


def test_rows_show_what_the_case_knows_and_what_is_asked(meters: Flask) -> None:
    found, rows = look(a_case())
    assert [row.values["serial"] for row in rows][:2] == ["LX26100001", "LX26100002"]
    assert {row.state for row in rows} == {"todo"}
    assert rows[0].errors == {}
    assert found.next == 5


def test_a_row_is_saved_by_itself_and_checked_by_the_forms_own_rules(meters: Flask) -> None:
    task = a_case()
    told = save(task, patch(2, result="fail", start="1x"))
    assert told.versions == {2: 1}
    rows = look(task)[1]
    assert rows[2].state == "failed"
    assert rows[2].errors.keys() == {"why", "start"}
    assert rows[2].values["start"] == "1x"
    assert [row.state for row in rows].count("todo") == 4
    save(task, patch(2, 1, result="pass", start="3"))
    assert look(task)[1][2].state == "done"


def test_a_field_appears_with_the_answer_of_its_own_row(meters: Flask) -> None:
    task = a_case()
    save(task, patch(0, result="fail"), patch(1, result="pass"))
    rows = look(task)[1]
    assert "why" not in rows[0].hidden
    assert "why" in rows[1].hidden


def test_two_persons_at_one_row_lose_nothing(meters: Flask) -> None:
    task = a_case()
    cases.release(task, by=LIN)
    save(task, patch(0, result="pass"), by=LIN)
    told = save(task, patch(0, result="fail"), patch(1, result="pass"), by=RUAN)
    assert told.versions == {1: 1}
    assert told.lost.keys() == {0}
    assert look(task)[1][0].values["result"] == "pass"
    # Whoever has seen it may go over it, and the same typing twice is no quarrel.
    assert save(task, patch(0, 1, result="fail"), by=RUAN).lost == {}
    assert save(task, patch(0, 1, result="fail"), by=RUAN).lost == {}


def test_who_may_not_submit_may_not_save(meters: Flask) -> None:
    task = a_case()
    with pytest.raises(Conflict):
        save(task, patch(0, result="pass"), by=RUAN)
    with pytest.raises(NotAllowed):
        save(task, patch(0, result="pass"), by=JIANG)
    with pytest.raises(NotAllowed):
        cases.open_sheet(JIANG, task, "meters")


def test_what_must_stand_once_is_told_at_the_later_row(meters: Flask) -> None:
    task = a_case()
    save(task, patch(0, result="pass", seal="F1"), patch(3, result="pass", seal="f１".upper()))
    rows = look(task)[1]
    assert rows[0].state == "done"
    assert rows[3].errors["seal"] == "与第 1 行重复"
    # Looked at alone it knows of the others, too.
    found = cases.open_sheet(LIN, task, "meters")
    [alone] = cases.look_at_rows(LIN, found, [3])
    assert alone.errors["seal"] == "与第 1 行重复"


def test_rows_are_handed_in_as_one_answer(meters: Flask) -> None:
    task = a_case(3)
    save(task, *(patch(n, result="pass", start=str(n)) for n in range(3)))
    moved = cases.submit_task(task, {"team": "一组", "_sheet": "meters"}, by=LIN)
    assert [step.element for step in moved.tasks] == ["flats"]
    known = cases.case(SYSTEM, moved.number).variables["meters"]
    # What the page did not ask stays with its row.
    assert known[2] == {
        "point_no": "P3", "door": "104", "serial": "LX26100003", "result": "pass", "start": 2,
    }  # fmt: skip


def test_a_row_that_is_wrong_refuses_the_whole_and_keeps_all(meters: Flask) -> None:
    task = a_case(3)
    save(task, patch(1, result="fail"))
    with pytest.raises(Invalid) as told:
        cases.submit_task(task, {"team": "一组", "_sheet": "meters"}, by=LIN)
    assert told.value.fields.keys() == {"meters[0].result", "meters[1].why", "meters[2].result"}
    assert look(task)[1][1].values["result"] == "fail"


def test_over_the_api_the_list_is_a_list(meters: Flask) -> None:
    task = a_case(2)
    rows = [{"result": "pass"}, {"result": "fail", "why": "倒装"}]
    moved = cases.submit_task(task, {"team": "一组", "meters": rows}, by=LIN, money="fen")
    assert cases.case(SYSTEM, moved.number).variables["meters"][1]["why"] == "倒装"


def test_a_draft_with_the_list_in_it_takes_the_place_of_rows(meters: Flask) -> None:
    task = a_case(2)
    save(task, patch(0, result="pass"))
    cases.save_draft(task, {"meters": [{"result": "fail"}, {}]}, by=LIN)
    assert look(task)[1][0].values["result"] == "fail"
    cases.save_draft(task, {"team": "二组", "_sheet": "meters"}, by=LIN)
    save(task, patch(1, result="pass"))
    assert [row.state for row in look(task)[1]] == ["todo", "done"]


def test_rows_are_added_and_removed_where_the_form_lets_them(meters: Flask) -> None:
    first = a_case(1)
    with pytest.raises(Invalid):
        save(first, patch(1, result="pass"))
    with pytest.raises(Invalid):
        save(first, RowPatch(0, 0, None))
    save(first, patch(0, result="pass"))
    task = cases.submit_task(first, {"team": "一", "_sheet": "meters"}, by=LIN).tasks[0].id
    flat = {"estate": "听澜苑", "building": "3", "unit": "1", "calibre": "20"}
    save(task, *(patch(n, door=f"{n}01", **flat) for n in range(3)), name="flats")
    save(task, RowPatch(1, 1, None), name="flats")
    found, rows = look(task, name="flats")
    assert [row.values["door"] for row in rows] == ["001", "201"]
    assert found.next == 3
    moved = cases.submit_task(task, {"_sheet": "flats"}, by=LIN)
    assert [one["door"] for one in cases.case(SYSTEM, moved.number).variables["flats"]] == [
        "001", "201",
    ]  # fmt: skip


def test_what_rows_hold_is_sealed_and_goes_with_the_step(meters: Flask) -> None:
    from app.db import raw

    task = a_case(2)
    save(task, patch(0, result="fail", why="倒装待查"), patch(1, result="pass"))
    bodies = [bytes(b) for (b,) in raw().execute("SELECT body FROM draft_rows").fetchall()]
    assert len(bodies) == 2
    assert not any("倒装".encode() in body for body in bodies)
    cases.submit_task(task, {"team": "一组", "_sheet": "meters"}, by=LIN)
    assert raw().execute("SELECT count(*) FROM draft_rows").fetchone() == (0,)


def test_three_hundred_rows_are_looked_at_and_handed_in_quickly(meters: Flask) -> None:
    task = a_case(300)
    before = time.process_time()
    save(task, *(patch(n, result="pass", start="1") for n in range(300)))
    saved = time.process_time()
    assert len(look(task)[1]) == 300
    looked = time.process_time()
    cases.submit_task(task, {"team": "一组", "_sheet": "meters"}, by=LIN)
    print(saved - before, looked - saved, time.process_time() - looked)  # noqa: T201
    assert time.process_time() - before < 5
