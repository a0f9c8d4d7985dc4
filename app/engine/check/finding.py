"""A finding, and the sheet that the rules of one file read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.engine.marks import BPMN, Marks, local, read_marks
from app.engine.reading import DrawingReader
from app.texts import Text

NODES = frozenset(DrawingReader.OVERRIDE_PARSER_CLASSES)


@dataclass(frozen=True, slots=True)
class Finding:
    """``severity``: error (it would not run rightly) or warning."""

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
    """A process or an embedded sub-process: its own nodes and flows."""

    owner: Any
    process: str
    nodes: dict[str, Any]
    flows: list[Any]

    def out_of(self, node: str) -> list[Any]:
        return [flow for flow in self.flows if flow.get("sourceRef") == node]

    def into(self, node: str) -> list[Any]:
        return [flow for flow in self.flows if flow.get("targetRef") == node]

    @property
    def is_process(self) -> bool:
        return local(self.owner) == "process"


@dataclass(slots=True)
class Sheet:
    """One drawing under check."""

    file: str
    root: Any
    findings: list[Finding]
    scopes: list[Scope] = field(default_factory=list)
    roots: dict[str, Any] = field(default_factory=dict)
    _marks: dict[Any, Marks] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.roots = {child.get("id"): child for child in self.root if child.get("id")}
        for process in self.processes():
            self._scope(process, str(process.get("id")))

    def processes(self) -> list[Any]:
        return list(self.root.findall(f"{{{BPMN}}}process"))

    def _scope(self, owner: Any, process: str) -> None:
        nodes = {n.get("id"): n for n in owner if n.tag in NODES and n.get("id")}
        flows = owner.findall(f"{{{BPMN}}}sequenceFlow")
        self.scopes.append(Scope(owner, process, nodes, flows))
        for node in nodes.values():
            if local(node) == "subProcess":
                self._scope(node, process)

    def nodes(self) -> Iterator[tuple[Scope, Any]]:
        for scope in self.scopes:
            for node in scope.nodes.values():
                yield scope, node

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
        """The nearest element around that has an id."""
        while node is not None and not isinstance(node, str):
            if node.get("id"):
                return str(node.get("id"))
            node = node.getparent()
        return node or ""
