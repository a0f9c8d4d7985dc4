"""A list of a form as a compact table: one row a thing, one column for each kind of answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.forms import Drawn, View

# What fits into a cell; a list with anything else is drawn row below row.
SMALL = frozenset({"textfield", "number", "datetime", "select", "checkbox", "filepicker"})
MOST = 4


@dataclass(frozen=True)
class Cell:
    """An answer in its place. ``wide``: how many columns it takes; ``labelled``: it stands in a
    column of another name."""

    item: Drawn | None
    wide: int = 1
    labelled: bool = False


@dataclass(frozen=True)
class Line:
    """A row: what it is about, and its answers by column; without an item nothing is asked."""

    about: tuple[Drawn, ...]
    cells: tuple[Cell, ...]

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
    asked = [tuple(c for c in row if not c.locked) for row in rows]
    heads = _columns(asked)
    columns = _sharing(asked, tuple(heads))
    if not 0 < len(columns) <= MOST:
        return None
    first = next((c.label for c in rows[0] if c.locked), "")
    lines = tuple(_line(row, columns) for row in rows)
    return Grid(first, tuple(heads[column[0]] for column in columns), lines)


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


def _sharing(rows: Sequence[Sequence[Drawn]], keys: Sequence[str]) -> list[list[str]]:
    """Which kinds of answer stand in which column: each in its own, but where these are too many
    those that no row asks together share one. What more rows ask gives the column its name."""
    often = {key: sum(key in map(_key, row) for row in rows) for key in keys}
    columns = [[key] for key in keys]
    together = [{_key(child) for child in row} for row in rows]
    for key in sorted(keys, key=lambda one: often[one]):
        if len(columns) <= MOST:
            break
        mine = next(column for column in columns if key in column)
        for other in columns:
            both = {*mine, *other}
            if other is not mine and not any(len(both & row) > 1 for row in together):
                other += mine
                columns.remove(mine)
                break
    return columns


def _line(row: Sequence[Drawn], columns: Sequence[Sequence[str]]) -> Line:
    asked = {_key(child): child for child in row if not child.locked}
    about = tuple(child for child in row if child.locked)
    cells: list[Cell] = []
    for column in columns:
        key = next((key for key in column if key in asked), None)
        if key is not None:
            cells.append(Cell(asked[key], labelled=key != column[0]))
        elif cells and (before := cells[-1].item) and before.kind == "textfield":
            # Words take the room that nothing else wants.
            cells[-1] = replace(cells[-1], wide=cells[-1].wide + 1)
        else:
            cells.append(Cell(None))
    return Line(about, tuple(cells))


def _key(item: Drawn) -> str:
    return item.name.rpartition("].")[2]


def files_in(view: View) -> list[str]:
    """Ids of all files that the form names now."""
    return [file for field in view.fields for file in field.files]
