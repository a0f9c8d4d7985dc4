"""Two readings make a volume, forwards, backwards and past the end of the dial."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid
from app.registry.dial import volume

DIAL = 99_999
on_dial = st.integers(0, DIAL)


@given(on_dial, st.integers(0, DIAL), st.booleans())
def test_the_dial_gives_back_what_ran_through(last: int, used: int, reversed_: bool) -> None:
    turned = last - used if reversed_ else last + used
    reading = turned % (DIAL + 1)
    rolled = reading != turned
    assert volume(last, reading, DIAL, reversed_=reversed_, rolled_over=rolled) == used


@given(on_dial, on_dial, st.booleans(), st.booleans())
def test_never_negative_never_more_than_the_dial(
    last: int, reading: int, reversed_: bool, rolled: bool
) -> None:
    with suppress(Invalid):
        used = volume(last, reading, DIAL, reversed_=reversed_, rolled_over=rolled)
        assert 0 <= used <= DIAL


@pytest.mark.parametrize("reading", [-1, DIAL + 1, True, 1.5, "12"])
def test_what_is_no_reading_of_this_dial_is_refused(reading: object) -> None:
    with pytest.raises(Invalid) as caught:
        volume(0, reading, DIAL)  # type: ignore[arg-type]
    assert set(caught.value.fields) == {"reading"}


def test_below_the_last_reading_names_it() -> None:
    with pytest.raises(Invalid) as caught:
        volume(1286, 1285, DIAL)
    assert "1286" in caught.value.fields["reading"]
