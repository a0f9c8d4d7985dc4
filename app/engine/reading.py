"""A drawing into SpiffWorkflow's specifications, through its base BPMN parser.

SpiffWorkflow's own parser follows the flows recursively (a drawing of 300 elements in a row is
too deep for it), sorts branches by their height on paper and knows nothing of zeebe. Here each
process is read flat: all nodes, then their boundary events, then their flows.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag

from app.engine.drawing import Element
from app.engine.marks import BPMN, Marks, Source, local, one, read_marks
from app.engine.specs import activities, events, gateways, many
from app.engine.specs.events import NONE, Event
from app.engine.specs.node import Pass, ProcessSpec

CAMEL = re.compile(r"(?<!^)(?=[A-Z])")
DEFINITIONS = {
    "messageEventDefinition": "message",
    "timerEventDefinition": "timer",
    "errorEventDefinition": "error",
    "terminateEventDefinition": "terminate",
}
TIMERS = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}


def spec_name(element_id: str) -> str:
    """``#`` cannot stand in an XML id, so no element can collide with an internal name."""
    return f"#{element_id}"


def kind_of(node: Any) -> str:
    return CAMEL.sub("_", local(node)).lower()


def child_text(node: Any, name: str) -> str | None:
    child = node.find(f"{{{BPMN}}}{name}")
    return child.text.strip() if child is not None and child.text else None


def event_definition(node: Any) -> Any:
    """The first event definition of a node, or None."""
    return next((c for c in node if local(c).endswith("EventDefinition")), None)


def read_element(node: Any, process: str, scope: str | None) -> Element:
    """A node's facts, without its behaviour."""
    marks = read_marks(node)
    properties, groups, definition = marks.properties, marks.groups, event_definition(node)
    static = groups.text if groups is not None and not groups.feel else ""
    return Element(
        id=node.get("id"),
        kind=kind_of(node),
        name=(node.get("name") or "").strip(),
        process=process,
        clauses=marks.words("clause"),
        clock=properties.get("clock") or None,
        not_by=marks.words("not_by"),
        phrase=properties.get("phrase") or None,
        print=properties.get("print") or None,
        print_done=properties.get("print_done") or None,
        documentation=child_text(node, "documentation"),
        event=None if definition is None else DEFINITIONS.get(local(definition), "other"),
        form=marks.form,
        groups=tuple(part.strip() for part in static.split(",") if part.strip()),
        scope=scope,
        marks=marks,
    )


class NodeReader(TaskParser):  # type: ignore[misc]
    """Makes the specification of one node; the flows come later."""

    def parse_node(self) -> Any:
        element = self.process_parser.element(self.node)
        spec = self.build(spec_name(element.id), element)
        return self.loop(spec, element) if element.marks.loop else spec

    def build(self, name: str, element: Element, **more: Any) -> Any:
        spec = self.make(name, **more)
        spec.bpmn_id, spec.element, spec.marks = element.id, element, element.marks
        spec.manual = element.kind in ("user_task", "manual_task")
        return spec

    def make(self, name: str, **more: Any) -> Any:
        return self.spec_class(self.spec, name, bpmn_name=self.node.get("name"), **more)

    def loop(self, each: Any, element: Element) -> Any:
        """Wrap an activity: ``@id`` is the round, ``#id`` the body around the rounds."""
        del self.spec.task_specs[each.name]
        each.name, each.round = f"@{element.id}", True
        self.spec.task_specs[each.name] = each
        loop = element.marks.loop
        kind = many.OneByOne if loop and loop.sequential else many.AllAtOnce
        body = kind(self.spec, spec_name(element.id), task_spec=each.name)
        body.bpmn_id, body.element, body.each = element.id, element, each.name
        body.marks = Marks(loop=loop)
        return body


class ScriptReader(NodeReader):
    def make(self, name: str, **more: Any) -> Any:
        return super().make(name, script=None, **more)


