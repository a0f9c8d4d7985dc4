"""What the forms show of a reading is what the register bills, for dials of both ways."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from app import feel, registry
from app.registry.dial import volume
from tests.procedures.desk import OPENING, form
from tests.procedures.visit import Visit

DIAL = 99_999
FORMS = ("c_settle_account.reading", "c_settle_account.site_reading")
on_dial = st.integers(0, DIAL)


def raw(form_id: str, key: str) -> dict[str, Any]:
    return next(c.raw for c in form(form_id).walk() if c.key == key)


def scope(last: int, reading: int, *, reversed_: bool) -> dict[str, Any]:
    return {
        "last_reading": last,
        "reading": reading,
        "max_dial": DIAL,
        "reversed": reversed_,
        "reading_source": "agreed",
    }


def said(expression: str, seen: dict[str, Any]) -> Any:
    return feel.evaluate(expression.removeprefix("="), seen, now=OPENING)


@effort(max_examples=40, deadline=None)
@given(on_dial, on_dial, st.booleans())
def test_the_page_reckons_as_the_register_does(last: int, reading: int, reversed_: bool) -> None:
    seen = scope(last, reading, reversed_=reversed_)
    hidden = [said(raw(name, "rolled_over")["conditional"]["hide"], seen) for name in FORMS]
    assert hidden[0] == hidden[1]
    used = said(raw(FORMS[0], "volume")["expression"], seen)
    # The page asks whether the dial rolled over just when the register must know.
    assert used == volume(last, reading, DIAL, reversed_=reversed_, rolled_over=not hidden[0])
    assert 0 <= used <= DIAL


@pytest.mark.parametrize(
    ("last", "reading", "reversed_", "used"),
    [
        (1286, 1298, False, 12),
        (99_987, 5, False, 18),
        (4210, 4200, True, 10),
        (5, 99_990, True, 15),
        (0, 0, True, 0),
        (0, DIAL, False, DIAL),
    ],
)
def test_examples(last: int, reading: int, reversed_: bool, used: int) -> None:
    seen = scope(last, reading, reversed_=reversed_)
    assert said(raw(FORMS[0], "volume")["expression"], seen) == used


def test_a_reversed_dial_that_passed_zero_is_billed(known: dict[str, str]) -> None:
    number = known["reversed"]
    meter = registry.account(number).meter
    assert meter
    visit = Visit(number).accept().papers()
    assert visit.page("reading").scope["reversed"] is True
    visit.read(reading=meter.max_dial - 3, rolled_over=True)
    used = meter.last_reading + 4
    assert registry.readings(number)[0].volume == used
    final = next(b for b in registry.bills([number])[number] if b.kind == "final")
    assert final.volume == used
    assert final.amount == sum(line.amount for line in final.lines)
