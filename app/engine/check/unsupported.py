"""What is not run is refused by name, never passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from app.engine.check.finding import NODES, Scope, Sheet
from app.engine.marks import BPMN, local, zeebe
from app.texts import T

SILENT = frozenset(
    [
        "sequenceFlow",
        "laneSet",
        "documentation",
        "extensionElements",
        "textAnnotation",
        "association",
        "group",
        "dataObject",
        "dataObjectReference",
        "dataStoreReference",
        "property",
        "incoming",
        "outgoing",
        "dataInputAssociation",
        "dataOutputAssociation",
        "multiInstanceLoopCharacteristics",
        "script",
        "category",
        "conditionExpression",
    ]
)
IGNORED = frozenset(["ioSpecification", "resourceRole", "performer", "potentialOwner", "rendering"])
DEFINITIONS = {
    "startEvent": {"messageEventDefinition"},
    "endEvent": {"messageEventDefinition", "errorEventDefinition", "terminateEventDefinition"},
    "intermediateThrowEvent": {"messageEventDefinition"},
    "intermediateCatchEvent": {"messageEventDefinition", "timerEventDefinition"},
    "boundaryEvent": {"messageEventDefinition", "timerEventDefinition", "errorEventDefinition"},
}
EXTENSIONS = frozenset(
    [
        "formDefinition",
        "userTask",
        "assignmentDefinition",
        "taskSchedule",
        "ioMapping",
        "taskDefinition",
        "taskHeaders",
        "calledDecision",
        "calledElement",
        "script",
        "subscription",
        "publishMessage",
        "properties",
        "loopCharacteristics",
        "versionTag",
        "userTaskForm",
    ]
)
# Extensions of engines that this one descends from or is taken for: they carry behaviour
# (listeners, mappings, forms, connectors) that would be missing here without a word.
FOREIGN = frozenset(
    [
        "http://camunda.org/schema/1.0/bpmn",
        "http://activiti.org/bpmn",
        "http://flowable.org/bpmn",
    ]
)
STEP = re.compile(r"(?!global).*([Tt]ask|Event|Gateway|Activity|Process|Choreography)|transaction")
AROUND = frozenset(["process", "subProcess", "transaction", "adHocSubProcess", "choreography"])
ROOTS = frozenset(["choreography", "globalConversation"])
ATTRIBUTES = {
    "isForCompensation": "true",
    "triggeredByEvent": "true",
    "instantiate": "true",
    "parallelMultiple": "true",
    "eventGatewayType": "Parallel",
}


def rules(sheet: Sheet) -> None:
    for root in sheet.root:
        _root(sheet, root)
    _places(sheet)
    for scope in sheet.scopes:
        for child in scope.owner:
            _child(sheet, child)
    for scope, node in sheet.nodes():
        _attributes(sheet, node)
        _insides(sheet, node)
        _definitions(sheet, scope, node)
        _loop(sheet, node)
    for element in sheet.root.iter():
        if isinstance(element.tag, str) and element.tag == f"{{{BPMN}}}extensionElements":
            _extensions(sheet, element.getparent())


def _root(sheet: Sheet, root: Any) -> None:
    tag = local(root)
    if tag in ROOTS or (tag.startswith("global") and tag.endswith("Task")):
        sheet.error(root, "unsupported", T("不支持元素“{tag}”", tag=tag))


def _places(sheet: Sheet) -> None:
    """Steps and event definitions where nothing looks for them would be missing in the run."""
    for element in sheet.root.iterdescendants(f"{{{BPMN}}}*"):
        tag, around = local(element), local(element.getparent())
        if tag.endswith("EventDefinition"):
            right = around.endswith("Event") or around == "definitions"
        elif tag == "sequenceFlow" or (tag != "process" and STEP.fullmatch(tag)):
            right = around in AROUND
        else:
            continue
        if not right:
            text = T("“{tag}”不能放在“{around}”里面", tag=tag, around=around)
            sheet.error(element, "misplaced", text)


def _child(sheet: Sheet, child: Any) -> None:
    tag = local(child)
    if child.tag in NODES or tag in SILENT or not str(child.tag).startswith(f"{{{BPMN}}}"):
        return
    if tag in IGNORED:
        sheet.warn(child, "ignored", T("“{tag}”不起作用", tag=tag))
        return
    sheet.error(child, "unsupported", T("不支持元素“{tag}”", tag=tag))


def _attributes(sheet: Sheet, node: Any) -> None:
    for name, value in ATTRIBUTES.items():
        if node.get(name) == value:
            text = T("不支持 {name}=“{value}”", name=name, value=value)
            sheet.error(node, "unsupported", text)
    for name in ("startQuantity", "completionQuantity"):
        if node.get(name, "1") != "1":
            sheet.error(node, "unsupported", T("不支持 {name} 大于 1", name=name))


def _insides(sheet: Sheet, node: Any) -> None:
    if local(node) == "subProcess":
        return
    for child in node:
        tag = local(child)
        if not tag or tag in SILENT or tag.endswith("EventDefinition"):
            continue
        if tag == "eventDefinitionRef" or tag.endswith("LoopCharacteristics"):
            sheet.error(node, "unsupported", T("不支持“{tag}”", tag=tag))
        elif child.tag.startswith(f"{{{BPMN}}}"):
            sheet.warn(node, "ignored", T("“{tag}”不起作用", tag=tag))


def definitions(node: Any) -> Iterator[Any]:
    return (c for c in node if local(c).endswith("EventDefinition"))


def _definitions(sheet: Sheet, scope: Scope, node: Any) -> None:
    tag, found = local(node), list(definitions(node))
    allowed = DEFINITIONS.get(tag, set())
    if tag == "startEvent" and not scope.is_process:
        allowed = set()
    if len(found) > 1:
        sheet.error(node, "unsupported", T("一个事件只能有一个定义"))
    for definition in found:
        if local(definition) not in allowed:
            text = T("此处不支持“{tag}”", tag=local(definition))
            sheet.error(node, "unsupported", text)
    if not found and tag in ("intermediateCatchEvent", "boundaryEvent"):
        sheet.error(node, "event", T("事件没有写明等待什么"))


def _loop(sheet: Sheet, node: Any) -> None:
    if node.find(f"{{{BPMN}}}standardLoopCharacteristics") is not None:
        sheet.error(node, "unsupported", T("不支持循环标记，请用网关画出循环"))
    loop = node.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics")
    if loop is None:
        return
    if loop.get("behavior", "All") != "All" or loop.find(f"{{{BPMN}}}loopCardinality") is not None:
        sheet.error(node, "unsupported", T("多实例只能按 zeebe:loopCharacteristics 的集合展开"))
    marks = sheet.marks(node).loop
    if marks is None or marks.collection is None or not marks.collection.feel:
        sheet.error(node, "loop", T("多实例缺少输入集合（以“=”开头的表达式）"))
    elif bool(marks.output) != bool(marks.output_element):
        sheet.error(node, "loop", T("输出集合与输出元素应同时写明"))


def _extensions(sheet: Sheet, node: Any) -> None:
    for tag in _foreign(node):
        sheet.error(node, "unsupported", T("不支持扩展“{tag}”", tag=tag))
    for element in zeebe(node):
        if local(element) not in EXTENSIONS:
            text = T("不支持扩展“{tag}”", tag=f"zeebe:{local(element)}")
            sheet.error(node, "unsupported", text)
        if local(element) == "assignmentDefinition":
            for name in ("assignee", "candidateUsers"):
                if element.get(name):
                    sheet.error(node, "assignment", T("不支持 {name}，请写办理组", name=name))
        if local(element) == "taskSchedule" and element.get("followUpDate"):
            sheet.warn(node, "ignored", T("“{tag}”不起作用", tag="followUpDate"))


def _foreign(node: Any) -> Iterator[str]:
    """Extension elements of other engines, named as in the drawing."""
    for extensions in node.findall(f"{{{BPMN}}}extensionElements"):
        for element in extensions:
            space = str(element.tag)[1:].partition("}")[0]
            if space in FOREIGN and local(element) != "properties":
                yield f"{element.prefix or ''}:{local(element)}"
