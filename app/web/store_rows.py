"""Rows of a delivery as somebody types, scans or pastes them, or brings them in a workbook.

One meter a line, its columns apart by tabs or commas; what all meters of the delivery share is
said once and stands for what a line leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import orjson

from app import forms, identifiers
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


def _column(key: str, label: Text) -> dict[str, Any]:
    plain = {"id": key, "key": key, "label": str(label), "properties": {"label_en": label.to("en")}}
    if key != "type":
        return {**plain, "type": "textfield", "validate": {"required": key == "serial"}}
    options = [{"value": value, "label": str(name)} for value, name in TYPES.items()]
    return {**plain, "type": "select", "values": options}


@cache
def _table() -> forms.Component:
    """The list as a form would have it: so a workbook is read and drawn as everywhere."""
    columns = [_column(key, label) for key, label in COLUMNS]
    rows = {"type": "dynamiclist", "id": "rows", "path": "rows", "label": str(T("水表入库")),
            "properties": {"rows": "sheet"}, "components": columns}  # fmt: skip
    form = {"type": "default", "id": "store.intake", "components": [rows]}
    return forms.read(orjson.dumps(form)).components[0]


def template() -> bytes:
    """An empty workbook to be filled in."""
    return forms.xlsx_out.workbook(_table(), [], empty=500)


def from_workbook(content: bytes) -> tuple[list[str], dict[tuple[int, str], Text]]:
    """The rows of a workbook as lines of text, and what cannot be taken as it stands, by line and
    column. Raises Invalid (``file``)."""
    found = forms.xlsx_in.read(content, _table())
    if not found.lines:
        raise forms.xlsx_in.wrong(T("表格里没有内容，请从第二行起填写。"))
    lines = [
        "\t".join(_flat(line.cells.get(key, "")) for key, _ in COLUMNS).rstrip("\t")
        for line in found.lines
    ]
    faults = {
        (n, name or "serial"): text
        for n, line in enumerate(found.lines)
        for name, text in line.faults.items()
    }
    return lines, faults


def _flat(text: str) -> str:
    return re.sub(r"[\t\r\n,，]+", " ", text).strip()
