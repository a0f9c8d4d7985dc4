"""Ids, scopes and what they must hold, reachability, diagram interchange."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from app.engine import support
from app.engine.check import data, flows, gateways, places, pools, references
from app.engine.check.finding import TRUE, Scope, Sheet
from app.engine.marks import BPMN, local
from app.texts import T

DI = "http://www.omg.org/spec/BPMN/20100524/DI"
NAMED = ("sequenceFlow", *support.NODES)


def rules(sheet: Sheet) -> None:
    _ids(sheet)
    _executable(sheet)
    for room in (references, flows, gateways, places, pools, data):
        room.rules(sheet)
    for scope in sheet.scopes:
        _holds(sheet, scope)
        _reach(sheet, scope)
    _interchange(sheet)


def _ids(sheet: Sheet) -> None:
    seen = Counter(e.get("id") for e in sheet.root.iter("*") if e.get("id"))
    for name, times in seen.items():
        if times > 1:
            text = T("编号“{id}”用了 {n} 次，每个元素要有自己的编号", id=name, n=times)
            sheet.error(name, "duplicate_id", text)
    for scope in sheet.scopes:
        for child in scope.owner.iterchildren(f"{{{BPMN}}}*"):
            if local(child) in NAMED and not child.get("id"):
                sheet.error(child, "missing_id", T("“{tag}”没有编号，请补上", tag=local(child)))


def _executable(sheet: Sheet) -> None:
    processes = sheet.processes()
    runs = [p for p in processes if p.get("isExecutable", "true") in TRUE]
    if not runs:
        text = T("图中没有可执行的流程，请把要执行的流程设为 isExecutable=“true”")
        sheet.error(sheet.root, "not_executable", text)
    for process in processes:
        if not process.get("id"):
            sheet.error(process, "missing_id", T("“{tag}”没有编号，请补上", tag="process"))


# what a scope must hold


def _holds(sheet: Sheet, scope: Scope) -> None:
    if not scope.nodes:
        sheet.error(scope.owner, "empty", T("里面没有任何元素，请画上要做的事，或删去它"))
    elif scope.tag == "adHocSubProcess":
        _ad_hoc(sheet, scope)
    else:
        _ends_match(sheet, scope)
    if scope.is_event_sub_process:
        _event_sub_process(sheet, scope)


def _ad_hoc(sheet: Sheet, scope: Scope) -> None:
    for node in scope.of("startEvent", "endEvent"):
        text = T("临时子流程里不能画开始事件和结束事件，请删去")
        sheet.error(node, "ad_hoc", text)
    if not scope.of(*support.ACTIVITIES):
        sheet.error(scope.owner, "ad_hoc", T("临时子流程里至少要有一个活动"))


def _ends_match(sheet: Sheet, scope: Scope) -> None:
    """The standard: with a start event an end event, and the other way round."""
    starts, ends = scope.of("startEvent"), scope.of("endEvent")
    if starts and not ends:
        text = T("画了开始事件，同一层就要画结束事件（或两种都不画）")
        sheet.error(scope.owner, "no_end", text)
    if ends and not starts and not _opened(scope):
        text = T("画了结束事件，同一层就要画开始事件（或两种都不画）")
        sheet.error(scope.owner, "no_start", text)


def _opened(scope: Scope) -> bool:
    """An instantiating receive task or gateway takes the place of a start event."""
    return any(n.get("instantiate") in TRUE for n in scope.of("receiveTask", "eventBasedGateway"))


def _event_sub_process(sheet: Sheet, scope: Scope) -> None:
    starts = scope.of("startEvent")
    if len(starts) != 1:
        text = T("事件子流程要有且只有一个开始事件，现有 {n} 个", n=len(starts))
        sheet.error(scope.owner, "event_sub_process", text)


# reachability


def _reach(sheet: Sheet, scope: Scope) -> None:
    starts = _entries(scope)
    seen = _walk(sheet, scope, starts)
    for name, node in scope.nodes.items():
        if name not in seen:
            sheet.error(node, "unreachable", T("没有路径可以走到这里，请连上或删去"))


def _beside(node: Any) -> bool:
    """Not part of the flow: called by compensation, or opened by an event."""
    return node.get("isForCompensation") in TRUE or node.get("triggeredByEvent") in TRUE


def _entries(scope: Scope) -> list[str]:
    beside = [i for i, n in scope.nodes.items() if _beside(n)]
    starts = [str(n.get("id")) for n in scope.of("startEvent")]
    starts += [i for i, n in scope.nodes.items() if n.get("instantiate") in TRUE]
    if not scope.of("startEvent"):
        starts += [i for i, n in scope.nodes.items() if _first(scope, i, n)]
    return starts + beside


def _first(scope: Scope, name: str, node: Any) -> bool:
    return local(node) != "boundaryEvent" and not scope.into(name) and not flows.link(node)


def _walk(sheet: Sheet, scope: Scope, starts: list[str]) -> set[str]:
    onward = _onward(sheet, scope)
    seen, todo = set(starts), list(starts)
    while todo:
        for name in onward(todo.pop()):
            if name in scope.nodes and name not in seen:
                seen.add(name)
                todo.append(name)
    return seen


def _onward(sheet: Sheet, scope: Scope) -> Callable[[str], Iterator[str]]:
    beside: dict[str | None, list[str]] = {}
    for node in scope.of("boundaryEvent"):
        beside.setdefault(node.get("attachedToRef"), []).append(str(node.get("id")))
    catches: dict[str, list[str]] = {}
    for node in scope.of("intermediateCatchEvent"):
        for name in flows.links(sheet, node):
            catches.setdefault(name, []).append(str(node.get("id")))

    def onward(name: str) -> Iterator[str]:
        yield from (str(flow.get("targetRef")) for flow in scope.out_of(name))
        yield from beside.get(name, ())
        node = scope.nodes.get(name)
        if node is not None and local(node) == "intermediateThrowEvent":
            for linked in flows.links(sheet, node):
                yield from catches.get(linked, ())

    return onward


# the picture


def _interchange(sheet: Sheet) -> None:
    drawn = {e.get("bpmnElement") for e in sheet.root.iter(f"{{{DI}}}BPMNShape")}
    drawn |= {e.get("bpmnElement") for e in sheet.root.iter(f"{{{DI}}}BPMNEdge")}
    for scope in sheet.scopes:
        names = [*scope.nodes, *(flow.get("id") for flow in scope.flows)]
        missing = [name for name in names if name not in drawn]
        if missing:
            text = T("有 {n} 个元素没有图形信息（首个：{id}）", n=len(missing), id=missing[0])
            sheet.warn(scope.owner, "no_diagram", text)
