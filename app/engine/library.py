"""Compiled definitions: immutable, shared between threads, kept by the caller for each version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from app import feel
from app.engine import safexml, triggers
from app.engine.drawing import Element, MessageStart, Process, StartEvent
from app.engine.marks import BPMN, TRUE, local, read_marks
from app.engine.nodes import read_element
from app.engine.normal import normalise
from app.engine.reading import SUBS, DrawingReader, is_event_sub


@dataclass(frozen=True)
class Library:
    """Everything a case may run: processes and decisions by key."""

    processes: Mapping[str, Process]
    decisions: Mapping[str, Any]

    @property
    def message_starts(self) -> tuple[MessageStart, ...]:
        """Start events that open a new case when their message arrives."""
        return tuple(s for p in self.processes.values() for s in p.message_starts)

    def starts(self, kind: str) -> tuple[StartEvent, ...]:
        """What opens a new case by a trigger of that kind: message, signal, timer, conditional."""
        every = (s for p in self.processes.values() for s in p.starts)
        return tuple(s for s in every if s.kind == kind)

    @cached_property
    def conditional(self) -> bool:
        """Whether any drawing has conditional events: only then are variables watched."""
        every = (e for p in self.processes.values() for e in p.elements.values())
        return any(e.event in ("conditional", "multiple") for e in every)


def compile(files: Mapping[str, bytes]) -> Library:
    """Read drawings and decisions (forms are not needed to run). ``check`` comes before.

    Raises UnsafeXml, or whatever a drawing that ``check`` refuses leads to.
    """
    reader = DrawingReader()
    drawings = {n: c for n, c in files.items() if n.endswith(".bpmn")}
    roots: dict[str, Any] = {name: safexml.parse(c) for name, c in drawings.items()}
    decisions: dict[str, Any] = {}
    normalise(roots.values())
    for name, root in roots.items():
        reader.add_bpmn_xml(root, name)
    tables = {name: content for name, content in files.items() if name.endswith(".dmn")}
    for found in feel.read_dmn_files(tables).values() if tables else ():
        decisions.update(found)
    processes = {
        str(node.get("id")): read_process(node, name, reader)
        for name, root in roots.items()
        for node in root.findall(f"{{{BPMN}}}process")
        if node.get("isExecutable", "true") == "true"
    }
    return Library(MappingProxyType(processes), MappingProxyType(decisions))


def flow_nodes(
    node: Any, process: str, roots: Mapping[str, Any], scope: str | None = None
) -> list[Element]:
    """All flow nodes of a process, inner ones after their sub-process."""
    found: list[Element] = []
    for child in node:
        if child.tag in DrawingReader.OVERRIDE_PARSER_CLASSES and child.get("id"):
            found.append(read_element(child, process, scope, roots))
            if local(child) in SUBS:
                found += flow_nodes(child, process, roots, child.get("id"))
    return found


def read_process(node: Any, file: str, reader: DrawingReader) -> Process:
    key = str(node.get("id"))
    elements = {element.id: element for element in flow_nodes(node, key, reader.roots)}
    every = list(elements.values())
    documentation = node.find(f"{{{BPMN}}}documentation")
    starts = _starts(node, key, reader)
    return Process(
        key=key,
        name=node.get("name") or key,
        file=file,
        documentation=documentation.text if documentation is not None else None,
        elements=elements,
        properties=read_marks(node).properties,
        end_events=_ends(node),
        milestones=_milestones(every),
        starts=starts,
        message_starts=tuple(
            MessageStart(str(s.name), key, s.element) for s in starts if s.kind == "message"
        ),
        calls=_unique(e.marks.called for e in every),
        decisions=_unique(e.marks.decision for e in every),
        forms=_unique(e.marks.form for e in every),
        services=_unique(
            e.marks.type.text for e in every if e.marks.type and not e.marks.type.feel
        ),
        flows=_flows(node),
        spec=reader.get_spec(key),
    )


def _milestones(every: list[Element]) -> tuple[str, ...]:
    """The first step of each name that is marked; without a mark, the user tasks."""
    first: dict[str, str] = {}
    for element in every:
        marked = "milestone" in element.marks.properties
        if marked and element.kind in ("user_task", "call_activity"):
            first.setdefault(element.milestone, element.id)
    return tuple(first.values()) or tuple(e.id for e in every if e.kind == "user_task")


def _ends(node: Any) -> tuple[str, ...]:
    """End events by which the process may end: its own, and those of interrupting event
    sub-processes directly in it."""
    found = [str(end.get("id")) for end in node.findall(f"{{{BPMN}}}endEvent")]
    for sub in node.findall(f"{{{BPMN}}}subProcess"):
        start = sub.find(f"{{{BPMN}}}startEvent")
        if is_event_sub(sub) and start is not None and start.get("isInterrupting") != "false":
            found += [str(end.get("id")) for end in sub.findall(f"{{{BPMN}}}endEvent")]
    return tuple(found)


def _flows(node: Any) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for flow in node.iter(f"{{{BPMN}}}sequenceFlow"):
        source = str(flow.get("sourceRef"))
        found[source] = (*found.get(source, ()), str(flow.get("targetRef")))
    return found


def _unique(values: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(value) for value in values if value))


def _starts(node: Any, key: str, reader: DrawingReader) -> tuple[StartEvent, ...]:
    """Start events with a trigger, instantiating receive tasks, and what stands behind an
    instantiating event gateway."""
    found = list(node.findall(f"{{{BPMN}}}startEvent"))
    found += [n for n in node.findall(f"{{{BPMN}}}receiveTask") if n.get("instantiate") in TRUE]
    nodes = {child.get("id"): child for child in node}
    for gateway in node.findall(f"{{{BPMN}}}eventBasedGateway"):
        if gateway.get("instantiate") in TRUE:
            found += [
                nodes[flow.get("targetRef")]
                for flow in node.findall(f"{{{BPMN}}}sequenceFlow")
                if flow.get("sourceRef") == gateway.get("id")
            ]
    return tuple(
        StartEvent(event.kind, key, str(one.get("id")), event.name, event.timer, event.when)
        for one in found
        for event in triggers.read_events(one, reader.roots)
    )
