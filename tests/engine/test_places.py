"""Gateways, events and activities in their places: a drawing with one fault each."""

from __future__ import annotations

import pytest

from tests.engine.drawings import (
    at,
    both,
    catch,
    end,
    first,
    flow,
    many,
    node,
    path,
    process,
    start,
    sub,
    throw,
    xor,
)
from tests.engine.faults import (
    CARDINAL,
    LOOPED,
    MANY,
    T1,
    T2,
    TASK,
    UNDO,
    D,
    Fault,
    after,
    beside,
    edged,
    errors,
    handler,
    line,
    looped,
    one,
    tie,
    triggered,
)

GATEWAYS: dict[str, Fault] = {
    "one in, one out": one(line(xor("x")), "x", "gateway"),
    "parallel, one in, one out": one(line(both("x")), "x", "gateway"),
    "inclusive, one in, one out": one(line(node("inclusiveGateway", "x")), "x", "gateway"),
    "nothing out": one(process("p", start(), xor("x"), path("s", "x")), "x", "flow"),
    "converging with two out": one(
        line(node("parallelGateway", "x", gatewayDirection="Converging"),
            flow("x", "e", id="f2")), "x", "direction"),
    "diverging with two in": one(
        line(node("parallelGateway", "x", gatewayDirection="Diverging"),
            flow("s", "x", id="f2")), "x", "direction"),
    "mixed with one in": one(
        line(node("parallelGateway", "x", gatewayDirection="Mixed"),
            flow("x", "e", id="f2")), "x", "direction"),
    "exclusive without condition": one(
        line(xor("g"), flow("g", "e", "= n", id="f2"), ids=("g",)), "f_g_e", "condition"),
    "event gateway with one way": one(after(first("x"), T1, ids=("t1",)), "x", "event_gateway"),
    "event gateway to a task": one(
        after(first("x"), T1, node("task", "t2")), "f_x_t2", "event_gateway"),
    "event gateway to a throw": one(
        after(first("x"), T1, throw("t2", D["signal"])), "f_x_t2", "event_gateway"),
    "event gateway to a link": one(
        after(first("x"), T1, catch("t2", D["link"])), "f_x_t2", "event_gateway"),
    "event gateway to an end": one(
        after(first("x"), T1, ids=("t1",)).replace("</bpmn:process>",
            end("t2") + path("x", "t2") + "</bpmn:process>"), "f_x_t2", "event_gateway"),
    "event gateway with receive tasks and messages": one(
        after(first("x"), catch("t1", D["message"]), node("receiveTask", "t2", messageRef="msg")),
        "x", "event_gateway"),
    "target with another way in": one(
        after(first("x"), T1, T2).replace("</bpmn:process>",
            flow("s", "t2", id="f9") + "</bpmn:process>"), "t2", "event_gateway"),
    "target with a boundary event": one(
        after(first("x"), T1, node("receiveTask", "t2", messageRef="msg"),
            at("t2", "b", D["timer"])), "t2", "event_gateway"),
    "condition after an event gateway": one(
        after(first("x"), T1, T2).replace('targetRef="t1"></bpmn:sequenceFlow>',
            'targetRef="t1"><bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">= n'
            "</bpmn:conditionExpression></bpmn:sequenceFlow>"), "f_x_t1", "condition"),
    "instantiating with a way in": one(
        after(node("eventBasedGateway", "x", instantiate="true"), T1, T2), "x", "event_gateway"),
    "instantiating in a sub-process": one(
        line(sub("u", node("eventBasedGateway", "x", instantiate="true"), T1, T2,
            path("x", "t1"), path("x", "t2")), ids=("u",)), "x", "event_gateway"),
}  # fmt: skip

