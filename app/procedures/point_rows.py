"""Rows of service points to be numbered, as a form checks them all at once (D18§21).

A list whose rows have ``address``, or ``estate`` with ``building``, ``unit``, ``door``, names the
check in its mark ``row_check``: thousands of addresses are looked up in one question.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app import registry
from app.forms import Context
from app.texts import Text


def free_points(rows: Mapping[int, Mapping[str, Any]], context: Context) -> dict[int, Text]:
    """Rows whose address is not whole or has a service point already."""
    case = context.scope.get("case_number")
    return registry.unfit_points(rows, str(case) if case else None)


CHECKS = {"free_points": free_points}
