"""Rows of a delivery as somebody types, scans or pastes them, or brings them in a workbook.

One meter a line, its columns apart by tabs or commas; what all meters of the delivery share is
said once and stands for what a line leaves out.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.utils.exceptions import InvalidFileException

from app import identifiers
from app.errors import Invalid
from app.texts import T, Text

# Columns in their order, with the head that the workbook has.
COLUMNS: tuple[tuple[str, Text], ...] = (
    ("serial", T("表身号")),
    ("calibre", T("口径")),
    ("type", T("类型")),
    ("model", T("型号")),
    ("maker", T("厂家")),
    ("q3", T("Q3")),
    ("max_dial", T("量程")),
    ("first_verification", T("首次检定日期")),
    ("damaged", T("损坏情况")),
    ("replaces", T("换下的表身号")),
)
SHARED = ("calibre", "type", "model", "maker", "q3", "max_dial", "first_verification")
TYPES: dict[str, Text] = {
    "mechanical": T("机械表"),
    "remote": T("远传表"),
    "collector": T("集抄表"),
    "ic_card": T("IC卡表"),
    "large": T("大表"),
}
MEGABYTE = 1024 * 1024
MOST_BYTES, MOST_UNPACKED, MOST_PARTS = 4 * MEGABYTE, 40 * MEGABYTE, 200
MOST_ROWS = 2_001
_DAY = re.compile(r"(\d{4})\D?(\d{1,2})\D?(\d{1,2})\D?")
_Q3 = re.compile(r"\d{1,4}(\.\d)?")
_APART = re.compile(r"[\t,，]")

Row = dict[str, Any]


def parse(text: str, shared: Mapping[str, str]) -> list[Row]:
    """Rows as the register takes them. Raises Invalid (``rows[n].q3`` and the like)."""
    lines = [line for line in text.splitlines() if line.strip()]
    rows: list[Row] = []
    wrong: dict[str, Text] = {}
    for n, line in enumerate(lines):
        row, faults = _row(_cells(line, shared))
        rows.append(row)
        wrong |= {f"rows[{n}].{name}": fault for name, fault in faults.items()}
    if wrong:
        raise Invalid(fields=wrong)
    return rows


def _cells(line: str, shared: Mapping[str, str]) -> dict[str, str]:
    said = [identifiers.fold(cell) for cell in _APART.split(line)]
    cells = dict.fromkeys((key for key, _ in COLUMNS), "")
    cells |= {key: cell for (key, _), cell in zip(COLUMNS, said, strict=False)}
    return cells | {key: cells[key] or shared.get(key, "").strip() for key in SHARED}


def _row(cells: Mapping[str, str]) -> tuple[Row, dict[str, Text]]:
    wrong: dict[str, Text] = {}
    row: Row = dict(cells)
    row["type"] = _type(cells["type"])
    row["max_dial"] = int(cells["max_dial"]) if _number(cells["max_dial"], 9) else None
    row["q3"] = float(cells["q3"]) if _Q3.fullmatch(cells["q3"]) else None
    if cells["q3"] and row["q3"] is None:
        wrong["q3"] = T("Q3 应为数字，如 2.5")
    row["first_verification"] = _day(cells["first_verification"])
    if cells["first_verification"] and row["first_verification"] is None:
        wrong["first_verification"] = T("日期请填如 2026-11-23")
    return row, wrong


def _number(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= most


def _type(text: str) -> str:
    known = {str(name): key for key, name in TYPES.items()}
    return known.get(text) or known.get(f"{text}表", text)


def _day(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


# --- workbooks ------------------------------------------------------------------------------------


def template() -> bytes:
    """An empty workbook to be filled in; all cells are texts, so that no zero is lost."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = str(T("水表入库"))
    sheet.append([str(name) for _, name in COLUMNS])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = 16
    for row in sheet.iter_rows(min_row=2, max_row=500, max_col=len(COLUMNS)):
        for cell in row:
            cell.number_format = "@"
    sheet.freeze_panes = "A2"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def from_workbook(content: bytes) -> str:
    """The rows of a workbook as lines of text. Raises Invalid (``file``)."""
    _need_bounds(content)
    try:
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
        rows = _rows(book.worksheets[0].iter_rows(values_only=True))
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, OSError, SyntaxError,
            InvalidFileException, zipfile.BadZipFile) as error:  # fmt: skip
        raise _wrong(T("表格文件已损坏，请重新另存为 .xlsx 后再传。")) from error
    if not rows:
        raise _wrong(T("表格里没有内容，请从第二行起填写。"))
    if len(rows) >= MOST_ROWS:
        raise _wrong(T("表格超过 {most} 行，请分次入库。", most=MOST_ROWS - 1))
    return "\n".join(rows)


def _wrong(text: Text) -> Invalid:
    return Invalid(text, fields={"file": text})


def _need_bounds(content: bytes) -> None:
    """What is no workbook, or would unpack to too much, is refused before it is read."""
    if len(content) > MOST_BYTES:
        raise _wrong(T("表格文件超过 {most} MB，请分成几份。", most=MOST_BYTES // MEGABYTE))
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            infos = packed.infolist()
    except zipfile.BadZipFile as error:
        raise _wrong(T("这不是 .xlsx 表格文件，请另存为 .xlsx 后再传。")) from error
    if len(infos) > MOST_PARTS or sum(info.file_size for info in infos) > MOST_UNPACKED:
        raise _wrong(T("表格文件展开后过大，请只保留有内容的行。"))


def _rows(rows: Iterable[tuple[Any, ...]]) -> list[str]:
    """Lines below the head, columns in our order, until there are too many of them."""
    order: list[int | None] | None = None
    lines: list[str] = []
    for row in rows:
        cells = [_said(cell) for cell in row[:60]]
        if not any(cells):
            continue
        if order is None:
            order = _order(cells)
            continue
        lines.append("\t".join("" if at is None else _at(cells, at) for at in order).rstrip("\t"))
        if len(lines) >= MOST_ROWS:
            break
    return lines


def _order(head: list[str]) -> list[int | None]:
    places = {name: at for at, name in enumerate(head)}
    if str(COLUMNS[0][1]) not in places:
        raise _wrong(T("第一行没有“表身号”一列，请用模板填写。"))
    return [places.get(str(name)) for _, name in COLUMNS]


def _at(cells: list[str], at: int) -> str:
    return cells[at] if at < len(cells) else ""


def _said(cell: Any) -> str:
    if isinstance(cell, (datetime, date)):
        return cell.strftime("%Y-%m-%d")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else re.sub(r"[\t\r\n,，]+", " ", str(cell)).strip()
