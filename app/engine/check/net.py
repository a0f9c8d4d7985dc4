"""A process as a net of tokens, without its data: every condition may hold or not.

What each element does with tokens stands in decision 005. Here a marking is a sorted tuple of
places (numbers, one for each token); the number of a place grows with its distance from the
start, so that the first place that can move is always the one furthest upstream. Moving only that
one is enough: places do not compete (each place's tokens are taken by one element only), so the
order in which independent ones move changes neither what is reached nor what gets stuck.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any

from app.engine.marks import BPMN, local

if TYPE_CHECKING:
    from app.engine.check.finding import Sheet

Marking = tuple[int, ...]
TRUE, FALSE = ("true", "1"), ("false", "0")
SUBS = frozenset(["subProcess", "transaction", "adHocSubProcess"])
TASKS = ("task", "userTask", "manualTask", "serviceTask", "scriptTask", "businessRuleTask")
ACTIVITIES = SUBS | {*TASKS, "sendTask", "receiveTask", "callActivity"}
JOINS = frozenset(["parallelGateway", "inclusiveGateway", "complexGateway"])
GATEWAYS = JOINS | {"exclusiveGateway", "eventBasedGateway"}
EVENTS = frozenset(
    ["startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"]
)
KNOWN = ACTIVITIES | GATEWAYS | EVENTS
THROWERS = frozenset(["serviceTask", "sendTask", "businessRuleTask", "callActivity", "scriptTask"])
MOST_WAYS = 6  # of an inclusive split: all sets of so many flows are tried, of more only some
FEW_TOKENS = 3  # so many on one place: it may grow without end, nobody looks further


@dataclass(slots=True, eq=False)
class Flow:
    id: str
    source: str
    target: str
    conditional: bool
    element: Any = None


@dataclass(slots=True, eq=False)
class Node:
    """A flow node with its flows; ``inner`` is the scope that it opens."""

    id: str
    tag: str
    element: Any
    scope: Scope
    ins: list[Flow] = field(default_factory=list)
    outs: list[Flow] = field(default_factory=list)
    edges: list[Node] = field(default_factory=list)  # boundary events on it
    inner: Scope | None = None
    rank: int = 0
    given: list[Any] = field(default_factory=list)  # event definitions by reference
    codes: dict[str, str | None] = field(default_factory=dict)  # of "error", "escalation"

    @property
    def definitions(self) -> list[Any]:
        return [*self.given, *(c for c in self.element if local(c).endswith("EventDefinition"))]

    @property
    def kinds(self) -> set[str]:
        return {local(d).removesuffix("EventDefinition") for d in self.definitions}

    @property
    def compensates(self) -> bool:
        return bool(self.element.get("isForCompensation") in TRUE)

    @property
    def is_event_sub(self) -> bool:
        return self.tag in SUBS and self.element.get("triggeredByEvent") in TRUE

    @property
    def interrupts(self) -> bool:
        return bool(self.element.get("cancelActivity", "true") not in FALSE)


@dataclass(slots=True, eq=False)
class Scope:
    """A process or what a sub-process opens."""

    owner: Node | None
    around: Scope | None
    nodes: dict[str, Node] = field(default_factory=dict)
    last: int = 0

    def within(self, other: Scope) -> bool:
        at: Scope | None = self
        while at is not None and at is not other:
            at = at.around
        return at is other

    def event_subs(self) -> list[Node]:
        return [n for n in self.nodes.values() if n.is_event_sub]

    def starts(self) -> list[Node]:
        """What gets a token when the scope opens."""
        plain = [n for n in self.nodes.values() if n.tag == "startEvent" and not n.definitions]
        if plain or any(n.tag == "startEvent" for n in self.nodes.values()):
            return plain
        return [n for n in self.nodes.values() if not n.ins and begins(n)]


def begins(node: Node) -> bool:
    """Whether a node that no flow leads to is a start."""
    passive = node.tag == "boundaryEvent" or node.is_event_sub or node.compensates
    passive = passive or node.element.get("instantiate") in TRUE
    return not passive and not (node.tag == "intermediateCatchEvent" and "link" in node.kinds)


def of(sheet: Sheet, process: Any) -> Scope:
    """The net of a process of a sheet, read once for all rules that look at it."""
    if process not in sheet.nets:
        sheet.nets[process] = read(process)
    found: Scope = sheet.nets[process]
    return found


def read(process: Any) -> Scope:
    """The scopes of a process with nodes and flows."""
    top = Scope(None, None)
    roots = {r.get("id"): r for r in process.getparent()}
    todo = [(process, top)]
    while todo:
        element, scope = todo.pop()
        for child in element:
            tag = local(child)
            if tag in KNOWN and child.get("id"):
                node = Node(child.get("id"), tag, child, scope)
                scope.nodes[node.id] = node
                node.given = [roots[n] for n in _references(child) if n in roots]
                node.codes = _codes(node, roots)
                if tag in SUBS:
                    node.inner = Scope(node, scope)
                    todo.append((child, node.inner))
        _connect(element, scope)
    _number(top)
    return top


def _references(element: Any) -> list[str]:
    refs = element.findall(f"{{{BPMN}}}eventDefinitionRef")
    return [(ref.text or "").strip() for ref in refs]


def _codes(node: Node, roots: dict[str, Any]) -> dict[str, str | None]:
    """Codes of errors and escalations that an event names; None stands for any."""
    found: dict[str, str | None] = {}
    for definition in node.definitions:
        for kind in ("error", "escalation"):
            if local(definition) == f"{kind}EventDefinition":
                root = roots.get(definition.get(f"{kind}Ref"))
                found[kind] = (
                    root.get(f"{kind}Code") or root.get("id") if root is not None else None
                )
    return found


def _connect(element: Any, scope: Scope) -> None:
    for child in element.findall(f"{{{BPMN}}}sequenceFlow"):
        condition = child.find(f"{{{BPMN}}}conditionExpression") is not None
        ends = (child.get("sourceRef"), child.get("targetRef"))
        flow = Flow(child.get("id"), *ends, condition, child)
        if flow.source in scope.nodes and flow.target in scope.nodes:
            scope.nodes[flow.source].outs.append(flow)
            scope.nodes[flow.target].ins.append(flow)
    for node in scope.nodes.values():
        host = scope.nodes.get(node.element.get("attachedToRef") or "")
        if node.tag == "boundaryEvent" and host is not None:
            host.edges.append(node)
    for node in scope.nodes.values():
        if node.tag == "intermediateThrowEvent" and "link" in node.kinds:
            node.outs += [Flow(f"{node.id}→{n.id}", node.id, n.id, False) for n in _caught(node)]


def _caught(node: Node) -> Iterator[Node]:
    names = {d.get("name") for d in node.definitions if local(d) == "linkEventDefinition"}
    for other in node.scope.nodes.values():
        catches = other.tag == "intermediateCatchEvent" and "link" in other.kinds
        if catches and names & {d.get("name") for d in other.definitions}:
            yield other


def onward(node: Node) -> Iterator[Node]:
    """Where a token at a node may come to next, in its own scope."""
    for flow in node.outs:
        yield node.scope.nodes[flow.target]
    yield from node.edges


def _number(top: Scope) -> None:
    """Ranks: nodes in topological order but for loops, branches of a split one after the other."""
    count = 0
    todo: list[Scope | Node | tuple[Scope]] = [top]
    while todo:
        at = todo.pop()
        count += 1
        if isinstance(at, tuple):
            at[0].last = count
        elif isinstance(at, Node):
            at.rank = count
            if at.inner is not None:
                todo.append(at.inner)
        else:
            todo.append((at,))
            todo += reversed(_ordered(at))


def _ordered(scope: Scope) -> list[Node]:
    heads = [n for n in scope.nodes.values() if not n.ins and n.tag != "boundaryEvent"]
    done: list[Node] = []
    seen: set[str] = set()
    for head in [*heads, *scope.nodes.values()]:
        if head.id not in seen:
            seen.add(head.id)
            _after(head, seen, done)
    events = [n for n in reversed(done) if n.is_event_sub]
    return [n for n in reversed(done) if not n.is_event_sub] + events


def _after(head: Node, seen: set[str], done: list[Node]) -> None:
    """Depth first; ``done`` gets the nodes from the last to the first."""
    stack = [(head, onward(head))]
    while stack:
        node, rest = stack[-1]
        following = next((n for n in rest if n.id not in seen), None)
        if following is None:
            done.append(node)
            stack.pop()
        else:
            seen.add(following.id)
            stack.append((following, onward(following)))


def subsets(flows: list[Flow]) -> Iterator[tuple[Flow, ...]]:
    """Non-empty sets of flows; of many flows only small ones and all."""
    if len(flows) <= MOST_WAYS:
        sizes: list[int] = list(range(1, len(flows) + 1))
    else:
        sizes = [1, 2, len(flows)]
    for size in sizes:
        yield from combinations(flows, size)


def number_of(node: Node, name: str) -> int:
    text = node.element.get(name, "1")
    return int(text) if text.isdecimal() and 0 < int(text) < 100 else 1
