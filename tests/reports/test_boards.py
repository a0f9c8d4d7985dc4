"""Boards: each figure is the length of the list that it opens; regions and rights hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook

from app import definitions, people, registry, reports
from app.db import raw
from app.errors import Invalid, NotAllowed, NotFound
from app.reports import Asked, Board, Report
from app.work import Actor
from tests.procedures.visit import Visit, person

NOW = datetime.now(UTC)  # noqa: TID251 - cases are started by the clock of the test
DIRECTOR = person(8101, "沈知节", "cs_director")
EAST = person(8102, "姜北辰", "branch_dispatcher:城东", region="城东")


def ask(key: str, by: Actor = DIRECTOR, at: datetime | None = None, **given: str) -> Asked:
    found = reports.report(by, key)
    return reports.ask(found, given, by=by, at=at or NOW + timedelta(minutes=5))


def board(key: str, by: Actor = DIRECTOR, at: datetime | None = None, **given: str) -> Board:
    return reports.report(by, key).figures(ask(key, by, at, **given))


def numbers(found: Board) -> dict[str, dict[str, int]]:
    """Row → column → number, without what is nothing."""
    return {
        str(row.label): {
            c.key: f.value for c, f in zip(found.columns, row.figures, strict=True) if f.value
        }
        for row in found.rows
    }


def need_lists(found: Report, shown: Board, by: Actor, at: datetime, **days: str) -> int:
    """Every figure that counts is as long as its list; gives how many were looked at."""
    looked = 0
    for row in shown.rows:
        for column, figure in zip(shown.columns, row.figures, strict=True):
            if figure.filters is None or column.kind != "count" or not figure.value:
                continue
            asked = reports.ask(found, {**days, **figure.filters}, by=by, at=at)
            listed = everything(found, asked)
            assert len(listed) == len(set(map(str, listed))) == figure.value, (row, column.key)
            looked += 1
    return looked


def everything(found: Report, asked: Asked, limit: int = 3) -> list[tuple[Any, ...]]:
    rows, cursor = [], None
    while True:
        page = found.lines(asked, cursor, limit)
        rows += page.rows
        cursor = page.cursor
        if cursor is None:
            return rows


# --- progress -------------------------------------------------------------------------------------


def in_progress(known: Mapping[str, str]) -> list[Visit]:
    """Three transfers of 城东: one at its start, one in a call within a stage, one that waits."""
    free = [
        line.account_no
        for line in registry.find_accounts("城东区", region="城东", limit=60)
        if line.state == "normal" and not line.arrears and line.account_no not in known.values()
    ]
    visits = [Visit(no) for no in free[:3]]
    visits[1].accept()
    visits[2].accept().papers(missing=("不动产权证",))
    return visits


def test_a_case_stands_where_its_own_drawing_says(known: dict[str, str]) -> None:
    in_progress(known)
    shown = numbers(board("progress", procedure="meter_transfer"))
    assert {name: row["all"] for name, row in shown.items()} == {
        "受理": 1, "材料核验": 2, "合计": 3,
    }  # fmt: skip
    assert shown["材料核验"]["paused"] == 1
    assert list(shown) == ["受理", "材料核验", "合计"]
    within = "SELECT DISTINCT element, stage FROM tasks WHERE procedure = 'c_materials_check'"
    assert sorted(raw().execute(within).fetchall()) == [
        ("check", "materials"), ("supplement", "materials"),
    ]  # fmt: skip


def test_ages_and_promises_move_with_the_clock(known: dict[str, str]) -> None:
    in_progress(known)
    late = NOW + timedelta(days=20)
    shown = board("progress", at=late, procedure="meter_transfer")
    total = numbers(shown)["合计"]
    assert (total["late"], total["paused"], total["age3"]) == (2, 1, 3)
    found = reports.report(DIRECTOR, "progress")
    assert need_lists(found, shown, DIRECTOR, late) >= 8
    one = everything(found, ask("progress", at=late, procedure="meter_transfer", promise="late"))
    assert [str(row[-1]) for row in one] == ["已超期限", "已超期限"]
    assert [row[6] for row in one] == [20, 20]


def test_what_was_opened_before_stages_were_kept_still_stands_somewhere(
    known: dict[str, str],
) -> None:
    in_progress(known)
    raw().execute("UPDATE tasks SET stage = NULL")
    shown = board("progress", procedure="meter_transfer")
    assert numbers(shown)["受理"]["all"] == 1
    assert numbers(shown)["等待消息或期限"]["all"] == 2
    assert need_lists(reports.report(DIRECTOR, "progress"), shown, DIRECTOR, NOW) > 2


def test_a_branch_sees_its_own_region_alone(known: dict[str, str]) -> None:
    in_progress(known)
    north = registry.find_accounts("城北区", region="城北", limit=1)[0].account_no
    Visit(north)
    assert numbers(board("progress", procedure="meter_transfer"))["合计"]["all"] == 4
    assert numbers(board("progress", EAST, procedure="meter_transfer"))["合计"]["all"] == 3
    assert board("progress", EAST, procedure="meter_transfer", region="城北").rows == ()
    asked = ask("progress", EAST, procedure="meter_transfer", region="城北")
    assert reports.report(EAST, "progress").lines(asked, None, 9).rows == []
    south = numbers(board("progress", procedure="meter_transfer", region="城北"))
    assert south == {"受理": south["受理"]}


# --- charges --------------------------------------------------------------------------------------


def charged(visit: Visit, total: int, *payments: tuple[str, int]) -> None:
    """Say that a case charges so much, and has these payments (state, fen)."""
    raw().execute(
        "UPDATE cases SET open_vars = open_vars || jsonb_build_object('charges_total', %s::int)"
        " WHERE number = %s", (total, visit.number),
    )  # fmt: skip
    for n, (state, amount) in enumerate(payments):
        raw().execute(
            "INSERT INTO payment (receipt_no, account_no, case_no, kind, method, state, items,"
            " amount, to_balance, key_id, payer, cashier, paid_at)"
            " SELECT %s, account_no, %s, 'receipt', 'cash', %s, '[]', %s, 0,"
            " (SELECT key_id FROM customer LIMIT 1), '', 'x', now() FROM account LIMIT 1",
            (f"{visit.number}-{n}", visit.number, state, amount),
        )


def test_what_is_due_is_received_or_on_its_way_or_outstanding(known: dict[str, str]) -> None:
    first, second, third = in_progress(known)
    charged(first, 120_000, ("received", 50_000), ("waiting", 20_000), ("cancelled", 9_000))
    charged(second, 30_000)
    charged(third, 40_000, ("received", 40_000))
    raw().execute("UPDATE cases SET status = 'ended' WHERE number = %s", (third.number,))
    shown = numbers(board("charges"))
    assert shown == {
        "城东": {"cases": 3, "due": 190_000, "received": 90_000, "cheques": 20_000,
                 "left": 80_000},
    }  # fmt: skip
    found = reports.report(DIRECTOR, "charges")
    owing = everything(found, ask("charges", region="城东", owing="1"))
    assert [(row[0], row[-1]) for row in owing] == [(first.number, 50_000), (second.number, 30_000)]
    assert len(everything(found, ask("charges", region="城东", cheque="1"))) == 1
    assert board("charges", since="2020-01-01", until="2020-02-01").rows == ()
    assert numbers(board("charges", EAST)) == shown


# --- meters ---------------------------------------------------------------------------------------


def test_stock_is_what_lies_in_the_stores(known: dict[str, str]) -> None:
    shown = board("stock")
    found = reports.report(DIRECTOR, "stock")
    assert need_lists(found, shown, DIRECTOR, NOW) > 3
    ((here,),) = raw().execute(
        "SELECT count(*) FROM meter WHERE state = 'in_stock' AND store IS NOT NULL"
    )
    assert (
        sum(row.get("in_stock", 0) for name, row in numbers(shown).items() if name != "合计")
        == here
    )


def test_meters_whose_life_ends_are_due(known: dict[str, str]) -> None:
    raw().execute(
        "UPDATE meter SET life_until = current_date + 30 WHERE serial IN (SELECT serial FROM"
        " installation WHERE removed IS NULL ORDER BY serial LIMIT 5)"
    )
    shown = board("rotation")
    found = reports.report(DIRECTOR, "rotation")
    assert need_lists(found, shown, DIRECTOR, NOW) >= 1
    total = sum(row.get("d90", 0) for name, row in numbers(shown).items() if name != "合计")
    ((wanted,),) = raw().execute(
        "SELECT count(*) FROM meter WHERE state = 'installed'"
        " AND life_until BETWEEN current_date AND current_date + 90"
    )
    assert total == wanted >= 5
    east = numbers(board("rotation", EAST))
    assert set(east) <= {"城东"}


# --- acceptance -----------------------------------------------------------------------------------


def test_failures_are_counted_by_cause(known: dict[str, str]) -> None:
    points = raw().execute("SELECT no FROM service_point ORDER BY no LIMIT 3").fetchall()
    raw().execute(
        "INSERT INTO acceptance (id, case_no, source, region, points, state, reported_on,"
        " opened_at) VALUES (900, 'YS1', 'connection', '城东', '{}', 'open', current_date, now())"
    )
    rows = [
        (points[0][0], "fail", '[{"code": "door", "label": "门牌不符"}]'),
        (points[1][0], "fail",
         '[{"code": "door", "label": "门牌不符"}, {"code": "leak", "label": "漏水"}]'),
        (points[2][0], "mismatch", "[]"),
    ]  # fmt: skip
    for point, result, failed in rows:
        raw().execute(
            "INSERT INTO acceptance_item (acceptance_id, round, point_no, serial, serial_found,"
            " door_match, checklist, failed, result, inspected_on)"
            " VALUES (900, 1, %s, 'A', 'A', 'pass', '[]', %s, %s, current_date)",
            (point, failed, result),
        )
    shown = board("acceptance")
    assert numbers(shown) == {
        "门牌不符": {"meters": 2, "times": 2},
        "漏水": {"meters": 1, "times": 1},
        "表号不符": {"meters": 1, "times": 1},
    }
    found = reports.report(DIRECTOR, "acceptance")
    assert need_lists(found, shown, DIRECTOR, NOW) == 6
    west = person(8103, "某人", "branch_dispatcher:城西", region="城西")
    assert board("acceptance", west).rows == ()


# --- rights, wrong questions, the workbook --------------------------------------------------------


@pytest.mark.parametrize("group", ["admin", "process_approver"])
def test_who_does_no_business_sees_no_board(known: dict[str, str], group: str) -> None:
    who = person(8104, "某人", group)
    assert reports.reports(who) == []
    with pytest.raises(NotAllowed):
        reports.report(who, "progress")


def test_a_procedure_that_one_may_not_read_is_not_looked_at(known: dict[str, str]) -> None:
    hotline = person(8105, "何见微", "hotline_agent")
    allowed = {key for key, _ in reports.procedures(hotline)}
    published = {p.key for p in definitions.published()}
    closed = {k for k in published if not people.reads(hotline.groups, k)}
    assert allowed.isdisjoint(closed)
    for key in [*closed, "nothing"]:
        with pytest.raises(NotFound):
            board("progress", hotline, procedure=key)


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("progress", {"region": "月球"}),
        ("progress", {"age": "x"}),
        ("charges", {"since": "2026-13-01"}),
        ("charges", {"since": "2026-02-01", "until": "2026-01-01"}),
        ("charges", {"since": "1999-01-01"}),
        ("stock", {"calibre": "²"}),
        ("progress", {"stage": "x" * 101}),
    ],
)
def test_a_wrong_question_is_refused(known: dict[str, str], key: str, given: Any) -> None:
    with pytest.raises(Invalid):
        ask(key, **given)


@pytest.mark.parametrize("cursor", ["W10=", "é", "Mw==", "IlwwIg==", "x" * 99])
def test_a_cursor_that_is_none_is_refused(known: dict[str, str], cursor: str) -> None:
    with pytest.raises(Invalid):
        reports.report(DIRECTOR, "stock").lines(ask("stock"), cursor, 3)


def test_the_workbook_holds_figures_and_list_and_no_formula(known: dict[str, str]) -> None:
    first, *_ = in_progress(known)
    raw().execute("UPDATE cases SET address = %s WHERE number = %s", ("=1+1\x07", first.number))
    found = reports.report(DIRECTOR, "progress")
    with reports.export(found, ask("progress", procedure="meter_transfer"), str) as file:
        book = load_workbook(file)
    figures, lines = book.worksheets
    assert (figures.title, lines.title) == ("汇总", "明细")
    assert [cell.value for cell in figures[2]][:2] == ["受理", 1]
    assert lines.max_row == 4
    cell = lines.cell(2, 3)
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    assert lines.cell(2, 6).is_date
