"""A board and its list as XLSX: written row by row into a file, so that size needs no memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from app.replica import aside
from app.reports.shapes import Asked, Board, Column, Lines, Report
from app.texts import T, Text
from app.work import Work, command, ledger
from app.worktime import SHANGHAI

PAGE = 2000
MOST = 200_000
FORMATS = {"money": "#,##0.00", "date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm"}
Say = Callable[[object], str]


@command(right="business")
def note_export(work: Work, key: str, filters: dict[str, str]) -> None:
    """Put on record that business data left the house (PII-4)."""
    work.record(ledger("reports"), "report:export", after={"report": key, "filters": filters})


@command(right="business")
def note_look(work: Work, key: str, filters: dict[str, str]) -> None:
    """Put on record that somebody read what customers said (PII-1)."""
    work.record(ledger("reports"), "report:look", after={"report": key, "filters": filters})


def export(found: Report, asked: Asked, say: Say) -> IO[bytes]:
    """The figures and the whole list as a workbook of two sheets; ``say`` speaks the reader's
    language. The file is the caller's to close, and is gone then. Lists end at 200,000 rows."""
    return aside(lambda: _written(found, asked, say))[0]


def _written(found: Report, asked: Asked, say: Say) -> IO[bytes]:
    book = Workbook(write_only=True)
    figures = book.create_sheet(say(T("汇总")))
    for row in _figures(found.figures(asked), say):
        figures.append([_cell(figures, value, kind) for value, kind in row])
    lines = book.create_sheet(say(T("明细")))
    for cells in _lines(found, asked, say):
        lines.append([_cell(lines, value, kind) for value, kind in cells])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it is given away
    book.save(file)
    book.close()
    file.seek(0)
    return file


Cells = list[tuple[Any, str]]


def _figures(board: Board, say: Say) -> Iterable[Cells]:
    yield [(say(board.head), "text"), *((say(column.label), "text") for column in board.columns)]
    for row in board.rows:
        values = zip(row.figures, board.columns, strict=True)
        yield [(say(row.label), "text"), *((figure.value, c.kind) for figure, c in values)]


def _lines(found: Report, asked: Asked, say: Say) -> Iterable[Cells]:
    cursor, written = None, 0
    while True:
        page: Lines = found.lines(asked, cursor, PAGE)
        if cursor is None:
            yield [(say(column.label), "text") for column in page.columns]
        for row in page.rows:
            yield [_shown(v, c, say) for v, c in zip(row, page.columns, strict=True)]
        written, cursor = written + len(page.rows), page.cursor
        if cursor is None or written >= MOST:
            return


def _shown(value: Any, column: Column, say: Say) -> tuple[Any, str]:
    return (say(value), "text") if isinstance(value, Text) else (value, column.kind)


def _cell(sheet: Any, value: Any, kind: str) -> Any:
    if isinstance(value, datetime):
        value = value.astimezone(SHANGHAI).replace(tzinfo=None)
    if kind == "money" and isinstance(value, int):
        value = value / 100
    cell = WriteOnlyCell(sheet, value=_plain(value))
    if isinstance(value, str):
        # What somebody typed is never a formula.
        cell.data_type = "s"
    elif kind in FORMATS and value is not None:
        cell.number_format = FORMATS[kind]
    return cell


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        # What a spreadsheet cannot hold (control characters) is left out.
        return "".join(sign for sign in value if sign >= " " or sign in "\t\n")
    return value if isinstance(value, (int, float, date)) or value is None else str(value)
