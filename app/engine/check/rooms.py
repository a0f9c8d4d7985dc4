"""The rules about meaning, in the order in which they look."""

from __future__ import annotations

from collections.abc import Callable

from app.engine.check import clocks, limits, names, order, soundness, talk, types
from app.engine.check.dictionary import Dictionary
from app.engine.check.finding import Sheet
from app.engine.check.links import World

SHEET_RULES: tuple[Callable[[Sheet], None], ...] = (soundness.rules,)
WORLD_RULES: tuple[Callable[[World], None], ...] = (
    names.rules,
    talk.rules,
    clocks.rules,
    limits.rules,
)
BOOK_RULES: tuple[Callable[[World, Dictionary], None], ...] = (types.rules, order.rules)
# What a run shows by itself, by stopping where the finding says: it may be rehearsed.
SEEN_IN_A_RUN = frozenset(
    ["deadlock", "not_boolean", "types", "no_property", "decision_input_type", "error_uncaught"]
)


def rules(world: World) -> None:
    """Findings of all rooms; how tokens go is asked only of drawings that hold together."""
    broken = {f.file for sheet in world.sheets for f in sheet.findings if f.severity == "error"}
    for sheet in world.sheets:
        if sheet.file not in broken:
            for rule in SHEET_RULES:
                rule(sheet)
    for look in WORLD_RULES:
        look(world)
    book = Dictionary(world)
    for read in BOOK_RULES:
        read(world, book)
