"""A drawing into SpiffWorkflow's specifications, through its base BPMN parser.

SpiffWorkflow's own parser follows the flows recursively (a drawing of 300 elements in a row is
too deep for it), sorts branches by their height on paper and knows nothing of zeebe. Here each
process is read flat: all nodes, then their boundary events, then their flows.
"""

from __future__ import annotations

from typing import Any, ClassVar

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.util import full_tag

from app.engine import nodes as readers
from app.engine.drawing import Element
from app.engine.marks import TRUE, inner_source, local
from app.engine.nodes import read_element, spec_name
from app.engine.specs import activities, catching, gateways, joins, scopes, throwing
from app.engine.specs.node import Pass, ProcessSpec

JOINS = (gateways.Parallel, joins.Inclusive, joins.Complex)
SUBS = ("subProcess", "transaction", "adHocSubProcess")


def is_event_sub(node: Any) -> bool:
    return node.get("triggeredByEvent") in TRUE


class ProcessReader(ProcessParser):  # type: ignore[misc]
    """Reads one process or sub-process flat."""

    inside_of: ProcessReader | None = None

    def inside(self, node: Any) -> ProcessReader:
        """The reader of a sub-process of this one."""
        reader = ProcessReader(
            self.parser, node, self.nsmap, self.data_stores, filename=self.filename
        )
        reader.inside_of = self
        return reader

    def _index_process_nodes(self) -> None:
        """The stock index walks everything once more for each level; nothing here asks it."""

    @property
    def key(self) -> str:
        return self.inside_of.key if self.inside_of else str(self.bpmn_id)

    def element(self, node: Any) -> Element:
        scope = str(self.bpmn_id) if self.inside_of else None
        return read_element(node, self.key, scope, self.parser.roots)

    def _parse(self) -> None:
        called = self.inside_of is None
        self.spec = ProcessSpec(self.bpmn_id, self.get_name(), self.filename, called=called)
        nodes = [n for n in self.node if isinstance(n.tag, str) and n.get("id")]
        nodes = [n for n in nodes if n.tag in self.parser.OVERRIDE_PARSER_CLASSES]
        for node in nodes:
            self.parse_node(node)
        self._attach(nodes)
        self._connect(nodes)
        self._link(nodes)
        self._open(nodes)

    def parse_node(self, node: Any) -> Any:
        """Never takes an element for an internal specification of the same name."""
        reader, kind = self.parser.OVERRIDE_PARSER_CLASSES[node.tag]
        return reader(self, kind, node, self.nsmap, lane=self.lane).parse_node()

    def _spec(self, element_id: str) -> Any:
        return self.spec.task_specs[spec_name(element_id)]

    # boundary events and handlers of compensation

    def _attach(self, nodes: list[Any]) -> None:
        handlers = self._handlers()
        for node in nodes:
            if local(node) != "boundaryEvent":
                continue
            host, event = self._spec(node.get("attachedToRef")), self._spec(node.get("id"))
            if event.events and event.events[0].kind == "compensation":
                undo = (event.name, spec_name(handlers[node.get("id")]))
                # Each round of a loop is undone by itself.
                self.spec.task_specs.get(getattr(host, "each", ""), host).undo = undo
            else:
                host.boundaries = (*host.boundaries, event.name)

    def _handlers(self) -> dict[str, str]:
        found = self.node.findall(full_tag("association"))
        return {str(one.get("sourceRef")): str(one.get("targetRef")) for one in found}

    # flows

    def _connect(self, nodes: list[Any]) -> None:
        flows: dict[str, list[Any]] = {node.get("id"): [] for node in nodes}
        for flow in self.node.findall(full_tag("sequenceFlow")):
            flows[flow.get("sourceRef")].append(flow)
        for node in nodes:
            self._leave(node, flows[node.get("id")])

    def _leave(self, node: Any, flows: list[Any]) -> None:
        source = self._spec(node.get("id"))
        conditional = any(f.find(full_tag("conditionExpression")) is not None for f in flows)
        if conditional and not isinstance(source, gateways.Choice):
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
        condition = inner_source(flow, "conditionExpression")
        default = node.get("default") == flow.get("id") or (alone and condition is None)
        source.connect_flow(gateways.Flow(flow.get("id"), condition, target.name, default), target)

    def _target(self, source: Any, flow: Any) -> Any:
        """Two flows of one source into one join must be told apart."""
        target = self._spec(flow.get("targetRef"))
        if not isinstance(target, JOINS) or source.name not in target._inputs:
            return target
        between = Pass(self.spec, f"~{flow.get('id')}")
        between.manual = False  # SpiffWorkflow counts a task without type as a person's
        between.link(target)
        return between

    def _link(self, nodes: list[Any]) -> None:
        """A link is a sequence flow from each throw to the catch of the same name."""
        linked = [s for s in (self._spec(n.get("id")) for n in nodes) if _link_name(s)]
        catches = {_link_name(s): s for s in linked if isinstance(s, catching.Catch)}
        for spec in linked:
            if not isinstance(spec, catching.Catch):
                spec.link(catches[_link_name(spec)])

    # where tokens begin

    def _open(self, nodes: list[Any]) -> None:
        """Plain start events; without any start event, whatever no flow leads to."""
        self.spec.listeners = tuple(s.name for s in self._event_subs(nodes) if _armed(s))
        self.spec.compensation = next(
            (s.name for s in self._event_subs(nodes) if not _armed(s)), None
        )
        begins = [n for n in nodes if self._may_begin(n)]
        self.spec.entries = tuple(spec_name(n.get("id")) for n in begins)
        self._openers(nodes)
        if local(self.node) == "adHocSubProcess":
            return
        starts = [n for n in begins if local(n) == "startEvent"]
        for node in starts or begins:
            if not self._triggered(node):
                self.spec.start.link(self._spec(node.get("id")))

    def _event_subs(self, nodes: list[Any]) -> list[Any]:
        return [self._spec(n.get("id")) for n in nodes if is_event_sub(n)]

    def _may_begin(self, node: Any) -> bool:
        aside = local(node) == "boundaryEvent" or is_event_sub(node)
        undoes = node.get("isForCompensation") in TRUE
        return not aside and not undoes and not self._spec(node.get("id"))._inputs

    def _triggered(self, node: Any) -> bool:
        """Begins by its trigger only."""
        if local(node) == "startEvent":
            return bool(self._spec(node.get("id")).events)
        return node.get("instantiate") in TRUE

    def _openers(self, nodes: list[Any]) -> None:
        for node in nodes:
            if local(node) == "eventBasedGateway" and node.get("instantiate") in TRUE:
                gateway = self._spec(node.get("id"))
                self.spec.openers.update(dict.fromkeys(gateway._outputs, gateway.name))


