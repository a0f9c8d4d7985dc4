"""States go the ways of the table and no other."""

from __future__ import annotations

import itertools

import pytest

from app.errors import Refused
from app.registry import states


@pytest.mark.parametrize("kind", sorted(states.WAYS))
def test_every_state_has_a_name_and_its_ways(kind: str) -> None:
    assert set(states.WAYS[kind]) == set(states.LABELS[kind])
    for old, new in itertools.product(states.WAYS[kind], repeat=2):
        if new == old or new in states.WAYS[kind][old]:
            assert states.move(kind, old, new) == new
        else:
            with pytest.raises(Refused, match=states.label(kind, old)):
                states.move(kind, old, new)


@pytest.mark.parametrize(
    ("old", "new"), [("closed", "normal"), ("pre", "restricted"), ("suspended", "restricted")]
)
def test_what_an_account_must_not_do(old: str, new: str) -> None:
    with pytest.raises(Refused):
        states.move("account", old, new)


def test_an_unknown_state_is_refused() -> None:
    with pytest.raises(Refused, match="未知"):
        states.move("account", "normal", "gone")
