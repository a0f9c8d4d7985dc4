"""A list of a form as a compact table: one row a thing, one column for each kind of answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.forms import Drawn, View

# What fits into a cell; a list with anything else is drawn row below row.
SMALL = frozenset({"textfield", "number", "datetime", "select", "checkbox", "filepicker"})
MOST = 5


@dataclass(frozen=True)
class Line:
    """A row: what it is about, and its answers by column; None where nothing is asked."""

    about: tuple[Drawn, ...]
    cells: tuple[Drawn | None, ...]

    @property
    def title(self) -> str:
        """What the row is about, in one text."""
        return self.about[0].value if self.about else ""


@dataclass(frozen=True)
class Grid:
    """``about``: the head of the first column; ``columns``: one field of each kind, for heads."""

    about: str
    columns: tuple[Drawn, ...]
    lines: tuple[Line, ...]


def grid(item: Drawn) -> Grid | None:
    """The list as a table; None when it has no rows or its rows are too large for one."""
    rows = item.rows
    if not rows or any(child.kind not in SMALL for row in rows for child in row):
        return None
    columns = _columns(tuple(c for c in row if not c.locked) for row in rows)
    if not 0 < len(columns) <= MOST:
        return None
    first = next((c.label for c in rows[0] if c.locked), "")
    return Grid(first, tuple(columns.values()), tuple(_line(row, tuple(columns)) for row in rows))


def _columns(rows: Iterable[Sequence[Drawn]]) -> dict[str, Drawn]:
    """Every kind of answer in its order, also what only some rows ask."""
    order: list[str] = []
    seen: dict[str, Drawn] = {}
    for row in rows:
        at = 0
        for child in row:
            key = _key(child)
            if key not in seen:
                seen[key] = child
                order.insert(at, key)
            at = order.index(key) + 1
    return {key: seen[key] for key in order}


def _line(row: Sequence[Drawn], columns: Sequence[str]) -> Line:
    asked = {_key(child): child for child in row if not child.locked}
    about = tuple(child for child in row if child.locked)
    return Line(about, tuple(asked.get(key) for key in columns))


def _key(item: Drawn) -> str:
    return item.name.rpartition("].")[2]


def files_in(view: View) -> list[str]:
    """Ids of all files that the form names now."""
    return [file for field in view.fields for file in field.files]
