"""A drawing without XML: scopes of nodes and flows. Ids are unique in the whole drawing."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

OPERATORS = {"=": operator.eq, ">=": operator.ge, "<": operator.lt, "!=": operator.ne}


@dataclass(frozen=True)
class Test:
    """``name operator value``, or its like with another variable on the right."""

    __test__ = False
    name: str
    operator: str
    value: int

    def holds(self, scope: Mapping[str, Any]) -> bool:
        return bool(OPERATORS[self.operator](scope[self.name], self.value))

    @property
    def feel(self) -> str:
        return f"={self.name} {self.operator} {self.value}"


@dataclass(frozen=True)
class Write:
    """``target := source + plus``; without a source a constant."""

    target: str
    source: str | None
    plus: int

    def value(self, scope: Mapping[str, Any]) -> int:
        return (scope[self.source] if self.source else 0) + self.plus

    @property
    def feel(self) -> str:
        return f"={self.source} + {self.plus}" if self.source else f"={self.plus}"


@dataclass(frozen=True)
class Event:
    """One event definition. ``ref``: name of message or signal, code of error or escalation
    (None catches all), id of the activity to compensate. ``seconds`` and ``times`` of a timer:
    ``times`` None is a duration, 0 a cycle without end."""

    kind: str
    ref: str | None = None
    seconds: int = 0
    times: int | None = None
    test: Test | None = None


@dataclass(frozen=True)
class Loop:
    """``kind``: one, all (multi-instance: sequential, parallel), while (standard loop)."""

    kind: str
    count: int = 0
    cardinality: bool = False
    output: str | None = None
    until: Test | None = None
    test: Test | None = None
    before: bool = False
    maximum: int | None = None


@dataclass(frozen=True)
class Node:
    """``kind``: start end catch throw boundary · user task script service receive sub call ·
    xor and or complex choice · link_throw link_catch."""

    id: str
    kind: str
    events: tuple[Event, ...] = ()
    all_events: bool = False
    host: str | None = None
    interrupting: bool = True
    handler: str | None = None
    for_undo: bool = False
    scope: Scope | None = None
    calls: str | None = None
    outputs: tuple[str, ...] = ()
    loop: Loop | None = None
    default: str | None = None
    write: Write | None = None
    test: Test | None = None
    link: str | None = None
    needs: int = 1
    gives: int = 1


@dataclass(frozen=True)
class Flow:
    id: str
    source: str
    target: str
    test: Test | None = None


@dataclass
class Scope:
    """``kind``: process sub event transaction adhoc. ``until``, ``keeps`` of ad hoc."""

    id: str
    kind: str = "sub"
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    until: Test | None = None
    keeps: bool = False

    def into(self, node: str) -> list[Flow]:
        return [f for f in self.flows if f.target == node]

    def out(self, node: str) -> list[Flow]:
        return [f for f in self.flows if f.source == node]

    def at(self, host: str) -> list[Node]:
        return [n for n in self.nodes.values() if n.kind == "boundary" and n.host == host]

    def event_subs(self) -> list[Node]:
        return [n for n in self.nodes.values() if n.scope is not None and n.scope.kind == "event"]

    def starts(self) -> list[Node]:
        """Where a token begins: start events, else whatever no flow leads to."""
        starts = [n for n in self.nodes.values() if n.kind == "start"]
        reached = {f.target for f in self.flows}
        beside = {n.id for n in self.event_subs()}
        return starts or [
            n
            for n in self.nodes.values()
            if n.id not in reached | beside
            and n.kind not in ("boundary", "link_catch")
            and not n.for_undo
        ]

    def start_event(self) -> Node:
        return next(n for n in self.nodes.values() if n.kind == "start")


@dataclass
class Drawing:
    """Processes by key; ``p`` is the one that is run. ``variables``: what it starts with."""

    processes: dict[str, Scope]
    variables: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def scopes(self) -> dict[str, Scope]:
        return {s.id: s for p in self.processes.values() for s in _inside(p)}

    @cached_property
    def nodes(self) -> dict[str, Node]:
        return {n.id: n for s in self.scopes.values() for n in s.nodes.values()}

    @cached_property
    def events(self) -> list[Event]:
        return [e for n in self.nodes.values() for e in n.events]


def _inside(scope: Scope) -> Iterator[Scope]:
    yield scope
    for node in scope.nodes.values():
        if node.scope is not None:
            yield from _inside(node.scope)
