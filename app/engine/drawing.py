"""What the rest of the product may know of a drawing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.engine.marks import Marks, Source


@dataclass(frozen=True, slots=True)
class Element:
    """A flow node. ``kind`` is the BPMN tag in snake case; ``event`` the kind of its definition."""

    id: str
    kind: str
    name: str
    process: str
    clauses: tuple[str, ...] = ()
    clock: str | None = None
    not_by: tuple[str, ...] = ()
    phrase: str | None = None
    print: str | None = None
    print_done: str | None = None
    documentation: str | None = None
    event: str | None = None
    form: str | None = None
    groups: tuple[str, ...] = ()
    scope: str | None = None
    marks: Marks = field(default_factory=Marks, repr=False)

    @property
    def clause(self) -> tuple[str, ...]:
        return self.clauses

    @property
    def milestone(self) -> str:
        """Short name of the milestone that this step belongs to; steps may share one."""
        return self.marks.properties.get("milestone") or self.name


@dataclass(frozen=True, slots=True)
class MessageStart:
    """A start event that opens a new case when a message of this name arrives."""

    name: str
    process_key: str
    element: str


@dataclass(frozen=True, slots=True)
class StartEvent:
    """What opens a new case by itself. ``kind``: message, signal, timer or conditional.

    ``name`` of the message or signal; ``timer``: date, duration or cycle, and ``when`` its text or
    expression. ``element``: a start event, an instantiating receive task, or an event behind an
    instantiating event gateway.
    """

    kind: str
    process_key: str
    element: str
    name: str | None = None
    timer: str | None = None
    when: Source | None = None


@dataclass(frozen=True, slots=True)
class Process:
    """An executable process. ``elements`` in the order of the drawing's text, inner ones too.

    ``milestones``: steps marked so (the first of each name), else all user tasks. ``flows``: where
    sequence flows lead from each element.
    """

    key: str
    name: str
    file: str
    documentation: str | None
    elements: dict[str, Element]
    properties: dict[str, str]
    end_events: tuple[str, ...]
    milestones: tuple[str, ...]
    starts: tuple[StartEvent, ...]
    message_starts: tuple[MessageStart, ...]
    calls: tuple[str, ...]
    decisions: tuple[str, ...]
    forms: tuple[str, ...]
    services: tuple[str, ...]
    flows: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    spec: Any = field(repr=False, default=None)

    @property
    def needs_trigger(self) -> bool:
        """Nothing in it begins when it is asked for: only a message, signal or timer opens it."""
        conditional = any(start.kind == "conditional" for start in self.starts)
        return bool(self.starts) and not conditional and not self.spec.start._outputs

    @property
    def starters(self) -> tuple[str, ...]:
        return self._words("starters")

    @property
    def number_prefix(self) -> str | None:
        return self.properties.get("number_prefix") or None

    @property
    def interlock(self) -> bool:
        """The case keeps something until it ends: ``account``, ``address``, ``meters``."""
        return self.properties.get("interlock", "").strip().lower() not in ("", "false", "no")

    @property
    def limit(self) -> str | None:
        """How long a case may take: see ``app.limits``; FEEL with a leading ``=``."""
        return self.properties.get("limit") or None

    @property
    def print_at_start(self) -> str | None:
        return self.properties.get("print_at_start") or None

    @property
    def name_en(self) -> str | None:
        return self.properties.get("name_en") or None

    @property
    def variables(self) -> tuple[str, ...]:
        """Variables that a start brings."""
        return self._words("variables")

    def _words(self, name: str) -> tuple[str, ...]:
        return tuple(self.properties.get(name, "").replace("，", ",").replace(",", " ").split())
