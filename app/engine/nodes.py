"""Readers of single nodes: each makes the specification of one node; the flows come later."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser

from app.engine import triggers
from app.engine.drawing import Element
from app.engine.marks import BPMN, TRUE, Marks, Source, inner_source, local, one, read_marks
from app.engine.specs import activities, many, scopes, throwing
from app.engine.triggers import read_event, read_events

CAMEL = re.compile(r"(?<!^)(?=[A-Z])")


def spec_name(element_id: str) -> str:
    """``#`` cannot stand in an XML id, so no element can collide with an internal name."""
    return f"#{element_id}"


def kind_of(node: Any) -> str:
    return CAMEL.sub("_", local(node)).lower()


def child_text(node: Any, name: str) -> str | None:
    child = node.find(f"{{{BPMN}}}{name}")
    return child.text.strip() if child is not None and child.text else None


def event_kind(node: Any, roots: Mapping[str, Any]) -> str | None:
    """Kind of the event that a node has, ``multiple`` for several, None for none."""
    kinds = [triggers.kind_of(d) for d in triggers.definitions(node, roots)]
    return "multiple" if len(kinds) > 1 else next(iter(kinds), None)


def read_element(node: Any, process: str, scope: str | None, roots: Mapping[str, Any]) -> Element:
    """A node's facts, without its behaviour."""
    marks = read_marks(node)
    properties, groups = marks.properties, marks.groups
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
        event=event_kind(node, roots),
        form=marks.form,
        groups=tuple(part.strip() for part in static.split(",") if part.strip()),
        scope=scope,
        marks=marks,
    )


class NodeReader(TaskParser):  # type: ignore[misc]
    """Makes the specification of one node."""

    def parse_node(self) -> Any:
        element = self.process_parser.element(self.node)
        spec = self.build(spec_name(element.id), element)
        outer = self.loop(spec, element) if element.marks.loop else spec
        outer.needs = _quantity(self.node, "startQuantity")
        outer.gives = _quantity(self.node, "completionQuantity")
        return outer

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
        body = self._body(spec_name(element.id), element, each.name)
        body.bpmn_id, body.element, body.each = element.id, element, each.name
        body.marks = Marks(loop=element.marks.loop)
        return body

    def _body(self, name: str, element: Element, each: str) -> Any:
        loop = element.marks.loop
        if loop and loop.standard:
            return many.Again(
                self.spec, name, task_spec=each, maximum=None, condition=None, test_before=False
            )
        kind = many.OneByOne if loop and loop.sequential else many.AllAtOnce
        body = kind(self.spec, name, task_spec=each)
        body.thrown = self._thrown()
        return body

    def _thrown(self) -> tuple[tuple[Source | None, triggers.Event], ...]:
        """Events of a multi-instance's ``behavior``."""
        node = self.node.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics")
        roots, behavior = self.roots(), node.get("behavior", "All")
        if behavior == "Complex":
            return tuple(
                (inner_source(rule, "condition"), event)
                for rule in node.findall(f"{{{BPMN}}}complexBehaviorDefinition")
                for thrown in rule.findall(f"{{{BPMN}}}event")
                for event in read_events(thrown, roots)
            )
        ref = node.get("oneBehaviorEventRef" if behavior == "One" else "noneBehaviorEventRef")
        definition = roots.get((ref or "").rpartition(":")[2])
        if behavior == "All" or definition is None:
            return ()
        return ((None, read_event(self.node, definition, roots)),)

    def roots(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.process_parser.parser.roots
        return found


def _quantity(node: Any, name: str) -> int:
    text = node.get(name, "1").strip()
    return int(text) if text.isdigit() else 1


class EventReader(NodeReader):
    """Reads the definitions; SpiffWorkflow's own ones read the clock and are not used."""

    def make(self, name: str, **more: Any) -> Any:
        spec = super().make(name, event_definition=None, **more)
        spec.events = read_events(self.node, self.roots())
        spec.every = self.node.get("parallelMultiple") in TRUE and len(spec.events) > 1
        throws = isinstance(spec, throwing.Throwing)
        spec.late = throws and any(event.kind == "signal" for event in spec.events)
        return spec


class GatewayReader(EventReader):
    """An event-based gateway."""

    def make(self, name: str, **more: Any) -> Any:
        spec = super().make(name, **more)
        spec.parallel = self.node.get("eventGatewayType") == "Parallel"
        return spec


class ComplexReader(NodeReader):
    def make(self, name: str, **more: Any) -> Any:
        spec = super().make(name, **more)
        spec.activation = inner_source(self.node, "activationCondition")
        return spec


class BoundaryReader(EventReader):
    def make(self, name: str, **more: Any) -> Any:
        interrupts = self.node.get("cancelActivity", "true") in TRUE
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


class ScriptReader(NodeReader):
    """A script task with a task definition is a service (Camunda 8)."""

    def make(self, name: str, **more: Any) -> Any:
        if one(self.node, "script") is None:
            self.spec_class = activities.Service
            return super().make(name, **more)
        return super().make(name, script=None, **more)


class CallReader(NodeReader):
    def make(self, name: str, **more: Any) -> Any:
        return super().make(name, subworkflow_spec=None, **more)


class EmbeddedReader(CallReader):
    """A sub-process is read at once, as a process of its own around the same parser."""

    def make(self, name: str, **more: Any) -> Any:
        if self.node.get("triggeredByEvent") in TRUE:
            self.spec_class = scopes.EventSub
        spec = super().make(name, **more)
        spec.inner = self.process_parser.inside(self.node).get_spec()
        if isinstance(spec, scopes.EventSub):
            self._listen(spec)
        return spec

    def _listen(self, spec: Any) -> None:
        start = self.node.find(f"{{{BPMN}}}startEvent")
        begin = spec.inner.task_specs[spec_name(start.get("id"))]
        spec.events, spec.every = begin.events, begin.every
        spec.start_name, spec.start_element = begin.name, begin.element
        spec.interrupts = start.get("isInterrupting", "true") in TRUE


class AdHocReader(EmbeddedReader):
    def make(self, name: str, **more: Any) -> Any:
        spec = super().make(name, **more)
        spec.sequential = self.node.get("ordering") == "Sequential"
        spec.cancels = self.node.get("cancelRemainingInstances", "true") in TRUE
        spec.until = inner_source(self.node, "completionCondition")
        return spec
