"""What is not run is refused by name, never passed over: the table in ``support`` decides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from app.engine import support
from app.engine.check.finding import TRUE, Scope, Sheet
from app.engine.marks import BPMN, local, zeebe
from app.texts import T

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
# Behind a refused element of these nothing is looked at: the whole of it is another notation.
WHOLE = frozenset(["choreography", "globalChoreographyTask", "globalConversation"])


def rules(sheet: Sheet) -> None:
    _places(sheet)
    for element in _elements(sheet.root):
        _element(sheet, element)
        for name, value in element.attrib.items():
            _attribute(sheet, element, str(name), str(value))
    for scope, node in sheet.nodes():
        if node.tag.endswith("Event"):
            _event(sheet, scope, node)
    for extensions in sheet.root.iter(f"{{{BPMN}}}extensionElements"):
        _extensions(sheet, extensions.getparent())


def definitions(node: Any) -> Iterator[Any]:
    """Event definitions written in a node itself; ``Sheet.definitions`` follows references too."""
    return (c for c in node if local(c).endswith("EventDefinition"))


def _elements(element: Any) -> Iterator[Any]:
    """Elements of the standard; not what hangs below a whole that is refused."""
    todo = [element]
    while todo:
        element = todo.pop()
        yield element
        if local(element) not in WHOLE:
            todo += [c for c in element if str(c.tag).startswith(f"{{{BPMN}}}")]


def _places(sheet: Sheet) -> None:
    """Steps and event definitions where nothing looks for them would be missing in the run."""
    for element in sheet.root.iterdescendants(f"{{{BPMN}}}*"):
        tag, around = local(element), local(element.getparent())
        if tag.endswith("EventDefinition"):
            right = around.endswith(("Event", "event")) or around == "definitions"
        elif tag == "sequenceFlow" or (tag != "process" and STEP.fullmatch(tag)):
            right = around in AROUND
        else:
            continue
        if not right:
            text = T("“{tag}”不能放在“{around}”里面，请移到流程或子流程里", tag=tag, around=around)
            sheet.error(element, "misplaced", text)


def _element(sheet: Sheet, element: Any) -> None:
    tag = local(element)
    row = support.row(f"{local(element.getparent())}/{tag}") if tag != "definitions" else None
    row = row or support.row(tag)
    if row is not None and row.verdict == "refused":
        _refuse(sheet, element, tag, row)
    elif row is not None and row.told:
        sheet.warn(element, "ignored", T("“{tag}”不起作用，可以删去", tag=tag))


def _refuse(sheet: Sheet, element: Any, tag: str, row: support.Row) -> None:
    text = T("不支持“{tag}”：{why}", tag=tag, why=row.reason)
    sheet.error(element, "unsupported", text)


def _attribute(sheet: Sheet, element: Any, name: str, value: str) -> None:
    key = f"{local(element)}@{name}"
    value = {"1": "true", "0": "false"}.get(value, value)
    row = support.row(f"{key}={value}") or support.row(key)
    if row is None or (row.verdict != "refused" and not row.told):
        return
    if value == "Public" and element.get("isExecutable") not in TRUE:
        return
    if row.told:
        sheet.warn(element, "ignored", T("“{tag}”不起作用，可以删去", tag=name))
    else:
        _refuse(sheet, element, f"{name}={value}", row)


def place(scope: Scope, node: Any) -> str:
    """Where an event stands, as ``support.PLACES`` names it."""
    tag = local(node)
    if tag == "startEvent":
        return _start_place(scope, node)
    if tag == "boundaryEvent":
        return "boundary" if node.get("cancelActivity", "true") in TRUE else "boundary beside"
    return {"endEvent": "end", "intermediateCatchEvent": "catch"}.get(tag, "throw")


def _start_place(scope: Scope, node: Any) -> str:
    if scope.is_process:
        return "start"
    if not scope.is_event_sub_process:
        return "inner start"
    return "event start" if node.get("isInterrupting", "true") in TRUE else "event start beside"


def _event(sheet: Sheet, scope: Scope, node: Any) -> None:
    tags = [local(d) for d in sheet.definitions(node)]
    kind = support.kind(tags, node.get("parallelMultiple") in TRUE)
    where = place(scope, node)
    row = support.event(where, kind)
    if row.verdict == "refused":
        _refuse_event(sheet, node, where, kind, row)
    elif len(tags) > 1:
        for tag in dict.fromkeys(tags):
            part = support.KINDS[tag]
            single = support.event(where, part)
            side = "throwing" if where in ("throw", "end") else "catching"
            if single.verdict == "refused" or part not in support.PARTS[side]:
                _refuse_event(sheet, node, where, part, single)


def _refuse_event(sheet: Sheet, node: Any, where: str, kind: str, row: support.Row) -> None:
    if kind == "none":
        rule = "event" if where != "event start" else "unsupported"
        sheet.error(node, rule, T("事件没有写明等待什么，请加上消息、定时等定义"))
        return
    why = row.reason if row.because else support.BECAUSE["illegal"]
    text = T("此处（{place}）不支持“{kind}”事件：{why}",
        place=support.PLACES[where], kind=support.KIND_NAMES[kind], why=why)  # fmt: skip
    sheet.error(node, "unsupported", text)


def _extensions(sheet: Sheet, node: Any) -> None:
    for tag in _foreign(node):
        text = T("不支持“{tag}”：{why}", tag=tag, why=support.BECAUSE["foreign"])
        sheet.error(node, "unsupported", text)
    for element in zeebe(node):
        _zeebe(sheet, node, element)


def _zeebe(sheet: Sheet, node: Any, element: Any) -> None:
    tag = f"zeebe:{local(element)}"
    row = support.row(tag)
    if row is None or row.verdict == "refused":
        why = support.BECAUSE["extension"] if row is None else row.reason
        sheet.error(node, "unsupported", T("不支持“{tag}”：{why}", tag=tag, why=why))
    for name in element.attrib:
        told = support.row(f"{tag}@{name}")
        if told is None or not element.get(name):
            continue
        if told.verdict == "refused":
            text = T("不支持“{tag}”：{why}", tag=name, why=told.reason)
            sheet.error(node, "assignment", text)
        elif told.told:
            sheet.warn(node, "ignored", T("“{tag}”不起作用，可以删去", tag=name))


def _foreign(node: Any) -> Iterator[str]:
    """Extension elements of other engines, named as in the drawing."""
    for extensions in node.findall(f"{{{BPMN}}}extensionElements"):
        for element in extensions:
            space = str(element.tag)[1:].partition("}")[0]
            if space in FOREIGN and local(element) != "properties":
                yield f"{element.prefix or ''}:{local(element)}"
