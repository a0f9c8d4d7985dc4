"""Structure as the standard wants it: a drawing with one fault each, and the rule that names it."""

from __future__ import annotations

import pytest

from app import engine
from tests.engine.drawings import (
    at,
    both,
    catch,
    drawing,
    end,
    ext,
    first,
    flow,
    node,
    path,
    process,
    start,
    sub,
    throw,
    user,
    xor,
)
from tests.engine.faults import (
    CARDINAL,
    LOOPED,
    ROOTS,
    T1,
    T2,
    TASK,
    UNDO,
    D,
    Fault,
    after,
    bare,
    beside,
    edged,
    errors,
    handler,
    line,
    looped,
    one,
    ref,
    sent,
    tie,
    triggered,
)

REFERENCES: dict[str, Fault] = {
    "message missing": one(sent("message", '"msg"', '"no"'), "x", "dangling"),
    "message is a signal": one(sent("message", '"msg"', '"sig"'), "x", "reference"),
    "signal missing": one(sent("signal", '"sig"', '"no"'), "x", "dangling"),
    "signal is a message": one(sent("signal", '"sig"', '"msg"'), "x", "reference"),
    "error missing": one(sent("error", '"err"', '"no"'), "x", "dangling"),
    "error is an escalation": one(sent("error", '"err"', '"esc"'), "x", "reference"),
    "escalation missing": one(sent("escalation", '"esc"', '"no"'), "x", "dangling"),
    "escalation is an error": one(sent("escalation", '"esc"', '"err"'), "x", "reference"),
    "signal not said": one(sent("signal", ' signalRef="sig"', ""), "x", "signal"),
    "signal without name": one(
        sent("signal", '"sig"', '"s2"'), "x", "signal", node("signal", "s2")
    ),
    "escalation not said": one(sent("escalation", ' escalationRef="esc"', ""), "x", "escalation"),
    "escalation without code": one(
        sent("escalation", '"esc"', '"e2"'), "x", "escalation", node("escalation", "e2", name="n")
    ),
    "activity of compensation missing": one(
        line(throw("x", '<bpmn:compensateEventDefinition activityRef="no"/>')), "x", "dangling"
    ),
    "activity of compensation is an event": one(
        line(throw("x", '<bpmn:compensateEventDefinition activityRef="s"/>')), "x", "reference"
    ),
    "definition missing": one(
        line(throw("x", ref("eventDefinitionRef", "no"))), "x", "dangling"
    ),
    "definition is a message": one(
        line(throw("x", ref("eventDefinitionRef", "msg"))), "x", "reference"
    ),
    "receive task's message is a signal": one(
        line(node("receiveTask", "x", messageRef="sig")), "x", "reference"
    ),
    "operation missing": one(
        line(node("serviceTask", "x", operationRef="no")), "x", "dangling"
    ),
    "called is no process": one(line(node("callActivity", "x", calledElement="s")), "x",
        "reference"),
    "incoming missing": one(
        line(node("task", "x", ref("incoming", "no"))), "x", "dangling"
    ),
    "outgoing is a node": one(
        line(node("task", "x", ref("outgoing", "s"))), "x", "reference"
    ),
    "data object missing": one(
        beside(node("dataObjectReference", "x", dataObjectRef="no")), "x", "dangling"
    ),
    "data object is a task": one(
        beside(node("dataObjectReference", "x", dataObjectRef="a")), "x", "reference"
    ),
    "data store is a task": one(
        beside(node("dataStoreReference", "x", dataStoreRef="a")), "x", "reference"
    ),
    "item of an object is a signal": one(
        beside(node("dataObject", "x", itemSubjectRef="sig")), "x", "reference"
    ),
    "item of a message missing": one(
        beside(), "x", "dangling", node("message", "x", name="n", itemRef="no")
    ),
    "association to nothing": one(beside(tie("a", "no", "x")), "x", "dangling"),
    "group of nothing": one(beside(node("group", "x", categoryValueRef="no")), "x", "dangling"),
    "lane of nothing": one(
        process("p", node("laneSet", "ls", node("lane", "x", ref("flowNodeRef", "no"))), start(),
            TASK, end(), path("s", "a", "e")), "x", "dangling"),
    "lane of a flow": one(
        process("p", node("laneSet", "ls", node("lane", "x", ref("flowNodeRef", "f_s_a"))),
            start(), TASK, end(), path("s", "a", "e")), "x", "reference"),
    "prefix before a name": one(
        sent("message", '"msg"', '"bpmn:msg"'), "x", "dangling"
    ),
    "behaviour's event missing": one(
        looped(CARDINAL.format(more=' behavior="One" oneBehaviorEventRef="no"', count=3)),
        "x", "dangling"),
    "participant of no process": one(
        beside(), "x", "dangling",
        node("collaboration", "c", node("participant", "x", processRef="no"))),
    "participant of a message": one(
        beside(), "x", "reference",
        node("collaboration", "c", node("participant", "x", processRef="msg"))),
}  # fmt: skip

