"""Workbooks as people bring them, and as people who mean harm do."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook

HEAD = ("小区", "楼栋", "单元", "门牌", "口径", "备注")
SHEET = "xl/worksheets/sheet1.xml"


def book(rows: Sequence[Sequence[Any]], head: Sequence[Any] = HEAD, merge: str = "") -> bytes:
    """A workbook with a head and rows."""
    made = Workbook()
    made.active.append(list(head))
    for row in rows:
        made.active.append(list(row))
    if merge:
        made.active.merge_cells(merge)
    return saved(made)


def saved(made: Workbook) -> bytes:
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def cells(content: bytes) -> list[list[Any]]:
    """What stands in the first sheet."""
    sheet = load_workbook(BytesIO(content)).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def flat(door: str, **more: Any) -> list[Any]:
    row = {
        "estate": "听澜苑",
        "building": "3",
        "unit": "1",
        "door": door,
        "calibre": 20,
        "note": "",
    }
    return list((row | more).values())


def changed(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same workbook with one part changed, or a new one added."""
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        names = old.namelist()
        for name in names:
            was = old.read(name)
            new.writestr(name, change(was) if name == part else was)
        if part not in names:
            new.writestr(part, change(b""))
    return out.getvalue()
