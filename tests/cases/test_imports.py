"""A building at once: a workbook of flats is checked, its good rows taken when one says so."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from flask import Flask

from app import cases
from app.cases import RowPatch
from app.db import raw
from app.errors import Conflict, NotAllowed, NotFound
from app.registry import demo
from app.work import SYSTEM, Actor, Work, command
from tests.cases.conftest import JIANG, LIN, RUAN
from tests.cases.test_rows import a_case, look, meters, patch, save
from tests.forms.books import book, cells, flat

__all__ = ["meters"]


@command
def _town(work: Work) -> None:
    demo.load(work, accounts=60, seed=1)


@pytest.fixture
def clerks(meters: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The clerks of these tests are not stored: a run finds them here."""
    known = {one.id: one for one in (LIN, RUAN)}
    monkeypatch.setattr("app.people.actor_of", lambda person, *_, **__: known[person])
    return meters


def at_flats() -> int:
    """A case at the step where a building's flats are listed."""
    task = a_case(1)
    save(task, patch(0, result="pass"))
    return cases.submit_task(task, {"team": "一", "_sheet": "meters"}, by=LIN).tasks[0].id


def brought(task: int, content: bytes, name: str = "flats", by: Actor = LIN) -> cases.Run:
    """A workbook brought and checked."""
    run = cases.start_import(task, name, content, by=by)
    cases.perform_run(run, by=SYSTEM)
    return cases.run_of(by, run)


def said(run: cases.Run) -> dict[int, list[str]]:
    """What was wrong, by row of the file."""
    return {
        one["row"]: [f"{label}：{cases.run_text(text)}" for label, text in one["faults"]]
        for one in run.found["bad"]
    }


def test_48_flats_with_two_doors_twice(clerks: Flask) -> None:
    """Case 14: 46 go on, two are named by their rows."""
    task = at_flats()
    doors = [f"{floor}0{n}" for floor in range(1, 13) for n in range(1, 5)]
    doors[20], doors[40] = doors[3], doors[7]
    run = brought(task, book([flat(door) for door in doors]))
    assert run.state == "done"
    assert len(run.found["good"]) == 46
    assert said(run) == {22: ["门牌：与文件第 5 行重复"], 42: ["门牌：与文件第 9 行重复"]}
    # Nothing has happened before the clerk says so.
    assert look(task, name="flats")[1] == []
    assert cases.take_import(run.id, by=LIN) == 46
    rows = look(task, name="flats")[1]
    assert len(rows) == 46
    assert {row.state for row in rows} == {"done"}
    told = cells(cases.rejected_rows(LIN, run.id))
    assert told[1][:2] == ["22", "门牌：与文件第 5 行重复"]
    moved = cases.submit_task(task, {"_sheet": "flats"}, by=LIN)
    assert len(cases.case(SYSTEM, moved.number).variables["flats"]) == 46


def test_missing_and_wrong_cells_are_told_with_their_columns(clerks: Flask) -> None:
    task = at_flats()
    rows = [flat("101", calibre=""), flat("", calibre=20), flat("103", calibre=21), flat("104")]
    run = brought(task, book(rows))
    assert said(run).keys() == {2, 3, 4}
    assert said(run)[2] == ["口径：请填写口径"]
    assert said(run)[3] == ["门牌：请填写门牌"]
    assert "口径" in said(run)[4][0]
    assert [one["row"] for one in run.found["good"]] == [5]


def test_an_address_with_a_point_is_told_before_it_goes_on(clerks: Flask) -> None:
    _town(by=SYSTEM)
    task = at_flats()
    sql = "SELECT address FROM service_point WHERE address ~ '单元' AND state = 'metered' LIMIT 1"
    parts = re.fullmatch(r"(.+号)(\d+单元)(\d+)", raw().execute(sql).fetchone()[0])
    assert parts
    estate, building, door = parts.groups()
    taken = flat(door, estate=estate, building=building, unit="")
    run = brought(task, book([flat("101"), taken]))
    assert "小区：该地址已有接水点" in " ".join(said(run)[3])


def test_a_file_that_cannot_be_read_changes_nothing_and_says_why(clerks: Flask) -> None:
    task = at_flats()
    run = brought(task, b"PK no workbook")
    assert "另存为" in cases.run_text(run.found["failed"])
    assert run.state == "failed"
    with pytest.raises(Conflict):
        cases.take_import(run.id, by=LIN)
    assert look(task, name="flats")[1] == []


def test_the_same_file_again_is_the_same_run_and_taken_once(clerks: Flask) -> None:
    task = at_flats()
    content = book([flat("101"), flat("102")])
    first = cases.start_import(task, "flats", content, by=LIN)
    run = brought(task, content)
    assert run.id == first
    cases.take_import(run.id, by=LIN)
    with pytest.raises(Conflict):
        cases.take_import(run.id, by=LIN)
    # Brought once more, all of it stands already.
    again = brought(task, content)
    assert again.id != run.id
    assert said(again)[2] == ["门牌：与本案已有的第 1 行重复"]
    assert len(look(task, name="flats")[1]) == 2


def test_rows_that_stand_are_changed_by_their_numbers(clerks: Flask) -> None:
    task = at_flats()
    save(task, *(patch(n, **flat_texts(str(n))) for n in range(3)), name="flats")
    save(task, RowPatch(0, 1, None), name="flats")
    exported = cells(cases.export_rows(LIN, task, "flats"))
    assert [row[0] for row in exported[1:]] == ["1", "2"]
    assert exported[1][4] == "1"
    exported[2][4] = "202A"
    run = brought(task, book(exported[1:], head=exported[0]))
    cases.take_import(run.id, by=LIN)
    assert [row.values["door"] for row in look(task, name="flats")[1]] == ["1", "202A"]


