"""Makes a difference small: the smallest drawing of the same kinds that still shows one."""

from __future__ import annotations

from tests.engine.reference.compare import Difference
from tests.engine.reference.duel import Duel, duel
from tests.engine.reference.state import Undecided


def differs(seed: int, kinds: frozenset[str], size: int) -> tuple[Duel, str] | None:
    _maker, game = duel(seed, kinds, size)
    try:
        game.play()
    except Difference as said:
        return game, str(said)
    except Undecided:
        return None
    return None


def shrink(seed: int, used: frozenset[str], size: int, tries: int = 150) -> str | None:
    """The smallest drawing found that differs, of the kinds that the first one ``used``."""
    for smaller in range(1, size):
        for other in range(seed * 1000, seed * 1000 + tries):
            found = differs(other, used, smaller)
            if found is not None:
                return told(*found)
    return None


def told(game: Duel, said: str) -> str:
    """For a reader: the drawing, the moves, the difference."""
    rows = [f"difference: {said}", "moves:", *game.log, "drawing:"]
    for scope in game.drawing.scopes.values():
        rows.append(f"{scope.kind} {scope.id} {scope.until or ''}")
        rows += [f"  {_node(n)}" for n in scope.nodes.values()]
        rows += [f"  {f.source} → {f.target} {f.test.feel if f.test else ''}" for f in scope.flows]
    return "\n".join(rows)


def _node(node: object) -> str:
    """Only what is not as it always is."""
    left = {"scope", "interrupting"}
    plain = type(node)("", "")  # type: ignore[call-arg]
    more = {
        name: value
        for name, value in vars(node).items()
        if name not in left and value != getattr(plain, name)
    }
    if not vars(node)["interrupting"]:
        more["interrupting"] = False
    return " ".join(f"{name}={value}" for name, value in more.items())