class EventReader(NodeReader):
    """Reads the definition; SpiffWorkflow's own ones read the clock and are not used."""

    def make(self, name: str, **more: Any) -> Any:
        spec = super().make(name, event_definition=None, **more)
        spec.event = self.read_event()
        return spec

    def read_event(self) -> Event:
        if self.node.get("messageRef"):
            return self._message(self.node)
        definition = event_definition(self.node)
        if definition is None:
            return NONE
        reader = getattr(self, f"_{DEFINITIONS.get(local(definition), 'other')}")
        event: Event = reader(definition)
        return event

    def _message(self, definition: Any) -> Event:
        message = self.process_parser.parser.roots.get(definition.get("messageRef"))
        if message is None:
            return Event("message")
        own = read_marks(self.node).key
        return Event("message", name=message.get("name"), key=own or read_marks(message).key)

    def _timer(self, definition: Any) -> Event:
        for child in definition:
            if local(child) in TIMERS:
                return Event("timer", timer=TIMERS[local(child)], when=Source.read(child.text))
        return Event("timer")

    def _error(self, definition: Any) -> Event:
        error = self.process_parser.parser.roots.get(definition.get("errorRef"))
        if error is None:
            return Event("error")
        return Event("error", name=error.get("name"), code=error.get("errorCode"))

    def _terminate(self, _definition: Any) -> Event:
        return Event("terminate")

    def _other(self, _definition: Any) -> Event:
        return NONE


class BoundaryReader(EventReader):
    def make(self, name: str, **more: Any) -> Any:
        interrupts = self.node.get("cancelActivity", "true") != "false"
        return super().make(name, cancel_activity=interrupts, **more)


class SendReader(EventReader):
    """A send task with a message throws it; with a task definition alone it is a service."""

    def make(self, name: str, **more: Any) -> Any:
        if not self.node.get("messageRef") and one(self.node, "taskDefinition") is not None:
            return activities.Service(self.spec, name, bpmn_name=self.node.get("name"), **more)
        return super().make(name, **more)


class RuleReader(NodeReader):
    """A business-rule task with a task definition is a service (Camunda 8)."""

    def make(self, name: str, **more: Any) -> Any:
        if one(self.node, "calledDecision") is None:
            self.spec_class = activities.Service
        return super().make(name, **more)


class ScriptOrService(ScriptReader):
    def make(self, name: str, **more: Any) -> Any:
        if one(self.node, "script") is None:
            self.spec_class = activities.Service
            return NodeReader.make(self, name, **more)
        return super().make(name, **more)


class CallReader(NodeReader):
    def make(self, name: str, **more: Any) -> Any:
        return super().make(name, subworkflow_spec=None, **more)


class EmbeddedReader(CallReader):
    """An embedded sub-process is read at once, as a process of its own around the same parser."""

    def make(self, name: str, **more: Any) -> Any:
        spec = super().make(name, **more)
        outer = self.process_parser
        spec.inner = ProcessReader.inside(outer, self.node).get_spec()
        return spec


