"""Variables that are read before anything can have written them, or that may be left out.

What has been written on the way to a node flows along the drawing: what some way brings, and what
every way brings. Sets of variables are numbers, one bit for each name.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.engine.check import components, net
from app.engine.check.dictionary import Dictionary
from app.engine.check.finding import Sheet
from app.engine.check.links import World
from app.engine.check.names import later
from app.engine.check.net import Node, Scope
from app.engine.check.talk import nodes
from app.engine.marks import BPMN, Source, local
from app.feel.syntax import parsed
from app.texts import T


@dataclass(slots=True)
class Written:
    """What a node writes: names that are surely there after it, and fields that may be left out
    with the condition that hides them."""

    sure: set[str] = field(default_factory=set)
    perhaps: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Way:
    """A process with what its nodes write and what has been written before and after them."""

    sheet: Sheet
    top: Scope
    writes: dict[Node, Written]
    bits: dict[str, int]
    some: dict[Node, tuple[int, int]] = field(default_factory=dict)  # before, after
    every: dict[Node, tuple[int, int]] = field(default_factory=dict)

    def mask(self, names: Any) -> int:
        found = 0
        for name in names:
            found |= self.bits[name]
        return found


def rules(world: World, book: Dictionary) -> None:
    """Findings about the order of writing and reading."""
    for sheet in world.sheets:
        for process in sheet.processes():
            if process not in book.vague and not _open(world, process):
                _process(world, book, sheet, process)


def _open(world: World, process: Any) -> bool:
    """Whether a caller hands in all that it has."""
    key = process.get("id")
    for sheet in world.sheets:
        for _scope, node in sheet.nodes():
            marks = sheet.marks(node)
            if local(node) == "callActivity" and marks.called == key and marks.all_parent:
                return True
    return False


def _process(world: World, book: Dictionary, sheet: Sheet, process: Any) -> None:
    top = net.of(sheet, process)
    writes = {node: _by_node(world, sheet, node) for node in nodes(top)}
    given = _given(world, sheet, process)
    names = {n for each in writes.values() for n in (*each.sure, *each.perhaps)}
    bits = {name: 1 << at for at, name in enumerate(sorted(names - given))}
    way = Way(sheet, top, writes, bits)
    _flow(way)
    for node in (n for n in writes if not _called_back(n)):
        for at, name, text, after in _reads(book, way, node):
            _look(way, node, at, name, text, after=after)


def _given(world: World, sheet: Sheet, process: Any) -> set[str]:
    """What is there when the process begins."""
    found = set(sheet.marks(process).words("variables"))
    for other in world.sheets:
        for _scope, node in other.nodes():
            marks = other.marks(node)
            if local(node) == "callActivity" and marks.called == process.get("id"):
                found |= {m.target.split(".")[0] for m in marks.inputs}
    return found


def _by_node(world: World, sheet: Sheet, node: Node) -> Written:
    marks = sheet.marks(node.element)
    found = Written()
    if marks.loop is not None and marks.loop.output:
        found.sure.add(marks.loop.output)
    if marks.outputs:
        found.sure |= {m.target.split(".")[0] for m in marks.outputs}
    elif node.tag == "userTask":
        _by_form(world.forms.get(marks.form or "") or {}, found)
    elif marks.result:
        found.sure.add(marks.result)
    elif marks.type is not None:
        contract = (world.services or {}).get(marks.type.text)
        found.sure |= set(contract.outputs) if contract is not None else set()
    return found


def _by_form(schema: dict[str, Any], found: Written) -> None:
    for key, component, hidden in components.fields(schema):
        name, _, path = key.partition(".")
        if components.absent(component, hidden) and not path:
            found.perhaps[name] = hidden
        else:
            found.sure.add(name)
    for name in found.sure:
        found.perhaps.pop(name, None)


def _called_back(node: Node) -> bool:
    """Handlers of compensation run after what they undo, where no line leads."""
    at: Node | None = node
    while at is not None:
        if at.compensates or (at.is_event_sub and at.scope.owner is not None):
            return True
        at = at.scope.owner
    return False


# --- what flows along


def _flow(way: Way) -> None:
    """Until nothing changes: from below for what some way brings, from above for every way."""
    whole = (1 << len(way.bits)) - 1
    before = {node: list(_before(node)) for node in way.writes}
    onward: dict[Node, list[Node]] = {node: [] for node in way.writes}
    for node, sources in before.items():
        for source, _inside in sources:
            onward[source].append(node)
    for node in way.writes:
        way.some[node] = (0, 0)
        way.every[node] = (whole, whole)
    todo = deque(sorted(way.writes, key=lambda n: n.rank))
    waiting = set(todo)
    while todo:
        node = todo.popleft()
        waiting.discard(node)
        if _settle(way, node, before[node]):
            fresh = [n for n in onward[node] if n not in waiting]
            waiting.update(fresh)
            todo += fresh


def _settle(way: Way, node: Node, sources: list[tuple[Node, bool]]) -> bool:
    """Look at one node anew; whether something changed. A source is (node, from its beginning)."""
    entered = [pair for pair in sources if not _ends_in(pair[0], node)]
    ends = [(last, False) for last, _ in sources if _ends_in(last, node)]
    some, every = _met(way, entered, joins=node.tag == "parallelGateway")
    inner_some, inner_every = _met(way, ends)
    own = way.writes[node]
    sure = way.mask(n for n in own.sure if n in way.bits)
    perhaps = way.mask(n for n in own.perhaps if n in way.bits)
    before = (way.some[node], way.every[node])
    way.some[node] = some, some | sure | perhaps | inner_some
    way.every[node] = every, every | sure | inner_every
    return before != (way.some[node], way.every[node])


def _met(way: Way, sources: list[tuple[Node, bool]], *, joins: bool = False) -> tuple[int, int]:
    """What some and what every way brings where ways meet; a join has them all."""
    some = every = 0
    for at, (source, begins) in enumerate(sources):
        some |= way.some[source][not begins]
        reached = way.every[source][not begins]
        every = reached if at == 0 else every | reached if joins else every & reached
    return some, every


def _ends_in(source: Node, node: Node) -> bool:
    """Whether the source is the last of what is inside of the node."""
    return node.inner is not None and source.scope is node.inner


def _before(node: Node) -> Iterator[tuple[Node, bool]]:
    """Nodes that a token comes from, with whether it comes from their beginning."""
    for flow in node.ins:
        yield node.scope.nodes[flow.source], False
    if node.tag == "intermediateCatchEvent" and "link" in node.kinds:
        for other in node.scope.nodes.values():
            if any(flow.target == node.id for flow in other.outs):
                yield other, False
    host = node.scope.nodes.get(node.element.get("attachedToRef") or "")
    if host is not None:
        yield host, True
    owner = node.scope.owner
    if owner is not None and not node.ins and host is None:
        yield owner, True
    if node.inner is not None:
        yield from ((last, False) for last in node.inner.nodes.values() if not last.outs)


# --- what is read


def _reads(book: Dictionary, way: Way, node: Node) -> Iterator[tuple[Any, str, str, bool]]:
    """Where, the name, the expression, and whether it is read after the node has written."""
    marks = way.sheet.marks(node.element)
    around = _around(book, node)
    own = around | book.locals.get(node.element, set())
    first = [m.source for m in marks.inputs] + [marks.loop.collection if marks.loop else None]
    asked = (marks.script, marks.groups, marks.due, marks.limit, marks.type, marks.key)
    for source in (*first, *asked, marks.not_by_case):
        for name in _names(source) - own:
            yield node.element, name, source.text, False  # type: ignore[union-attr]
    for flow in _flows(node):
        source = _condition(flow)
        for name in _names(source) - around:
            yield flow, name, source.text, True  # type: ignore[union-attr]


def _around(book: Dictionary, node: Node) -> set[str]:
    """Locals of the sub-processes that a node stands in."""
    found: set[str] = set()
    owner = node.scope.owner
    while owner is not None:
        found |= book.locals.get(owner.element, set())
        owner = owner.scope.owner
    return found


def _flows(node: Node) -> list[Any]:
    return [flow.element for flow in node.outs if flow.element is not None]


def _condition(flow: Any) -> Source | None:
    condition = flow.find(f"{{{BPMN}}}conditionExpression")
    return Source.read(condition.text) if condition is not None else None


def _names(source: Source | None) -> set[str]:
    if source is None or not source.feel:
        return set()
    return set(parsed(source.text).variables)


def _look(way: Way, node: Node, at: Any, name: str, text: str, *, after: bool) -> None:
    bit = way.bits.get(name)
    if bit is None or way.every[node][after] & bit:
        return
    writers = [n for n, each in way.writes.items() if name in each.sure or name in each.perhaps]
    if not way.some[node][after] & bit:
        if all(n is node or later(node, n) for n in writers):
            _early(way, at, name)
        return
    fields = [way.writes[n].perhaps.get(name) for n in writers]
    if all(hidden is not None for hidden in fields):
        _left_out(way, at, name, text, [hidden or "" for hidden in fields])


def _early(way: Way, at: Any, name: str) -> None:
    text = T(
        "变量“{name}”在这里读取，之前却没有步骤写入；请调整顺序、先给初值，"
        "或在流程的 variables 里写明由外面给出",
        name=name,
    )
    way.sheet.warn(at, "read_before_written", text)


def _left_out(way: Way, at: Any, name: str, text: str, hidden: list[str]) -> None:
    """A field that is hidden or left empty is not there; a condition on the same may guard it."""
    read = set(parsed(text).variables)
    for condition in hidden:
        reasons = set(parsed(condition).variables) if condition else set()
        if reasons and (reasons & read or reasons & _asked(way)):
            return
    message = T(
        "变量“{name}”来自表单里可能不显示或可不填的字段，没有填时这里读不到；"
        "请先给初值，或只在填了时才走到这里",
        name=name,
    )
    way.sheet.warn(at, "perhaps_missing", message)


def _asked(way: Way) -> set[str]:
    """Variables that the conditions of the process read."""
    found: set[str] = set()
    for node in way.writes:
        for flow in _flows(node):
            found |= _names(_condition(flow))
    return found
