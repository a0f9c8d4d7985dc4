"""Sequence flows: where they may begin and end, and what must have one."""

from __future__ import annotations

from typing import Any

from app.engine import support
from app.engine.check.finding import TRUE, Scope, Sheet
from app.engine.marks import BPMN, local
from app.texts import T

CONDITION = f"{{{BPMN}}}conditionExpression"
CHOOSING = (*support.ACTIVITIES, "exclusiveGateway", "inclusiveGateway", "complexGateway")
ARTIFACTS = ("textAnnotation", "group", "association", "dataObject", "dataObjectReference",
    "dataStoreReference")  # fmt: skip


def rules(sheet: Sheet) -> None:
    listing = {owner for owner in sheet.processes() if _lists(owner)}
    for scope in sheet.scopes:
        for flow in scope.flows:
            _ends(sheet, scope, flow)
        for node in scope.nodes.values():
            _node(sheet, scope, node)
            _default(sheet, scope, node)
        if _process(scope) in listing:
            _listed(sheet, scope)
        _link_pairs(sheet, scope)


# what stands outside the flow


def links(sheet: Sheet, node: Any) -> list[str]:
    """Names of the link definitions of an event."""
    found = (d for d in sheet.definitions(node) if local(d) == "linkEventDefinition")
    return [d.get("name") or "" for d in found]


def link(node: Any) -> bool:
    """A link catch: its way in is the throws of its name."""
    return local(node) == "intermediateCatchEvent" and any(
        local(c) == "linkEventDefinition" for c in node
    )


def has(sheet: Sheet, node: Any, kind: str) -> bool:
    return any(support.KINDS[local(d)] == kind for d in sheet.definitions(node))


def apart(sheet: Sheet, node: Any) -> str | None:
    """Why a node takes no part in the flow, as a name for the texts; None when it does."""
    if node.get("triggeredByEvent") in TRUE:
        return "event"
    if node.get("isForCompensation") in TRUE:
        return "handler"
    if local(node) == "boundaryEvent" and has(sheet, node, "compensation"):
        return "compensation"
    return None


APART = {
    "event": T("事件子流程由事件开启，前后不能有连线，请删去"),
    "handler": T("补偿活动只由补偿调用，前后不能有连线，请删去"),
    "compensation": T("补偿边界事件不用连线，请用关联（association）指向补偿活动"),
}


# one flow


def _ends(sheet: Sheet, scope: Scope, flow: Any) -> None:
    for role in ("sourceRef", "targetRef"):
        ref = str(flow.get(role))
        node = scope.nodes.get(ref)
        if node is None:
            _astray(sheet, flow, role, ref)
        else:
            _allowed(sheet, flow, role, node)
    source = scope.nodes.get(str(flow.get("sourceRef")))
    if source is not None and flow.find(CONDITION) is not None:
        _condition(sheet, scope, flow, source)


def _astray(sheet: Sheet, flow: Any, role: str, ref: str) -> None:
    target = sheet.ids.get(ref)
    if target is None:
        text = T("连线的 {role} 指向不存在的“{ref}”，请重新连接", role=role, ref=ref)
    elif local(target) in support.NODES:
        text = T("连线不能跨出流程、泳池或子流程：“{ref}”在另一层，请在同一层里连接", ref=ref)
    elif local(target) in ARTIFACTS:
        text = T("连线不能接到“{ref}”（{kind}），请改用关联", ref=ref, kind=local(target))
    else:
        text = T("连线不能接到“{ref}”（{kind}），只能接活动、事件和网关",
            ref=ref, kind=local(target))  # fmt: skip
    sheet.error(flow, "dangling", text)


def _allowed(sheet: Sheet, flow: Any, role: str, node: Any) -> None:
    tag = local(node)
    why = apart(sheet, node)
    if why is not None and not (why == "compensation" and role == "targetRef"):
        sheet.error(flow, "flow", APART[why])
    elif role == "sourceRef" and tag == "endEvent":
        sheet.error(flow, "flow", T("结束事件之后不能再有连线，请改用中间事件或删去连线"))
    elif role == "targetRef" and tag in ("startEvent", "boundaryEvent"):
        sheet.error(flow, "flow", T("连线不能进入开始事件或边界事件，请改接别处"))
    elif links(sheet, node):
        _link_end(sheet, flow, role, tag)


def _link_end(sheet: Sheet, flow: Any, role: str, tag: str) -> None:
    if role == "sourceRef" and tag == "intermediateThrowEvent":
        sheet.error(flow, "flow", T("链接抛出之后不能有连线：它从同名的链接捕获处继续"))
    elif role == "targetRef" and tag == "intermediateCatchEvent":
        sheet.error(flow, "flow", T("链接捕获之前不能有连线：它从同名的链接抛出处到来"))


def _condition(sheet: Sheet, scope: Scope, flow: Any, source: Any) -> None:
    if local(source) not in CHOOSING:
        sheet.error(flow, "condition", T("从此处出去的连线不能带条件，请在后面加一个网关"))
    elif local(source) in support.ACTIVITIES and len(scope.out_of(source.get("id"))) < 2:
        text = T("活动只有一条出线时不能带条件：条件不成立就无路可走，请加默认流向或另一条连线")
        sheet.error(flow, "condition", text)


