"""Ids, references, flows, reachability, diagram interchange."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from app.engine.check.finding import Scope, Sheet
from app.engine.check.unsupported import definitions
from app.engine.marks import BPMN, local
from app.texts import T

COMPARED = re.compile(r"(?P<a>[\w.]+)\s*(?P<op><=|>=|!=|<|>|=)\s*(?P<b>[\w.\"]+)")
OPPOSITE = {"<": ">=", "<=": ">", "=": "!="}
DI = "http://www.omg.org/spec/BPMN/20100524/DI"


def rules(sheet: Sheet) -> None:
    _ids(sheet)
    _executable(sheet)
    for scope in sheet.scopes:
        _flows(sheet, scope)
        _starts(sheet, scope)
        _boundaries(sheet, scope)
        for node in scope.nodes.values():
            _gateway(sheet, scope, node)
        _reach(sheet, scope)
    _interchange(sheet)


def _ids(sheet: Sheet) -> None:
    seen = Counter(e.get("id") for e in sheet.root.iter() if isinstance(e.tag, str) and e.get("id"))
    for name, times in seen.items():
        if times > 1:
            sheet.error(name, "duplicate_id", T("编号“{id}”用了 {n} 次", id=name, n=times))
    for scope in sheet.scopes:
        for child in scope.owner:
            if str(child.tag).startswith(f"{{{BPMN}}}") and _needs_id(child):
                sheet.error(child, "missing_id", T("“{tag}”没有编号", tag=local(child)))


def _needs_id(child: Any) -> bool:
    tag = local(child)
    return not child.get("id") and (
        tag == "sequenceFlow" or tag.endswith(("Task", "Event", "Gateway", "Process", "Activity"))
    )


def _executable(sheet: Sheet) -> None:
    processes = sheet.processes()
    runs = [p for p in processes if p.get("isExecutable", "true") == "true"]
    if not runs:
        sheet.error(sheet.root, "not_executable", T("图中没有可执行的流程"))
    for process in runs:
        if not process.get("id"):
            sheet.error(process, "missing_id", T("“{tag}”没有编号", tag="process"))


def _flows(sheet: Sheet, scope: Scope) -> None:
    for flow in scope.flows:
        for role in ("sourceRef", "targetRef"):
            if flow.get(role) not in scope.nodes:
                text = T("连线的 {role} 指向本层没有的元素", role=role)
                sheet.error(flow, "dangling", text)
        source = scope.nodes.get(flow.get("sourceRef"))
        target = scope.nodes.get(flow.get("targetRef"))
        if source is not None and local(source) == "endEvent":
            sheet.error(flow, "flow", T("结束事件之后不能再有连线"))
        if target is not None and local(target) in ("startEvent", "boundaryEvent"):
            sheet.error(flow, "flow", T("连线不能进入开始事件或边界事件"))
        _condition_place(sheet, flow, source)


def _condition_place(sheet: Sheet, flow: Any, source: Any) -> None:
    if source is None or flow.find(f"{{{BPMN}}}conditionExpression") is None:
        return
    tag = local(source)
    if tag in ("parallelGateway", "eventBasedGateway") or tag.endswith("Event"):
        sheet.error(flow, "condition", T("从此处出去的连线不能带条件"))


def _starts(sheet: Sheet, scope: Scope) -> None:
    starts = [n for n in scope.nodes.values() if local(n) == "startEvent"]
    plain = [n for n in starts if not list(definitions(n))]
    if not scope.nodes:
        sheet.error(scope.owner, "empty", T("里面没有任何元素"))
    elif len(plain) > 1:
        sheet.error(plain[1], "start", T("只能有一个普通开始事件"))


def _boundaries(sheet: Sheet, scope: Scope) -> None:
    for node in scope.nodes.values():
        if local(node) != "boundaryEvent":
            continue
        host = scope.nodes.get(node.get("attachedToRef"))
        if host is None or local(host).endswith(("Event", "Gateway")):
            sheet.error(node, "dangling", T("边界事件没有附在本层的活动上"))
        if not scope.out_of(node.get("id")):
            sheet.warn(node, "boundary", T("边界事件之后没有连线"))
        error = node.find(f"{{{BPMN}}}errorEventDefinition")
        if error is not None and node.get("cancelActivity") == "false":
            sheet.error(node, "boundary", T("错误边界事件必须中断活动"))


def _gateway(sheet: Sheet, scope: Scope, node: Any) -> None:
    out = scope.out_of(node.get("id"))
    default = node.get("default")
    if default and default not in {flow.get("id") for flow in out}:
        sheet.error(node, "default", T("默认流向“{id}”不是从此处出去的连线", id=default))
    for flow in out:
        conditional = flow.find(f"{{{BPMN}}}conditionExpression") is not None
        if flow.get("id") == default and conditional:
            sheet.error(flow, "default", T("默认流向不能带条件"))
        if local(node) == "exclusiveGateway" and len(out) > 1:
            _needs_condition(sheet, flow, default, conditional)
    open_ended = len(out) > 1 and not default and not _complete(out)
    if local(node) == "exclusiveGateway" and open_ended:
        sheet.warn(node, "no_default", T("没有默认流向：所有条件都不成立时办件会停下"))
    if local(node) == "eventBasedGateway":
        _event_gateway(sheet, scope, node, out)
    if local(node).endswith("Gateway") and not out:
        sheet.error(node, "flow", T("网关之后没有连线"))


def _complete(out: list[Any]) -> bool:
    """Two conditions of which one surely holds: one is the other's negation."""
    texts = [(f.findtext(f"{{{BPMN}}}conditionExpression") or "").strip(" =\n\t") for f in out]
    return len(texts) == 2 and (_negates(*texts) or _negates(*texts[::-1]))


