"""Which addresses of a list can have a service point: asked before anything is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.registry.point_changes import point_rows
from app.registry.points import full_address, incomplete, taken_points
from app.registry.search import address_key
from app.texts import T, Text


def unfit_points(rows: Mapping[int, Mapping[str, Any]], case: str | None) -> dict[int, Text]:
    """What is wrong with the addresses of rows (as for ``issue_points``), by their numbers: one
    that is not whole, or has a point already that is not the case's own."""
    keys = {number: address_key(full_address(row)) for number, row in rows.items()}
    mine = {each.address_key for each in point_rows(case)} if case else set()
    taken = taken_points([key for key in keys.values() if key and key not in mine])
    wrong = {n: text for n, row in rows.items() if (text := incomplete(row)) is not None}
    return wrong | {
        n: T("该地址已有接水点 {no}", no=taken[key]) for n, key in keys.items() if key in taken
    }
