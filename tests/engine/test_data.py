"""Data as it is drawn: documentation, but refused where it breaks the standard's own rules."""

from __future__ import annotations

import pytest

from tests.engine.drawings import catch, end, ext, msg, node, path, process, start, throw
from tests.engine.faults import ROOTS, Fault, beside, errors, line, one, ref, tie

ITEMS = node("itemDefinition", "text", structureRef="xsi:text") + node(
    "itemDefinition", "number", structureRef="xsi:number"
)
LIST = node("itemDefinition", "list", structureRef="xsi:text", isCollection="true")
SENT = node("message", "sent", name="sent", itemRef="text")
SERVED = ext('<zeebe:taskDefinition type="a.b"/>')
IN, OUT = ref("dataInputRefs", "i"), ref("dataOutputRefs", "o")


def item(tag: str, id: str, kind: str = "text", **more: str) -> str:
    return node(tag, id, itemSubjectRef=kind, **more)


def spec(*parts: str, sets: str = "") -> str:
    return node("ioSpecification", "io", *parts, sets or "<bpmn:inputSet/><bpmn:outputSet/>")


def sets(inputs: str = "", outputs: str = "") -> str:
    return (
        f'<bpmn:inputSet id="x1">{inputs}</bpmn:inputSet>'
        f'<bpmn:outputSet id="x2">{outputs}</bpmn:outputSet>'
    )


def task(*inside: str, tag: str = "task", **more: str) -> str:
    return line(node(tag, "x", *inside, **more))


def moved(*inside: str, tag: str = "dataInputAssociation") -> str:
    """Task ``a`` with data ``i`` and ``o``, objects ``d`` (text) and ``n`` (number)."""
    io = spec(item("dataInput", "i"), item("dataOutput", "o"), sets=sets(IN, OUT))
    objects = item("dataObject", "d") + item("dataObject", "n", "number")
    return line(node("task", "a", io, node(tag, "x", *inside)), objects, ids=("a",))


def called(inside: str) -> tuple[str, str]:
    """A process that calls another, which has one input."""
    inner = process("c", spec(item("dataInput", "ci"), sets=sets(ref("dataInputRefs", "ci"))),
        start("cs"), end("ce"), path("cs", "ce"))  # fmt: skip
    inner = inner.replace('"x1"', '"c1"').replace('"x2"', '"c2"').replace('"io"', '"cio"')
    return task(inside, tag="callActivity", calledElement="c"), inner


FROM = '<bpmn:from xsi:type="bpmn:tFormalExpression">{0}</bpmn:from>'
TO = '<bpmn:to xsi:type="bpmn:tFormalExpression">b</bpmn:to>'
OPERATED = node(
    "interface",
    "face",
    node("operation", "op", ref("inMessageRef", "sent"), name="n"),
    name="n",
)