class ProcessReader(ProcessParser):  # type: ignore[misc]
    """Reads one process or sub-process flat."""

    inside_of: ProcessReader | None = None

    @classmethod
    def inside(cls, outer: ProcessReader, node: Any) -> ProcessReader:
        reader = cls(outer.parser, node, outer.nsmap, outer.data_stores, filename=outer.filename)
        reader.inside_of = outer
        return reader

    @property
    def key(self) -> str:
        return self.inside_of.key if self.inside_of else str(self.bpmn_id)

    def element(self, node: Any) -> Element:
        scope = str(self.bpmn_id) if self.inside_of else None
        return read_element(node, self.key, scope)

    def _parse(self) -> None:
        called = self.inside_of is None
        self.spec = ProcessSpec(self.bpmn_id, self.get_name(), self.filename, called=called)
        nodes = [n for n in self.node if isinstance(n.tag, str) and n.get("id")]
        nodes = [n for n in nodes if n.tag in self.parser.OVERRIDE_PARSER_CLASSES]
        for node in nodes:
            self.parse_node(node)
        self._attach(nodes)
        self._connect(nodes)
        self._open(nodes)

    def parse_node(self, node: Any) -> Any:
        """Never takes an element for an internal specification of the same name."""
        reader, kind = self.parser.OVERRIDE_PARSER_CLASSES[node.tag]
        return reader(self, kind, node, self.nsmap, lane=self.lane).parse_node()

    def _spec(self, element_id: str) -> Any:
        return self.spec.task_specs[spec_name(element_id)]

    def _attach(self, nodes: list[Any]) -> None:
        for node in nodes:
            if local(node) == "boundaryEvent":
                host = self._spec(node.get("attachedToRef"))
                host.boundaries = (*host.boundaries, spec_name(node.get("id")))

    def _connect(self, nodes: list[Any]) -> None:
        flows: dict[str, list[Any]] = {node.get("id"): [] for node in nodes}
        for flow in self.node.findall(full_tag("sequenceFlow")):
            flows[flow.get("sourceRef")].append(flow)
        for node in nodes:
            self._leave(node, flows[node.get("id")])

    def _leave(self, node: Any, flows: list[Any]) -> None:
        source = self._spec(node.get("id"))
        conditional = any(f.find(full_tag("conditionExpression")) is not None for f in flows)
        if conditional and not isinstance(source, gateways.Exclusive):
            source = self._split(source)
        for flow in flows:
            if isinstance(source, gateways.Choice):
                self._choose(source, node, flow, alone=len(flows) == 1)
            else:
                source.link(self._target(source, flow))

    def _split(self, source: Any) -> Any:
        """Conditional flows out of an activity become a gateway that is not drawn."""
        split = gateways.Split(self.spec, f"?{source.bpmn_id}")
        split.element, split.manual = source.element, False
        source.link(split)
        return split

    def _choose(self, source: Any, node: Any, flow: Any, *, alone: bool) -> None:
        target = self._target(source, flow)
        condition = Source.read(child_text(flow, "conditionExpression"))
        default = node.get("default") == flow.get("id") or (alone and condition is None)
        source.connect_flow(gateways.Flow(flow.get("id"), condition, target.name, default), target)

    def _target(self, source: Any, flow: Any) -> Any:
        """Two flows of one source into one join must be told apart."""
        target = self._spec(flow.get("targetRef"))
        if not isinstance(target, gateways.Parallel) or source.name not in target._inputs:
            return target
        between = Pass(self.spec, f"~{flow.get('id')}")
        between.manual = False  # SpiffWorkflow counts a task without type as a person's
        between.link(target)
        return between

    def _open(self, nodes: list[Any]) -> None:
        """None start events; without any start event, whatever no flow leads to."""
        starts = [n for n in nodes if local(n) == "startEvent"]
        plain = [n for n in starts if event_definition(n) is None]
        if not starts:
            plain = [n for n in nodes if self._implicit(n)]
        for node in plain:
            self.spec.start.link(self._spec(node.get("id")))

    def _implicit(self, node: Any) -> bool:
        return not self._spec(node.get("id"))._inputs and local(node) != "boundaryEvent"


class DrawingReader(BpmnParser):  # type: ignore[misc]
    """SpiffWorkflow's base parser with our readers and specifications."""

    PROCESS_PARSER_CLASS = ProcessReader
    OVERRIDE_PARSER_CLASSES: ClassVar[dict[str, Any]] = {
        full_tag("startEvent"): (EventReader, events.Begin),
        full_tag("endEvent"): (EventReader, events.End),
        full_tag("intermediateCatchEvent"): (EventReader, events.Catch),
        full_tag("intermediateThrowEvent"): (EventReader, events.Throw),
        full_tag("boundaryEvent"): (BoundaryReader, events.Boundary),
        full_tag("task"): (NodeReader, activities.Untyped),
        full_tag("userTask"): (NodeReader, activities.User),
        full_tag("manualTask"): (NodeReader, activities.Manual),
        full_tag("scriptTask"): (ScriptOrService, activities.Script),
        full_tag("serviceTask"): (NodeReader, activities.Service),
        full_tag("businessRuleTask"): (RuleReader, activities.Rule),
        full_tag("sendTask"): (SendReader, events.Send),
        full_tag("receiveTask"): (EventReader, events.Receive),
        full_tag("callActivity"): (CallReader, activities.Call),
        full_tag("subProcess"): (EmbeddedReader, activities.Embedded),
        full_tag("exclusiveGateway"): (NodeReader, gateways.Exclusive),
        full_tag("parallelGateway"): (NodeReader, gateways.Parallel),
        full_tag("eventBasedGateway"): (EventReader, gateways.EventGateway),
    }

    def __init__(self) -> None:
        super().__init__()
        self.roots: dict[str, Any] = {}

    def add_bpmn_xml(self, bpmn: Any, filename: str | None = None) -> None:
        """Definitions are kept as XML; data stores and correlations are drawings' notes here."""
        self.roots.update({e.get("id"): e for e in bpmn if e.get("id")})
        self._add_diagram_indexes(bpmn)
        self._add_processes(bpmn, filename)
