"""What a board is made of: figures by row and column, and the list that each of them opens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from app.texts import T, Text
from app.work import Actor

Filters = Mapping[str, str]
NONE: Filters = MappingProxyType({})


@dataclass(frozen=True)
class Asked:
    """What is looked at: by whom, when, narrowed to what. ``filters`` are checked already."""

    by: Actor
    at: datetime
    filters: Filters = field(default_factory=dict)
    since: date | None = None
    until: date | None = None

    @property
    def params(self) -> dict[str, Any]:
        """Parameters that every statement may name."""
        return {
            **self.filters,
            "all": self.by.sees_all_regions,
            "mine": self.by.region,
            "now": self.at,
            "since": self.since,
            "until": self.until,
        }

    @property
    def kept(self) -> Filters:
        """The region to which a board and all that it opens is narrowed; else nothing."""
        return {"region": self.filters["region"]} if "region" in self.filters else {}


@dataclass(frozen=True)
class Figure:
    """A number on a board; ``filters`` open its list, None: it has none."""

    value: int
    filters: Filters | None = None


@dataclass(frozen=True)
class Row:
    """A row of figures; ``total``: the sum of those above."""

    label: Text | str
    figures: tuple[Figure, ...]
    total: bool = False


@dataclass(frozen=True)
class Column:
    """A column. ``kind``: count, money (fen), text, words (many), case, date, moment. ``tone``:
    its colour in the chart (water, soon, late, good, quiet, edge); "" is not drawn."""

    key: str
    label: Text
    kind: str = "count"
    tone: str = ""


@dataclass(frozen=True)
class Board:
    """All figures; the last row is the sum when there is more than one."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    head: Text
    lying: bool = False


@dataclass(frozen=True)
class Lines:
    """A page of a list; ``cursor`` leads to the next one."""

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    cursor: str | None = None


@dataclass(frozen=True)
class Report:
    """A board with its list. ``filters``: what it may be narrowed by; ``period``: it looks at days
    from one to another, by default the last so many; ``personal``: it shows what customers said, so
    that whoever opens its list leaves an entry."""

    key: str
    title: Text
    may: Callable[[Actor], bool]
    figures: Callable[[Asked], Board]
    lines: Callable[[Asked, str | None, int], Lines]
    filters: frozenset[str] = frozenset()
    period: int = 0
    personal: bool = False


def tallied(
    counts: Mapping[tuple[str, str], int],
    columns: tuple[Column, ...],
    by: tuple[str, str],
    label: Text,
    *,
    names: Mapping[str, str] = NONE,
    kept: Filters = NONE,
) -> Board:
    """What was counted by (row, column), rows in the order in which they come there. ``by``: the
    filters that row and column stand for; ``names``: of rows; ``kept``: what all are narrowed by.
    """
    first, second = by
    rows = [
        Row(names.get(one, one), tuple(
            Figure(counts.get((one, c.key), 0), {**kept, first: one, second: c.key})
            for c in columns
        ))
        for one in dict.fromkeys(one for one, _ in counts)
    ]  # fmt: skip
    return Board(columns, summed(T("合计"), rows, kept), label)


def summed(label: Text, rows: Sequence[Row], filters: Filters) -> tuple[Row, ...]:
    """The rows with their sum below, when there is more than one of them."""
    if len(rows) < 2:
        return tuple(rows)
    sums = tuple(
        Figure(
            sum(figure.value for figure in column),
            None if any(f.filters is None for f in column) else _shared(column, filters),
        )
        for column in zip(*(row.figures for row in rows), strict=True)
    )
    return (*rows, Row(label, sums, total=True))


def _shared(column: Sequence[Figure], filters: Filters) -> Filters:
    """What all figures of a column are narrowed by: the list of their sum."""
    first, *others = (dict(figure.filters or {}) for figure in column)
    same = {k: v for k, v in first.items() if all(o.get(k) == v for o in others)}
    return {**filters, **same}
