"""A workbook that somebody brings: read within bounds, each cell as the text that stands there.

Nothing in it runs: no formula, no macro, no entity, no link. What cannot be read for sure is told
by its row and column; what is too much is refused before it is unpacked.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from app.errors import Invalid
from app.forms.model import Component
from app.forms.sheets import leaves
from app.identifiers import fold
from app.texts import T, Text, beside

NUMBER = "行号"
MEGABYTE = 1024 * 1024
MOST_BYTES = 8 * MEGABYTE
MOST_UNPACKED = 48 * MEGABYTE
MOST_PART = 32 * MEGABYTE
MOST_PARTS = 300
MOST_COLUMNS = 60
HEAD_WITHIN = 10
LONG_NUMBER = 10**15
OLD = b"\xd0\xcf\x11\xe0"
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
# Rows without a value: some programs save a million of them.
EMPTY_ROW = re.compile(rb"<row\b[^<>]*/>|<row\b[^<>]*>\s*(?:<c\b[^<>]*(?:/>|>\s*</c>)\s*)*</row>")
MERGED = re.compile(rb'<mergeCell\b[^<>]*\bref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')
YES = frozenset({"是", "√", "✓", "对", "有", "true", "yes", "y", "1"})
NO = frozenset({"否", "×", "✗", "无", "false", "no", "n", "0", "-"})


@dataclass
class Line:
    """A row of the file. ``row``: its number there; ``number``: that of the row of the list that
    it names, from 0; ``cells``: texts by column; ``faults``: by column, "" for the row."""

    row: int
    number: int | None = None
    cells: dict[str, str] = field(default_factory=dict)
    faults: dict[str, Text] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """``unknown``: heads of columns that the list does not have and that are not used."""

    lines: list[Line]
    unknown: list[str]
    columns: list[str]


def wrong(text: Text) -> Invalid:
    """What is wrong with the file as a whole."""
    return Invalid(text, fields={"file": text})


def labels_of(column: Component) -> set[str]:
    """Under which heads a column is found."""
    names = {column.label, column.label_en, beside().get(column.label, ""), column.key}
    return {_plain(name) for name in names if name}


def read(content: bytes, component: Component) -> Table:
    """The rows of a workbook for a list. Raises Invalid with the field ``file``."""
    parts = _parts(content)
    merged = _merged(parts)
    try:
        with warnings.catch_warnings():
            # What the reader does not know of a workbook (styles, extensions) matters to no cell.
            warnings.simplefilter("ignore", UserWarning)
            return _table(_slim(parts), component, merged)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, OSError, ParseError,
            InvalidFileException, zipfile.BadZipFile, SyntaxError) as error:  # fmt: skip
        if isinstance(error, Invalid):
            raise
        raise wrong(T("表格文件已损坏，无法读取。请重新另存为 .xlsx 后再传。")) from error


# --- unpacking ------------------------------------------------------------------------------------


def _parts(content: bytes) -> dict[str, bytes]:
    if len(content) > MOST_BYTES:
        raise wrong(T("表格文件超过 {most} MB，请分成几份。", most=MOST_BYTES // MEGABYTE))
    if content[:4] == OLD:
        raise wrong(T("这是旧版 .xls 或有密码的文件，请去掉密码并另存为 .xlsx。"))
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            infos = packed.infolist()
            _need_bounds(infos)
            return {info.filename: _part(packed, info) for info in infos if not info.is_dir()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise wrong(T("这不是 .xlsx 表格文件，请用 Excel 或 WPS 另存为 .xlsx。")) from error


def _need_bounds(infos: Sequence[zipfile.ZipInfo]) -> None:
    names = {info.filename for info in infos}
    if any("vbaProject" in name for name in names):
        raise wrong(T("文件含有宏，不能导入。请另存为不含宏的 .xlsx。"))
    if "[Content_Types].xml" not in names or len(names) != len(infos):
        raise wrong(T("这不是 .xlsx 表格文件，请用 Excel 或 WPS 另存为 .xlsx。"))
    sizes = [info.file_size for info in infos]
    if len(infos) > MOST_PARTS or sum(sizes) > MOST_UNPACKED or max(sizes) > MOST_PART:
        raise wrong(T("表格文件展开后过大。请只把有内容的行复制到一个新文件里。"))


def _part(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    # Never more than it says of itself; what says too little fails at its checksum.
    content = packed.read(info)
    if info.filename.endswith((".xml", ".rels")):
        start = content[:200]
        if b"\0" in start or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise wrong(T("表格文件的内部结构不对，不能导入。请用 Excel 或 WPS 重新另存为 .xlsx。"))
    return content


def _slim(parts: Mapping[str, bytes]) -> BytesIO:
    """The same workbook without its empty rows and without what is no table."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        for name, content in parts.items():
            if name.endswith((".xml", ".rels")):
                slim = EMPTY_ROW.sub(b"", content) if SHEET.fullmatch(name) else content
                packed.writestr(name, slim)
    out.seek(0)
    return out


