"""Writes a drawing as a file of the Camunda 8 dialect."""

from __future__ import annotations

from tests.engine import drawings as d
from tests.engine.reference.model import Drawing, Event, Flow, Loop, Node, Scope, Test

TAGS = {
    "start": "startEvent",
    "end": "endEvent",
    "catch": "intermediateCatchEvent",
    "throw": "intermediateThrowEvent",
    "link_throw": "intermediateThrowEvent",
    "link_catch": "intermediateCatchEvent",
    "boundary": "boundaryEvent",
    "user": "userTask",
    "task": "task",
    "script": "scriptTask",
    "service": "serviceTask",
    "receive": "receiveTask",
    "sub": "subProcess",
    "call": "callActivity",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "or": "inclusiveGateway",
    "complex": "complexGateway",
    "choice": "eventBasedGateway",
}
SCOPES = {"sub": "subProcess", "event": "subProcess", "transaction": "transaction"}
REFS = {"message": "m_", "signal": "g_", "error": "r_", "escalation": "l_"}


def write(drawing: Drawing) -> bytes:
    roots = [_process(drawing, scope) for scope in drawing.processes.values()]
    return d.drawing(*roots, *_definitions(drawing))


def _definitions(drawing: Drawing) -> list[str]:
    named = sorted({(e.kind, e.ref) for e in drawing.events if e.kind in REFS and e.ref})
    return [_definition(kind, str(ref)) for kind, ref in named]


def _definition(kind: str, ref: str) -> str:
    id = REFS[kind] + ref
    if kind == "message":
        return d.msg(id, ref, '="k"')
    if kind == "error":
        return d.err(id, ref)
    if kind == "escalation":
        return d.node("escalation", id, name=ref, escalationCode=ref)
    return d.node("signal", id, name=ref)


def _process(drawing: Drawing, scope: Scope) -> str:
    return d.process(scope.id, _inside(drawing, scope))


def _inside(drawing: Drawing, scope: Scope) -> str:
    parts = [_node(drawing, scope, node) for node in scope.nodes.values()]
    parts += [_flow(flow) for flow in scope.flows]
    for node in scope.nodes.values():
        if node.handler is not None:
            way = {"sourceRef": node.id, "targetRef": node.handler}
            parts.append(d.node("association", f"a_{node.id}", associationDirection="One", **way))
    if scope.kind == "adhoc" and scope.until is not None:
        parts.append(_expression("completionCondition", scope.until))
    return "".join(parts)


def _expression(tag: str, test: Test) -> str:
    text = d.quoted(test.feel)
    return f'<bpmn:{tag} xsi:type="bpmn:tFormalExpression">{text}</bpmn:{tag}>'


def _flow(flow: Flow) -> str:
    test = flow.test.feel if flow.test is not None else None
    return d.flow(flow.source, flow.target, test, flow.id)


def _node(drawing: Drawing, scope: Scope, node: Node) -> str:
    tag, more = TAGS[node.kind], _attributes(node)
    if node.scope is not None:
        tag = SCOPES.get(node.scope.kind, "adHocSubProcess")
        more |= _of_scope(node.scope)
    if node.kind == "start" and scope.kind == "event":
        more["isInterrupting"] = str(node.interrupting).lower()
    parts = [
        _extensions(drawing, node),
        *(_event(e) for e in node.events if node.kind != "receive"),
    ]
    if node.kind in ("link_throw", "link_catch"):
        parts.append(f'<bpmn:linkEventDefinition name="{node.link}"/>')
    if node.test is not None:
        parts.append(_expression("activationCondition", node.test))
    parts.append(_loop(node.loop) if node.loop is not None else "")
    if node.scope is not None:
        parts.append(_inside(drawing, node.scope))
    return d.node(tag, node.id, *parts, **more)


def _of_scope(scope: Scope) -> dict[str, str]:
    if scope.kind == "event":
        return {"triggeredByEvent": "true"}
    if scope.kind == "adhoc":
        return {"cancelRemainingInstances": str(not scope.keeps).lower()}
    return {}


def _attributes(node: Node) -> dict[str, str]:
    more: dict[str, str] = {}
    if node.default is not None:
        more["default"] = node.default
    if node.needs > 1:
        more["startQuantity"] = str(node.needs)
    if node.gives > 1:
        more["completionQuantity"] = str(node.gives)
    if node.for_undo:
        more["isForCompensation"] = "true"
    if node.all_events:
        more["parallelMultiple"] = "true"
    if node.kind == "boundary":
        more["attachedToRef"] = str(node.host)
        more["cancelActivity"] = str(node.interrupting).lower()
    if node.kind == "receive":
        more["messageRef"] = f"m_{node.events[0].ref}"
    return more


def _extensions(drawing: Drawing, node: Node) -> str:
    if node.kind == "user":
        return d.ext("<zeebe:userTask/>")
    if node.kind == "service":
        return d.ext('<zeebe:taskDefinition type="t.do"/>')
    if node.write is not None:
        feel, target = d.quoted(node.write.feel), node.write.target
        return d.ext(f'<zeebe:script expression="{feel}" resultVariable="{target}"/>')
    if node.calls is not None:
        mark = (
            f'<zeebe:calledElement processId="{node.calls}"'
            ' propagateAllParentVariables="false" propagateAllChildVariables="false"/>'
        )
        # A mapping of its own result, so that nothing else comes out.
        outputs = {name: f"={name}" for name in node.outputs} or {"called": "=1"}
        return d.ext(mark, d.io({n: f"={n}" for n in drawing.variables}, outputs))
    return ""


def _event(event: Event) -> str:
    if event.kind == "timer":
        time = f"PT{event.seconds}S"
        if event.times is None:
            return d.timer("duration", time)
        return d.timer("cycle", f"R{event.times or ''}/{time}")
    if event.kind == "conditional":
        assert event.test is not None
        inside = _expression("condition", event.test)
        return f"<bpmn:conditionalEventDefinition>{inside}</bpmn:conditionalEventDefinition>"
    if event.kind == "compensation":
        ref = f' activityRef="{event.ref}"' if event.ref else ""
        return f"<bpmn:compensateEventDefinition{ref}/>"
    ref = f' {event.kind}Ref="{REFS[event.kind]}{event.ref}"' if event.ref else ""
    return f"<bpmn:{event.kind}EventDefinition{ref}/>"


def _loop(loop: Loop) -> str:
    if loop.kind == "while":
        test = _expression("loopCondition", loop.test) if loop.test is not None else ""
        more = f' testBefore="{str(loop.before).lower()}"'
        if loop.maximum is not None:
            more += f' loopMaximum="{loop.maximum}"'
        tag = "standardLoopCharacteristics"
        return f"<bpmn:{tag}{more}>{test}</bpmn:{tag}>"
    order = str(loop.kind == "one").lower()
    out = f' outputCollection="{loop.output}" outputElement="=got"' if loop.output else ""
    rows = [str(n) for n in range(1, loop.count + 1)]
    items = f'inputCollection="=[{", ".join(rows)}]" inputElement="item"'
    inside = d.ext(f"<zeebe:loopCharacteristics {items}{out}/>")
    if loop.cardinality:
        inside = (
            '<bpmn:loopCardinality xsi:type="bpmn:tFormalExpression">'
            f"{loop.count}</bpmn:loopCardinality>"
        )
    until = _expression("completionCondition", loop.until) if loop.until is not None else ""
    tag = "multiInstanceLoopCharacteristics"
    return f'<bpmn:{tag} isSequential="{order}">{inside}{until}</bpmn:{tag}>'
