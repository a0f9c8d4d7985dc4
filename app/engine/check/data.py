"""Data as the standard draws it: documentation here, but not against its own rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from app.engine import support
from app.engine.check.finding import TRUE, Sheet
from app.engine.marks import BPMN, local
from app.texts import T

CALLED = ("process", *support.GLOBALS)
MIME = re.compile(r"[\w.+-]+/[\w.+-]+(\s*;.*)?")
EVENTS = (*support.CATCHING, *support.THROWING)
AWARE = ("dataObject", "dataInput", "dataOutput")
PAIRS = (
    ("inputSet", "optionalInputRefs", "dataInputRefs"),
    ("inputSet", "whileExecutingInputRefs", "dataInputRefs"),
    ("outputSet", "optionalOutputRefs", "dataOutputRefs"),
    ("outputSet", "whileExecutingOutputRefs", "dataOutputRefs"),
)
BACK = (
    ("inputSet", "outputSetRefs", "inputSetRefs"),
    ("outputSet", "inputSetRefs", "outputSetRefs"),
)


def rules(sheet: Sheet) -> None:
    for tags, rule in RULES:
        for element in sheet.root.iter(*(f"{{{BPMN}}}{tag}" for tag in tags)):
            rule(sheet, element)


def _texts(owner: Any, path: str) -> list[str]:
    names = "/".join(f"{{{BPMN}}}{part}" for part in path.split("/"))
    return [(e.text or "").strip() for e in owner.iterfind(names)]


def _sets(sheet: Sheet, owner: Any) -> None:
    """Each input and output belongs to a set; what a set adds to it must be in it."""
    for kind, path in (("dataInput", "inputSet/dataInputRefs"),
            ("dataOutput", "outputSet/dataOutputRefs")):  # fmt: skip
        listed = set(_texts(owner, path))
        for item in owner.findall(f"{{{BPMN}}}{kind}"):
            if item.get("id") not in listed:
                text = T("“{kind}”没有列在任何输入集或输出集里，请列入", kind=kind)
                sheet.error(item, "data", text)
    for wrong in _unlisted(owner):
        sheet.error(wrong, "data", T("集合里可选的或执行中的数据也要列在集合本身里，请补上"))
    for one in _unreturned(owner):
        sheet.error(one, "data", T("输入集与输出集要互相指向，请补上另一端"))


def _unlisted(owner: Any) -> Iterator[Any]:
    for tag, some, every in PAIRS:
        for group in owner.findall(f"{{{BPMN}}}{tag}"):
            if set(_texts(group, some)) - set(_texts(group, every)):
                yield group


def _unreturned(owner: Any) -> Iterator[Any]:
    for tag, there, back in BACK:
        other = "outputSet" if tag == "inputSet" else "inputSet"
        ends = {g.get("id"): _texts(g, back) for g in owner.findall(f"{{{BPMN}}}{other}")}
        for group in owner.findall(f"{{{BPMN}}}{tag}"):
            for ref in _texts(group, there):
                if group.get("id") not in ends.get(ref, ()):
                    yield group


def _collection(sheet: Sheet, element: Any) -> None:
    item = sheet.ids.get(element.get("itemSubjectRef"))
    if item is None:
        return
    if (element.get("isCollection") in TRUE) != (item.get("isCollection") in TRUE):
        text = T("isCollection 与它的数据类型“{ref}”不一致，请改正", ref=item.get("id"))
        sheet.error(element, "data", text)


def _association(sheet: Sheet, association: Any) -> None:
    sources = _texts(association, "sourceRef")
    changed = association.find(f"{{{BPMN}}}transformation") is not None
    if not changed and len(sources) > 1:
        sheet.error(association, "data", T("没有转换时，数据关联只能有一个来源"))
    target = sheet.ids.get(next(iter(_texts(association, "targetRef")), ""))
    out = local(association) == "dataOutputAssociation"
    if out and target is not None and local(target) == "dataInput":
        sheet.error(association, "data", T("输出不能写入“{ref}”：它是输入", ref=target.get("id")))
    if not changed and target is not None and sources:
        _types(sheet, association, sheet.ids.get(sources[0]), target)


def _types(sheet: Sheet, association: Any, source: Any, target: Any) -> None:
    one, other = _structure(sheet, source), _structure(sheet, target)
    if one and other and one != other:
        text = T("数据关联两端的类型不同（{one} 与 {other}），请改正或写上转换",
            one=one, other=other)  # fmt: skip
        sheet.error(association, "data", text)


def _structure(sheet: Sheet, element: Any) -> str:
    """The structure that a data element, or what it refers to, is said to have."""
    if element is None:
        return ""
    behind = sheet.ids.get(element.get("dataObjectRef") or element.get("dataStoreRef"))
    ref = element.get("itemSubjectRef") or (
        behind.get("itemSubjectRef") if behind is not None else ""
    )
    item = sheet.ids.get(ref)
    return str(item.get("structureRef") or "") if item is not None else ""


def _specification(sheet: Sheet, node: Any) -> None:
    found = node.find(f"{{{BPMN}}}ioSpecification")
    if found is None:
        if local(node) == "serviceTask" and node.get("operationRef"):
            sheet.error(node, "data", T("写了 operationRef 的服务任务要有一个输入集，请补上或删去"))
        return
    if local(node) in support.SUB_PROCESSES:
        sheet.error(node, "data", T("子流程不能有 ioSpecification，请删去"))
    if node.get("messageRef") or node.get("operationRef"):
        _single(sheet, node, found)
    if local(node) in MESSAGES:
        for item in found.findall(f"{{{BPMN}}}{MESSAGES[local(node)]}"):
            _same(sheet, node, item, sheet.ids.get(node.get("messageRef")))
    if local(node) == "callActivity":
        _fits(sheet, node, found)


SINGLE = {
    "serviceTask": ("inputSet", "outputSet"),
    "sendTask": ("inputSet", "dataInput"),
    "receiveTask": ("outputSet", "dataOutput"),
}


def _single(sheet: Sheet, node: Any, specification: Any) -> None:
    for tag in SINGLE.get(local(node), ()):
        if len(specification.findall(f"{{{BPMN}}}{tag}")) > 1:
            sheet.error(node, "data", T("这里只能有一个 {tag}，请删去其余的", tag=tag))


# what messages, events and calls carry

MESSAGES = {"sendTask": "dataInput", "receiveTask": "dataOutput"}


def _same(sheet: Sheet, node: Any, item: Any, carrier: Any) -> None:
    """What an element sends or takes is of the type that its message (signal, …) has."""
    if carrier is None:
        return
    one = _structure(sheet, item)
    behind = sheet.ids.get(carrier.get("itemRef") or carrier.get("structureRef"))
    other = str(behind.get("structureRef") or "") if behind is not None else ""
    if one and one != other:
        text = T("数据的类型（{one}）与“{ref}”的类型不同，请改正", one=one, ref=carrier.get("id"))
        sheet.error(node, "data", text)


ROOTS = ("messageRef", "signalRef", "errorRef", "escalationRef")


def _carried(sheet: Sheet, node: Any) -> None:
    """With data on an event there is one for each definition, in the same order."""
    tag = "dataInput" if local(node) in support.THROWING else "dataOutput"
    items, definitions = node.findall(f"{{{BPMN}}}{tag}"), sheet.definitions(node)
    if items and len(items) != len(definitions):
        text = T(
            "事件有 {n} 个定义，就要有 {n} 个 {tag}，请补上或删去", n=len(definitions), tag=tag
        )
        sheet.error(node, "data", text)
        return
    for item, definition in zip(items, definitions, strict=False):
        refs = [definition.get(name) for name in ROOTS if definition.get(name)]
        _same(sheet, node, item, sheet.ids.get(refs[0]) if refs else None)


def _fits(sheet: Sheet, node: Any, specification: Any) -> None:
    called = sheet.ids.get(node.get("calledElement") or sheet.marks(node).called or "")
    if called is None or local(called) not in CALLED:
        return
    theirs = called.find(f"{{{BPMN}}}ioSpecification")
    for tag in ("dataInput", "dataOutput", "inputSet", "outputSet"):
        wanted = 0 if theirs is None else len(theirs.findall(f"{{{BPMN}}}{tag}"))
        if len(specification.findall(f"{{{BPMN}}}{tag}")) != wanted:
            text = T("调用处的 {tag} 与被调用流程的数目不同，请改成一致", tag=tag)
            sheet.error(node, "data", text)


def _exposed(sheet: Sheet, owner: Any) -> None:
    """A process offered as a service binds its data to the service's operations."""
    bindings = owner.findall(f"{{{BPMN}}}ioBinding")
    if owner.find(f"{{{BPMN}}}supportedInterfaceRef") is not None and not bindings:
        text = T("写了 supportedInterfaceRef 就要有 ioBinding，请补上或删去")
        sheet.error(owner, "data", text)
    for binding in bindings:
        operation = sheet.ids.get(binding.get("operationRef"))
        for side, name in (("inMessageRef", "inputDataRef"), ("outMessageRef", "outputDataRef")):
            item = sheet.ids.get(binding.get(name))
            refs = [] if operation is None else _texts(operation, side)
            if item is not None and refs:
                _same(sheet, owner, item, sheet.ids.get(refs[0]))


def _format(sheet: Sheet, element: Any) -> None:
    form = element.get("textFormat")
    if form is not None and not MIME.fullmatch(form):
        text = T("textFormat“{form}”不是内容类型，请写成 text/plain 之类", form=form)
        sheet.error(element, "format", text)


RULES: tuple[tuple[tuple[str, ...], Callable[[Sheet, Any], None]], ...] = (
    (("ioSpecification", *EVENTS), _sets),
    (AWARE, _collection),
    (support.FAMILIES["dataAssociation"], _association),
    (support.ACTIVITIES, _specification),
    (EVENTS, _carried),
    (CALLED, _exposed),
    (("documentation", "textAnnotation"), _format),
)