FLOWS: dict[str, Fault] = {
    "to nothing": one(beside(flow("a", "no", id="x")), "x", "dangling"),
    "from nothing": one(beside(flow("no", "a", id="x")), "x", "dangling"),
    "to a text": one(
        beside(node("textAnnotation", "t"), flow("a", "t", id="x")), "x", "dangling"
    ),
    "from a data object": one(
        beside(node("dataObject", "d"), flow("d", "a", id="x")), "x", "dangling"
    ),
    "into a sub-process": one(
        line(sub("u", start("us"), node("task", "in"), end("ue"), path("us", "in", "ue")),
            flow("s", "in", id="x"), ids=("u",)), "x", "dangling"),
    "out of a sub-process": one(
        line(sub("u", start("us"), node("task", "in"), end("ue"), path("us", "in", "ue")),
            flow("in", "e", id="x"), ids=("u",)), "x", "dangling"),
    "across pools": one(
        beside(flow("a", "qe", id="x")), "x", "dangling",
        process("q", start("qs"), end("qe"), path("qs", "qe"))),
    "into a start": one(beside(flow("a", "s", id="x")), "x", "flow"),
    "into a boundary": one(
        edged(at("a", "b", D["timer"]), end("e2"), path("b", "e2"), flow("s", "b", id="x")),
        "x", "flow"),
    "out of an end": one(beside(flow("e", "a", id="x")), "x", "flow"),
    "out of an event sub-process": one(
        beside(triggered(start("us", D["timer"]), end("ue"), path("us", "ue"), id="u"),
            flow("u", "e", id="x")), "x", "flow"),
    "into an event sub-process": one(
        beside(triggered(start("us", D["timer"]), end("ue"), path("us", "ue"), id="u"),
            flow("a", "u", id="x")), "x", "flow"),
    "into a handler": one(
        edged(UNDO.replace('"x"', '"b"'), handler(), tie("b", "h"), flow("a", "h", id="x")),
        "x", "flow"),
    "out of a handler": one(
        edged(UNDO.replace('"x"', '"b"'), handler(), tie("b", "h"), flow("h", "e", id="x")),
        "x", "flow"),
    "out of a compensation boundary": one(
        edged(UNDO.replace('"x"', '"b"'), handler(), tie("b", "h"), flow("b", "e", id="x")),
        "x", "flow"),
    "out of a link throw": one(
        process("p", start(), throw("t", D["link"]), catch("c", D["link"]), end(), path("s", "t"),
            path("c", "e"), flow("t", "e", id="x")), "x", "flow"),
    "into a link catch": one(
        process("p", start(), throw("t", D["link"]), catch("c", D["link"]), end(), path("s", "t"),
            path("c", "e"), flow("s", "c", id="x")), "x", "flow"),
    "condition after an event": one(
        beside(flow("s", "e", "= n", id="x")), "x", "condition"),
    "condition after a parallel gateway": one(
        line(both("g"), flow("g", "e", "= n", id="x"), ids=("g",)), "x", "condition"),
    "only way of an activity is conditional": one(
        process("p", start(), TASK, end(), path("s", "a"), flow("a", "e", "= n", id="x")),
        "x", "condition"),
    "default of another": one(
        line(xor("x", "f_s_x"), flow("x", "e", "= n", id="f2")), "x", "default"),
    "default of an activity elsewhere": one(
        line(node("task", "x", default="f_s_x")), "x", "default"),
    "default with a condition": one(
        process("p", start(), xor("g", "x"), TASK, end(), path("s", "g", "a", "e"),
            flow("g", "e", "= n", id="x")), "x", "default"),
    "start without a way": one(
        process("p", start("x"), start(), end(), path("s", "e")), "x", "flow"),
    "end without a way": one(
        process("p", start(), end(), end("x"), path("s", "e")), "x", "flow"),
    "activity without a way on": one(
        process("p", start(), both("g"), node("task", "x"), end(), path("s", "g", "e"),
            path("g", "x")), "x", "flow"),
    "event without a way in": one(
        bare(throw("x"), node("task", "a"), path("x", "a")), "x", "flow"),
    "event without a way on": one(
        bare(TASK, catch("x", D["timer"]), path("a", "x")), "x", "flow"),
    "unreachable": one(
        beside(node("task", "x"), path("x", "a")), "x", "unreachable"),
    "unreachable in a ring": one(
        beside(node("task", "x"), node("task", "y"), path("x", "y", "x")), "x", "unreachable"),
    "incoming not listed": one(
        line(TASK, node("task", "x", ref("incoming", "f_a_x")), ids=("a", "x"))
        .replace('<bpmn:task id="a">', '<bpmn:task id="a"><bpmn:incoming>f_s_a</bpmn:incoming>'),
        "x", "listed"),
    "listed but not drawn": one(
        line(node("task", "x", ref("incoming", "f_s_x"), ref("incoming", "f2"),
            ref("outgoing", "f_x_e")), node("task", "b"), flow("s", "b", id="f2"),
            flow("b", "e", id="f3")), "x", "listed"),
}  # fmt: skip

