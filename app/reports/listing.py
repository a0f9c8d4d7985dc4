"""Lists behind figures: one statement a page, by a key and not by counting pages."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from app import definitions
from app.db import raw
from app.errors import Invalid
from app.reports.shapes import Asked, Column, Lines
from app.texts import T

Finish = Callable[[tuple[Any, ...]], tuple[Any, ...]]


@dataclass(frozen=True)
class Source:
    """Where a list comes from. ``select``: the columns in their order; ``key``: what puts the rows
    in one order, each once; ``conditions``: filter → what it asks of a row."""

    select: str
    tables: str
    where: str
    key: str
    kind: str
    columns: tuple[Column, ...]
    conditions: Mapping[str, str]


def listed(
    source: Source, asked: Asked, cursor: str | None, limit: int,
    more: Mapping[str, Any] | None = None, finish: Finish | None = None,
) -> Lines:  # fmt: skip
    """A page of a list. Raises Invalid for a cursor that is none."""
    where = [source.where, *(source.conditions[n] for n in asked.filters if n in source.conditions)]
    params = {**asked.params, **(more or {}), "limit": limit + 1}
    if cursor:
        params["last"] = _opened(cursor)
        where.append(f"{source.key} > %(last)s::{source.kind}")
    statement = (
        f"SELECT {source.select}, ({source.key})::text FROM {source.tables}"
        f" WHERE {' AND '.join(where)} ORDER BY {source.key} LIMIT %(limit)s"
    )
    found = raw().execute(statement, params).fetchall()
    rows = [tuple(row[:-1]) for row in found[:limit]]
    shown = rows if finish is None else [finish(row) for row in rows]
    return Lines(
        source.columns, shown, _sealed(found[limit - 1][-1]) if len(found) > limit else None
    )


def names_of_businesses() -> dict[str, str]:
    """The procedures of the live release, by their keys."""
    return {one.key: one.name for one in definitions.published()}


def paged(
    columns: tuple[Column, ...], rows: list[tuple[Any, ...]], cursor: str | None, limit: int
) -> Lines:
    """A page of a list that was read whole. Raises Invalid for a cursor that is none."""
    if cursor and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 7):
        raise Invalid(T("没有这一页，请从头查看。"))
    begin = int(cursor or 0)
    more = str(begin + limit) if len(rows) > begin + limit else None
    return Lines(columns, rows[begin : begin + limit], more)


def _sealed(key: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode()


def _opened(cursor: str) -> str:
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
    except (ValueError, UnicodeError):
        raise Invalid(T("没有这一页，请从头查看。")) from None
    if not isinstance(key, str) or len(key) > 60 or "\0" in key:
        raise Invalid(T("没有这一页，请从头查看。"))
    return key
