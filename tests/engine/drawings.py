"""Small drawings written in Python, for tests of the engine."""

from __future__ import annotations

import io as streams
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from app import engine

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
    ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' id="defs" targetNamespace="urn:test">'
)


def quoted(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def ext(*parts: str) -> str:
    return f"<bpmn:extensionElements>{''.join(parts)}</bpmn:extensionElements>" if parts else ""


def io(inputs: dict[str, str] | None = None, outputs: dict[str, str] | None = None) -> str:
    rows = [f'<zeebe:input source="{quoted(s)}" target="{t}"/>' for t, s in (inputs or {}).items()]
    rows += [
        f'<zeebe:output source="{quoted(s)}" target="{t}"/>' for t, s in (outputs or {}).items()
    ]
    return f"<zeebe:ioMapping>{''.join(rows)}</zeebe:ioMapping>"


def props(**values: str) -> str:
    rows = "".join(f'<zeebe:property name="{k}" value="{quoted(v)}"/>' for k, v in values.items())
    return f"<zeebe:properties>{rows}</zeebe:properties>"


def node(tag: str, id: str, *inside: str, **attributes: str) -> str:
    rest = "".join(f' {k}="{quoted(v)}"' for k, v in attributes.items())
    return f'<bpmn:{tag} id="{id}"{rest}>{"".join(inside)}</bpmn:{tag}>'


def start(id: str = "s", *inside: str) -> str:
    return node("startEvent", id, *inside)


def end(id: str = "e", *inside: str) -> str:
    return node("endEvent", id, *inside)


def user(id: str, *extensions: str, **attributes: str) -> str:
    return node("userTask", id, ext("<zeebe:userTask/>", *extensions), **attributes)


def script(id: str, expression: str, result: str, *extensions: str, **attributes: str) -> str:
    mark = f'<zeebe:script expression="{quoted(expression)}" resultVariable="{result}"/>'
    return node("scriptTask", id, ext(mark, *extensions), **attributes)


def service(id: str, type: str, *extensions: str, inside: str = "", **attributes: str) -> str:
    mark = f'<zeebe:taskDefinition type="{quoted(type)}"/>'
    return node("serviceTask", id, ext(mark, *extensions), inside, **attributes)


def xor(id: str, default: str | None = None) -> str:
    return node("exclusiveGateway", id, **({"default": default} if default else {}))


def both(id: str) -> str:
    return node("parallelGateway", id)


def first(id: str) -> str:
    return node("eventBasedGateway", id)


def call(id: str, process: str, *extensions: str, all: bool = False, inside: str = "") -> str:
    flag = "true" if all else "false"
    mark = (
        f'<zeebe:calledElement processId="{process}" propagateAllParentVariables="{flag}"'
        f' propagateAllChildVariables="{flag}"/>'
    )
    return node("callActivity", id, ext(mark, *extensions), inside)


def sub(id: str, *inside: str, **attributes: str) -> str:
    return node("subProcess", id, *inside, **attributes)


def timer(kind: str, text: str) -> str:
    tag = {"date": "timeDate", "duration": "timeDuration", "cycle": "timeCycle"}[kind]
    return (
        f'<bpmn:timerEventDefinition><bpmn:{tag} xsi:type="bpmn:tFormalExpression">'
        f"{quoted(text)}</bpmn:{tag}></bpmn:timerEventDefinition>"
    )


def message(ref: str) -> str:
    return f'<bpmn:messageEventDefinition messageRef="{ref}"/>'


def error(ref: str | None = None) -> str:
    return "<bpmn:errorEventDefinition" + (f' errorRef="{ref}"' if ref else "") + "/>"


TERMINATE = "<bpmn:terminateEventDefinition/>"


def at(host: str, id: str, *inside: str, interrupting: bool = True) -> str:
    flag = "true" if interrupting else "false"
    return node("boundaryEvent", id, *inside, attachedToRef=host, cancelActivity=flag)


def catch(id: str, *inside: str) -> str:
    return node("intermediateCatchEvent", id, *inside)


def throw(id: str, *inside: str) -> str:
    return node("intermediateThrowEvent", id, *inside)


def many(
    collection: str,
    item: str = "item",
    *,
    output: str | None = None,
    element: str | None = None,
    sequential: bool = False,
    until: str | None = None,
) -> str:
    out = f' outputCollection="{output}" outputElement="{quoted(element or "")}"' if output else ""
    stop = f"<bpmn:completionCondition>{quoted(until)}</bpmn:completionCondition>" if until else ""
    flag = ' isSequential="true"' if sequential else ""
    mark = f'<zeebe:loopCharacteristics inputCollection="{collection}" inputElement="{item}"{out}/>'
    return (
        f"<bpmn:multiInstanceLoopCharacteristics{flag}>{ext(mark)}{stop}"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )


def flow(source: str, target: str, condition: str | None = None, id: str | None = None) -> str:
    inside = ""
    if condition is not None:
        inside = (
            '<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">'
            f"{quoted(condition)}</bpmn:conditionExpression>"
        )
    return node(
        "sequenceFlow", id or f"f_{source}_{target}", inside, sourceRef=source, targetRef=target
    )


def path(*ids: str) -> str:
    """Flows along a row of nodes."""
    return "".join(flow(a, b) for a, b in itertools.pairwise(ids))


def process(key: str, *inside: str, extensions: str = "") -> str:
    return node("process", key, ext(extensions) if extensions else "", *inside, isExecutable="true")


def row(*nodes: str) -> str:
    """Process ``p``: start event ``s``, the nodes one after the other, end event ``e``."""
    ids = [n.partition(' id="')[2].partition('"')[0] for n in nodes]
    return process("p", start(), *nodes, end(), path("s", *ids, "e"))


def detour(host: str, boundary: str) -> str:
    """A row of one activity; what its boundary event catches goes to another end event, ``x``."""
    a, b = (n.partition(' id="')[2].partition('"')[0] for n in (host, boundary))
    ways = path("s", a, "e") + path(b, "x")
    return process("p", start(), host, boundary, end(), end("x"), ways)


def choose(*ways: tuple[str, str]) -> str:
    """A gateway ``g`` without default; each way is a user task and the condition before it."""
    tasks = [user(task) for task, _ in ways]
    flows = [flow("g", task, condition) for task, condition in ways]
    return process("p", start(), xor("g"), *sorted(tasks), path("s", "g"), *flows)


def findings(*roots: str, **more: Any) -> set[tuple[str, str, str]]:
    """What ``check`` says of a drawing: (element, rule, severity)."""
    said = engine.check({"t.bpmn": drawing(*roots)}, **more)
    return {(f.element, f.rule, f.severity) for f in said}


def drawing(*roots: str) -> bytes:
    return f"{HEAD}{''.join(roots)}</bpmn:definitions>".encode()


def msg(id: str, name: str, key: str | None = None) -> str:
    mark = ext(f'<zeebe:subscription correlationKey="{quoted(key)}"/>') if key else ""
    return node("message", id, mark, name=name)


def err(id: str, code: str) -> str:
    return node("error", id, name=code, errorCode=code)


def stock(*roots: str) -> Any:
    """Process ``p`` run by the bare engine until nothing automatic is left."""
    parser = BpmnParser()
    parser.add_bpmn_io(streams.BytesIO(drawing(*roots)))
    workflow = BpmnWorkflow(parser.get_spec("p"), parser.get_subprocess_specs("p"))
    workflow.do_engine_steps()
    return workflow


class Case:
    """A case under test: saved and loaded again between any two moves."""

    def __init__(self, *roots: str, key: str = "p", reload: bool = True) -> None:
        self.library = engine.compile({"test.bpmn": drawing(*roots)})
        self.key = key
        self.reload = reload
        self.now = NOW
        self.trace: list[str] = []
        self.steps: list[Any] = []
        self.messages: list[Any] = []
        self.run = engine.Run(self.library)
        self.outcome: engine.Outcome = None  # type: ignore[assignment]

    def start(self, **variables: Any) -> Case:
        return self._take(self.run.start(self.key, variables, self.now))

    def _take(self, outcome: engine.Outcome) -> Case:
        self.outcome = outcome
        self.steps += outcome.steps
        self.trace += [step.element for step in outcome.steps]
        self.messages += outcome.messages
        if self.reload and outcome.status != "failed":
            self.run = engine.load(self.library, outcome.state)
        return self

    @property
    def open(self) -> list[str]:
        return [task.element for task in self.outcome.tasks]

    def task(self, element: str, instance: int | None = None) -> engine.OpenTask:
        return next(
            t
            for t in self.outcome.tasks
            if t.element == element and (instance is None or t.instance == instance)
        )

    def complete(self, element: str, instance: int | None = None, **answers: Any) -> Case:
        task = self.task(element, instance)
        return self._take(self.run.complete(task.id, answers, self.now))

    def ways_back(self, element: str) -> list[str]:
        """The steps that an open task may be sent back to."""
        return [way.element for way in self.run.ways_back(self.task(element).id)]

    def send_back(self, element: str, to: str, instance: int | None = None) -> Case:
        task = self.task(element, instance)
        way = next(w for w in self.run.ways_back(task.id) if w.element == to)
        return self._take(self.run.send_back(task.id, way, self.now))

    def answer(self, **variables: Any) -> Case:
        assert self.outcome.service is not None
        return self._take(self.run.resume(self.outcome.service.id, variables, self.now))

    def fail(self, code: str | None, message: str = "坏了") -> Case:
        assert self.outcome.service is not None
        return self._take(self.run.fail(self.outcome.service.id, code, message, self.now))

    def deliver(self, name: str, key: str, **variables: Any) -> Case:
        outcome = self.run.deliver(name, key, variables, self.now)
        assert outcome is not None
        return self._take(outcome)

    def advance(self, **time: float) -> Case:
        """Turn the clock, firing each timer at its moment."""
        until = self.now + timedelta(**time)
        while True:
            due = sorted((t for t in self.outcome.timers if t.due <= until), key=lambda t: t.due)
            if not due:
                break
            self.now = max(self.now, due[0].due)
            self._take(self.run.fire(due[0].id, self.now))
        self.now = until
        return self
