"""What version 2 can hold and version 1 could not: the same shape as ``record.cases``."""

from __future__ import annotations

from typing import Any

from tests.engine import drawings as d

Cases = dict[str, tuple[list[str], dict[str, Any], list[Any], list[Any]]]


def _loop() -> str:
    mark = (
        '<bpmn:standardLoopCharacteristics><bpmn:loopCondition xsi:type="bpmn:tFormalExpression">'
        "=loopCounter &lt; 3</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
    )
    return d.row(d.node("userTask", "a", d.ext("<zeebe:userTask/>"), mark), d.user("z"))


def _inclusive() -> str:
    gate, join = d.node("inclusiveGateway", "g"), d.node("inclusiveGateway", "j")
    users = "".join(d.user(name) for name in "abcz")
    ways = d.flow("g", "a", "=n > 0") + d.flow("g", "b", "=n > 1") + d.flow("g", "c", "=n > 9")
    ways += d.path("s", "g") + d.path("a", "j", "z", "e") + d.path("b", "j") + d.path("c", "j")
    return d.process("p", d.start(), gate, users, join, d.end(), ways)


def _complex() -> str:
    enough = (
        '<bpmn:activationCondition xsi:type="bpmn:tFormalExpression">=activationCount &gt;= 2'
        "</bpmn:activationCondition>"
    )
    users = "".join(d.user(name) for name in "abcz")
    ways = d.path("s", "g", "a", "j", "z", "e") + d.path("g", "b", "j") + d.path("g", "c", "j")
    join = d.node("complexGateway", "j", enough)
    return d.process("p", d.start(), d.both("g"), users, join, d.end(), ways)


def _undo() -> str:
    """Two activities with handlers of people, then the throw."""
    nodes = [d.start(), d.end(), d.throw("t", "<bpmn:compensateEventDefinition/>")]
    for name in "ab":
        nodes += [
            d.user(name),
            d.node("boundaryEvent", f"b{name}", _UNDO, attachedToRef=name),
            d.user(f"u{name}", isForCompensation="true"),
            d.node("association", f"x{name}", sourceRef=f"b{name}", targetRef=f"u{name}"),
        ]
    return d.process("p", *nodes, d.path("s", "a", "b", "t", "e"))


_UNDO = "<bpmn:compensateEventDefinition/>"


def _event_sub() -> str:
    first = d.node("startEvent", "o", d.message("M"), isInterrupting="false")
    inside = first + d.user("h") + d.end("oe") + d.path("o", "h", "oe")
    beside = d.sub("on", inside, triggeredByEvent="true")
    return d.process("p", d.start(), d.user("a"), d.end(), beside, d.path("s", "a", "e"))


def _ad_hoc() -> str:
    until = (
        '<bpmn:completionCondition xsi:type="bpmn:tFormalExpression">=ok</bpmn:completionCondition>'
    )
    free = d.node("adHocSubProcess", "x", d.user("a") + d.user("b"), until)
    return d.row(free, d.user("z"))


def _signal() -> str:
    heard = d.node("signalEventDefinition", "sd", signalRef="S")
    return d.detour(d.user("a"), d.at("a", "b", heard, interrupting=False))


def cases() -> Cases:
    z = {"complete": "z"}
    no, yes = {"ok": False}, {"ok": True}
    call = {"message": "call", "key": "7"}
    return {
        "standard_loop": (
            [_loop()],
            {},
            [{"complete": "a"}],
            [{"complete": "a", "answers": {"x": 1}}, {"complete": "a"}, z],
        ),
        "inclusive_join": (
            [_inclusive()],
            {"n": 2},
            [{"complete": "b"}],
            [{"complete": "a"}, z],
        ),
        "complex_has_fired": (
            [_complex()],
            {},
            [{"complete": "a"}, {"complete": "c"}],
            [{"complete": "b"}, z],
        ),
        "handlers": (
            [_undo()],
            {},
            [{"complete": "a"}, {"complete": "b"}],
            [{"complete": "ub"}, {"complete": "ua"}],
        ),
        "what_can_be_undone": (
            [_undo()],
            {},
            [{"complete": "a"}],
            [{"complete": "b"}, {"complete": "ub"}, {"complete": "ua"}],
        ),
        "event_sub_process": (
            [d.msg("M", "call", "=id"), _event_sub()],
            {"id": "7"},
            [call],
            [call, {"complete": "h"}, {"complete": "a"}, {"complete": "h"}],
        ),
        "ad_hoc": (
            [_ad_hoc()],
            no,
            [{"complete": "b"}],
            [{"complete": "a"}, {"complete": "b", "answers": yes}, z],
        ),
        "signal": (
            [d.node("signal", "S", name="flood"), _signal()],
            {},
            [{"signal": "flood"}],
            [{"signal": "flood"}, {"complete": "a"}],
        ),
    }
