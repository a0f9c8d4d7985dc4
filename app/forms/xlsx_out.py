"""The rows of a list as a workbook: to be filled in, to be looked at, to be brought back.

Texts are written as texts: nothing that somebody typed becomes a formula in the reader's program.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from app.forms.model import Component
from app.forms.sheets import leaves
from app.forms.xlsx_in import NUMBER, labels_of
from app.texts import T

HEAD = PatternFill("solid", fgColor="E6F2F7")
GREY = PatternFill("solid", fgColor="F1F3F5")
MOST_LISTED = 250
Line = tuple[int | None, Mapping[str, Any]]


def columns_of(component: Component) -> list[Component]:
    """What stands in a workbook: no files, and nothing personal, which stays in the house."""
    return [one for one in leaves(component) if one.type != "filepicker" and not one.pii]


def workbook(component: Component, lines: Iterable[Line], *, empty: int = 0) -> bytes:
    """A workbook of rows, (place from 0, texts by column) each; ``empty``: rows to be filled in."""
    book = Workbook(write_only=True)
    columns = columns_of(component)
    sheet = book.create_sheet(_title(component))
    sheet.freeze_panes = "A2"
    for at, column in enumerate([None, *columns], 1):
        sheet.column_dimensions[_letter(at)].width = 8 if column is None else _width(column)
    sheet.append([_head(sheet, NUMBER), *(_head(sheet, _said(one)) for one in columns)])
    written = 1
    for number, values in lines:
        written += 1
        first = "" if number is None else str(number + 1)
        sheet.append([_cell(sheet, first), *(_cell(sheet, _shown(c, values)) for c in columns)])
    _offer(sheet, columns, written + empty)
    _explain(book.create_sheet(str(T("说明"))), columns)
    return _bytes(book)


def rejected(
    component: Component, rows: Sequence[Mapping[str, Any]], unknown: Sequence[str]
) -> bytes:
    """The rows that were not taken, as they stood in the file, with its row numbers and why.

    ``rows``: {row, cells, faults} as an import found them.
    """
    book = Workbook(write_only=True)
    columns = columns_of(component)
    sheet = book.create_sheet(str(T("未采用的行")))
    sheet.freeze_panes = "A2"
    head = [str(T("文件行号")), str(T("原因")), *(str(one.label or one.key) for one in columns)]
    sheet.append([_head(sheet, word) for word in head])
    for row in rows:
        why = "；".join(f"{name}：{text}" if name else text for name, text in row["faults"])
        cells = [row["cells"].get(one.key, "") for one in columns]
        sheet.append([_cell(sheet, text) for text in (str(row["row"]), why, *cells)])
    if unknown:
        sheet.append([])
        sheet.append([_cell(sheet, T("未使用的列：{names}", names="、".join(unknown)))])
    return _bytes(book)


def _bytes(book: Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _title(component: Component) -> str:
    plain = "".join(c for c in (component.label or component.key) if c not in "[]:*?/\\")
    return plain[:31] or "rows"


def _said(column: Component) -> str:
    label = column.label or column.key
    return f"{label}*" if column.rules.get("required") is True else label


def _letter(at: int) -> str:
    return chr(64 + at) if at <= 26 else chr(64 + (at - 1) // 26) + chr(65 + (at - 1) % 26)


def _width(column: Component) -> float:
    return min(max(10, len(column.label) * 2 + 4), 30)


def _head(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font, cell.fill = Font(bold=True), HEAD
    return cell


def _cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=str(text) or None)
    if text:
        # Whatever it begins with, it is a text.
        cell.data_type = "s"
        cell.number_format = "@"
    return cell


def _shown(column: Component, values: Mapping[str, Any]) -> str:
    value = values.get(column.key)
    if value in (None, ""):
        return ""
    if column.type == "checkbox":
        return str(T("是") if value == "true" else T("否"))
    return next((one.label for one in column.options if str(one.value) == str(value)), str(value))


def _offer(sheet: Any, columns: list[Component], rows: int) -> None:
    """Choices as a list to pick from, where a workbook can hold one."""
    for at, column in enumerate(columns, 2):
        labels = ["是", "否"] if column.type == "checkbox" else [o.label for o in column.options]
        said = ",".join(labels)
        if not labels or len(said) > MOST_LISTED or any("," in label for label in labels):
            continue
        rule = DataValidation(type="list", formula1=f'"{said}"', allow_blank=True)
        rule.add(f"{_letter(at)}2:{_letter(at)}{max(rows, 2)}")
        sheet.data_validations.append(rule)


def _explain(sheet: Any, columns: list[Component]) -> None:
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 18, 70
    number = T("由系统填写，用来认出已有的行；新增的行请留空。")
    sheet.append([_head(sheet, str(T("列"))), _head(sheet, str(T("怎样填写")))])
    sheet.append([_cell(sheet, NUMBER), _wrapped(sheet, number)])
    for column in columns:
        sheet.append([_cell(sheet, _said(column)), _wrapped(sheet, _how(column))])


def _how(column: Component) -> str:
    if column.fixed or column.type == "expression":
        return str(T("系统已有的内容，不能修改。"))
    words = [str(T("必填。") if column.rules.get("required") is True else T("选填。"))]
    if column.options:
        words.append(str(T("请选：{names}。", names="、".join(o.label for o in column.options))))
    if column.type == "datetime":
        words.append(str(T("写成 2026-03-02 的样子。")))
    if column.type == "number":
        words.append(str(T("只填数字。")))
    return "".join([*words, column.description.removeprefix("=")])


def _wrapped(sheet: Any, text: str) -> Any:
    cell = _cell(sheet, str(text))
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


__all__ = ["columns_of", "labels_of", "rejected", "workbook"]
