"""Dates of a calendar as people bring them: pasted lines, CSV or XLSX. Pure.

A line: a date or a range, whether it is worked, a name: ``2027-02-05~2027-02-11 休息 春节``.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from app.errors import Invalid
from app.identifiers import fold
from app.settings.calendars import MOST_DAYS, DaySaid
from app.texts import T, Text

MOST_BYTES = 1_000_000
# A sheet is a zip: what it unpacks to counts, too.
UNPACKED = 20_000_000
MOST_LINES = 1000
WORK = {"上班", "补班", "调休上班", "工作", "工作日", "班", "work", "workday"}
REST = {"休息", "放假", "休", "节假日", "假", "rest", "holiday", "off"}
DATE = re.compile(r"(\d{4})\D?(\d{1,2})\D?(\d{1,2})日?")
RANGE = re.compile(r"\s*(?:~|至|—|–|到|\.\.)\s*")
CELLS = re.compile(r"[\t,;，；、 　]+")


def read_lines(text: str) -> dict[date, DaySaid]:
    """Pasted lines. Raises Invalid (field ``days``) with the number of the line that is wrong."""
    return _read(CELLS.split(line.strip()) for line in fold(text).splitlines())


def read_sheet(content: bytes) -> dict[date, DaySaid]:
    """A CSV (UTF-8 or GB18030) or XLSX file: date, worked or not, name in its first columns.

    Raises Invalid (field ``file``) for what is neither.
    """
    if len(content) > MOST_BYTES:
        raise Invalid(fields={"file": T("文件不能超过 1 MB。")})
    try:
        rows = _workbook(content) if content[:2] == b"PK" else _csv(content)
        return _read(rows)
    except Invalid as problem:
        raise Invalid(fields={"file": next(iter(problem.fields.values()))}) from problem
    except (ValueError, KeyError, OSError, zipfile.BadZipFile, InvalidFileException) as error:
        raise Invalid(fields={"file": T("读不出这个文件，请用 CSV 或 XLSX。")}) from error


def _workbook(content: bytes) -> Iterator[list[str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(one.file_size for one in packed.infolist()) > UNPACKED:
            raise ValueError(len(content))
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    for row in book.worksheets[0].iter_rows(max_row=MOST_LINES + 1, max_col=3, values_only=True):
        yield [_cell(value) for value in row]


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return "" if value is None else fold(str(value)).strip()


def _csv(content: bytes) -> Iterator[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise ValueError(content[:20])
    for row in csv.reader(io.StringIO(fold(text))):
        # Somebody's sheet may be one of lines as they are pasted.
        yield [cell.strip() for cell in row] if len(row) > 1 else CELLS.split("".join(row).strip())


def _read(rows: Iterable[Sequence[str]]) -> dict[date, DaySaid]:
    found: dict[date, DaySaid] = {}
    for number, row in enumerate(rows, 1):
        if number > MOST_LINES:
            raise _wrong(number, T("一次最多 {n} 行", n=MOST_LINES))
        cells = [cell for cell in row if cell]
        if not cells or (number == 1 and not re.search(r"\d", cells[0])):
            continue  # empty, or the heading
        for day in _days(number, cells[0]):
            found[day] = DaySaid(_worked(number, cells), " ".join(cells[2:])[:40])
        if len(found) > MOST_DAYS:
            raise _wrong(number, T("一次最多 {n} 天，请分几次导入。", n=MOST_DAYS))
    if not found:
        raise Invalid(fields={"days": T("没有读到日期，每行写一个日期，如 2027-02-05 休息 春节")})
    return found


def _days(number: int, text: str) -> list[date]:
    ends = [_date(number, part) for part in RANGE.split(text, maxsplit=1)]
    first, last = ends[0], ends[-1]
    if last < first or (last - first).days > MOST_DAYS:
        raise _wrong(number, T("日期的先后不对"))
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _date(number: int, text: str) -> date:
    found = DATE.fullmatch(text.strip())
    try:
        if found is not None:
            return date(*map(int, found.groups()))
    except ValueError:
        pass
    raise _wrong(number, T("“{text}”不是日期", text=text[:20]))


def _worked(number: int, cells: Sequence[str]) -> bool:
    said = cells[1].lower() if len(cells) > 1 else ""
    if said not in WORK | REST:
        raise _wrong(number, T("日期后请写“上班”或“休息”"))
    return said in WORK


def _wrong(number: int, what: Text) -> Invalid:
    return Invalid(fields={"days": T("第 {n} 行：{what}。", n=number, what=what)})