IDS: dict[str, Fault] = {
    "twice": one(process("p", start(), end("s"), path("s", "s")), "s", "duplicate_id"),
    "twice at two levels": one(
        line(sub("u", start("s"), end("ue"), path("s", "ue")), ids=("u",)), "s", "duplicate_id"),
    "task without id": one(beside("<bpmn:task/>"), "p", "missing_id"),
    "flow without id": one(
        beside('<bpmn:sequenceFlow sourceRef="s" targetRef="a"/>'), "p", "missing_id"),
    "nothing executable": one(
        beside().replace('isExecutable="true"', 'isExecutable="false"'), "defs", "not_executable"),
}  # fmt: skip

POOLS = {
    "inside one pool": ("a", "e", "message_flow"),
    "to oneself": ("a", "a", "message_flow"),
    "to one's own pool": ("a", "mine", "message_flow"),
    "out of a start": ("qs", "a", "message_flow"),
    "into an end": ("a", "qe", "message_flow"),
    "into a start without message": ("a", "qs", "message_flow"),
    "out of an end without message": ("e", "q1", "message_flow"),
    "to a text": ("a", "t", "reference"),
    "to nothing": ("a", "no", "dangling"),
    "out of a gateway": ("qg", "a", "reference"),
}


@pytest.mark.parametrize("name", POOLS)
def test_a_message_flow_that_is_wrong(name: str) -> None:
    source, target, rule = POOLS[name]
    pools = node("participant", "mine", processRef="p") + node("participant", "his",
        processRef="q")  # fmt: skip
    message_flow = node("messageFlow", "x", sourceRef=source, targetRef=target)
    other = process("q", start("qs"), both("qg"), node("task", "q1"), end("qe"),
        path("qs", "qg", "q1", "qe"), flow("qg", "qe", id="q9"))  # fmt: skip
    body = beside(node("textAnnotation", "t"))
    assert ("x", rule) in errors(node("collaboration", "c", pools + message_flow), body, other)