PLACES: dict[str, Fault] = {
    "boundary on nothing": one(edged(at("no", "x", D["timer"])), "x", "dangling"),
    "boundary on an event": one(edged(at("s", "x", D["timer"])), "x", "reference"),
    "boundary on a gateway": one(
        line(xor("g"), at("g", "x", D["timer"]), flow("g", "e", "= n", id="f2"), ids=("g",)),
        "x", "reference"),
    "boundary on another level": one(
        line(sub("u", start("us"), node("task", "in"), end("ue"), path("us", "in", "ue")),
            at("in", "x", D["timer"]), ids=("u",)), "x", "dangling"),
    "boundary on an event sub-process": one(
        beside(triggered(start("us", D["timer"]), end("ue"), path("us", "ue"), id="u"),
            at("u", "x", D["timer"]), end("e2"), path("x", "e2")), "x", "boundary"),
    "boundary without a way": one(edged(at("a", "x", D["timer"])), "x", "boundary"),
    "cancel on a task": one(
        edged(at("a", "x", D["cancel"]), end("e2"), path("x", "e2")), "x", "boundary"),
    "cancel twice": one(
        line(node("transaction", "u", start("us"), end("ue"), path("us", "ue")),
            at("u", "c1", D["cancel"]), at("u", "x", D["cancel"]), path("c1", "e"),
            path("x", "e"), ids=("u",)), "x", "boundary"),
    "cancel end outside": one(
        process("p", start(), end("x", D["cancel"]), path("s", "x")), "x", "transaction"),
    "compensation tied to nothing": one(edged(UNDO), "x", "compensation"),
    "compensation tied twice": one(
        edged(UNDO, handler(), handler("h2"), tie("x", "h"), tie("x", "h2", "as2")),
        "x", "compensation"),
    "compensation tied to a plain task": one(edged(UNDO, tie("x", "a")), "x", "compensation"),
    "compensation tied to another level": one(
        line(TASK, UNDO, sub("u", start("us"), handler(), end("ue"), path("us", "ue")),
            tie("x", "h"), ids=("a", "u")), "x", "compensation"),
    "handler of nothing": one(edged(handler("x")), "x", "compensation"),
    "event sub-process of two starts": one(
        beside(triggered(start("u1", D["timer"]), start("u2", D["timer"]), end("ue"),
            path("u1", "ue"), path("u2", "ue"))), "x", "event_sub_process"),
    "event sub-process without start": one(
        beside(triggered(node("task", "in"))), "x", "event_sub_process"),
    "ad hoc with a start": one(
        line(node("adHocSubProcess", "u", start("x"), node("task", "in"), path("x", "in")),
            ids=("u",)), "x", "ad_hoc"),
    "ad hoc with an end": one(
        line(node("adHocSubProcess", "u", node("task", "in"), end("x"), path("in", "x")),
            ids=("u",)), "x", "ad_hoc"),
    "ad hoc without activities": one(
        line(node("adHocSubProcess", "x", throw("in"))), "x", "ad_hoc"),
    "empty sub-process": one(line(sub("x")), "x", "empty"),
    "empty process": one(process("x"), "x", "empty"),
    "start without end": one(process("x", start(), TASK, path("s", "a")), "x", "no_end"),
    "end without start": one(process("x", TASK, end(), path("a", "e")), "x", "no_start"),
    "start without end inside": one(
        line(sub("x", start("us"), node("task", "in"), path("us", "in"))), "x", "no_end"),
    "start quantity zero": one(looped("").replace('id="x"', 'id="x" startQuantity="0"'), "x",
        "quantity"),
    "completion quantity negative": one(
        looped("").replace('id="x"', 'id="x" completionQuantity="-5"'), "x", "quantity"),
    "instantiating receive task with a way in": one(
        line(node("receiveTask", "x", messageRef="msg", instantiate="true")), "x", "instantiate"),
    "instantiating receive task inside": one(
        line(sub("u", node("receiveTask", "x", messageRef="msg", instantiate="true")),
            ids=("u",)), "x", "instantiate"),
    "loop of zero rounds": one(looped(LOOPED.format(more=' loopMaximum="0"')), "x", "loop"),
    "many of nothing": one(looped(MANY.format(more="", inside="")), "x", "loop"),
    "many by a text": one(looped(CARDINAL.format(more="", count="three")), "x", "loop"),
    "many of a text": one(looped(many("people")), "x", "loop"),
    "behaviour without event": one(
        looped(CARDINAL.format(more=' behavior="One"', count=3)), "x", "loop"),
    "behaviour complex without definition": one(
        looped(CARDINAL.format(more=' behavior="Complex"', count=3)), "x", "loop"),
    "no condition": one(
        line(catch("x", "<bpmn:conditionalEventDefinition><bpmn:condition/>"
            "</bpmn:conditionalEventDefinition>")), "x", "expression"),
    "condition in words": one(
        line(catch("x", "<bpmn:conditionalEventDefinition><bpmn:condition>when it rains"
            "</bpmn:condition></bpmn:conditionalEventDefinition>")), "x", "condition"),
    "empty condition of a flow": one(
        line(xor("g", "f_g_e"), flow("g", "e", "", id="x"), ids=("g",)), "x", "expression"),
    "link without catch": one(
        process("p", start(), throw("x", D["link"]), path("s", "x")), "x", "link"),
    "link without throw": one(
        process("p", start(), catch("x", D["link"]), end(), path("s", "e"), path("x", "e")),
        "x", "link"),
    "link with two catches": one(
        process("p", start(), throw("t", D["link"]), catch("c", D["link"]), catch("x", D["link"]),
            end(), path("s", "t"), path("c", "e"), path("x", "e")), "x", "link"),
    "link without name": one(
        process("p", start(), throw("x", "<bpmn:linkEventDefinition/>"), path("s", "x")),
        "x", "schema"),
    "link into a sub-process": one(
        line(throw("x", D["link"]), sub("u", catch("c", D["link"]), node("task", "in"),
            path("c", "in")), ids=("u",)).replace("</bpmn:process>",
            path("s", "x") + "</bpmn:process>"), "x", "link"),
    "link ends do not agree": one(
        process("p", start(), throw("x", '<bpmn:linkEventDefinition id="l1" name="there">'
            "<bpmn:target>l2</bpmn:target></bpmn:linkEventDefinition>"),
            catch("c", '<bpmn:linkEventDefinition id="l2" name="there"/>'), end(),
            path("s", "x"), path("c", "e")), "x", "link"),
}  # fmt: skip


SHEETS = {f"gateways: {name}": fault for name, fault in GATEWAYS.items()}
SHEETS |= {f"places: {name}": fault for name, fault in PLACES.items()}


@pytest.mark.parametrize("name", SHEETS)
def test_a_drawing_with_one_fault(name: str) -> None:
    roots, element, rule = SHEETS[name]
    assert (element, rule) in errors(*roots)
