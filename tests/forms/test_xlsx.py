"""Workbooks: read within bounds, told row by row, written so that nothing in them runs."""

from __future__ import annotations

import resource
import time
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from app import forms
from app.errors import Invalid
from app.forms import xlsx_in, xlsx_out
from tests.forms.books import HEAD, SHEET, book, cells, changed, flat

FORM = forms.read((Path(__file__).parent / "drawings/forms/meters/flats.form").read_bytes())
FLATS = FORM.sheets[0]
CHECK = forms.read((Path(__file__).parent / "drawings/forms/meters/check.form").read_bytes())
METERS = CHECK.sheets[0]


def read(content: bytes, component: forms.Component = FLATS) -> xlsx_in.Table:
    return xlsx_in.read(content, component)


def refused(content: bytes) -> str:
    with pytest.raises(Invalid) as told:
        read(content)
    return told.value.fields["file"]


def test_columns_are_found_by_their_labels_in_any_order() -> None:
    head = ["口径（必填）", "门牌*", "颜色", " 小区 ", "building"]
    table = read(book([["20", "301", "蓝", "听澜苑", 3.0]], head))
    assert table.unknown == ["颜色"]
    assert table.lines[0].cells == {
        "calibre": "20", "door": "301", "estate": "听澜苑", "building": "3",
    }  # fmt: skip


def test_a_head_may_stand_lower_and_empty_rows_are_none() -> None:
    rows = [["竣工清单"], [], list(HEAD), flat("101"), [], [None, " "], flat("102")]
    table = read(book(rows, head=["某小区"]))
    assert [line.row for line in table.lines] == [5, 8]


def test_cells_are_the_texts_that_stand_there() -> None:
    rows = [flat("0101", note=date(2026, 3, 2)), flat(" 1０2 ", note=True), flat("103", note=1.5)]
    lines = read(book(rows)).lines
    assert [line.cells["note"] for line in lines] == ["2026-03-02", "是", "1.5"]
    assert lines[0].cells["door"] == "0101"


def test_choices_come_by_label_or_value() -> None:
    table = read(book([["合格"], ["fail"], ["好像行"]], ["结果"]), METERS)
    assert [line.cells["result"] for line in table.lines] == ["pass", "fail", "好像行"]


def test_formulas_errors_and_lost_digits_are_told_by_their_cell() -> None:
    made = book([flat("=1+1"), flat("101", note="#N/A"), flat(123456789012345678)])
    faults = [line.faults for line in read(made).lines]
    assert "公式" in faults[0]["door"]
    assert "错误值" in faults[1]["note"]
    assert "尾数已丢失" in faults[2]["door"]


def test_merged_cells_are_told_by_their_rows() -> None:
    lines = read(book([flat("101"), flat("102"), flat("103")], merge="A2:A3")).lines
    assert [bool(line.faults) for line in lines] == [True, True, False]
    assert "合并单元格" in lines[0].faults[""]


@pytest.mark.parametrize(
    "content", [b"", b"PK\3\4", b"PK\3\4" + b"x" * 400, "小区,门牌\n".encode(), b"\0" * 5000]
)
def test_what_is_no_workbook_is_refused_in_words(content: bytes) -> None:
    assert "另存为" in refused(content)


def test_an_old_or_locked_workbook_is_named() -> None:
    assert "旧版 .xls 或有密码" in refused(b"\xd0\xcf\x11\xe0" + b"\0" * 600)


def test_macros_are_refused() -> None:
    assert "宏" in refused(changed(book([flat("1")]), "xl/vbaProject.bin", lambda _: b"x"))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = changed(book([flat("1")]), "xl/media/image1.png", lambda _: b"\0" * 200_000_000)
    assert len(bomb) < 1_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "展开后过大" in refused(bomb)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000


def test_entities_are_refused() -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    assert "内部结构不对" in refused(changed(book([flat("1")]), SHEET, lambda was: laughs + was))


def test_broken_insides_are_refused_and_are_no_fault_of_ours() -> None:
    good = book([flat("1")])
    for part in (SHEET, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"):
        for change in (lambda was: was[: len(was) // 2], lambda _: b"", lambda _: b"<a/>"):
            # Read or refused; anything else would be raised here.
            with suppress(Invalid):
                read(changed(good, part, change))


def test_a_million_empty_rows_cost_little() -> None:
    rows = b"".join(b'<row r="%d"/>' % n for n in range(3, 1_000_000))
    many = changed(
        book([flat("1")]), SHEET, lambda was: was.replace(b"</sheetData>", rows + b"</sheetData>")
    )
    before = time.process_time()
    assert len(read(many).lines) == 1
    assert time.process_time() - before < 5
    far = changed(book([flat("1")]), SHEET, lambda was: was.replace(b'r="2"', b'r="1048576"'))
    assert [line.row for line in read(far).lines] in ([1048576], [2])


def test_too_many_rows_are_told() -> None:
    assert "最多导入 5000 行" in refused(book([flat(str(n)) for n in range(5001)]))


def test_without_a_head_one_is_led_to_the_template() -> None:
    assert "下载模板" in refused(book([["甲", "乙"]], head=["一", "二"]))


def test_what_goes_out_comes_back_and_nothing_in_it_runs() -> None:
    values = {"estate": "=HYPERLINK(1)", "building": "+3", "door": "@101", "calibre": "20"}
    made = xlsx_out.workbook(FLATS, [(0, values), (4, values)])
    assert cells(made)[1][:3] == ["1", "=HYPERLINK(1)", "+3"]
    table = read(made)
    assert [line.number for line in table.lines] == [0, 4]
    assert table.lines[0].cells == values
    assert table.lines[0].faults == {}


def test_a_template_offers_choices_and_explains_itself() -> None:
    made = xlsx_out.workbook(METERS, [], empty=10)
    assert cells(made)[0] == ["行号", "门牌", "表号", "结果*", "原因*", "封号", "起始码"]
    assert read(made, METERS).lines == []