def _merged(parts: Mapping[str, bytes]) -> list[tuple[int, int]]:
    """(first row, last row) of merged cells, of all sheets."""
    found = []
    for name, content in parts.items():
        if SHEET.fullmatch(name):
            for ref in MERGED.findall(content):
                _, first, _, last = range_boundaries(ref.decode())
                found.append((int(first or 0), int(last or 0)))
    return found


# --- the table ------------------------------------------------------------------------------------


def _table(packed: BytesIO, component: Component, merged: list[tuple[int, int]]) -> Table:
    columns = {
        name: one for one in leaves(component) if one.type != "filepicker"
        for name in labels_of(one)
    }  # fmt: skip
    book = load_workbook(packed, read_only=True, data_only=False, keep_links=False)
    try:
        for sheet in book.worksheets:
            if getattr(sheet, "sheet_state", "visible") != "visible":
                continue
            sheet.reset_dimensions()
            found = _in_sheet(sheet, columns, component, merged)
            if found is not None:
                return found
    finally:
        book.close()
    raise wrong(T("没有找到表头。请下载模板，按模板的列名填写。"))


def _in_sheet(
    sheet: Any, columns: Mapping[str, Component], component: Component, merged: Any
) -> Table | None:
    rows = _filled(sheet)
    begin = [row for _, row in zip(range(HEAD_WITHIN), rows, strict=False)]
    scores = [sum(_plain(_said(c)) in columns for c in row) for row in begin]
    if not begin or not max(scores):
        return None
    at = scores.index(max(scores))
    head = {cell.column - 1: name for cell in begin[at] if (name := _plain(_said(cell)))}
    used = {place: columns.get(name) for place, name in head.items()}
    named = [_said(c) for c in begin[at] if _plain(_said(c)) not in columns
             and _plain(_said(c)) not in ("", _plain(NUMBER))]  # fmt: skip
    numbers = next((place for place, name in head.items() if name == _plain(NUMBER)), None)
    lines: list[Line] = []
    for row in (*begin[at + 1 :], *_rest(rows, component)):
        lines.append(_line(row, used, numbers, merged))
        if len(lines) > component.most_rows:
            raise wrong(T("最多导入 {most} 行，请分成几份。", most=component.most_rows))
    return Table(lines, named, [c.key for c in used.values() if c is not None])


def _rest(rows: Iterator[Any], component: Component) -> Iterator[Any]:
    for count, row in enumerate(rows):
        if count > component.most_rows:
            raise wrong(T("最多导入 {most} 行，请分成几份。", most=component.most_rows))
        yield row


def _filled(sheet: Any) -> Iterator[list[Any]]:
    """Rows that hold anything, as their cells."""
    for row in sheet.iter_rows(max_col=MOST_COLUMNS):
        cells = [cell for cell in row if cell.value is not None and _said(cell)]
        if cells:
            yield cells


def _line(
    row: list[Any],
    used: Mapping[int, Component | None],
    numbers: int | None,
    merged: list[tuple[int, int]],
) -> Line:
    line = Line(row[0].row)
    for cell in row:
        column = used.get(cell.column - 1)
        if cell.column - 1 == numbers:
            _number(line, _said(cell))
        elif column is not None:
            _take(line, cell, column)
    if any(first <= line.row <= last for first, last in merged):
        line.faults[""] = T("此行有合并单元格，请取消合并并逐行填写")
    return line


def _number(line: Line, text: str) -> None:
    if text.isdecimal() and 0 < int(text) <= 99_999:
        line.number = int(text) - 1
    elif text:
        line.faults[""] = T("“行号”应为系统给出的数字，新增的行请留空")


def _take(line: Line, cell: Any, column: Component) -> None:
    text = _said(cell)
    line.cells[column.key] = text
    if cell.data_type == "f":
        line.faults[column.key] = T("是公式，请改成数值（复制后“选择性粘贴—数值”）")
    elif cell.data_type == "e":
        line.faults[column.key] = T("单元格有错误值")
    elif _lost_digits(cell, column):
        line.faults[column.key] = T("数字过长，尾数已丢失：请把此列设为文本后重填")
    else:
        line.cells[column.key] = _value(line, column, text)


def _lost_digits(cell: Any, column: Component) -> bool:
    value = cell.value
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and column.type != "number" and abs(value) >= LONG_NUMBER


def _value(line: Line, column: Component, text: str) -> str:
    """A choice by its label or value, a tick by a word; anything else as it stands."""
    if column.type == "checkbox":
        word = text.lower()
        if word not in YES | NO:
            line.faults[column.key] = T("请填“是”或“否”")
        return "true" if word in YES else "false"
    for option in column.options:
        if fold(text) in (option.label, str(option.value), beside().get(option.label)):
            return str(option.value)
    return text


def _said(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else repr(value)
    if isinstance(value, datetime):
        at_midnight = (value.hour, value.minute) == (0, 0)
        return f"{value:%Y-%m-%d}" if at_midnight else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date | time):
        return value.isoformat()[:10] if isinstance(value, date) else f"{value:%H:%M}"
    return str(value).strip()


def _plain(text: str) -> str:
    return re.sub(r"[\s*＊]|[（(](必填|选填)[)）]", "", fold(text)).lower()
