"""Invalid drawings in a line each: what is drawn, and what must be said of which element."""

from __future__ import annotations

from app import engine
from tests.engine.drawings import (
    catch,
    drawing,
    end,
    node,
    path,
    process,
    start,
    sub,
)

Fault = tuple[tuple[str, ...], str, str]  # roots, element, rule

SIGNAL = node("signal", "sig", name="alarm")
ESCALATION = node("escalation", "esc", name="up", escalationCode="UP")
ERROR = node("error", "err", name="bad", errorCode="BAD")
MESSAGE = node(
    "message",
    "msg",
    '<bpmn:extensionElements><zeebe:subscription correlationKey="= k"/></bpmn:extensionElements>',
    name="note",
)
ROOTS = (SIGNAL, ESCALATION, ERROR, MESSAGE)
WHEN = "<bpmn:condition>= n &gt; 1</bpmn:condition>"
DEFINITIONS = {
    "message": '<bpmn:messageEventDefinition messageRef="msg"/>',
    "timer": "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration>"
    "</bpmn:timerEventDefinition>",
    "signal": '<bpmn:signalEventDefinition signalRef="sig"/>',
    "error": '<bpmn:errorEventDefinition errorRef="err"/>',
    "escalation": '<bpmn:escalationEventDefinition escalationRef="esc"/>',
    "conditional": f"<bpmn:conditionalEventDefinition>{WHEN}</bpmn:conditionalEventDefinition>",
    "link": '<bpmn:linkEventDefinition name="there"/>',
    "compensation": "<bpmn:compensateEventDefinition/>",
    "cancel": "<bpmn:cancelEventDefinition/>",
    "terminate": "<bpmn:terminateEventDefinition/>",
}


def said(*roots: str) -> list[engine.Finding]:
    """All findings of a drawing but what the engine itself says of it."""
    return [f for f in engine.check({"t.bpmn": drawing(*roots)}) if f.rule != "compile"]


def errors(*roots: str) -> set[tuple[str, str]]:
    return {(f.element, f.rule) for f in said(*roots) if f.severity == "error"}


def line(*inside: str, ids: tuple[str, ...] = ("x",)) -> str:
    """Process ``p``: s, the nodes named one after the other, e; ``inside`` is what is drawn."""
    return process("p", start(), *inside, end(), path("s", *ids, "e"))


def beside(*inside: str) -> str:
    """Process ``p``: s, task a, e; and what stands beside."""
    return line(node("task", "a"), *inside, ids=("a",))


def bare(*inside: str) -> str:
    """Process ``p`` with nothing but what is given."""
    return process("p", *inside)


D = DEFINITIONS
TASK = node("task", "a")


def one(body: str, element: str, rule: str, *roots: str) -> Fault:
    return ((body, *ROOTS, *roots), element, rule)


def ref(tag: str, text: str) -> str:
    return f"<bpmn:{tag}>{text}</bpmn:{tag}>"


def sent(kind: str, old: str, new: str) -> str:
    """An end event ``x`` with a definition that refers to something else."""
    return process("p", start(), end("x", D[kind].replace(old, new)), path("s", "x"))


def caught(kind: str, old: str, new: str) -> str:
    return line(catch("x", D[kind].replace(old, new)))


def edged(edge: str, *inside: str) -> str:
    return beside(edge, *inside)


def after(gateway: str, *targets: str, ids: tuple[str, ...] = ("t1", "t2")) -> str:
    ways = "".join(path("x", name, "e") for name in ids)
    return process("p", start(), gateway, *targets, end(), path("s", "x"), ways)


def triggered(*inside: str, id: str = "x") -> str:
    return sub(id, *inside, triggeredByEvent="true")


def handler(id: str = "h") -> str:
    return node("task", id, isForCompensation="true")


def tie(source: str, target: str, id: str = "as") -> str:
    return node("association", id, sourceRef=source, targetRef=target)


UNDO = node("boundaryEvent", "x", D["compensation"], attachedToRef="a")
T1, T2 = catch("t1", D["timer"]), catch("t2", D["timer"])
LOOPED = "<bpmn:standardLoopCharacteristics{more}/>"
MANY = (
    "<bpmn:multiInstanceLoopCharacteristics{more}>{inside}</bpmn:multiInstanceLoopCharacteristics>"
)
CARDINAL = MANY.replace("{inside}", ref("loopCardinality", "{count}"))


def looped(xml: str) -> str:
    return line(node("task", "x", xml))