DATA: dict[str, Fault] = {
    "input in no set": one(task(spec(item("dataInput", "x9"))), "x9", "data"),
    "output in no set": one(task(spec(item("dataOutput", "x9"))), "x9", "data"),
    "optional input not in the set": one(
        task(spec(item("dataInput", "i"), item("dataInput", "j"), sets="<bpmn:inputSet>"
            f"{IN}</bpmn:inputSet>" + sets(ref("dataInputRefs", "j") +
            ref("optionalInputRefs", "i")))), "x1", "data"),
    "input while executing not in the set": one(
        task(spec(item("dataInput", "i"), sets=sets(ref("whileExecutingInputRefs", "i")))),
        "x1", "data"),
    "optional output not in the set": one(
        task(spec(item("dataOutput", "o"), sets=sets("", ref("optionalOutputRefs", "o")))),
        "x2", "data"),
    "output while executing not in the set": one(
        task(spec(item("dataOutput", "o"), sets=sets("", ref("whileExecutingOutputRefs", "o")))),
        "x2", "data"),
    "input set not named back": one(
        task(spec(sets=sets(ref("outputSetRefs", "x2")))), "x1", "data"),
    "output set not named back": one(
        task(spec(sets=sets("", ref("inputSetRefs", "x1")))), "x2", "data"),
    "set of nothing": one(task(spec(sets=sets(ref("dataInputRefs", "no")))), "x1", "dangling"),
    "set of an output": one(
        task(spec(item("dataOutput", "o"), sets=sets(ref("dataInputRefs", "o"), OUT))), "x1",
        "reference"),
    "object is a list and its item is none": one(
        beside(item("dataObject", "x", isCollection="true")), "x", "data"),
    "object is none and its item is a list": one(
        beside(item("dataObject", "x", "list")), "x", "data"),
    "input is a list and its item is none": one(
        task(spec(item("dataInput", "x9", isCollection="true"),
            sets=sets(ref("dataInputRefs", "x9")))), "x9", "data"),
    "specification of a sub-process": one(
        line(node("subProcess", "x", spec(), start("us"), end("ue"), path("us", "ue"))), "x",
        "data"),
    "two sources": one(
        moved(ref("sourceRef", "d"), ref("sourceRef", "n"), ref("targetRef", "i")), "x", "data"),
    "types differ": one(moved(ref("sourceRef", "n"), ref("targetRef", "i")), "x", "data"),
    "output into an input": one(
        moved(ref("sourceRef", "o"), ref("targetRef", "i"), tag="dataOutputAssociation"),
        "x", "data"),
    "source is a task": one(moved(ref("sourceRef", "s"), ref("targetRef", "i")), "x", "reference"),
    "target missing": one(moved(ref("sourceRef", "d"), ref("targetRef", "no")), "x", "dangling"),
    "assignment in words": one(
        moved(ref("sourceRef", "d"), ref("targetRef", "i"), node("assignment", "x9",
            "<bpmn:from>copy it</bpmn:from>", TO)), "x9", "expression"),
    "assignment of nothing": one(
        moved(ref("sourceRef", "d"), ref("targetRef", "i"), node("assignment", "x9",
            FROM.format(""), TO)), "x9", "expression"),
    "transformation of nothing": one(
        moved(ref("sourceRef", "d"), ref("targetRef", "i"), "<bpmn:transformation/>"), "x",
        "expression"),
    "operation without specification": one(
        task(SERVED, tag="serviceTask", operationRef="op"), "x", "data", SENT, OPERATED),
    "operation with two input sets": one(
        task(SERVED, spec(sets="<bpmn:inputSet/>" + sets()), tag="serviceTask",
            operationRef="op"), "x", "data", SENT, OPERATED),
    "sent with two inputs": one(
        task(spec(item("dataInput", "i"), item("dataInput", "j"),
            sets=sets(IN + ref("dataInputRefs", "j"))), tag="sendTask", messageRef="sent"),
        "x", "data", SENT),
    "sent with another type": one(
        task(spec(item("dataInput", "i", "number"), sets=sets(IN)), tag="sendTask",
            messageRef="sent"), "x", "data", SENT),
    "received with two output sets": one(
        task(spec(item("dataOutput", "o"), sets=sets("", OUT) + f"<bpmn:outputSet>{OUT}"
            "</bpmn:outputSet>"), tag="receiveTask", messageRef="msg"), "x", "data"),
    "received with another type": one(
        task(spec(item("dataOutput", "o", "number"), sets=sets("", OUT)), tag="receiveTask",
            messageRef="sent"), "x", "data", SENT),
    "thrown without data of its own": one(
        line(throw("x", item("dataInput", "i"), item("dataInput", "j"),
            f'<bpmn:inputSet>{IN}{ref("dataInputRefs", "j")}</bpmn:inputSet>',
            '<bpmn:signalEventDefinition signalRef="sig"/>')), "x", "data"),
    "caught with another type": one(
        line(catch("x", item("dataOutput", "o", "number"), f"<bpmn:outputSet>{OUT}"
            "</bpmn:outputSet>", '<bpmn:messageEventDefinition messageRef="sent"/>')), "x", "data",
        SENT),
    "call with other inputs": ((*called(spec()), *ROOTS), "x", "data"),
    "service without binding": one(
        beside().replace('isExecutable="true">', 'isExecutable="true">'
            "<bpmn:supportedInterfaceRef>face</bpmn:supportedInterfaceRef>"), "p", "data", SENT,
        OPERATED),
    "format that is none": one(
        beside(node("textAnnotation", "x", textFormat="a text")), "x", "format"),
    "documentation of no format": one(
        task(node("documentation", "x9", textFormat="words")), "x9", "format"),
    "definition of a throw used elsewhere": one(
        line(throw("t", '<bpmn:signalEventDefinition id="sd" signalRef="sig"/>'),
            throw("x", ref("eventDefinitionRef", "sd")), ids=("t", "x")), "x", "reference"),
    "called process without a none start": (
        (task(tag="callActivity", calledElement="c"), process("c", start("cs",
            '<bpmn:messageEventDefinition messageRef="msg"/>'), end("ce"), path("cs", "ce")),
            *ROOTS), "x", "reference"),
}  # fmt: skip


@pytest.mark.parametrize("name", DATA)
def test_data_drawn_wrong(name: str) -> None:
    roots, element, rule = DATA[name]
    assert (element, rule) in errors(ITEMS, LIST, *roots)


def test_data_drawn_right() -> None:
    right = moved(ref("sourceRef", "d"), ref("targetRef", "i"), node("assignment", "x9",
        FROM.format("a"), TO))  # fmt: skip
    assert errors(ITEMS, LIST, right) == set()
    calls, inner = called(spec(item("dataInput", "i"), sets=sets(IN)))
    calls = calls.replace("<bpmn:ioSpec", ext(
        '<zeebe:calledElement processId="c" propagateAllChildVariables="false"/>') +
        "<bpmn:ioSpec")  # fmt: skip
    assert errors(ITEMS, calls, inner) == set()


def test_an_association_may_lead_anywhere_that_exists() -> None:
    note = node("textAnnotation", "t", textFormat="text/plain")
    assert errors(beside(note, tie("t", "f_s_a")), msg("m9", "n")) == set()
