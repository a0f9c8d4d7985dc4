"""Every reference leads to an element that exists and is of the right kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.engine import support
from app.engine.check.finding import Sheet
from app.engine.marks import BPMN, local
from app.texts import T

DI = "http://www.omg.org/spec/BPMN/20100524/DI"
ITEMS = ("property", "dataObject", "dataInput", "dataOutput", "dataStore", "dataStoreReference",
    "dataObjectReference", "inputDataItem", "outputDataItem")  # fmt: skip
NODES = (*support.NODES, "choreographyTask", "subChoreography", "callChoreography")
ENDS = ("participant", *support.ACTIVITIES, *support.CATCHING, *support.THROWING)
CALLED = ("process", *support.GLOBALS)
ITEM = ("itemDefinition",)
ANY: tuple[str, ...] = ()
# owners → names of attributes (or, with a slash, of children) → what they may lead to
REFERENCES: tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = (
    (("association",), ("sourceRef", "targetRef"), ANY),
    (("group",), ("categoryValueRef",), ("categoryValue",)),
    (("correlationKey",), ("/correlationPropertyRef",), ("correlationProperty",)),
    (("correlationPropertyRetrievalExpression",), ("messageRef",), ("message",)),
    (("correlationSubscription",), ("correlationKeyRef",), ("correlationKey",)),
    (("correlationPropertyBinding",), ("correlationPropertyRef",), ("correlationProperty",)),
    (("error", "escalation", "signal"), ("structureRef",), ITEM),
    (("formalExpression",), ("evaluatesToTypeRef",), ITEM),
    (("message",), ("itemRef",), ITEM),
    (("resourceParameter",), ("type",), ITEM),
    (("operation",), ("/inMessageRef", "/outMessageRef"), ("message",)),
    (("operation",), ("/errorRef",), ("error",)),
    (("participant",), ("processRef",), ("process",)),
    (("participant",), ("/interfaceRef",), ("interface",)),
    (("participant",), ("/endPointRef",), ("endPoint",)),
    (("partnerEntity", "partnerRole"), ("/participantRef",), ("participant",)),
    (("participantAssociation",), ("/innerParticipantRef", "/outerParticipantRef"),
        ("participant",)),
    (("messageFlow",), ("messageRef",), ("message",)),
    (("process",), ("/supports",), ("process",)),
    (("process",), ("definitionalCollaborationRef",), ("collaboration",)),
    (support.ROLES, ("/resourceRef",), ("resource",)),
    (("resourceParameterBinding",), ("parameterRef",), ("resourceParameter",)),
    (("serviceTask", "sendTask", "receiveTask"), ("operationRef",), ("operation",)),
    (("messageEventDefinition",), ("/operationRef",), ("operation",)),
    (("sendTask", "receiveTask", "messageEventDefinition"), ("messageRef",), ("message",)),
    (("ioBinding",), ("operationRef",), ("operation",)),
    (("ioBinding",), ("inputDataRef",), ("dataInput",)),
    (("ioBinding",), ("outputDataRef",), ("dataOutput",)),
    (("multiInstanceLoopCharacteristics",), ("/loopDataInputRef", "/loopDataOutputRef"), ITEMS),
    (("multiInstanceLoopCharacteristics",), ("oneBehaviorEventRef", "noneBehaviorEventRef"),
        tuple(support.KINDS)),
    (("dataObject", "dataObjectReference", "dataStore", "dataStoreReference", "property",
        "dataInput", "dataOutput"), ("itemSubjectRef",), ITEM),
    (("dataObjectReference",), ("dataObjectRef",), ("dataObject",)),
    (("dataStoreReference",), ("dataStoreRef",), ("dataStore",)),
    (("inputSet",), ("/dataInputRefs", "/optionalInputRefs", "/whileExecutingInputRefs"),
        ("dataInput",)),
    (("inputSet",), ("/outputSetRefs",), ("outputSet",)),
    (("outputSet",), ("/dataOutputRefs", "/optionalOutputRefs", "/whileExecutingOutputRefs"),
        ("dataOutput",)),
    (("outputSet",), ("/inputSetRefs",), ("inputSet",)),
    (("dataInputAssociation", "dataOutputAssociation"), ("/sourceRef", "/targetRef"), ITEMS),
    ((*support.CATCHING, *support.THROWING), ("/eventDefinitionRef",), tuple(support.KINDS)),
    (("compensateEventDefinition",), ("activityRef",), support.ACTIVITIES),
    (("errorEventDefinition",), ("errorRef",), ("error",)),
    (("escalationEventDefinition",), ("escalationRef",), ("escalation",)),
    (("signalEventDefinition",), ("signalRef",), ("signal",)),
    (("linkEventDefinition",), ("/source", "/target"), ("linkEventDefinition",)),
    (("lane",), ("/flowNodeRef",), NODES),
    (("lane",), ("partitionElementRef",), ANY),
    (NODES, ("/incoming", "/outgoing"), ("sequenceFlow",)),
    (("messageFlow",), ("sourceRef", "targetRef"), ENDS),
    (("dataObject", "sequenceFlow", *NODES), ("/categoryValueRef",), ("categoryValue",)),
)  # fmt: skip


def _by_owner() -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for owners, names, kinds in REFERENCES:
        for owner in owners:
            found.setdefault(owner, []).extend((name, kinds) for name in names)
    return found


BY_OWNER = _by_owner()


def rules(sheet: Sheet) -> None:
    for element in sheet.root.iter(f"{{{BPMN}}}*"):
        for name, kinds in BY_OWNER.get(local(element), ()):
            for ref in _written(element, name):
                _one(sheet, element, name.strip("/"), ref, kinds)
        if local(element) == "callActivity":
            _called(sheet, element)
    _diagram(sheet)


def _written(element: Any, name: str) -> Iterator[str]:
    if name.startswith("/"):
        for child in element.findall(f"{{{BPMN}}}{name[1:]}"):
            yield (child.text or "").strip()
    elif element.get(name) is not None:
        yield element.get(name).strip()


def _one(sheet: Sheet, element: Any, name: str, ref: str, kinds: tuple[str, ...]) -> None:
    target = sheet.ids.get(ref)
    if target is None:
        _missing(sheet, element, name, ref)
    elif name == "eventDefinitionRef" and local(target.getparent()) in support.THROWING:
        text = T("“{ref}”写在抛出事件里，别处不能引用；请把它移到 definitions 下面", ref=ref)
        sheet.error(element, "reference", text)
    elif kinds and local(target) not in kinds:
        text = T("{name} 应指向“{wanted}”，但“{ref}”是“{kind}”，请改正",
            name=name, wanted=kinds[0], ref=ref, kind=local(target))  # fmt: skip
        sheet.error(element, "reference", text)


def _missing(sheet: Sheet, element: Any, name: str, ref: str) -> None:
    prefix, colon, rest = ref.partition(":")
    if colon and rest in sheet.ids and prefix in element.nsmap:
        text = T("{name} 写成了“{ref}”，请去掉前缀，只写“{rest}”", name=name, ref=ref, rest=rest)
    else:
        text = T("{name} 指向的“{ref}”不存在，请改正或补上", name=name, ref=ref)
    sheet.error(element, "dangling", text)


def _called(sheet: Sheet, element: Any) -> None:
    """A called process may be in another file; here only what is surely no process is told."""
    target = sheet.ids.get(sheet.marks(element).called or element.get("calledElement") or "")
    if target is not None and local(target) not in CALLED:
        text = T(
            "调用的“{ref}”不是流程，是“{kind}”，请改正", ref=target.get("id"), kind=local(target)
        )
        sheet.error(element, "reference", text)
    elif target is not None and local(target) == "process" and not _begins(sheet, target):
        text = T("调用的流程“{ref}”没有普通开始事件，请补上一个", ref=target.get("id"))
        sheet.error(element, "reference", text)


def _begins(sheet: Sheet, process: Any) -> bool:
    """A call needs a none start event, or a process without any start event."""
    starts = process.findall(f"{{{BPMN}}}startEvent")
    return not starts or any(not sheet.definitions(start) for start in starts)


def _diagram(sheet: Sheet) -> None:
    """Shapes of elements that are gone: the picture would show what does not run."""
    gone = [
        str(e.get("bpmnElement"))
        for tag in ("BPMNShape", "BPMNEdge", "BPMNPlane")
        for e in sheet.root.iter(f"{{{DI}}}{tag}")
        if e.get("bpmnElement") and not _drawn(sheet, e.get("bpmnElement"))
    ]
    if gone:
        text = T("图形信息指向不存在的元素（{n} 个，首个：{ref}），请在建模工具里另存一次",
            n=len(gone), ref=gone[0])  # fmt: skip
        sheet.warn(sheet.root, "diagram", text)


def _drawn(sheet: Sheet, ref: str) -> bool:
    return ref in sheet.ids or ref.rpartition(":")[2] in sheet.ids
