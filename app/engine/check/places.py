"""Events and activities where they stand: boundaries, compensation, transactions, loops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.engine import support
from app.engine.check.finding import TRUE, Scope, Sheet
from app.engine.check.flows import has
from app.engine.marks import BPMN, Source, local, one
from app.texts import T

THROWN = ("intermediateThrowEvent", "endEvent")
TIMES = ("timeDate", "timeDuration", "timeCycle")


def rules(sheet: Sheet) -> None:
    handled = _handlers(sheet)
    for scope, node in sheet.nodes():
        tag = local(node)
        if tag == "boundaryEvent":
            _boundary(sheet, scope, node)
        if tag in support.ACTIVITIES:
            _activity(sheet, scope, node, handled)
        for definition in sheet.definitions(node):
            _definition(sheet, scope, node, definition)
    _twice_cancelled(sheet)
    _transactions(sheet)
    _expressions(sheet)


# boundary events


def _boundary(sheet: Sheet, scope: Scope, node: Any) -> None:
    host = scope.nodes.get(str(node.get("attachedToRef")))
    if host is None:
        _unattached(sheet, node)
        return
    if local(host) not in support.ACTIVITIES:
        text = T("边界事件只能附在活动上，“{ref}”是“{kind}”", ref=host.get("id"), kind=local(host))
        sheet.error(node, "reference", text)
    if host.get("triggeredByEvent") in TRUE:
        sheet.error(node, "boundary", T("事件子流程上不能附边界事件，请移到别的活动上"))
    if has(sheet, node, "cancel") and local(host) != "transaction":
        sheet.error(node, "boundary", T("取消边界事件只能附在事务上，请移走或换一种事件"))
    if node.get("cancelActivity", "true") not in TRUE and has(sheet, node, "error"):
        sheet.error(node, "boundary", T('错误边界事件必须中断活动，请去掉 cancelActivity="false"'))


def _unattached(sheet: Sheet, node: Any) -> None:
    ref = str(node.get("attachedToRef") or "")
    target = sheet.ids.get(ref)
    if target is None:
        text = T("边界事件附着的“{ref}”不存在，请附到本层的活动上", ref=ref)
    elif local(target) in support.ACTIVITIES:
        text = T("边界事件附着的“{ref}”在另一层，请移到同一层", ref=ref)
    else:
        text = T("边界事件只能附在活动上，“{ref}”是“{kind}”", ref=ref, kind=local(target))
    sheet.error(node, "dangling", text)


def _twice_cancelled(sheet: Sheet) -> None:
    for scope in sheet.scopes:
        seen: set[str] = set()
        for node in scope.of("boundaryEvent"):
            host = str(node.get("attachedToRef"))
            if has(sheet, node, "cancel") and host in seen:
                text = T("一个事务上只能有一个取消边界事件，请删去其余的")
                sheet.error(node, "boundary", text)
            elif has(sheet, node, "cancel"):
                seen.add(host)


# compensation


def _handlers(sheet: Sheet) -> set[str]:
    """Ids of the activities that a compensation boundary event leads to; its faults are told."""
    handled: set[str] = set()
    ways: dict[str, list[str]] = {}
    for association in sheet.root.iter(f"{{{BPMN}}}association"):
        ways.setdefault(association.get("sourceRef"), []).append(association.get("targetRef"))
    for scope in sheet.scopes:
        for node in scope.of("boundaryEvent"):
            if has(sheet, node, "compensation"):
                handled |= _leads(sheet, scope, node, ways.get(str(node.get("id")), []))
    return handled


def _leads(sheet: Sheet, scope: Scope, node: Any, ends: list[str]) -> set[str]:
    found = [e for e in ends if e in sheet.ids and local(sheet.ids[e]) in support.ACTIVITIES]
    if len(found) != 1:
        text = T("补偿边界事件要用一条关联指向一个补偿活动，现有 {n} 条", n=len(found))
        sheet.error(node, "compensation", text)
    for end in found:
        if end not in scope.nodes:
            text = T("补偿活动“{ref}”要画在同一层", ref=end)
            sheet.error(node, "compensation", text)
        elif sheet.ids[end].get("isForCompensation") not in TRUE:
            text = T("“{ref}”没有标为补偿活动（isForCompensation），请标上", ref=end)
            sheet.error(node, "compensation", text)
    return set(found)


def _compensates(sheet: Sheet, scope: Scope, node: Any, definition: Any) -> None:
    ref = definition.get("activityRef")
    if not ref or local(node) not in THROWN:
        return
    if ref in sheet.ids and not any(ref in s.nodes for s in _reach(scope)):
        sheet.error(node, "unsupported", support.BECAUSE["out_of_reach"])


def _reach(scope: Scope | None) -> Iterator[Scope]:
    """The scope of the throw; out of event sub-processes, the scope around them too."""
    while scope is not None:
        yield scope
        if not scope.is_event_sub_process:
            return
        scope = scope.outer


# activities


def _activity(sheet: Sheet, scope: Scope, node: Any, handled: set[str]) -> None:
    if node.get("isForCompensation") in TRUE and node.get("id") not in handled:
        text = T("没有补偿边界事件关联到这个补偿活动，请补上关联")
        sheet.error(node, "compensation", text)
    for name in ("startQuantity", "completionQuantity"):
        _quantity(sheet, node, name)
    if local(node) == "receiveTask" and node.get("instantiate") in TRUE:
        _instantiates(sheet, scope, node)
    _loops(sheet, node)


def _quantity(sheet: Sheet, node: Any, name: str) -> None:
    try:
        good = int(node.get(name, "1")) >= 1
    except ValueError:
        good = False
    if not good:
        sheet.error(node, "quantity", T("{name} 要是 1 或更大的整数", name=name))


def _instantiates(sheet: Sheet, scope: Scope, node: Any) -> None:
    if scope.into(str(node.get("id"))):
        text = T("用来开始流程的接收任务之前不能有连线，请删去连线或 instantiate")
        sheet.error(node, "instantiate", text)
    if not scope.is_process:
        sheet.error(node, "instantiate", T("用来开始流程的接收任务只能画在流程一层"))


def _transactions(sheet: Sheet) -> None:
    """A transaction that is cancelled from within must have a way to go on."""
    for scope in sheet.scopes:
        for node in scope.of("endEvent"):
            if not has(sheet, node, "cancel"):
                continue
            around = _transaction(scope)
            if around is None or around.outer is None:
                text = T("取消结束事件只能画在事务里，请换一种结束事件")
                sheet.error(node, "transaction", text)
            elif not any(has(sheet, n, "cancel") for n in _edges(around)):
                sheet.error(around.owner, "unsupported", support.BECAUSE["no_cancel_boundary"])


def _transaction(scope: Scope | None) -> Scope | None:
    while scope is not None and scope.tag != "transaction":
        scope = scope.outer
    return scope


def _edges(scope: Scope) -> list[Any]:
    return scope.outer.attached(str(scope.owner.get("id"))) if scope.outer else []


def _loops(sheet: Sheet, node: Any) -> None:
    again = node.find(f"{{{BPMN}}}standardLoopCharacteristics")
    many = node.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics")
    if again is not None:
        _again(sheet, node, again)
    if many is not None:
        _many(sheet, node, many)


def _again(sheet: Sheet, node: Any, again: Any) -> None:
    most = again.get("loopMaximum")
    if not _text(again, "loopCondition") and most is None:
        sheet.error(node, "unsupported", support.BECAUSE["endless"])
    if most is not None and not (most.strip().isdigit() and int(most) > 0):
        sheet.error(node, "loop", T("loopMaximum 要是 1 或更大的整数"))


def _many(sheet: Sheet, node: Any, many: Any) -> None:
    marks = one(many, "loopCharacteristics")
    collection = marks.get("inputCollection") if marks is not None else None
    count = _text(many, "loopCardinality")
    if collection and count:
        sheet.error(node, "unsupported", support.BECAUSE["two_counts"])
    elif not collection and not count:
        text = T("多实例缺少输入集合（以“=”开头的表达式）或次数（loopCardinality）")
        sheet.error(node, "loop", text)
    elif collection and not collection.strip().startswith("="):
        sheet.error(node, "loop", T("输入集合要写成以“=”开头的表达式"))
    elif count and not (count.isdigit() or count.startswith("=")):
        sheet.error(node, "loop", T("次数要是整数，或以“=”开头的表达式"))
    output = marks is not None and marks.get("outputCollection")
    if bool(output) != bool(marks is not None and marks.get("outputElement")):
        sheet.error(node, "loop", T("输出集合与输出元素应同时写明"))
    _behaviour(sheet, node, many)


def _behaviour(sheet: Sheet, node: Any, many: Any) -> None:
    wanted = {"One": "oneBehaviorEventRef", "None": "noneBehaviorEventRef"}
    name = wanted.get(many.get("behavior", "All"))
    if name and not many.get(name):
        text = T("behavior 写明后要用 {name} 指向一个事件定义", name=name)
        sheet.error(node, "loop", text)
    complex_ = many.findall(f"{{{BPMN}}}complexBehaviorDefinition")
    if (many.get("behavior") == "Complex") != bool(complex_):
        sheet.error(node, "loop", T("behavior=“Complex”与 complexBehaviorDefinition 应同时写明"))


def _text(element: Any, name: str) -> str:
    return (element.findtext(f"{{{BPMN}}}{name}") or "").strip()


# event definitions


def _definition(sheet: Sheet, scope: Scope, node: Any, definition: Any) -> None:
    kind = support.KINDS[local(definition)]
    if kind == "signal":
        _signal(sheet, node, definition)
    elif kind == "escalation":
        _escalation(sheet, node, definition)
    elif kind == "compensation":
        _compensates(sheet, scope, node, definition)
    elif kind == "conditional" and not _text(definition, "condition"):
        sheet.error(node, "expression", T("条件事件没有写条件，请写上以“=”开头的表达式"))
    if kind == "timer" and sum(bool(_text(definition, t)) for t in TIMES) > 1:
        text = T("日期、时长、循环只能写一种，请删去其余的")
        sheet.error(node, "timer", text)


def _signal(sheet: Sheet, node: Any, definition: Any) -> None:
    signal = sheet.ids.get(definition.get("signalRef"))
    if signal is None and not definition.get("signalRef"):
        sheet.error(node, "signal", T("没有写明信号，请用 signalRef 指向一个信号"))
    elif signal is not None and local(signal) == "signal" and not signal.get("name"):
        sheet.error(node, "signal", T("信号没有名称，请补上：信号按名称传送"))


def _escalation(sheet: Sheet, node: Any, definition: Any) -> None:
    if local(node) not in THROWN:
        return
    escalation = sheet.ids.get(definition.get("escalationRef"))
    if escalation is None and not definition.get("escalationRef"):
        text = T("没有写明升级，请用 escalationRef 指向一个升级")
        sheet.error(node, "escalation", text)
    elif escalation is not None and not escalation.get("escalationCode"):
        sheet.error(node, "escalation", T("升级没有代码（escalationCode），请补上"))


# expressions that must be there, and be FEEL


def _expressions(sheet: Sheet) -> None:
    for element in sheet.root.iter(*(f"{{{BPMN}}}{tag}" for tag in WRITTEN)):
        _expression(sheet, element)
    for element in sheet.root.iter(*(f"{{{BPMN}}}{tag}" for tag in FORMAL)):
        if not (element.text or "").strip():
            _empty(sheet, element, element)
        elif local(element) in ("from", "to") and "Formal" not in element.get(KIND, ""):
            text = T("“{tag}”要写成正式的表达式（tFormalExpression）", tag=local(element))
            sheet.error(element, "expression", text)


KIND = "{http://www.w3.org/2001/XMLSchema-instance}type"
FORMAL = ("from", "to", "transformation", "dataPath", "messagePath", "formalExpression")
WRITTEN = ("conditionExpression", "condition", "loopCondition", "loopCardinality",
    "activationCondition", "completionCondition", *TIMES)  # fmt: skip


def _expression(sheet: Sheet, element: Any) -> None:
    tag, text = local(element), (element.text or "").strip()
    node = element.getparent()
    if local(node) in (*support.KINDS, "complexBehaviorDefinition"):
        node = node if local(node.getparent()) == "definitions" else node.getparent()
    if not text:
        _empty(sheet, node, element)
    elif element.get("language") and "feel" not in element.get("language").lower():
        sheet.error(node, "unsupported", support.BECAUSE["language"])
    elif tag in ("condition", "loopCondition", "activationCondition", "completionCondition"):
        source = Source.read(text)
        if source is None or not source.feel:
            text_ = T("“{tag}”应以“=”开头，写成 FEEL 表达式", tag=tag)
            sheet.error(node, "condition", text_)


def _empty(sheet: Sheet, node: Any, element: Any) -> None:
    text = T("“{tag}”是空的，请写上内容或删去", tag=local(element))
    sheet.error(node, "expression", text)
