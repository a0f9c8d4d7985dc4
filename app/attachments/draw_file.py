"""Draws a file as a small picture, in a process of its own that is given nothing but the file.

A program, not a module of the house: it knows no settings, keys or database, and what it reads is
not to be trusted. Its limits of time and memory are set before the first byte is read. Arguments:
kind, page (from 1), longest side in pixels, a font for Chinese that a PDF names and does not carry.
Reads the file from its input; writes one line of JSON
(pages, width, height, or ``fault``), then the picture as WebP.
"""

from __future__ import annotations

import ctypes
import io
import json
import platform
import resource
import struct
import sys
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image, ImageOps

CPU_SECONDS = 10
MEMORY = 1024 * 1024 * 1024
# Beyond this a picture is a bomb, not a paper: 100 MB once it is unpacked.
MOST_PIXELS = 33_000_000
MOST_PAGES = 2000
LIMITS = {
    resource.RLIMIT_CPU: CPU_SECONDS,
    resource.RLIMIT_AS: MEMORY,
    resource.RLIMIT_CORE: 0,
    # It writes to its output alone, opens no further file and starts no process.
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_NOFILE: 3,
    resource.RLIMIT_NPROC: 0,
}


# System calls by machine: what opens, connects, starts or looks into another process. A library
# that a file has broken into finds all of them shut, and its own output as the only way out.
SHUT = {
    "x86_64": (0xC000003E, (2, 257, 437, 85, 41, 42, 49, 53, 56, 57, 58, 59, 62, 101, 234, 310, 311,
                            322, 425, 434, 435)),
    "aarch64": (0xC00000B7, (56, 437, 198, 199, 200, 203, 117, 129, 131, 220, 221, 270, 271, 281,
                             425, 434, 435)),
}  # fmt: skip
SET_NO_NEW_PRIVILEGES, SET_SECCOMP, BY_FILTER = 38, 22, 2
LOAD, EQUAL, AT_LEAST, GIVE = 0x20, 0x15, 0x35, 0x06
# The same calls under other numbers (x32).
OTHER_NUMBERS = 0x40000000
LET, NOT_PERMITTED, KILL = 0x7FFF0000, 0x00050001, 0x80000000


def shut_in() -> None:
    """Let the kernel refuse what drawing never needs (seccomp). Where the machine is another, the
    limits alone hold."""
    if sys.platform != "linux" or platform.machine() not in SHUT:
        return
    arch, calls = SHUT[platform.machine()]
    steps = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, arch), (GIVE, 0, 0, KILL), (LOAD, 0, 0, 0),
             (AT_LEAST, 0, 1, OTHER_NUMBERS), (GIVE, 0, 0, KILL)]  # fmt: skip
    for call in calls:
        steps += [(EQUAL, 0, 1, call), (GIVE, 0, 0, NOT_PERMITTED)]
    packed = b"".join(struct.pack("HBBI", *step) for step in (*steps, (GIVE, 0, 0, LET)))
    kept = ctypes.create_string_buffer(packed, len(packed))
    program = struct.pack("HxxxxxxQ", len(packed) // 8, ctypes.addressof(kept))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    prctl(SET_SECCOMP, BY_FILTER, ctypes.create_string_buffer(program, len(program)), 0, 0)


class TooLarge(Exception):
    """It would need more memory than a picture of a paper is worth."""


class OneFont(pypdfium2.PdfSysfontBase):  # type: ignore[misc]
    """The fonts of the machine, of which there is one, read beforehand: none is opened later."""

    # Chinese simplified and traditional, symbols of the system, any: as Windows counts them.
    CHARSETS = frozenset({134, 136, 1, 2})
    THE_ONE = 1

    def __init__(self, font: bytes) -> None:
        super().__init__()
        self.font = font

    def MapFont(self, _raw: Any, _weight: int, _italic: int, charset: int, *_: Any) -> int | None:
        """Ours for Chinese; for the rest pdfium has its own."""
        return self.THE_ONE if charset in self.CHARSETS else None

    def GetFont(self, *_: Any) -> None:
        """By name there is none."""

    def GetFontData(self, _raw: Any, _font: Any, table: int, buffer: Any, size: int) -> int:
        """The whole font; single tables are not asked for."""
        if table:
            return 0
        if buffer and size >= len(self.font):
            ctypes.memmove(buffer, self.font, len(self.font))
        return len(self.font)

    def GetFaceName(self, *_: Any) -> int:
        """No name."""
        return 0

    def GetFontCharset(self, *_: Any) -> int:
        """Chinese, simplified."""
        return 134

    def DeleteFont(self, *_: Any) -> None:
        """It stays."""

    def EnumFonts(self, *_: Any) -> None:
        """There are no others."""


def picture(content: bytes, most: int) -> tuple[Image.Image, int]:
    """A picture the right way up, not larger than asked."""
    Image.MAX_IMAGE_PIXELS = None
    found: Image.Image = Image.open(io.BytesIO(content), formats=("JPEG", "PNG"))
    # A JPEG is read smaller at once, so that a large photo costs little.
    found.draft("RGB", (most, most))
    if found.width * found.height > MOST_PIXELS:
        raise TooLarge
    found = ImageOps.exif_transpose(found)
    found.thumbnail((most, most), Image.Resampling.LANCZOS)
    return _on_white(found), 1


def _on_white(found: Image.Image) -> Image.Image:
    if found.mode not in {"RGBA", "LA", "P", "PA"}:
        return found.convert("RGB")
    clear = found.convert("RGBA")
    white = Image.new("RGBA", clear.size, "white")
    return Image.alpha_composite(white, clear).convert("RGB")


def sheet(content: bytes, page: int, most: int) -> tuple[Image.Image, int]:
    """A page of a PDF, and how many there are. What is filled into its forms is drawn too."""
    document = pypdfium2.PdfDocument(content)
    document.init_forms()
    pages = min(len(document), MOST_PAGES)
    found = document[min(page, pages) - 1]
    wide, high = found.get_size()
    scale = most / max(wide, high, 1)
    drawn = found.render(scale=scale, may_draw_forms=True).to_pil()
    return drawn.convert("RGB"), pages


def answer(kind: str, page: int, most: int, content: bytes) -> tuple[dict[str, Any], bytes]:
    """The line of JSON and the picture; none for what cannot be drawn."""
    try:
        drawn, pages = (
            sheet(content, page, most) if kind == "application/pdf" else picture(content, most)
        )
        out = io.BytesIO()
        drawn.save(out, "WEBP", quality=60 if most < 400 else 80, method=4)
    except (TooLarge, MemoryError):
        return {"fault": "too_large"}, b""
    except Exception:
        return {"fault": "broken"}, b""
    return {"pages": pages, "width": drawn.width, "height": drawn.height}, out.getvalue()


def main() -> None:
    """One file in, one picture out."""
    kind, page, most, font = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    Image.init()
    if kind == "application/pdf":
        OneFont(Path(font).read_bytes()).setup()
    for name, value in LIMITS.items():
        resource.setrlimit(name, (value, value))
    shut_in()
    said, drawn = answer(kind, page, most, sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + drawn)


if __name__ == "__main__":
    main()
