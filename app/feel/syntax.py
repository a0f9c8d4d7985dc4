"""The tree of an expression, for those who look at its meaning without running it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from app.feel import faults
from app.feel.pool import ask


@dataclass(frozen=True, slots=True)
class Tree:
    """A node of the tree. ``kind``: its name in the grammar of lezer-feel; ``start`` and ``end``:
    characters of the whole expression; ``text``: that part of it."""

    kind: str
    start: int
    end: int
    text: str
    inner: tuple[Tree, ...] = ()

    def one(self, kind: str) -> Tree | None:
        """The first child of a kind."""
        return next((child for child in self.inner if child.kind == kind), None)

    def all(self, *kinds: str) -> list[Tree]:
        """The children of some kinds."""
        return [child for child in self.inner if child.kind in kinds]

    def walk(self) -> Iterator[Tree]:
        """Itself and all below."""
        todo = [self]
        while todo:
            node = todo.pop()
            yield node
            todo += node.inner

    @property
    def word(self) -> str:
        """The text with single blanks, as names are compared."""
        return " ".join(self.text.split())


@lru_cache(maxsize=4096)
def syntax(expr: str) -> Tree:
    """Read an expression (without its leading ``=``). Wrong ones have nodes of kind ``⚠``.

    Raises FeelError (timeout, memory).
    """
    return _tree(expr, ask("syntax", {"expr": expr, "names": []}, {}))


def _tree(expr: str, raw: list[Any]) -> Tree:
    kind, start, end, inner = raw
    start, end = faults.place(expr, {"from": start, "to": end}) or (start, end)
    return Tree(kind, start, end, expr[start:end], tuple(_tree(expr, each) for each in inner))
