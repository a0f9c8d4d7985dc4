"""Where the typefaces of print-outs lie: all are embedded, none comes from the system.

The build copies them beside this file; a working copy without a build reads the packages.
Noto Sans SC is the face; JP, and HK where installed, hold rare characters of names (U+20BB7).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import typst

INSTALLED = Path(__file__).parent / "fonts"
PACKAGES = Path(__file__).resolve().parents[2] / "node_modules" / "@expo-google-fonts"
FAMILIES = ("noto-sans-sc", "noto-sans-jp", "noto-sans-hk")
WEIGHTS = ("400Regular", "700Bold")


def folders() -> list[Path]:
    """The folders with font files, the installed one first."""
    if any(INSTALLED.glob("*.ttf")):
        return [INSTALLED]
    wanted = (PACKAGES / family / weight for family in FAMILIES for weight in WEIGHTS)
    return [folder for folder in wanted if folder.is_dir()]


@cache
def fonts() -> typst.Fonts:
    """The typefaces, found once a process."""
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in folders()],
    )
