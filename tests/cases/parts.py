"""Service functions of the tiny drawings."""

from __future__ import annotations

from typing import Any

FUNCTIONS: list[Any] = []
CALLED: list[str] = []


def forget() -> None:
    """Forget what was called."""
    CALLED.clear()
