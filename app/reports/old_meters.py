"""旧表未回收: old meters that should have come back when the new ones were drawn (P28)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from app import registry
from app.registry import OldMeter
from app.reports.listing import paged
from app.reports.shapes import Asked, Board, Column, Lines, Report, tallied
from app.reports.stock import may
from app.texts import T
from app.worktime import local_day

# For how long a meter has been waited for, in days.
WAITS = (("week", T("7 天以内"), "water"), ("month", T("8–30 天"), "soon"),
         ("longer", T("30 天以上"), "late"))  # fmt: skip
COLUMNS = (
    Column("serial", T("旧表表号"), "text"),
    Column("calibre", T("口径"), "count"),
    Column("point", T("接水点"), "text"),
    Column("address", T("地址"), "text"),
    Column("region", T("片区"), "text"),
    Column("new", T("新表表号"), "text"),
    Column("receiver", T("领用人"), "text"),
    Column("slip", T("领用单"), "text"),
    Column("case", T("案件"), "case"),
    Column("since", T("领表日期"), "date"),
    Column("days", T("已过天数"), "count"),
)


def _days(asked: Asked, one: OldMeter) -> int:
    return (local_day(asked.at) - one.since).days


def _wait(days: int) -> str:
    return "week" if days <= 7 else "month" if days <= 30 else "longer"


def _found(asked: Asked) -> list[OldMeter]:
    """Those that the person may see, narrowed. There are never many: all are read."""
    mine = None if asked.by.sees_all_regions else asked.by.region or ""
    chosen = asked.filters
    return [
        one
        for one in registry.old_meters(region=mine)
        if chosen.get("region", one.region) == one.region
        and chosen.get("waits", _wait(_days(asked, one))) == _wait(_days(asked, one))
    ]


def figures(asked: Asked) -> Board:
    """How many are waited for, by region and for how long."""
    counted = Counter(sorted((one.region, _wait(_days(asked, one))) for one in _found(asked)))
    columns = tuple(Column(key, text, "count", tone) for key, text, tone in WAITS)
    return tallied(counted, columns, ("region", "waits"), T("片区"), kept=asked.kept)


def lines(asked: Asked, cursor: str | None, limit: int) -> Lines:
    """The meters of a figure, the longest waited for first. Raises Invalid for a cursor."""
    return paged(COLUMNS, [_row(asked, one) for one in _found(asked)], cursor, limit)


def _row(asked: Asked, one: OldMeter) -> tuple[Any, ...]:
    return (
        one.serial, one.calibre, one.point_no, one.address, one.region, one.new_serial,
        one.receiver, one.slip_no, one.case, one.since, _days(asked, one),
    )  # fmt: skip


OLD_METERS = Report(
    "old_meters", T("旧表未回收"), may, figures, lines, frozenset({"region", "waits"})
)
