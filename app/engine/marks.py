"""What the Camunda 8 (zeebe) extension elements of a node say, read into plain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
TRUE = ("true", "1")  # as XML Schema writes it


@dataclass(frozen=True, slots=True)
class Source:
    """A value of the drawing: FEEL when it begins with ``=``, else the text itself."""

    text: str
    feel: bool

    @classmethod
    def read(cls, raw: str | None) -> Source | None:
        if raw is None or not raw.strip():
            return None
        text = raw.strip()
        if text.startswith("="):
            return cls(text[1:].strip(), True)
        return cls(text, False)


@dataclass(frozen=True, slots=True)
class Mapping:
    """``zeebe:input`` or ``zeebe:output``."""

    source: Source
    target: str


@dataclass(frozen=True, slots=True)
class Loop:
    """A marker of loop or multi-instance with its ``zeebe:loopCharacteristics``.

    ``standard``: the loop marker, then ``condition``, ``before`` and ``maximum`` are its; else
    ``collection`` or ``cardinality`` says how many. ``behavior``: which rounds throw an event.
    """

    sequential: bool = True
    collection: Source | None = None
    item: str | None = None
    output: str | None = None
    output_element: Source | None = None
    until: Source | None = None
    cardinality: Source | None = None
    behavior: str = "All"
    standard: bool = False
    before: bool = False
    maximum: int | None = None
    condition: Source | None = None


@dataclass(frozen=True, slots=True)
class Marks:
    """All marks of one node."""

    form: str | None = None
    groups: Source | None = None
    due: Source | None = None
    inputs: tuple[Mapping, ...] = ()
    outputs: tuple[Mapping, ...] = ()
    loop: Loop | None = None
    type: Source | None = None
    decision: str | None = None
    result: str | None = None
    script: Source | None = None
    called: str | None = None
    all_parent: bool = True
    all_child: bool = True
    key: Source | None = None
    keep: Source | None = None
    active: Source | None = None
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def limit(self) -> Source | None:
        """How long a step may take, as ``app.limits`` reads it, or the name of a setting."""
        return Source.read(self.properties.get("limit"))

    def words(self, name: str) -> tuple[str, ...]:
        """A property that is a list of words set apart by commas or spaces."""
        return tuple(self.properties.get(name, "").replace(",", " ").replace("，", " ").split())

    @property
    def not_by_case(self) -> Source | None:
        """The number of a case: nobody who did a step of it does this one."""
        return Source.read(self.properties.get("not_by_case"))


def zeebe(node: Any) -> Iterator[Any]:
    """The zeebe elements directly in a node's extension elements."""
    for extensions in node.findall(f"{{{BPMN}}}extensionElements"):
        for element in extensions:
            if isinstance(element.tag, str) and element.tag.startswith(f"{{{ZEEBE}}}"):
                yield element


def local(element: Any) -> str:
    """The tag without its namespace; empty for comments and the like."""
    tag = element.tag
    return _without_namespace(tag) if isinstance(tag, str) else ""


@lru_cache(maxsize=4096)  # a drawing has few kinds of tags, and each is asked for all the time
def _without_namespace(tag: str) -> str:
    return tag.rpartition("}")[2]


def one(node: Any, name: str) -> Any:
    return next((e for e in zeebe(node) if local(e) == name), None)


def read_marks(node: Any) -> Marks:
    """Read a node's own extension elements."""
    values: dict[str, Any] = {}
    for element in zeebe(node):
        reader = READERS.get(local(element))
        if reader:
            values.update(reader(element))
    many = node.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics")
    again = node.find(f"{{{BPMN}}}standardLoopCharacteristics")
    if many is not None:
        values["loop"] = _many(many)
    elif again is not None:
        values["loop"] = _again(again)
    if node.get("calledElement"):
        values.setdefault("called", node.get("calledElement"))
    return Marks(**values)


def _mappings(element: Any) -> dict[str, Any]:
    found: dict[str, list[Mapping]] = {"input": [], "output": []}
    for child in element:
        source = Source.read(child.get("source")) if local(child) in found else None
        if source is not None and child.get("target"):
            found[local(child)].append(Mapping(source, child.get("target")))
    return {"inputs": tuple(found["input"]), "outputs": tuple(found["output"])}


def _called(element: Any) -> dict[str, Any]:
    # Both default to true in Camunda 8.
    return {
        "called": element.get("processId"),
        "all_parent": element.get("propagateAllParentVariables", "true") != "false",
        "all_child": element.get("propagateAllChildVariables", "true") != "false",
    }


def _script(element: Any) -> dict[str, Any]:
    source = Source.read(element.get("expression"))
    return {"script": source, "result": element.get("resultVariable")}


def _decision(element: Any) -> dict[str, Any]:
    return {"decision": element.get("decisionId"), "result": element.get("resultVariable")}


def _properties(element: Any) -> dict[str, Any]:
    pairs = {p.get("name"): (p.get("value") or "") for p in element if local(p) == "property"}
    return {"properties": {str(k): v for k, v in pairs.items() if k}}


READERS = {
    "formDefinition": lambda e: {"form": e.get("formId") or e.get("externalReference")},
    "assignmentDefinition": lambda e: {"groups": Source.read(e.get("candidateGroups"))},
    "taskSchedule": lambda e: {"due": Source.read(e.get("dueDate"))},
    "ioMapping": _mappings,
    "taskDefinition": lambda e: {"type": Source.read(e.get("type"))},
    "calledDecision": _decision,
    "calledElement": _called,
    "script": _script,
    "subscription": lambda e: {"key": Source.read(e.get("correlationKey"))},
    "publishMessage": lambda e: {
        "key": Source.read(e.get("correlationKey")),
        "keep": Source.read(e.get("timeToLive")),
    },
    "adHoc": lambda e: {"active": Source.read(e.get("activeElementsCollection"))},
    "properties": _properties,
}


def inner_source(node: Any, name: str) -> Source | None:
    """The expression in a child element of the standard, such as ``completionCondition``."""
    child = node.find(f"{{{BPMN}}}{name}")
    return None if child is None else Source.read(child.text)


def _many(node: Any) -> Loop:
    marks = one(node, "loopCharacteristics")
    get = marks.get if marks is not None else (lambda _name: None)
    return Loop(
        sequential=node.get("isSequential") in TRUE,
        collection=Source.read(get("inputCollection")),
        item=get("inputElement"),
        output=get("outputCollection"),
        output_element=Source.read(get("outputElement")),
        until=inner_source(node, "completionCondition"),
        cardinality=inner_source(node, "loopCardinality"),
        behavior=node.get("behavior", "All"),
    )


def _again(node: Any) -> Loop:
    most = node.get("loopMaximum")
    return Loop(
        standard=True,
        before=node.get("testBefore") in TRUE,
        maximum=int(most) if most and most.strip().isdigit() else None,
        condition=inner_source(node, "loopCondition"),
    )
