"""What refers to other files: called processes and their outcomes, forms, decisions, services."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from app.engine.check.finding import Scope, ServiceContract, Sheet
from app.engine.marks import BPMN, local
from app.texts import T, Text

TEXTS = re.compile(r'"([^"]*)"')


@dataclass(slots=True)
class World:
    """Everything among the files, and what the host knows besides."""

    sheets: list[Sheet]
    decisions: Mapping[str, Any]
    forms: dict[str, dict[str, Any]]
    services: Mapping[str, ServiceContract] | None
    complete: bool
    groups: Collection[str] | None = None  # of the installation; None: not known here
    senders: Collection[str] | None = None  # names of messages that come from outside
    clauses: Collection[str] | None = None
    limits: Collection[str] | None = None  # names of limits among the settings
    prints: frozenset[str] = frozenset()
    now: datetime | None = None
    ends: dict[str, list[str]] = field(default_factory=dict)
    beside: set[tuple[str, str]] = field(default_factory=set)  # (process, end) inside of events
    settled: set[tuple[str, str]] = field(default_factory=set)  # (file, gateway) that name all ends

    def __post_init__(self) -> None:
        for sheet in self.sheets:
            for scope in sheet.scopes:
                if scope.is_process:
                    self.ends[scope.process] = _ends(scope)
                elif _takes_over(scope):
                    self.ends[scope.process] += _ends(scope)
                    self.beside.update((scope.process, end) for end in _ends(scope))

    def missing(self, sheet: Sheet, node: Any, rule: str, text: Text) -> None:
        """Not among the files: a warning here, an error at deployment."""
        (sheet.error if self.complete else sheet.warn)(node, rule, text)


def _ends(scope: Scope) -> list[str]:
    """End events by which a process can return to a caller; an error end does not return."""
    return [
        name
        for name, node in scope.nodes.items()
        if local(node) == "endEvent" and node.find(f"{{{BPMN}}}errorEventDefinition") is None
    ]


def _takes_over(scope: Scope) -> bool:
    """Whether it is an event sub-process that ends its process in its own way."""
    starts = scope.of("startEvent")
    interrupts = any(start.get("isInterrupting") not in ("false", "0") for start in starts)
    outer = scope.outer
    return scope.is_event_sub_process and interrupts and outer is not None and outer.is_process


def read_forms(files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """Form schemas by id; also by ``<folder>.<file>``, as they lie in the tree."""
    forms: dict[str, dict[str, Any]] = {}
    for name, content in files.items():
        if not name.endswith(".form"):
            continue
        try:
            schema = orjson.loads(content)
        except orjson.JSONDecodeError:
            continue
        if isinstance(schema, dict):
            *folders, file = name.split("/")
            key = ".".join([*folders[-1:], file.removesuffix(".form")])
            forms[key] = schema
            forms[str(schema.get("id", key))] = schema
    return forms


def read_prints(files: Mapping[str, bytes]) -> frozenset[str]:
    """Names of print-outs, ``<folder>.<file>``, as the marks of drawings write them."""
    paths = [name.removesuffix(".typ").split("/") for name in files if name.endswith(".typ")]
    return frozenset(".".join(path[-2:]) for path in paths)


def rules(world: World) -> None:
    for sheet in world.sheets:
        for scope, node in sheet.nodes():
            _refers(world, sheet, node)
            if local(node) == "callActivity":
                _outcomes(world, sheet, scope, node)


def _refers(world: World, sheet: Sheet, node: Any) -> None:
    marks = sheet.marks(node)
    if marks.form and marks.form not in world.forms:
        world.missing(
            sheet, node, "missing_form", T("没有表单“{id}”，请补上表单或核对编号", id=marks.form)
        )
    if marks.decision and marks.decision not in world.decisions:
        world.missing(
            sheet,
            node,
            "missing_decision",
            T("没有决策“{id}”，请补上决策或核对编号", id=marks.decision),
        )
    if marks.called and not marks.called.startswith("=") and marks.called not in world.ends:
        world.missing(
            sheet,
            node,
            "missing_process",
            T("没有流程“{id}”，请补上流程或核对编号", id=marks.called),
        )
    if marks.type and not marks.type.feel and local(node) != "userTask":
        _service(world, sheet, node)


def _service(world: World, sheet: Sheet, node: Any) -> None:
    marks = sheet.marks(node)
    name = marks.type.text if marks.type else ""
    contract = (world.services or {}).get(name)
    if contract is None:
        if world.services is not None or not world.complete:
            world.missing(
                sheet,
                node,
                "missing_service",
                T("没有服务函数“{id}”，请核对 zeebe:taskDefinition 的类型", id=name),
            )
        return
    mapped = {m.target.split(".")[0] for m in marks.inputs}
    lacking = sorted(set(contract.inputs) - mapped) if mapped else []
    if lacking:
        text = T(
            "服务函数“{id}”的输入没有映射：{names}，请在输入映射里补上",
            id=name,
            names="、".join(lacking),
        )
        sheet.error(node, "service_input", text)


def _outcomes(world: World, sheet: Sheet, scope: Scope, node: Any) -> None:
    """Each end of the called process is routed by the caller."""
    marks = sheet.marks(node)
    ends = world.ends.get(marks.called or "", [])
    if len(ends) < 2:
        return
    drawn = [end for end in ends if (marks.called, end) not in world.beside]
    say = sheet.error if len(drawn) > 1 else sheet.warn
    target = _carried(marks)
    if target is None:
        text = T(
            "被调用流程有 {n} 种结局，但没有取出 outcome，请用输出映射取出并按它分路", n=len(ends)
        )
        say(node, "outcome", text)
        return
    named, rest = _handled(scope, node, target)
    world.settled |= {(sheet.file, gate) for gate, texts in named.items() if set(ends) <= texts}
    for end in ends:
        if not rest and not any(end in texts for texts in named.values()):
            say(node, "outcome", T("结局“{end}”没有去向，请在调用之后给它一条路", end=end))


def _carried(marks: Any) -> str | None:
    """The variable into which the call's ``outcome`` goes."""
    for mapping in marks.outputs:
        if mapping.source.feel and re.search(r"\boutcome\b", mapping.source.text):
            return str(mapping.target)
    return "outcome" if marks.all_child and not marks.outputs else None


def _handled(scope: Scope, node: Any, variable: str) -> tuple[dict[str, set[str]], bool]:
    """Texts that each gateway after a call compares with; whether a default takes the rest.

    Whatever gateway the flows lead to counts whose conditions read the call's variable.
    """
    named: dict[str, set[str]] = {}
    rest = False
    seen, todo = {node.get("id")}, [node.get("id")]
    word = re.compile(rf"\b{re.escape(variable)}\b")
    while todo:
        current = todo.pop()
        flows = scope.out_of(current)
        conditions = [_condition(flow) for flow in flows]
        reading = [text for text in conditions if word.search(text)]
        rest = rest or bool(reading and scope.nodes[current].get("default"))
        for text in reading:
            named.setdefault(current, set()).update(TEXTS.findall(text))
        for flow in flows:
            target = flow.get("targetRef")
            if target in scope.nodes and target not in seen:
                seen.add(target)
                todo.append(target)
    return named, rest


def _condition(flow: Any) -> str:
    expression = flow.find(f"{{{BPMN}}}conditionExpression")
    return (expression.text or "") if expression is not None else ""