def _negates(one: str, other: str) -> bool:
    if other == f"not({one})":
        return True
    left, right = COMPARED.fullmatch(one), COMPARED.fullmatch(other)
    if left is None or right is None or left["a"] != right["a"]:
        return False
    if left["b"] == right["b"]:
        return OPPOSITE.get(left["op"]) == right["op"]
    return {left["b"], right["b"]} == {"true", "false"} and left["op"] == right["op"] == "="


def _needs_condition(sheet: Sheet, flow: Any, default: str | None, conditional: bool) -> None:
    if flow.get("id") != default and not conditional:
        sheet.error(flow, "condition", T("排他网关的非默认连线缺少条件"))


def _event_gateway(sheet: Sheet, scope: Scope, node: Any, out: list[Any]) -> None:
    if len(out) < 2:
        sheet.error(node, "event_gateway", T("事件网关至少要有两条出线"))
    for flow in out:
        target = scope.nodes.get(flow.get("targetRef"))
        if target is None:
            continue
        if local(target) not in ("intermediateCatchEvent", "receiveTask"):
            sheet.error(flow, "event_gateway", T("事件网关之后只能是等待事件或接收任务"))
        elif len(scope.into(target.get("id"))) > 1:
            sheet.error(target, "event_gateway", T("事件网关之后的事件不能另有来线"))


def _reach(sheet: Sheet, scope: Scope) -> None:
    starts = [i for i, n in scope.nodes.items() if local(n) == "startEvent"]
    if not starts:
        starts = [
            i for i, n in scope.nodes.items() if local(n) != "boundaryEvent" and not scope.into(i)
        ]
    seen = _walk(scope, starts)
    for name, node in scope.nodes.items():
        if name not in seen:
            sheet.error(node, "unreachable", T("没有路径可以走到这里"))


def _walk(scope: Scope, starts: list[str]) -> set[str]:
    onward: dict[str, list[str]] = {}
    for flow in scope.flows:
        onward.setdefault(flow.get("sourceRef"), []).append(flow.get("targetRef"))
    for name, node in scope.nodes.items():
        if local(node) == "boundaryEvent":
            onward.setdefault(node.get("attachedToRef"), []).append(name)
    seen, todo = set(starts), list(starts)
    while todo:
        for name in onward.get(todo.pop(), ()):
            if name not in seen:
                seen.add(name)
                todo.append(name)
    return seen


def _interchange(sheet: Sheet) -> None:
    drawn = {e.get("bpmnElement") for e in sheet.root.iter(f"{{{DI}}}BPMNShape")}
    drawn |= {e.get("bpmnElement") for e in sheet.root.iter(f"{{{DI}}}BPMNEdge")}
    for scope in sheet.scopes:
        names = [*scope.nodes, *(flow.get("id") for flow in scope.flows)]
        missing = [name for name in names if name not in drawn]
        if missing:
            text = T("有 {n} 个元素没有图形信息（首个：{id}）", n=len(missing), id=missing[0])
            sheet.warn(scope.owner, "no_diagram", text)
