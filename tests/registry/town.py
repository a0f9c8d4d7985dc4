"""Sixty demo accounts at the fixed moment of the register's tests."""

from __future__ import annotations

from app import settings
from app.registry import demo
from app.work import SYSTEM, Work, command
from tests.registry.moment import AT


@command
def _load(work: Work) -> None:
    assert demo.load(work, accounts=60, seed=1) == 60


def settle_sixty() -> None:
    """Settle them."""
    settings.ensure_defaults(by=SYSTEM, at=AT)
    _load(by=SYSTEM, at=AT)