@pytest.mark.parametrize(("least", "most"), [("-1", "1"), ("3", "2"), ("0", "0")])
def test_a_number_of_participants_that_is_wrong(least: str, most: str) -> None:
    number = f'<bpmn:participantMultiplicity id="x" minimum="{least}" maximum="{most}"/>'
    pools = node("collaboration", "c", node("participant", "mine", number, processRef="p"))
    assert ("x", "multiplicity") in errors(pools, beside())


SHEETS = {
    f"{group}: {name}": fault
    for group, faults in (
        ("references", REFERENCES),
        ("flows", FLOWS),
        ("ids", IDS),
    )
    for name, fault in faults.items()
}


@pytest.mark.parametrize("name", SHEETS)
def test_a_drawing_with_one_fault(name: str) -> None:
    roots, element, rule = SHEETS[name]
    assert (element, rule) in errors(*roots)


def test_a_process_twice_in_two_files() -> None:
    files = {"1.bpmn": drawing(beside()), "2.bpmn": drawing(beside())}
    found = {(f.file, f.element, f.rule) for f in engine.check(files) if f.severity == "error"}
    assert found == {("1.bpmn", "p", "duplicate_process"), ("2.bpmn", "p", "duplicate_process")}


RIGHT = {
    "several starts and ends": process("p", start(), start("s2"), TASK, end(), end("e2"), both("g"),
        path("s", "a"), path("s2", "a"), path("a", "g", "e"), path("g", "e2")),
    "no start and no end": process("p", TASK, user("b"), path("a", "b")),
    "link": process("p", start(), throw("t", D["link"]), catch("c", D["link"]), end(),
        path("s", "t"), path("c", "e")),
    "compensation": edged(UNDO, handler(), tie("x", "h")),
    "event gateway": after(first("x"), T1, T2),
    "instantiating gateway": process("p", node("eventBasedGateway", "g", instantiate="true"),
        catch("c1", D["message"]), catch("c2", D["timer"]), end(), path("g", "c1", "e"),
        path("g", "c2", "e")),
    "instantiating receive task": process("p",
        node("receiveTask", "r", messageRef="msg", instantiate="true"), end(), path("r", "e")),
    "ad hoc": line(node("adHocSubProcess", "u", user("in")), ids=("u",)),
    "ad hoc with events": line(
        node("adHocSubProcess", "u", user("in"), catch("c", D["timer"]), throw("t", D["signal"])),
        ids=("u",),
    ),
    "event sub-process": beside(triggered(start("us", D["signal"]), end("ue"), path("us", "ue"))),
    "transaction": line(node("transaction", "u", start("us"), end("ue", D["cancel"]),
        path("us", "ue")), at("u", "c", D["cancel"]), end("e2"), path("c", "e2"), ids=("u",)),
    "loop": looped(LOOPED.format(more=' loopMaximum="3"')),
    "cardinality": looped(CARDINAL.format(more="", count=3)),
    "quantities": looped("").replace('id="x"', 'id="x" startQuantity="1" completionQuantity="2"'),
    "complex join": process("p", start(), both("g"), node("complexGateway", "x",
        ref("activationCondition", "= activationCount &gt;= 1")), end(), path("s", "g", "x", "e"),
        flow("g", "x", id="f2")),
    "form": line(user("x", ext() + '<zeebe:formDefinition formId="f.x"/>')),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_drawing_is_taken(name: str) -> None:
    assert errors(RIGHT[name], *ROOTS) == set()