def _default(sheet: Sheet, scope: Scope, node: Any) -> None:
    default = node.get("default")
    if not default:
        return
    out = {flow.get("id"): flow for flow in scope.out_of(node.get("id"))}
    if default not in out:
        text = T("默认流向“{id}”不是从此处出去的连线，请重新指定", id=default)
        sheet.error(node, "default", text)
    elif out[default].find(CONDITION) is not None:
        sheet.error(out[default], "default", T("默认流向不能带条件，请删去条件"))


# what a node must have


def _node(sheet: Sheet, scope: Scope, node: Any) -> None:
    if apart(sheet, node) is not None:
        return
    tag, name = local(node), str(node.get("id"))
    ends = bool(scope.of("endEvent")) if tag in _USUAL else True
    if not scope.out_of(name) and _goes_on(sheet, node, tag) and ends:
        rule = "boundary" if tag == "boundaryEvent" else "flow"
        sheet.error(node, rule, T("之后没有连线，请连到下一步"))
    free = scope.tag == "adHocSubProcess" or (
        tag == "intermediateCatchEvent" and links(sheet, node)
    )
    if not scope.into(name) and tag.startswith("intermediate") and not free:
        sheet.error(node, "flow", T("中间事件之前没有连线，请从上一步连来"))
    if not scope.into(name) and tag == "endEvent":
        sheet.error(node, "flow", T("结束事件之前没有连线，请从上一步连来"))


# These end a path when there is no end event at all.
_USUAL = frozenset([*support.ACTIVITIES, *support.GATEWAYS])


def _goes_on(sheet: Sheet, node: Any, tag: str) -> bool:
    if local(node.getparent()) == "adHocSubProcess" and tag != "boundaryEvent":
        return False
    return tag != "endEvent" and not (tag == "intermediateThrowEvent" and links(sheet, node))


# incoming and outgoing, when the drawing writes them


def _process(scope: Scope) -> Any:
    while scope.outer is not None:
        scope = scope.outer
    return scope.owner


def _lists(process: Any) -> bool:
    marks = (f"{{{BPMN}}}incoming", f"{{{BPMN}}}outgoing")
    return next(process.iter(*marks), None) is not None


def _listed(sheet: Sheet, scope: Scope) -> None:
    for name, node in scope.nodes.items():
        for tag, there in (("incoming", scope.into(name)), ("outgoing", scope.out_of(name))):
            written = {(c.text or "").strip() for c in node.findall(f"{{{BPMN}}}{tag}")}
            drawn = {str(flow.get("id")) for flow in there}
            for wrong in sorted(written ^ drawn):
                text = T("{tag} 与连线“{id}”对不上，请在建模工具里重新连接", tag=tag, id=wrong)
                sheet.error(node, "listed", text)


# links


def _link_pairs(sheet: Sheet, scope: Scope) -> None:
    throws, catches = (
        _named(sheet, scope, "intermediateThrowEvent"),
        _named(sheet, scope, "intermediateCatchEvent"),
    )
    for name, nodes in throws.items():
        if name and name not in catches:
            for node in nodes:
                text = T("同一层没有名为“{name}”的链接捕获事件，请补上或改名", name=name)
                sheet.error(node, "link", text)
    for name, nodes in catches.items():
        for node in nodes[1:]:
            text = T("同一层有几个名为“{name}”的链接捕获事件，只能留一个", name=name)
            sheet.error(node, "link", text)
        if name and name not in throws:
            text = T("同一层没有名为“{name}”的链接抛出事件，请补上或改名", name=name)
            sheet.error(nodes[0], "link", text)
    _link_names(sheet, [*throws.get("", ()), *catches.get("", ())])
    _link_refs(sheet, scope)


def _named(sheet: Sheet, scope: Scope, tag: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for node in scope.of(tag):
        for name in links(sheet, node):
            found.setdefault(name, []).append(node)
    return found


def _link_names(sheet: Sheet, nodes: list[Any]) -> None:
    for node in nodes:
        sheet.error(node, "link", T("链接事件没有名称，请写上两端相同的名称"))


def _link_refs(sheet: Sheet, scope: Scope) -> None:
    """``source`` and ``target`` are optional here; when written, both ends must agree."""
    for node in scope.of("intermediateThrowEvent", "intermediateCatchEvent"):
        for definition in sheet.definitions(node):
            for tag, ref in _link_ends(definition):
                other = sheet.ids.get(str(ref))
                back = ("target" if tag == "source" else "source", definition.get("id"))
                if other is not None and back not in _link_ends(other):
                    text = T("链接的两端对不上：“{ref}”没有指回这里，请改正", ref=ref)
                    sheet.error(node, "link", text)


def _link_ends(definition: Any) -> list[tuple[str, str | None]]:
    """(``source`` or ``target``, id) of each end that a link definition names."""
    return [
        (tag, (child.text or "").strip())
        for tag in ("source", "target")
        for child in definition.findall(f"{{{BPMN}}}{tag}")
    ]
