"""Print-outs: what a template of ``forms/<procedure>/<print>.typ`` is filled with.

A function of ``app/procedures`` gathers the data; it reads, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app import definitions
from app.db import raw
from app.errors import NotFound
from app.texts import T, Text
from app.work import SYSTEM, Actor

FILED = "SELECT procedure, release_id, started_at, ended_at FROM cases WHERE number = %s"
DONE = """
    SELECT DISTINCT ON (t.element) t.element, t.closed_at, t.closed_by_name
    FROM tasks t JOIN cases c ON c.id = t.case_id
    WHERE c.number = %s AND t.closed_by_name IS NOT NULL
    ORDER BY t.element, t.closed_at DESC
"""


@dataclass(frozen=True)
class PrintCall:
    """One print-out asked for. ``variables``: what the task sees, else those of the case.

    ``clear``: whether ``by`` may see whole identity numbers and phones (domain 3.2).
    """

    case_number: str
    procedure: str
    account_no: str | None
    region: str | None
    variables: Mapping[str, Any]
    at: datetime
    by: Actor = SYSTEM
    clear: bool = True
    due_at: datetime | None = None
    # Name of the case's own procedure.
    business: str = ""
    branch: str | None = None


Title = tuple[str, Text]
Gather = Callable[[PrintCall], Mapping[str, Any]]


@dataclass(frozen=True)
class PrintOut:
    """A print-out by name (``<procedure>.<print>``), its title on screen, and its data.

    ``series``: kind of the number that each notice of this sort gets when it is first printed.
    What ``gather`` says under ``edition`` tells one original from the next: a second round of
    missing papers is a notice of its own and no copy of the first.
    """

    name: str
    title: Text
    gather: Gather
    series: str | None = None
    personal: bool = True


TABLE: dict[str, PrintOut] = {}


def print_out(
    name: str, *, title: Text, series: str | None = None, personal: bool = True
) -> Callable[[Gather], Gather]:
    """Mark a function as the one that gathers the data of the print-out ``name``.

    ``personal``: persons stand on it, so that printing it is a look at them.
    """

    def mark(function: Gather) -> Gather:
        one = PrintOut(name, title, function, series, personal)
        function.print_out = one  # type: ignore[attr-defined]
        TABLE[name] = one
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


@dataclass(frozen=True)
class FiledCase:
    """A case as its volume names it; ``done``: step → (when, who) of its last completion."""

    procedure: str
    started_at: datetime
    ended_at: datetime | None
    done: Mapping[str, tuple[datetime, str]]


def filed_case(number: str) -> FiledCase | None:
    """What a volume says of its case; None when there is no such case."""
    row = raw().execute(FILED, (number,)).fetchone()
    if row is None:
        return None
    done = {element: (at, who) for element, at, who in raw().execute(DONE, (number,)).fetchall()}
    return FiledCase(definitions.process(row[1], row[0]).name, row[2], row[3], done)
