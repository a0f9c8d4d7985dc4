"""Compiled definitions: immutable, shared between threads, kept by the caller for each version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from app import feel
from app.engine import safexml
from app.engine.drawing import Element, MessageStart, Process
from app.engine.marks import BPMN, local, read_marks
from app.engine.reading import DrawingReader, event_definition, read_element


@dataclass(frozen=True, slots=True)
class Library:
    """Everything a case may run: processes and decisions by key."""

    processes: Mapping[str, Process]
    decisions: Mapping[str, Any]

    @property
    def message_starts(self) -> tuple[MessageStart, ...]:
        """Start events that open a new case when their message arrives."""
        return tuple(s for p in self.processes.values() for s in p.message_starts)


def compile(files: Mapping[str, bytes]) -> Library:
    """Read drawings and decisions (forms are not needed to run). ``check`` comes before.

    Raises UnsafeXml, or whatever a drawing that ``check`` refuses leads to.
    """
    reader = DrawingReader()
    roots: dict[str, Any] = {}
    decisions: dict[str, Any] = {}
    for name, content in files.items():
        if name.endswith(".bpmn"):
            roots[name] = safexml.parse(content)
            reader.add_bpmn_xml(roots[name], name)
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


def flow_nodes(node: Any, process: str, scope: str | None = None) -> list[Element]:
    """All flow nodes of a process, inner ones after their sub-process."""
    found: list[Element] = []
    for child in node:
        if child.tag in DrawingReader.OVERRIDE_PARSER_CLASSES and child.get("id"):
            found.append(read_element(child, process, scope))
            if local(child) == "subProcess":
                found += flow_nodes(child, process, child.get("id"))
    return found


def read_process(node: Any, file: str, reader: DrawingReader) -> Process:
    key = str(node.get("id"))
    elements = {element.id: element for element in flow_nodes(node, key)}
    every = list(elements.values())
    documentation = node.find(f"{{{BPMN}}}documentation")
    return Process(
        key=key,
        name=node.get("name") or key,
        file=file,
        documentation=documentation.text if documentation is not None else None,
        elements=elements,
        properties=read_marks(node).properties,
        end_events=tuple(e.id for e in every if e.kind == "end_event" and e.scope is None),
        milestones=_milestones(every),
        message_starts=_message_starts(node, key, reader),
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


def _flows(node: Any) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for flow in node.iter(f"{{{BPMN}}}sequenceFlow"):
        source = str(flow.get("sourceRef"))
        found[source] = (*found.get(source, ()), str(flow.get("targetRef")))
    return found


def _unique(values: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(value) for value in values if value))


def _message_starts(node: Any, key: str, reader: DrawingReader) -> tuple[MessageStart, ...]:
    found = []
    for start in node.findall(f"{{{BPMN}}}startEvent"):
        definition = event_definition(start)
        if definition is not None and local(definition) == "messageEventDefinition":
            message = reader.roots.get(definition.get("messageRef"))
            name = message.get("name") if message is not None else None
            found.append(MessageStart(str(name), key, str(start.get("id"))))
    return tuple(found)
