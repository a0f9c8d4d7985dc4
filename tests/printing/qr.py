"""A reader of QR codes, written from the standard and not from the library that makes them.

ISO/IEC 18004: versions 2 to 6, byte mode, codes without damage (nothing is corrected).
"""

from __future__ import annotations

from collections.abc import Iterator

Modules = list[list[bool]]

# (version, level) → (data codewords, blocks) where all blocks are of one length. Table 9.
BLOCKS = {
    (2, "L"): (34, 1), (2, "M"): (28, 1), (2, "Q"): (22, 1), (2, "H"): (16, 1),
    (3, "L"): (55, 1), (3, "M"): (44, 1), (3, "Q"): (34, 2), (3, "H"): (26, 2),
    (4, "L"): (80, 1), (4, "M"): (64, 2), (4, "Q"): (48, 2), (4, "H"): (36, 4),
    (5, "L"): (108, 1), (5, "M"): (86, 2),
    (6, "L"): (136, 2), (6, "M"): (108, 4), (6, "Q"): (76, 4), (6, "H"): (60, 4),
}  # fmt: skip
LEVELS = {0b01: "L", 0b00: "M", 0b11: "Q", 0b10: "H"}
MASKS = (
    lambda r, c: (r + c) % 2,
    lambda r, _: r % 2,
    lambda _, c: c % 3,
    lambda r, c: (r + c) % 3,
    lambda r, c: (r // 2 + c // 3) % 2,
    lambda r, c: r * c % 2 + r * c % 3,
    lambda r, c: (r * c % 2 + r * c % 3) % 2,
    lambda r, c: ((r + c) % 2 + r * c % 3) % 2,
)


def read(modules: Modules) -> str:
    """The text of a code, given as rows of dark modules."""
    level, mask = _format(modules)
    bits = [modules[r][c] ^ (MASKS[mask](r, c) == 0) for r, c in _way(len(modules))]
    words = [_number(bits[i : i + 8]) for i in range(0, len(bits) - 7, 8)]
    data = _in_order(words, *BLOCKS[(len(modules) - 17) // 4, level])
    stream = [bool(word >> shift & 1) for word in data for shift in range(7, -1, -1)]
    assert _number(stream[:4]) == 0b0100, "not in byte mode"
    length = _number(stream[4:12])
    return bytes(_number(stream[12 + 8 * i : 20 + 8 * i]) for i in range(length)).decode()


def _number(bits: list[bool]) -> int:
    return int("".join("1" if bit else "0" for bit in bits), 2)


def _format(modules: Modules) -> tuple[str, int]:
    """Level of correction and mask, from beside the finder at the upper left."""
    places = [(8, c) for c in (0, 1, 2, 3, 4, 5, 7, 8)]
    places += [(r, 8) for r in (7, 5, 4, 3, 2, 1, 0)]
    word = _number([modules[r][c] for r, c in places]) ^ 0b101010000010010
    return LEVELS[word >> 13], word >> 10 & 0b111


def _way(size: int) -> Iterator[tuple[int, int]]:
    """Modules that carry data, in their order: pairs of columns from the right, up and down."""
    up = True
    for right in (*range(size - 1, 6, -2), 5, 3, 1):
        for r in range(size - 1, -1, -1) if up else range(size):
            yield from ((r, c) for c in (right, right - 1) if not _fixed(r, c, size))
        up = not up


def _fixed(r: int, c: int, size: int) -> bool:
    """Finders with format and dark module, timing, the one alignment pattern."""
    finder = (r < 9 and (c < 9 or c >= size - 8)) or (r >= size - 8 and c < 9)
    return finder or 6 in (r, c) or (abs(r - size + 7) <= 2 and abs(c - size + 7) <= 2)


def _in_order(words: list[int], count: int, blocks: int) -> list[int]:
    return [words[i * blocks + b] for b in range(blocks) for i in range(count // blocks)]