def test_rows_that_were_laid_out_are_filled_first(clerks: Flask) -> None:
    task = at_flats()
    laid_out = {f"flats[{n}].{name}": text for n in range(2)
                for name, text in (("estate", "听澜苑"), ("calibre", "20"))}  # fmt: skip
    cases.save_draft(task, laid_out, by=LIN)
    save(task, patch(1, **flat_texts("900")), name="flats")
    run = brought(task, book([flat("101"), flat("101"), flat("102")]))
    assert said(run) == {3: ["门牌：与文件第 2 行重复"]}
    cases.take_import(run.id, by=LIN)
    # What a person typed stays in its place.
    assert [row.values["door"] for row in look(task, name="flats")[1]] == ["101", "900", "102"]


def flat_texts(door: str) -> dict[str, Any]:
    return {"estate": "听澜苑", "building": "3", "unit": "1", "door": door, "calibre": "20"}


def test_known_rows_are_found_by_what_the_case_knows(clerks: Flask) -> None:
    task = a_case(3)
    rows = [["LX26100003", "合格", 2], ["LX26100001", "不合格", 0], ["LX99", "合格", 1]]
    run = brought(task, book(rows, head=["表号", "结果", "起始码"]), "meters")
    assert said(run) == {
        3: ["原因：请填写原因"], 4: ["：本案没有这一行，请核对“行号”或门牌、表号"],
    }  # fmt: skip
    cases.take_import(run.id, by=LIN)
    found = look(task)[1]
    assert found[2].values["start"] == "2"
    assert found[0].state == "todo"
    exported = cells(cases.export_rows(LIN, task, "meters"))
    exported[1][2] = "LX26100002"
    wrong = brought(task, book(exported[1:2], head=exported[0]), "meters")
    assert "不符" in said(wrong)[2][0]


def test_rows_changed_since_the_check_are_not_overwritten(clerks: Flask) -> None:
    task = a_case(2)
    run = brought(task, book([["LX26100001", "合格"]], head=["表号", "结果"]), "meters")
    save(task, patch(0, result="fail", why="倒装"))
    with pytest.raises(Conflict):
        cases.take_import(run.id, by=LIN)
    assert look(task)[1][0].values["result"] == "fail"


def test_only_who_may_hand_in_may_bring_and_take(clerks: Flask) -> None:
    task = at_flats()
    content = book([flat("101")])
    with pytest.raises(Conflict):
        cases.start_import(task, "flats", content, by=RUAN)
    with pytest.raises(NotAllowed):
        cases.start_import(task, "flats", content, by=JIANG)
    run = brought(task, content)
    with pytest.raises(NotFound):
        cases.run_of(RUAN, run.id)
    with pytest.raises(NotFound):
        cases.take_import(run.id, by=RUAN)
    with pytest.raises(NotFound):
        cases.rejected_rows(RUAN, run.id)


def test_a_check_that_is_broken_off_is_done_again(clerks: Flask) -> None:
    task = at_flats()
    run = cases.start_import(task, "flats", book([flat("101")]), by=LIN)
    from app.cases.runs import _begun

    _begun(run, by=SYSTEM)
    assert cases.run_of(LIN, run).state == "running"
    cases.perform_run(run, by=SYSTEM)
    cases.perform_run(run, by=SYSTEM)
    assert cases.run_of(LIN, run).state == "done"


def test_nothing_of_a_file_lies_open(clerks: Flask) -> None:
    run = brought(at_flats(), book([flat("101", note="向晚舟家")]))
    row = raw().execute("SELECT body, found FROM runs WHERE id = %s", (run.id,)).fetchone()
    assert row is not None
    assert all("向晚舟".encode() not in bytes(part) for part in row)


def test_five_thousand_rows_within_a_minute(clerks: Flask) -> None:
    task = at_flats()
    content = book([flat(str(n), building=n // 48) for n in range(5000)])
    begun = time.monotonic()
    run = brought(task, content)
    checked = time.monotonic()
    assert len(run.found["good"]) == 5000
    assert run.done == run.total == 5000
    cases.take_import(run.id, by=LIN)
    taken = time.monotonic()
    later = cases.start_submit(task, {"_sheet": "flats"}, by=LIN)
    assert cases.start_submit(task, {"_sheet": "flats"}, by=LIN) == later
    cases.perform_run(later, by=SYSTEM)
    done = time.monotonic()
    print(checked - begun, taken - checked, done - taken)  # noqa: T201
    assert cases.run_of(LIN, later).found["number"]
    assert done - begun < 60


def test_what_is_wrong_with_a_long_hand_in_is_told(clerks: Flask) -> None:
    task = at_flats()
    save(task, patch(0, **flat_texts("")), name="flats")
    run = cases.start_submit(task, {"_sheet": "flats"}, by=LIN)
    cases.perform_run(run, by=SYSTEM)
    found = cases.run_of(LIN, run).found
    assert cases.run_text(found["fields"]["flats[0].door"]) == "请填写门牌"
    assert len(look(task, name="flats")[1]) == 1


def test_old_runs_are_forgotten(clerks: Flask) -> None:
    from datetime import timedelta

    from app.work import now

    run = brought(at_flats(), book([flat("101")]))
    cases.forget_runs(by=SYSTEM)
    assert cases.run_of(LIN, run.id)
    cases.forget_runs(by=SYSTEM, at=now() + timedelta(days=3))
    with pytest.raises(NotFound):
        cases.run_of(LIN, run.id)
