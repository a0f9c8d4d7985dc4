"""The space of a decision table's inputs, cut at every value that its cells name.

A column is a row of pieces: each value named, and the open stretch before and after it. A set of
values is a bit mask of pieces; a rule is a box of masks. So overlaps, gaps and rules that are never
reached are found by counting pieces, each with a value that lies in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from app.feel.literals import Cell, Constant, Test

Box = tuple[int, ...]
# Kinds without an order among their values: only the value itself is a piece, and all others.
UNORDERED = {"string", "boolean"}
# Boxes looked at before a question is given up as not decided.
MOST_BOXES = 4000


class TooMany(Exception):
    """More pieces than can be looked at in reasonable time."""


@dataclass(frozen=True)
class Axis:
    """One column: its kind, the values named (in order), and the pieces that may occur.

    ``closed``: all values that may occur are known (booleans, allowed values).
    """

    kind: str
    points: tuple[Constant, ...]
    full: int
    closed: bool

    def mask(self, cell: Cell) -> int:
        """Pieces that pass a cell."""
        if cell.any:
            return self.full
        found = 0
        for test in cell.tests:
            found |= self._pieces(test)
        return (self.full & ~found) if cell.negated else (self.full & found)

    def _pieces(self, test: Test) -> int:
        low, high = 0, 2 * len(self.points)
        if test.low is not None:
            low = 2 * self._index(test.low) + (1 if test.low_in else 2)
        if test.high is not None:
            high = 2 * self._index(test.high) + (1 if test.high_in else 0)
        return sum(1 << at for at in range(low, high + 1))

    def _index(self, value: Constant) -> int:
        return next(at for at, point in enumerate(self.points) if point.at == value.at)

    def example(self, mask: int) -> str:
        """A value of some piece of a mask, in FEEL: a named one first, then a whole one."""
        return min((self._within(at) for at in bits(mask)), key=lambda found: found[0])[1]

    def whole(self, mask: int) -> bool:
        """Whether a value of it may be meant: one that is no fraction between two integers."""
        return min(self._within(at)[0] for at in bits(mask)) < 2

    def _within(self, at: int) -> tuple[int, str]:
        if at % 2:
            return 0, self.points[at // 2].text
        before = self.points[at // 2 - 1] if at else None
        after = self.points[at // 2] if at // 2 < len(self.points) else None
        if self.kind == "string":
            return 1, _other({point.at for point in self.points})
        return _between(self.kind, before, after)


def axis(kind: str, cells: Iterable[Cell], allowed: Cell | None) -> Axis:
    """The column of a kind; ``allowed``: the values that may occur, if they are written down."""
    tests = [test for cell in [*cells, *([allowed] if allowed else [])] for test in cell.tests]
    named = {end.at: end for test in tests for end in (test.low, test.high) if end is not None}
    if kind == "boolean":
        named = {value: Constant("boolean", value, str(value).lower()) for value in (False, True)}
    points = tuple(named[at] for at in sorted(named))
    whole = Axis(kind, points, _everything(kind, points), kind == "boolean")
    if allowed is None or allowed.any:
        return whole
    return Axis(kind, points, whole.mask(allowed), closed=True)


def _everything(kind: str, points: Sequence[Constant]) -> int:
    count = len(points)
    if kind == "boolean":
        return sum(1 << (2 * at + 1) for at in range(count))
    if kind == "string":  # all other texts are one piece
        return sum(1 << (2 * at + 1) for at in range(count)) | (1 << (2 * count))
    full = (1 << (2 * count + 1)) - 1
    if kind == "date":  # nothing lies between a day and the next
        for at in range(1, count):
            if points[at].at - points[at - 1].at == 1:
                full &= ~(1 << (2 * at))
    return full


def bits(mask: int) -> Iterable[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def common(a: Box, b: Box) -> Box | None:
    """What two boxes share; None when nothing."""
    shared = tuple(x & y for x, y in zip(a, b, strict=True))
    return shared if all(shared) else None


def left_over(box: Box, others: Iterable[Box]) -> list[Box]:
    """What remains of a box when others are taken away. Raises TooMany."""
    rest = [box]
    for other in others:
        rest = [piece for each in rest for piece in _without(each, other)]
        if len(rest) > MOST_BOXES:
            raise TooMany
    return rest


def _without(box: Box, other: Box) -> list[Box]:
    if common(box, other) is None:
        return [box]
    pieces = []
    for at, (mine, theirs) in enumerate(zip(box, other, strict=True)):
        if outside := mine & ~theirs:
            pieces.append((*box[:at], outside, *box[at + 1 :]))
            box = (*box[:at], mine & theirs, *box[at + 1 :])
    return pieces


def _other(taken: set[Any]) -> str:
    candidates = ("其他", "另一个值", *(f"其他{n}" for n in range(2, 100)))
    return f'"{next(text for text in candidates if text not in taken)}"'


def _between(kind: str, before: Constant | None, after: Constant | None) -> tuple[int, str]:
    low, high = (before.at if before else None), (after.at if after else None)
    if kind.startswith("date and time"):
        return 1, _moment(low, high)
    if kind == "date":
        return 1, _day(low, high)
    rank, number = _number(low, high)
    return rank, _WRITE.get(kind, _plain)(number)


def _number(low: Fraction | None, high: Fraction | None) -> tuple[int, Fraction]:
    if low is None or high is None:
        edge = low if low is not None else high
        step = 1 if low is not None else -1
        return 1, (edge if edge is not None else Fraction(0)) + step
    whole = Fraction(low.numerator // low.denominator + 1)
    return (1, whole) if low < whole < high else (2, (low + high) / 2)


def _plain(number: Fraction) -> str:
    return str(number.numerator) if number.denominator == 1 else f"{float(number):.10g}"


def _day(low: int | None, high: int | None) -> str:
    day = low + 1 if low is not None else (high - 1 if high is not None else 737000)
    return f'date("{date.fromordinal(min(max(day, 1), date.max.toordinal())).isoformat()}")'


def _moment(low: datetime | None, high: datetime | None) -> str:
    if low is not None and high is not None:
        at = low + (high - low) / 2
    elif low is not None:
        at = low + timedelta(hours=1)
    else:
        at = (high or datetime(2026, 1, 1)) - timedelta(hours=1)  # noqa: DTZ001 - only written out
    return f'date and time("{at.isoformat()}")'


def _time(seconds: Fraction) -> str:
    whole = int(seconds) % 86400
    return f'time("{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}")'


_WRITE: dict[str, Callable[[Fraction], str]] = {
    "time": _time,
    "years and months duration": lambda n: f'duration("{"-" if n < 0 else ""}P{abs(int(n))}M")',
    "days and time duration": lambda n: f'duration("{"-" if n < 0 else ""}PT{abs(int(n))}S")',
}
