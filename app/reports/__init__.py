"""Reports: what people look at – boards, the lists behind each figure, and their export.

Reads only: what it finds belongs to cases and the register.
"""

from __future__ import annotations

from app.reports.asking import ask, report, reports
from app.reports.exports import export, note_export, note_look
from app.reports.progress import procedures
from app.reports.shapes import Asked, Board, Column, Figure, Lines, Report, Row

__all__ = [
    "Asked",
    "Board",
    "Column",
    "Figure",
    "Lines",
    "Report",
    "Row",
    "ask",
    "export",
    "note_export",
    "note_look",
    "procedures",
    "report",
    "reports",
]
