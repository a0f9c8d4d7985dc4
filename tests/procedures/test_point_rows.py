"""Rows of service points: what is said of them at once, and what holds nothing up (D18§21)."""

from __future__ import annotations

from typing import Any

from app import cases
from app.cases import RowPatch
from app.forms.sheets import SheetRow
from tests.procedures.connecting import DEVELOPER, ENTRY, Connection

FLAT = {"estate": "城东区星河湾", "building": "7", "unit": "1", "door": "101", "calibre": "20"}


def building(meters: int = 4) -> Connection:
    """A developer's building at 发放接水点编号."""
    place = {"address": "城东区星河湾7栋", "meters": meters}
    return Connection().to_contract(DEVELOPER, **place).sign()


def typed(case: Connection, *rows: dict[str, Any]) -> list[SheetRow]:
    """The list after somebody typed into its first rows."""
    task = case.task("numbers")
    patches = [RowPatch(number, 0, dict(row)) for number, row in enumerate(rows)]
    cases.save_rows(task, "point_rows", patches, by=ENTRY)
    found = cases.open_sheet(ENTRY, task, "point_rows")
    return cases.look_at_rows(ENTRY, found, list(found.sheet.rows))


def test_what_cannot_be_numbered_is_said_at_its_row(known):
    line = {"address": "城东区青禾路90号", "calibre": "20"}
    rows = typed(building(6), FLAT, FLAT, line, line, {"estate": "城东区星河湾", "calibre": "20"})
    said = [{column: str(text) for column, text in row.errors.items()} for row in rows]
    assert said == [
        {}, {"door": "与第 1 行重复"}, {}, {"address": "与第 3 行重复"},
        {"address": "地址不完整：小区之外还要填楼栋、单元或房号"}, {},
    ]  # fmt: skip
    # What was laid out waits to be filled: nobody has done anything wrong yet.
    assert [row.state for row in rows] == ["done", "failed", "done", "failed", "failed", "todo"]


def test_it_holds_nothing_up_and_an_estate_alone_gets_no_number(known):
    case = building(3)
    typed(case, FLAT, FLAT)
    handed_in = {"book": "0901", "_sheet": "point_rows"}
    cases.submit_task(case.task("numbers"), handed_in, by=ENTRY, money="yuan")
    scope = case.scope("check_points", ENTRY)
    assert [row["address"] for row in scope["points"]] == ["城东区星河湾7栋1单元101"]
    assert [row["row"] for row in scope["rejected"]] == [2, 3]
