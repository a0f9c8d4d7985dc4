"""A finding, and the sheet that the rules of one file read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.engine import support
from app.engine.marks import BPMN, Marks, local, read_marks
from app.texts import Text

NODES = frozenset(f"{{{BPMN}}}{tag}" for tag in support.NODES)
TRUE = ("true", "1")  # as XML Schema writes it


@dataclass(frozen=True, slots=True)
class Finding:
    """``severity``: error (it would not run rightly), warning, or hint (what was not decided)."""

    file: str
    element: str
    rule: str
    severity: str
    message: Text

    def plain(self, locale: str = "zh") -> dict[str, str]:
        return {
            "file": self.file,
            "element": self.element,
            "rule": self.rule,
            "severity": self.severity,
            "message": self.message.to(locale),
        }


class ServiceContract(Protocol):
    """What a service function promises: names of inputs and outputs (values are not read here)."""

    @property
    def inputs(self) -> Mapping[str, Any]: ...

    @property
    def outputs(self) -> Mapping[str, Any]: ...


@dataclass(slots=True)
class Scope:
    """A process or a sub-process of any kind: its own nodes and flows."""

    owner: Any
    process: str
    nodes: dict[str, Any]
    flows: list[Any]
    outer: Scope | None = None
    _out: dict[str | None, list[Any]] = field(default_factory=dict)
    _into: dict[str | None, list[Any]] = field(default_factory=dict)
    _of: dict[str, list[Any]] = field(default_factory=dict)
    _at: dict[str | None, list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node in self.nodes.values():
            self._of.setdefault(local(node), []).append(node)
            self._at.setdefault(node.get("attachedToRef"), []).append(node)
        for flow in self.flows:
            self._out.setdefault(flow.get("sourceRef"), []).append(flow)
            self._into.setdefault(flow.get("targetRef"), []).append(flow)

    def out_of(self, node: str) -> list[Any]:
        return self._out.get(node, [])

    def into(self, node: str) -> list[Any]:
        return self._into.get(node, [])

    def of(self, *tags: str) -> list[Any]:
        """Its nodes with one of these tags; tag by tag."""
        return [node for tag in tags for node in self._of.get(tag, ())]

    def attached(self, node: str) -> list[Any]:
        """The boundary events of an activity."""
        return self._at.get(node, [])

    @property
    def is_process(self) -> bool:
        return local(self.owner) == "process"

    @property
    def is_event_sub_process(self) -> bool:
        return self.owner.get("triggeredByEvent") in TRUE

    @property
    def tag(self) -> str:
        return local(self.owner)


@dataclass(slots=True)
class Sheet:
    """One drawing under check."""

    file: str
    root: Any
    findings: list[Finding]
    scopes: list[Scope] = field(default_factory=list)
    roots: dict[str, Any] = field(default_factory=dict)
    ids: dict[str, Any] = field(default_factory=dict)  # every BPMN element that has one
    nets: dict[Any, Any] = field(default_factory=dict)  # process → its net of tokens
    _marks: dict[Any, Marks] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.roots = {child.get("id"): child for child in self.root if child.get("id")}
        for element in self.root.iter(f"{{{BPMN}}}*"):
            if element.get("id"):
                self.ids.setdefault(element.get("id"), element)
        for process in self.processes():
            self._scope(process, str(process.get("id")))

    def processes(self) -> list[Any]:
        return list(self.root.findall(f"{{{BPMN}}}process"))

    def _scope(self, owner: Any, process: str, outer: Scope | None = None) -> None:
        nodes = {n.get("id"): n for n in owner if n.tag in NODES and n.get("id")}
        flows = owner.findall(f"{{{BPMN}}}sequenceFlow")
        scope = Scope(owner, process, nodes, flows, outer)
        self.scopes.append(scope)
        for node in nodes.values():
            if local(node) in support.SUB_PROCESSES:
                self._scope(node, process, scope)

    def nodes(self) -> Iterator[tuple[Scope, Any]]:
        for scope in self.scopes:
            for node in scope.nodes.values():
                yield scope, node

    def definitions(self, node: Any) -> list[Any]:
        """Its event definitions, those given by reference too; in the order of the text."""
        found = []
        for child in node:
            if local(child) == "eventDefinitionRef":
                child = self.ids.get((child.text or "").strip())
            if child is not None and local(child).endswith("EventDefinition"):
                found.append(child)
        return found

    def marks(self, node: Any) -> Marks:
        if node not in self._marks:
            self._marks[node] = read_marks(node)
        return self._marks[node]

    def error(self, node: Any, rule: str, message: Text) -> None:
        self.findings.append(Finding(self.file, self.name(node), rule, "error", message))

    def warn(self, node: Any, rule: str, message: Text) -> None:
        self.findings.append(Finding(self.file, self.name(node), rule, "warning", message))

    @staticmethod
    def name(node: Any) -> str:
        """The nearest element around that has an id; of a node's inner parts, the node."""
        while node is not None and not isinstance(node, str):
            if node.get("id") and not _inner(node):
                return str(node.get("id"))
            node = node.getparent()
        return node or ""


def _inner(node: Any) -> bool:
    tag, around = local(node), node.getparent()
    if tag not in support.INNER or around is None:
        return False
    return local(around) in support.NODES or (tag, local(around)) == PART_OF_FLOW


PART_OF_FLOW = ("conditionExpression", "sequenceFlow")
