"""The tree of an expression, for those who look at its meaning without running it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from app.feel import faults
from app.feel.expressions import Parsed, as_parsed
from app.feel.faults import FeelError
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


KEPT = 50_000
AT_ONCE = 25
_known: dict[str, tuple[Tree, Parsed]] = {}


def prepare(exprs: Iterable[str]) -> None:
    """Read many expressions, some at a time: one by one the way to V8 and back takes longer.

    One that uses up time or memory is not valid.
    """
    if len(_known) > KEPT:
        _known.clear()
    new = [expr for expr in dict.fromkeys(exprs) if expr not in _known]
    for chunk in (new[at : at + AT_ONCE] for at in range(0, len(new), AT_ONCE)):
        try:
            answers = ask("syntax", {"exprs": chunk}, {})
        except FeelError as fault:
            _apart(chunk, fault)
            continue
        for expr, (raw, found) in zip(chunk, answers, strict=True):
            _known[expr] = _tree(expr, raw), as_parsed(expr, found)


def _apart(chunk: list[str], fault: FeelError) -> None:
    """One of them was too much: each by itself."""
    if len(chunk) == 1:
        _known[chunk[0]] = Tree("…", 0, 0, ""), Parsed(False, None, frozenset(), fault.message)
    for expr in chunk if len(chunk) > 1 else ():
        prepare([expr])


def _read(expr: str) -> tuple[Tree, Parsed]:
    found = _known.get(expr)
    if found is None:
        prepare([expr])
        found = _known[expr]
    return found


def syntax(expr: str) -> Tree:
    """The tree of an expression (without its leading ``=``); wrong ones have nodes ``⚠``."""
    return _read(expr)[0]


def parsed(expr: str) -> Parsed:
    """As ``feel.parse``, of what was prepared."""
    return _read(expr)[1]


def _tree(expr: str, raw: list[Any]) -> Tree:
    kind, start, end, inner = raw
    start, end = faults.place(expr, {"from": start, "to": end}) or (start, end)
    return Tree(kind, start, end, expr[start:end], tuple(_tree(expr, each) for each in inner))
