"""The game of tokens on a net: which markings follow a marking.

Two shortcuts keep it small. Whether an activity or sub-process will be interrupted is settled when
it begins: what is inside is thrown away in any case. And an event that does not interrupt fires
at most once for each activity.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from app.engine.check import net
from app.engine.check.net import Flow, Marking, Node, Scope

Label = tuple[str, ...]
THROWN = {"error", "escalation"}
STOPPING = frozenset(["terminate", "error", "escalation", "cancel"])
GAP = 1 << 24
LAST = 1 << 24


@dataclass(slots=True)
class Place:
    """Where a token may be: on a flow to a node, in a node, or in a scope that is open."""

    number: int
    node: Node | None
    scope: Scope
    kind: str = "to"  # to a node (on the flow, or as if), in it, or open: its scope is
    opens: Scope | None = None
    ways: list[Way] | None = None


@dataclass(slots=True)
class Way:
    """One thing that may happen to the token of a place. ``label``: the choice made by it."""

    made: tuple[int, ...] = ()
    label: Label = ()
    ends: Scope | None = None  # all tokens in it go


class Game:
    """Places are made as tokens come to them."""

    def __init__(self, top: Scope) -> None:
        self.top = top
        self.places: dict[int, Place] = {}
        self.numbers: dict[tuple[str, int], int] = {}
        self.touched: set[str] = set()
        self.upstream: dict[str, set[str]] = {}

    # --- places

    def _place(self, kind: str, thing: object, rank: int, place: Place) -> int:
        key = (kind, id(thing))
        if key not in self.numbers:
            place.number = rank * GAP + len(self.numbers)
            self.numbers[key] = place.number
            self.places[place.number] = place
        return self.numbers[key]

    def on(self, flow: Flow, scope: Scope) -> int:
        node = scope.nodes[flow.target]
        # What stops the others comes last, so that they are seen to run.
        rank = 2 * node.rank + (LAST if node.kinds & STOPPING else 0)
        return self._place("flow", flow, rank, Place(0, node, scope))

    def at(self, node: Node) -> int:
        """As if a flow led there."""
        return self._place("at", node, 2 * node.rank, Place(0, node, node.scope))

    def inside(self, node: Node) -> int:
        return self._place("in", node, 2 * node.rank + 1, Place(0, node, node.scope, "in"))

    def opened(self, scope: Scope) -> int:
        around = scope.around or scope
        place = Place(0, scope.owner, around, "open", opens=scope)
        return self._place("open", scope, 2 * scope.last, place)

    def out(
        self, node: Node, flows: list[Flow] | tuple[Flow, ...] | None = None
    ) -> tuple[int, ...]:
        times = net.number_of(node, "completionQuantity")
        chosen = node.outs if flows is None else flows
        return tuple(self.on(f, node.scope) for f in chosen for _ in range(times))

    # --- the beginning

    def beginnings(self) -> list[tuple[Label, Marking]]:
        """Markings that a case may start with, with the start event that is chosen."""
        found: list[tuple[Label, Marking]] = []
        found += [((), m) for m in self._openings(self.top, self.top.starts())]
        for node in self.top.nodes.values():
            typed = node.tag == "startEvent" and node.definitions
            if typed or node.element.get("instantiate") in net.TRUE:
                found += [((node.id,), m) for m in self._openings(self.top, [node])]
        return [(label, marking) for label, marking in found if marking]

    def _openings(self, scope: Scope, starts: list[Node]) -> list[Marking]:
        """With and without the event sub-processes of the scope."""
        plain = tuple(self.at(node) for node in starts)
        found = [plain]
        for sub in scope.event_subs():
            for start in (n for n in sub.inner.nodes.values() if n.tag == "startEvent"):  # type: ignore[union-attr]
                if start.kinds & THROWN and not may_throw(scope, start):
                    continue
                begun = (self.at(start), self.opened(sub.inner))  # type: ignore[arg-type]
                found.append(begun if _stops(start) else plain + begun)
        return [tuple(sorted(each)) for each in found if each]

    # --- moves

    def moves(self, marking: Marking) -> list[tuple[Label, Marking]] | None:
        """What may follow by the first place that can move; None when none can."""
        last = None
        for number in marking:
            if number == last:
                continue
            last = number
            found = self._moves_of(number, marking)
            if found is not None:
                return found
        return None

    def _moves_of(self, number: int, marking: Marking) -> list[tuple[Label, Marking]] | None:
        place = self.places[number]
        if place.opens is not None:
            busy = any(self._lies_in(n, place.opens) for n in marking)
            return None if busy else [((), self._after(marking, [number], Way(self._left(place))))]
        taken = self._taken(place, marking)
        if taken is None:
            return None
        if place.ways is None:
            place.ways = list(self._ways(place))
        return [(way.label, self._after(marking, taken, way)) for way in place.ways]

    def _lies_in(self, number: int, scope: Scope) -> bool:
        return self.places[number].scope.within(scope)

    def _left(self, place: Place) -> tuple[int, ...]:
        """Where it goes on behind a scope that is through."""
        node = place.node
        return self.out(node) if node is not None and not node.is_event_sub else ()

    def _after(self, marking: Marking, taken: list[int], way: Way) -> Marking:
        left = list(marking)
        for number in taken:
            left.remove(number)
        if way.ends is not None:
            left = [n for n in left if not self._goes(n, way.ends)]
        return tuple(sorted([*left, *way.made]))

    def _goes(self, number: int, scope: Scope) -> bool:
        place = self.places[number]
        return place.scope.within(scope) or (place.opens is not None and place.opens.within(scope))

    def _taken(self, place: Place, marking: Marking) -> list[int] | None:
        """The tokens that a node needs to begin; None when they are not all there."""
        node = place.node
        assert node is not None
        need = net.number_of(node, "startQuantity")
        joins = node.tag in net.JOINS and len(node.ins) > 1
        if place.kind != "to" or not (joins or need > 1):
            return [place.number]
        here = [self.on(flow, node.scope) for flow in node.ins]
        if place.number not in here:
            return [place.number]
        if need > 1:
            return self._several(here, marking, need)
        there = set(marking)
        if node.tag == "parallelGateway":
            return here if there.issuperset(here) else None
        filled = [n for n in here if n in there]
        return None if self._awaited(node, marking, set(filled)) else filled

    def _several(self, here: list[int], marking: Marking, need: int) -> list[int] | None:
        found = [n for n in marking if n in here]
        return found[:need] if len(found) >= need else None

    # --- the inclusive join

    def _awaited(self, node: Node, marking: Marking, filled: set[int]) -> bool:
        """Whether a token elsewhere may still come to an empty flow, and to no filled one."""
        flows = [(self.on(f, node.scope), f) for f in node.ins]
        for number in set(marking):
            at = self._seen_from(node.scope, self.places[number])
            if at is None or at is node:
                continue
            reached = {n for n, f in flows if at.id in self._before(f, node)}
            if reached - filled and not reached & filled:
                return True
        return False

    @staticmethod
    def _seen_from(scope: Scope, place: Place) -> Node | None:
        """The node of a scope in which a token lies, at any depth."""
        at, around = place.node, place.scope
        while around is not scope:
            if around.owner is None or around.around is None:
                return None
            at, around = around.owner, around.around
        return at

    def _before(self, flow: Flow, join: Node) -> set[str]:
        """Nodes from which a token may come to a flow without passing the join."""
        if flow.id not in self.upstream:
            seen, todo = {flow.source}, [flow.source]
            while todo:
                node = join.scope.nodes[todo.pop()]
                for name in [*(f.source for f in node.ins), *_hosts(node)]:
                    if name not in seen and name != join.id:
                        seen.add(name)
                        todo.append(name)
            self.upstream[flow.id] = seen - {join.id}
        return self.upstream[flow.id]

    # --- what nodes do

    def _ways(self, place: Place) -> Iterator[Way]:
        node = place.node
        assert node is not None
        self.touched.add(node.id)
        if node.tag in net.ACTIVITIES and place.kind == "to" and node.inner is None:
            yield Way((self.inside(node),))
        elif node.tag in net.ACTIVITIES:
            yield from self._activity(node)
        elif node.tag in net.GATEWAYS:
            yield from self._gateway(node)
        elif node.tag == "endEvent":
            yield self._end(node)
        else:
            yield self._throw(node)

    def _activity(self, node: Node) -> Iterator[Way]:
        if node.inner is None:
            plain = list(self._split(node))
        else:
            opened = (self.opened(node.inner),)
            inner = self._openings(node.inner, node.inner.starts()) or [()]
            plain = [Way((*opened, *each)) for each in inner]
        yield from plain
        for event in node.edges:
            if self._fires(event, node):
                self.touched.add(event.id)
                way = Way(self.out(event), (event.id,))
                if not event.interrupts:
                    way.made += plain[0].made
                yield way

    def _fires(self, event: Node, host: Node) -> bool:
        """Whether a boundary event may fire whatever happens inside."""
        if event.kinds & {"compensate", "cancel"}:
            return False
        if host.inner is None or not event.kinds & THROWN:
            return True
        return may_throw(host.inner, event)

    def _split(self, node: Node) -> Iterator[Way]:
        """Flows out of an activity: all of them, or as an inclusive gateway when some have
        conditions."""
        if any(f.conditional for f in node.outs):
            yield from self._inclusive(node)
        else:
            yield Way(self.out(node))

    def _gateway(self, node: Node) -> Iterator[Way]:
        if node.tag == "parallelGateway" or len(node.outs) < 2:
            yield Way(self.out(node))
        elif node.tag in ("inclusiveGateway", "complexGateway"):
            yield from self._inclusive(node)
        elif node.element.get("eventGatewayType") == "Parallel":
            yield Way(self.out(node))
        else:
            for flow in node.outs:
                yield Way((self.on(flow, node.scope),), (flow.id,))

    def _inclusive(self, node: Node) -> Iterator[Way]:
        """Without a label: which of the conditions hold together, only the data say."""
        default = node.element.get("default")
        sure = [f for f in node.outs if not f.conditional and f.id != default]
        choice = [f for f in node.outs if f.conditional and f.id != default]
        for some in net.subsets(choice):
            yield Way(self.out(node, (*sure, *some)))
        rest = [f for f in node.outs if f.id == default]
        if sure or rest:
            yield Way(self.out(node, sure or rest))

    def _end(self, node: Node) -> Way:
        scope, kinds = node.scope, node.kinds
        if "terminate" in kinds:
            return Way(self._reopened(scope), ends=scope)
        if "error" in kinds:
            return self._thrown(node, "error")
        if "cancel" in kinds:
            return self._cancelled(scope)
        return self._throw(node)

    def _reopened(self, scope: Scope) -> tuple[int, ...]:
        """Of a scope of which everything goes only that it is open stays."""
        return (self.opened(scope),) if scope.owner is not None else ()

    def _cancelled(self, scope: Scope) -> Way:
        while scope.owner is not None and scope.owner.tag != "transaction":
            scope = scope.around or scope
        if scope.owner is None:
            return Way()
        exits = [e for e in scope.owner.edges if "cancel" in e.kinds]
        self.touched.update(e.id for e in exits)
        return Way(tuple(n for e in exits for n in self.out(e)), ends=scope)

    def _throw(self, node: Node) -> Way:
        if "escalation" in node.kinds:
            return self._thrown(node, "escalation")
        return Way(self.out(node))

    def _thrown(self, node: Node, kind: str) -> Way:
        """What an error end or an escalation does; nobody catching an error ends everything."""
        going = self.out(node)
        for catcher, scope in catchers(node, kind):
            self.touched.add(catcher.id)
            begun = self.out(catcher)
            if catcher.tag == "startEvent":
                opened = (self.opened(catcher.scope),)
                if not _stops(catcher):
                    return Way((*going, *begun, *opened))
                around = scope.owner is not None
                return Way(
                    (*begun, *opened, *(self._reopened(scope) if around else ())), ends=scope
                )
            if not catcher.interrupts:
                return Way((*going, *begun))
            return Way(begun, ends=scope)
        return Way(going) if kind == "escalation" else Way(ends=self.top)


def _hosts(node: Node) -> list[str]:
    host = node.element.get("attachedToRef")
    named = [host] if host in node.scope.nodes else []
    if node.tag == "intermediateCatchEvent" and "link" in node.kinds:
        throws = node.scope.nodes.values()
        named += [n.id for n in throws if any(f.target == node.id for f in n.outs)]
    return named


def _stops(start: Node) -> bool:
    return start.element.get("isInterrupting") not in net.FALSE


def catchers(node: Node, kind: str) -> Iterator[tuple[Node, Scope]]:
    """Who may catch what an event throws, the nearest first, with the scope that it guards."""
    code, scope = node.codes.get(kind), node.scope
    while True:
        start_of = [
            n
            for sub in scope.event_subs()
            for n in sub.inner.nodes.values()  # type: ignore[union-attr]
            if n.tag == "startEvent" and not node.scope.within(n.scope)
        ]
        edges = scope.owner.edges if scope.owner is not None else []
        yield from ((n, scope) for n in _named([*start_of], kind, code))
        yield from ((n, scope) for n in _named(edges, kind, code))
        if scope.around is None:
            return
        scope = scope.around


def _named(events: list[Node], kind: str, code: str | None) -> list[Node]:
    """Those of the exact code before those of any."""
    fitting = [n for n in events if kind in n.kinds]
    exact = [n for n in fitting if code is not None and n.codes.get(kind) == code]
    return exact + [n for n in fitting if n.codes.get(kind) is None]


def may_throw(scope: Scope, event: Node) -> bool:
    """Whether a function or a call inside may throw what the drawing does not show."""
    for node in scope.nodes.values():
        thrower = {"callActivity"} if "escalation" in event.kinds else net.THROWERS
        if node.tag in thrower or (node.inner is not None and may_throw(node.inner, event)):
            return True
    return False


def counted(marking: Marking) -> Iterator[tuple[int, int]]:
    """Places with more than one token."""
    if len(set(marking)) < len(marking):
        yield from ((n, times) for n, times in Counter(marking).items() if times > 1)
