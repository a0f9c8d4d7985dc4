"""What a form is, read once: components, options, marks, and the variables that it writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

TEXTS = frozenset({"textfield", "textarea"})
CHOICES = frozenset({"radio", "select"})
MULTIPLE = frozenset({"checklist", "taglist"})
INPUTS = TEXTS | CHOICES | MULTIPLE | {"number", "datetime", "checkbox", "filepicker"}
CONTAINERS = frozenset({"group", "dynamiclist"})
SHOWN = frozenset({"text", "table", "expression"})
IGNORED = frozenset({"separator", "spacer"})
KNOWN = INPUTS | CONTAINERS | SHOWN | IGNORED
MARKS = frozenset(
    {"check", "pii", "lookup", "phrase", "money", "label_en", "original", "scan"}
    | {"rows", "unique", "row_check", "rows_checked", "sheet_fill", "sheet_fill_label"}
)
LONGEST = 2000
# What fits into one line of a page of rows.
CELLS = frozenset(
    {"textfield", "textarea", "number", "datetime", "select", "radio", "checkbox", "filepicker"}
    | {"expression"}
)
MOST_ROWS = 100
MOST_IN_SHEET = 5000

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: what is stored, what is read, and perhaps a word of explanation."""

    value: Any
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Component:
    """One component of a form. ``path`` is relative to its row in a list, else to the root.

    ``exprs``: FEEL by slot ("hide", "value", "default", "options", "readonly", "disabled",
    "required", "min", "max", "minLength", "maxLength", "source", "say0" …), without ``=``.
    """

    type: str
    id: str
    key: str
    path: tuple[str, ...]
    label: str
    label_en: str
    description: str
    raw: Mapping[str, Any]
    rules: Mapping[str, Any]
    marks: Mapping[str, Any]
    options: tuple[Option, ...]
    exprs: Mapping[str, str]
    children: tuple[Component, ...] = ()

    @property
    def is_input(self) -> bool:
        """Whether a person gives its value."""
        return self.type in INPUTS

    @property
    def pii(self) -> bool:
        """Whether its value is personal."""
        return self.marks.get("pii") is True

    @property
    def personal(self) -> bool:
        """Whether its value, or something within, is personal."""
        return self.pii or any(child.personal for child in self.children)

    @property
    def money(self) -> bool:
        """Whether its value is an amount in fen."""
        return self.marks.get("money") is True

    @property
    def sheet(self) -> bool:
        """Whether it is a list that has a page of rows of its own, for thousands of them."""
        return self.type == "dynamiclist" and self.marks.get("rows") == "sheet"

    @property
    def most_rows(self) -> int:
        """How many rows a list takes."""
        return MOST_IN_SHEET if self.sheet else MOST_ROWS

    @property
    def fixed(self) -> bool:
        """Never to be changed: what is sent for it counts for nothing, whatever it is."""
        return any(self.raw.get(name) is True for name in ("readonly", "disabled"))

    @property
    def decimals(self) -> int | None:
        """Places after the point; None for any."""
        digits = self.raw.get("decimalDigits")
        return int(digits) if digits is not None else None

    @property
    def subtype(self) -> str:
        """Of a datetime: date, time or datetime."""
        return str(self.raw.get("subtype") or "date")

    def rule(self, name: str) -> Any:
        """A literal rule of ``validate``; one that is an expression counts as none."""
        return None if name in self.exprs else self.rules.get(name)

    def walk(self) -> Iterator[Component]:
        """Itself and everything inside of it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the case that a form writes, by the name it has there."""

    key: str
    type: str
    pii: bool
    required: bool


@dataclass(frozen=True, slots=True)
class Form:
    """A form, read. ``levels``: component id → when its expressions can be computed."""

    key: str
    components: tuple[Component, ...]
    fields: tuple[Variable, ...]
    levels: Mapping[str, int]
    needs: Mapping[str, frozenset[str]]
    findings: tuple[dict[str, Any], ...] = ()
    cache: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def walk(self) -> Iterator[Component]:
        """All components, containers before what is in them."""
        for component in self.components:
            yield from component.walk()

    @property
    def sheets(self) -> tuple[Component, ...]:
        """Its lists that have a page of rows each."""
        return tuple(component for component in self.walk() if component.sheet)

    @property
    def reactive(self) -> bool:
        """Whether an answer can change what else is asked."""
        return any(level >= 0 for level in self.levels.values())