def _armed(spec: Any) -> bool:
    return all(event.kind != "compensation" for event in spec.events)


def _link_name(spec: Any) -> str | None:
    events = getattr(spec, "events", ())
    return str(events[0].name) if events and events[0].kind == "link" else None


class DrawingReader(BpmnParser):  # type: ignore[misc]
    """SpiffWorkflow's base parser with our readers and specifications."""

    PROCESS_PARSER_CLASS = ProcessReader
    OVERRIDE_PARSER_CLASSES: ClassVar[dict[str, Any]] = {
        full_tag("startEvent"): (readers.EventReader, catching.Begin),
        full_tag("endEvent"): (readers.EventReader, throwing.End),
        full_tag("intermediateCatchEvent"): (readers.EventReader, catching.Catch),
        full_tag("intermediateThrowEvent"): (readers.EventReader, throwing.Throw),
        full_tag("boundaryEvent"): (readers.BoundaryReader, catching.Boundary),
        full_tag("task"): (readers.NodeReader, activities.Untyped),
        full_tag("userTask"): (readers.NodeReader, activities.User),
        full_tag("manualTask"): (readers.NodeReader, activities.Manual),
        full_tag("scriptTask"): (readers.ScriptReader, activities.Script),
        full_tag("serviceTask"): (readers.NodeReader, activities.Service),
        full_tag("businessRuleTask"): (readers.RuleReader, activities.Rule),
        full_tag("sendTask"): (readers.SendReader, throwing.Send),
        full_tag("receiveTask"): (readers.EventReader, catching.Receive),
        full_tag("callActivity"): (readers.CallReader, scopes.Call),
        full_tag("subProcess"): (readers.EmbeddedReader, scopes.Embedded),
        full_tag("transaction"): (readers.EmbeddedReader, scopes.Embedded),
        full_tag("adHocSubProcess"): (readers.AdHocReader, scopes.AdHoc),
        full_tag("exclusiveGateway"): (readers.NodeReader, gateways.Exclusive),
        full_tag("inclusiveGateway"): (readers.NodeReader, joins.Inclusive),
        full_tag("complexGateway"): (readers.ComplexReader, joins.Complex),
        full_tag("parallelGateway"): (readers.NodeReader, gateways.Parallel),
        full_tag("eventBasedGateway"): (readers.GatewayReader, catching.EventGateway),
    }

    def __init__(self) -> None:
        super().__init__()
        self.roots: dict[str, Any] = {}

    def add_bpmn_xml(self, bpmn: Any, filename: str | None = None) -> None:
        """Definitions are kept as XML; data stores and correlations are drawings' notes here."""
        self.roots.update({e.get("id"): e for e in bpmn if e.get("id")})
        self._add_diagram_indexes(bpmn)
        self._add_processes(bpmn, filename)
