"""What water costs: pure arithmetic on whole numbers.

Prices are 1/10,000 yuan per m³, amounts fen. A fee component (water, sewage …) is rounded half
up once, over all of its tiers; its lines add up to that amount exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import Invalid
from app.texts import T

# A price row may carry several components side by side, one column each.
COLUMNS = ("water_fee", "sewage_fee", "resource_fee", "garbage_fee")
HOUSEHOLD = 4


@dataclass(frozen=True)
class FeeLine:
    """One line of a bill: ``volume`` m³ of a tier at ``price`` (1/10,000 yuan) make ``amount``."""

    component: str
    tier: int
    volume: int
    price: int
    amount: int


@dataclass(frozen=True)
class Tier:
    """One tier of one component; ``upto`` is m³ a year (None: without end)."""

    component: str
    number: int
    upto: int | None
    price: int


def charge(
    usage: int, tier_used: int, household_size: int, tiers: Sequence[Mapping[str, Any]]
) -> list[FeeLine]:
    """Fee lines of ``usage`` m³ after ``tier_used`` m³ of this year, component by component.

    A row of ``tiers``: ``tier`` (1, 2 …), ``upto`` (m³ a year, None for the last), ``per_person``
    (m³ a year more for each person above ``persons``, 4 unless said), and either ``component``
    with ``price``, or a price under each component's own name (``water_fee``, ``sewage_fee`` …).
    Raises Invalid for a negative volume or a table that does not reach the volume.
    """
    if usage < 0 or tier_used < 0:
        raise Invalid(fields={"volume": T("水量不能为负数")})
    lines: list[FeeLine] = []
    for component, rows in _by_component(tiers, household_size).items():
        lines += _component(component, rows, usage, tier_used)
    return lines


def total(lines: Sequence[FeeLine]) -> int:
    """Sum of the lines in fen."""
    return sum(line.amount for line in lines)


def half_up(parts: int, whole: int) -> int:
    """``parts / whole`` rounded half up; both at least 0."""
    return (2 * parts + whole) // (2 * whole)


def _by_component(rows: Sequence[Mapping[str, Any]], household_size: int) -> dict[str, list[Tier]]:
    found: dict[str, list[Tier]] = {}
    for row in rows:
        for tier in _tiers(row, household_size):
            found.setdefault(tier.component, []).append(tier)
    for tiers in found.values():
        tiers.sort(key=lambda tier: tier.number)
    return found


def _tiers(row: Mapping[str, Any], household_size: int) -> Iterator[Tier]:
    upto, number = _upto(row, household_size), int(row.get("tier") or 1)
    if "price" in row:
        yield Tier(str(row.get("component") or COLUMNS[0]), number, upto, int(row["price"]))
        return
    for column in COLUMNS:
        if row.get(column):
            yield Tier(column, number, upto, int(row[column]))


def _upto(row: Mapping[str, Any], household_size: int) -> int | None:
    if row.get("upto") is None:
        return None
    more = max(0, household_size - int(row.get("persons") or HOUSEHOLD))
    return int(row["upto"]) + more * int(row.get("per_person") or 0)


def _component(name: str, tiers: list[Tier], usage: int, used: int) -> list[FeeLine]:
    lines: list[FeeLine] = []
    exact = charged = 0
    for tier, volume in _split(tiers, usage, used):
        exact += volume * tier.price
        amount = half_up(exact, 100) - charged
        charged += amount
        lines.append(FeeLine(name, tier.number, volume, tier.price, amount))
    return lines


def _split(tiers: list[Tier], usage: int, used: int) -> Iterator[tuple[Tier, int]]:
    at, end = used, used + usage
    for tier in tiers:
        top = end if tier.upto is None else min(end, tier.upto)
        if top > at:
            yield tier, top - at
            at = top
    if at < end:
        raise Invalid(fields={"volume": T("水价表没有覆盖到 {volume} 吨", volume=end)})
