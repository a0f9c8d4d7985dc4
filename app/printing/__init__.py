"""Print-outs: a Typst template and a case's data become a PDF/A-2b."""

from __future__ import annotations

from app.printing.joining import joined
from app.printing.render import Broken, lint, render
from app.printing.typefaces import folders

__all__ = ["Broken", "folders", "joined", "lint", "render"]
