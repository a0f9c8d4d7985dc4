"""Gateways: how many flows, of what direction, and what they lead to."""

from __future__ import annotations

import re
from typing import Any

from app.engine import support
from app.engine.check.finding import TRUE, Scope, Sheet
from app.engine.check.flows import CONDITION, has
from app.engine.marks import BPMN, local
from app.texts import T

COMPARED = re.compile(r"(?P<a>[\w.]+)\s*(?P<op><=|>=|!=|<|>|=)\s*(?P<b>[\w.\"]+)")
OPPOSITE = {"<": ">=", "<=": ">", "=": "!="}
WAITING = frozenset(["message", "timer", "signal", "conditional"])


def rules(sheet: Sheet) -> None:
    for scope in sheet.scopes:
        for node in scope.of(*support.GATEWAYS):
            into, out = scope.into(node.get("id")), scope.out_of(node.get("id"))
            _counts(sheet, node, len(into), len(out))
            _direction(sheet, node, len(into), len(out))
            if local(node) in OF_KIND:
                OF_KIND[local(node)](sheet, scope, node, into, out)


def _counts(sheet: Sheet, node: Any, into: int, out: int) -> None:
    if not out:
        sheet.error(node, "flow", T("网关之后没有连线，请连到下一步"))
    elif into < 2 and out < 2 and local(node) != "eventBasedGateway":
        text = T("网关只有一进一出，没有作用；请删去，或补上其余的连线")
        sheet.error(node, "gateway", text)


def _direction(sheet: Sheet, node: Any, into: int, out: int) -> None:
    direction = node.get("gatewayDirection")
    right = {
        "Converging": out < 2,
        "Diverging": into < 2,
        "Mixed": into > 1 and out > 1,
    }
    if not right.get(direction or "", True):
        text = T("gatewayDirection 写的是“{way}”，但有 {into} 条来线、{out} 条出线，请改正",
            way=direction, into=into, out=out)  # fmt: skip
        sheet.error(node, "direction", text)


def _exclusive(sheet: Sheet, _scope: Scope, node: Any, _into: Any, out: list[Any]) -> None:
    default = node.get("default")
    for flow in out if len(out) > 1 else ():
        if flow.get("id") != default and flow.find(CONDITION) is None:
            sheet.error(flow, "condition", T("排他网关的非默认连线缺少条件"))
    if len(out) > 1 and not default and not _complete(out):
        sheet.warn(
            node, "no_default", T("没有默认流向：所有条件都不成立时办件会停下，请指定一条默认流向")
        )


def _inclusive(sheet: Sheet, _scope: Scope, node: Any, _into: Any, out: list[Any]) -> None:
    plain = [f for f in out if f.get("id") != node.get("default") and f.find(CONDITION) is None]
    for flow in plain if len(out) > 1 else ():
        sheet.warn(flow, "condition", T("包容网关的这条连线没有条件，总会走；若是有意，请忽略"))
    if len(out) > 1 and not node.get("default") and not plain and not _complete(out):
        sheet.warn(
            node, "no_default", T("没有默认流向：所有条件都不成立时办件会停下，请指定一条默认流向")
        )


def _complex(sheet: Sheet, _scope: Scope, node: Any, into: list[Any], _out: Any) -> None:
    condition = node.find(f"{{{BPMN}}}activationCondition")
    if len(into) > 1 and (condition is None or not (condition.text or "").strip()):
        sheet.error(node, "unsupported", support.BECAUSE["no_activation"])


def _complete(out: list[Any]) -> bool:
    """Two conditions of which one surely holds: one is the other's negation."""
    texts = [(f.findtext(CONDITION) or "").strip(" =\n\t") for f in out]
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


# event-based


def _event(sheet: Sheet, scope: Scope, node: Any, into: list[Any], out: list[Any]) -> None:
    if len(out) < 2:
        sheet.error(node, "event_gateway", T("事件网关至少要有两条出线"))
    _opening(sheet, scope, node, into)
    targets = [(flow, scope.nodes.get(str(flow.get("targetRef")))) for flow in out]
    known = [(flow, target) for flow, target in targets if target is not None]
    for flow, target in known:
        _target(sheet, scope, flow, target)
    _mixed(sheet, node, [target for _flow, target in known])


def _opening(sheet: Sheet, scope: Scope, node: Any, into: list[Any]) -> None:
    opens = node.get("instantiate") in TRUE
    if opens and into:
        sheet.error(node, "event_gateway", T("用来开始流程的事件网关之前不能有连线，请删去"))
    if opens and not scope.is_process:
        sheet.error(node, "event_gateway", T("用来开始流程的事件网关只能画在流程一层"))
    if node.get("eventGatewayType") == "Parallel" and not opens:
        sheet.error(node, "unsupported", support.BECAUSE["parallel_gateway"])


def _target(sheet: Sheet, scope: Scope, flow: Any, target: Any) -> None:
    name = str(target.get("id"))
    if not _waits(sheet, target):
        text = T("事件网关之后只能是消息、定时、信号、条件的等待事件或接收任务")
        sheet.error(flow, "event_gateway", text)
    elif len(scope.into(name)) > 1:
        sheet.error(target, "event_gateway", T("事件网关之后的事件不能另有来线，请删去其余的来线"))
    elif scope.attached(name):
        text = T("事件网关之后的接收任务不能附边界事件，请删去或改用等待事件")
        sheet.error(target, "event_gateway", text)


def _waits(sheet: Sheet, target: Any) -> bool:
    if local(target) == "receiveTask":
        return True
    kinds = {support.KINDS[local(d)] for d in sheet.definitions(target)}
    return local(target) == "intermediateCatchEvent" and bool(kinds) and kinds <= WAITING


def _mixed(sheet: Sheet, node: Any, targets: list[Any]) -> None:
    tasks = any(local(t) == "receiveTask" for t in targets)
    events = any(local(t) != "receiveTask" and has(sheet, t, "message") for t in targets)
    if tasks and events:
        text = T("同一个事件网关之后，接收任务和消息等待事件只能用一种")
        sheet.error(node, "event_gateway", text)


OF_KIND = {
    "exclusiveGateway": _exclusive,
    "inclusiveGateway": _inclusive,
    "complexGateway": _complex,
    "eventBasedGateway": _event,
}
