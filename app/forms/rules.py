"""What holds for the rows of a list among each other: what may stand only once, named checks.

Marks of a list: ``unique`` names columns that no two rows may share together (several such sets
apart by ``;``); ``row_check`` names a check that gets all rows at once, so that thousands of them
are looked up in one question. ``rows_checked: advice``: both are said at the row and of a workbook
that comes in, but hold nothing up: the drawing itself says what becomes of such rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.forms.state import Node, collect
from app.identifiers import fold
from app.texts import T, Text


@dataclass(frozen=True)
class Context:
    """What a named check may look at besides the value."""

    scope: Mapping[str, Any]
    values: Mapping[str, Any]
    now: datetime
    key: str
    advice: bool = False


REPEATED = "与第 {n} 行重复"
# Rows by number → what is wrong, by number: of the row, or by its columns.
RowCheck = Callable[[Mapping[int, Mapping[str, Any]], Context], Mapping[int, Any]]


def of_rows(
    node: Node, context: Context, checks: Mapping[str, Callable[[Any, Context], Any]]
) -> dict[str, Text]:
    """What is wrong with the rows of a list among each other, by the names of the fields."""
    only_said = node.component.marks.get("rows_checked") == "advice" and not context.advice
    if node.hidden or not node.rows or only_said:
        return {}
    found = {
        (number, column): T(REPEATED, n=first + 1)
        for number, (first, column) in repeated(node, context).items()
    }
    for name in words(node.component.marks.get("row_check")):
        check = checks.get(name)
        found |= _named(node, check(_rows(node), context) if check else _unknown(node, name))
    names = {(row[-1], key): name for row, key, name in _fields(node)}
    return {names[place]: text for place, text in found.items() if place in names}


def words(mark: Any) -> list[str]:
    """The words of a mark, apart by blanks or commas."""
    return str(mark or "").replace(",", " ").split()


def repeated(node: Node, context: Context) -> dict[int, tuple[int, str]]:
    """Row → (the first row that says the same, the column to say it at)."""
    rows = _all_rows(node, context)
    found: dict[int, tuple[int, str]] = {}
    for columns in together(node.component.marks.get("unique")):
        found = {**same(rows, columns), **found}
    return found


def together(mark: Any) -> list[list[str]]:
    """The sets of columns that a mark names."""
    return [columns for one in str(mark or "").split(";") if (columns := words(one))]


def same(rows: Mapping[int, Any], columns: list[str]) -> dict[int, tuple[int, str]]:
    """Rows whose columns say together what an earlier row says; an empty one says nothing."""
    first: dict[tuple[str, ...], int] = {}
    found = {}
    for number, row in rows.items():
        key = tuple(fold(str(row.get(c) if row.get(c) is not None else "")) for c in columns)
        if not key[-1]:
            continue
        if first.setdefault(key, number) != number:
            found[number] = (first[key], columns[-1])
    return found


def _all_rows(node: Node, context: Context) -> dict[int, Any]:
    at: Any = context.values
    for part in node.component.path:
        at = at.get(part) if isinstance(at, dict) else None
    rows = at if isinstance(at, list) else []
    return {number: row for number, row in enumerate(rows) if isinstance(row, dict)}


def _rows(node: Node) -> dict[int, dict[str, Any]]:
    return {_number(row): collect(row) for row in node.rows if row}


def _number(row: list[Node]) -> int:
    return int(row[0].row[-1]) if row[0].row else 0


def _fields(node: Node) -> list[tuple[tuple[Any, ...], str, str]]:
    return [
        (one.row, one.component.key, one.name)
        for row in node.rows
        for top in row
        for one in top.inside()
        if one.row is not None and one.component.path
    ]


def _unknown(node: Node, name: str) -> dict[int, Text]:
    return {_number(node.rows[0]): T("系统没有名为 {name} 的核对，请联系流程管理员", name=name)}


def _named(node: Node, said: Mapping[int, Any]) -> dict[tuple[int, str], Text]:
    """What a named check says; of a row as a whole it stands at its first answer."""
    inputs = [c.key for c in node.component.children if c.is_input and not c.fixed]
    head = inputs[0] if inputs else node.component.children[0].key
    found: dict[tuple[int, str], Text] = {}
    for number, what in said.items():
        by_column = what if isinstance(what, Mapping) else {head: what}
        found |= {(number, column): text for column, text in by_column.items()}
    return found
