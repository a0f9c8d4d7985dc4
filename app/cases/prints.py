"""Print-outs: what a template of ``forms/<procedure>/<print>.typ`` is filled with.

A function of ``app/procedures`` gathers the data; it reads, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app import definitions
from app.errors import NotFound
from app.texts import T, Text


@dataclass(frozen=True)
class PrintCall:
    """One print-out asked for. ``variables``: what the task sees, else those of the case."""

    case_number: str
    procedure: str
    account_no: str | None
    region: str | None
    variables: Mapping[str, Any]
    at: datetime


Title = tuple[str, Text]
Gather = Callable[[PrintCall], Mapping[str, Any]]


@dataclass(frozen=True)
class PrintOut:
    """A print-out by name (``<procedure>.<print>``), its title on screen, and its data."""

    name: str
    title: Text
    gather: Gather


TABLE: dict[str, PrintOut] = {}


def print_out(name: str, *, title: Text) -> Callable[[Gather], Gather]:
    """Mark a function as the one that gathers the data of the print-out ``name``."""

    def mark(function: Gather) -> Gather:
        function.print_out = PrintOut(name, title, function)  # type: ignore[attr-defined]
        TABLE[name] = function.print_out  # type: ignore[attr-defined]
        return function

    return mark


def find(name: str) -> PrintOut:
    """The print-out of that name. Raises NotFound."""
    found = TABLE.get(name)
    if found is None:
        raise NotFound(T("没有名为 {name} 的打印件。", name=name))
    return found


def named(names: Iterable[str]) -> list[PrintOut]:
    """The print-outs of a step's ``print`` mark that this installation can make."""
    return [TABLE[name] for name in names if name in TABLE]


def marked(marks: Iterable[str | None]) -> tuple[Title, ...]:
    """(name, title) of the print-outs that ``print`` marks name, each once."""
    names = dict.fromkeys(name for mark in marks for name in definitions.words(mark or ""))
    return tuple((one.name, one.title) for one in named(names))
