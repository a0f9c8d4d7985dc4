"""A PDF taken apart: its text, its typefaces, where each run of glyphs stands, its code."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdf
from pypdf.generic import ContentStream

Matrix = tuple[float, ...]
SAME: Matrix = (1, 0, 0, 1, 0, 0)
A4, A5_LYING = (595, 842), (595, 420)
# A code has hundreds of strokes in one path, a table's line one.
MANY = 100


@dataclass(frozen=True)
class Run:
    """Glyphs set at once: page from 0, points from the lower left corner."""

    page: int
    left: float
    right: float
    base: float
    codes: tuple[int, ...]


class Paper:
    """A print-out as its reader gets it."""

    def __init__(self, pdf: bytes) -> None:
        self.pdf = pdf
        self.reader = pypdf.PdfReader(io.BytesIO(pdf))

    @property
    def text(self) -> str:
        """All text without blanks: where a cell breaks its lines is no matter here."""
        return squeezed("".join(page.extract_text() for page in self.reader.pages))

    @property
    def sizes(self) -> set[tuple[int, int]]:
        """Sizes of the pages in points."""
        boxes = (page.mediabox for page in self.reader.pages)
        return {(round(box.width), round(box.height)) for box in boxes}

    @property
    def marks(self) -> str:
        """The file's description of itself (XMP)."""
        return str(self.reader.trailer["/Root"]["/Metadata"].get_data().decode())

    def fonts(self) -> Iterator[Any]:
        """Every typeface of every page."""
        for page in self.reader.pages:
            for font in page["/Resources"]["/Font"].values():
                yield from (f.get_object() for f in font.get_object()["/DescendantFonts"])

    def runs(self) -> list[Run]:
        """Every run of glyphs."""
        return [r for n in range(len(self.reader.pages)) for r in self._runs(n)]

    def _runs(self, number: int) -> Iterator[Run]:
        page = self.reader.pages[number]
        fonts = {n: _widths(f.get_object()) for n, f in page["/Resources"]["/Font"].items()}
        widths: dict[int, float] = {}
        size = at = 0.0
        for matrix, operands, operator in self._drawn(number):
            if operator == b"Tf":
                widths, size = fonts[operands[0]], float(operands[1])
            elif operator == b"Tm":
                at = float(operands[4])
            elif operator == b"TJ":
                codes = tuple(_codes(operands[0]))
                pulled = sum(float(one) for one in operands[0] if not isinstance(one, bytes | str))
                left = matrix[4] + at * matrix[0]
                at += (sum(widths[code] for code in codes) - pulled) * size / 1000
                yield Run(number, left, matrix[4] + at * matrix[0], matrix[5], codes)

    def _drawn(self, number: int) -> Iterator[tuple[Matrix, list[Any], bytes]]:
        """Operations with the matrix that they are done under."""
        content = ContentStream(self.reader.pages[number].get_contents(), self.reader)
        matrix, kept = SAME, []
        for operands, operator in content.operations:
            if operator == b"q":
                kept.append(matrix)
            elif operator == b"Q":
                matrix = kept.pop()
            elif operator == b"cm":
                matrix = _times(tuple(float(o) for o in operands), matrix)
            yield matrix, operands, operator

    def code(self) -> tuple[list[list[bool]], tuple[float, float, float]]:
        """The QR code of the first page: rows of modules; its left, top and width in points."""
        strokes: list[tuple[float, float, float]] = []
        at = (0.0, 0.0)
        for matrix, operands, operator in self._drawn(0):
            if operator == b"m":
                at = (float(operands[0]), float(operands[1]))
            elif operator == b"l":
                strokes.append((at[1], at[0], float(operands[0])))
            elif operator in (b"B", b"S", b"f", b"n"):
                if len(strokes) > MANY:
                    rows = _modules(strokes)
                    return rows, (matrix[4], matrix[5], len(rows) * abs(matrix[0]))
                strokes = []
        raise AssertionError("no code on this page")


def squeezed(text: str) -> str:
    """Without blanks and line ends."""
    return "".join(text.split())


def _times(a: Matrix, b: Matrix) -> Matrix:
    return (
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    )


def _modules(strokes: list[tuple[float, float, float]]) -> list[list[bool]]:
    """Lines of full height through the middle of their row make dark modules."""
    size = round(max(right for _, _, right in strokes))
    rows = [[False] * size for _ in range(size)]
    for middle, left, right in strokes:
        for column in range(round(left), round(right)):
            rows[int(middle)][column] = True
    return rows


def _widths(font: Any) -> dict[int, float]:
    """Width of each glyph, from the two forms that a list of widths may take."""
    inner = font["/DescendantFonts"][0].get_object()
    found: dict[int, float] = defaultdict(lambda: float(inner.get("/DW", 1000)))
    given = list(inner.get("/W", []))
    while given:
        first, then = int(given.pop(0)), given.pop(0)
        if hasattr(then, "__iter__"):
            found |= {first + i: float(width) for i, width in enumerate(then)}
        else:
            found |= dict.fromkeys(range(first, int(then) + 1), float(given.pop(0)))
    return found


def _codes(shown: Any) -> Iterator[int]:
    for one in shown:
        if isinstance(one, bytes | str):
            raw = one if isinstance(one, bytes) else one.original_bytes
            yield from (int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2))
