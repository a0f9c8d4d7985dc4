"""The rules about meaning, in the order in which they look."""

from __future__ import annotations

from collections.abc import Callable

from app.engine.check import clocks, names, order, soundness, talk, types
from app.engine.check.finding import Sheet
from app.engine.check.links import World

SHEET_RULES: tuple[Callable[[Sheet], None], ...] = (soundness.rules,)
WORLD_RULES: tuple[Callable[[World], None], ...] = (
    types.rules,
    names.rules,
    talk.rules,
    clocks.rules,
    order.rules,
)
# What a run shows by itself, by stopping where the finding says: it may be rehearsed.
SEEN_IN_A_RUN = frozenset(
    ["deadlock", "not_boolean", "types", "no_property", "decision_input_type", "error_uncaught"]
)
