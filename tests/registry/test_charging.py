"""Charging agrees with exact fractions, whatever the table."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.registry.charging import charge, total

RESIDENTS = [
    {"tier": 1, "upto": 180, "per_person": 36, "water_fee": 15100, "sewage_fee": 8500},
    {"tier": 2, "upto": 300, "per_person": 60, "water_fee": 22650, "sewage_fee": 8500},
    {"tier": 3, "upto": None, "water_fee": 45300, "sewage_fee": 8500},
]


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Price tables of one to four tiers, tops rising, the last without end."""
    tops = sorted(draw(st.sets(st.integers(1, 400), max_size=3)))
    names = draw(st.sets(st.sampled_from(["water_fee", "sewage_fee"]), min_size=1))
    person = draw(st.integers(0, 60))
    rows = []
    for number, upto in enumerate([*tops, None], 1):
        prices = {name: draw(st.integers(1, 99_999)) for name in sorted(names)}
        rows.append({"tier": number, "upto": upto, "per_person": person, **prices})
    return rows


def exact_price(rows: list[dict[str, Any]], name: str, m3: int, persons: int) -> int:
    """Price of the ``m3``-th cubic metre of the year (counted from 1), found the slow way."""
    for row in rows:
        more = max(0, persons - 4) * row.get("per_person", 0)
        if row["upto"] is None or m3 <= row["upto"] + more:
            return int(row[name])
    raise AssertionError


usages = st.integers(0, 600)
persons_ = st.integers(1, 9)


@given(tables(), usages, usages, persons_)
def test_it_matches_the_sum_of_single_cubic_metres(
    rows: list[dict[str, Any]], usage: int, used: int, persons: int
) -> None:
    lines = charge(usage, used, persons, rows)
    for name in {line.component for line in lines}:
        mine = [line for line in lines if line.component == name]
        assert sum(line.volume for line in mine) == usage
        exact = sum(
            (
                Fraction(exact_price(rows, name, used + n, persons), 100)
                for n in range(1, usage + 1)
            ),
            Fraction(),
        )
        assert total(mine) == floor(exact + Fraction(1, 2))
        assert all(abs(Fraction(line.volume * line.price, 100) - line.amount) < 1 for line in mine)


@given(tables(), usages, usages, persons_)
def test_more_water_never_costs_less(
    rows: list[dict[str, Any]], usage: int, used: int, persons: int
) -> None:
    assert total(charge(usage, used, persons, rows)) <= total(
        charge(usage + 1, used, persons, rows)
    )


@given(tables(), usages, usages, usages, persons_)
def test_used_water_counts_into_the_tiers(
    rows: list[dict[str, Any]], first: int, second: int, used: int, persons: int
) -> None:
    parts = total(charge(first, used, persons, rows)) + total(
        charge(second, used + first, persons, rows)
    )
    whole = total(charge(first + second, used, persons, rows))
    components = 2
    assert abs(parts - whole) <= components


def test_a_household_of_six_has_larger_tiers() -> None:
    four = charge(300, 0, 4, RESIDENTS)
    six = charge(300, 0, 6, RESIDENTS)
    water = {(line.tier, line.volume) for line in six if line.component == "water_fee"}
    assert water == {(1, 252), (2, 48)}
    assert total(six) == 252 * 151 + 48 * 2265 // 10 + 300 * 85
    assert total(six) < total(four)


def test_half_a_fen_goes_up_once_a_component() -> None:
    rows = [
        {"component": "water_fee", "tier": 1, "upto": 1, "price": 50},
        {"component": "water_fee", "tier": 2, "upto": None, "price": 50},
    ]
    assert [line.amount for line in charge(1, 0, 4, rows)] == [1]
    assert total(charge(2, 0, 4, rows)) == 1
    assert total(charge(3, 0, 4, rows)) == 2


def test_nothing_used_costs_nothing() -> None:
    assert charge(0, 500, 4, RESIDENTS) == []


def test_a_table_that_ends_too_early_is_refused() -> None:
    with pytest.raises(Invalid, match="填写有误"):
        charge(200, 0, 4, RESIDENTS[:1])


def test_negative_volumes_are_refused() -> None:
    with pytest.raises(Invalid):
        charge(-1, 0, 4, RESIDENTS)
