"""Random drawings that are sound: blocks with one way in and one way out, put into each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random
from typing import Any

from tests.engine.reference import blocks, events, rounds
from tests.engine.reference.model import Drawing, Event, Flow, Node, Scope, Test, Write

Ends = tuple[str, str]


@dataclass(frozen=True)
class Room:
    """What a block may use. ``own``: variables that no branch beside it writes. ``shared``: it may
    run beside itself. ``inside``: how deep. ``codes``: escalations and errors caught around it."""

    own: tuple[str, ...]
    shared: bool = False
    depth: int = 0
    item: bool = False


@dataclass(frozen=True)
class Part:
    """A kind of block. ``leaf``: has no blocks inside. ``shared``: may run beside itself."""

    make: Callable[[Maker, Scope, Room], Ends]
    leaf: bool = False
    shared: bool = True


class Maker:
    """Writes one drawing."""

    def __init__(self, random: Random, kinds: set[str], size: int) -> None:
        self.random, self.left = random, size
        self.parts = {name: part for name, part in PARTS.items() if name in kinds}
        self.drawing = Drawing({}, dict.fromkeys(("x", "y", "z", "w"), 0))
        self.count = 0
        self.used: set[str] = set()
        self.answers: dict[str, tuple[str, ...]] = {}

    # small things

    def id(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def add(self, scope: Scope, kind: str, **more: Any) -> str:
        node = Node(self.id(kind), kind, **more)
        scope.nodes[node.id] = node
        return node.id

    def change(self, scope: Scope, id: str, **more: Any) -> None:
        scope.nodes[id] = replace(scope.nodes[id], **more)

    def flow(self, scope: Scope, source: str, target: str, test: Test | None = None) -> str:
        flow = Flow(self.id("f"), source, target, test)
        scope.flows.append(flow)
        return flow.id

    def row(self, scope: Scope, *ends: Ends) -> Ends:
        for one, other in pairwise(ends):
            self.flow(scope, one[1], other[0])
        return ends[0][0], ends[-1][1]

    def variable(self) -> str:
        name = self.id("c")
        self.drawing.variables[name] = 0
        return name

    def test(self, room: Room) -> Test:
        sign = self.random.choice(["=", ">=", "<", "!="])
        if room.item and self.random.random() < 0.5:
            return Test("loopCounter", sign, self.random.randint(1, 3))
        if not room.own:
            return Test("zero", sign, self.random.randint(0, 1))
        return Test(self.random.choice(room.own), sign, self.random.randint(0, 2))

    def write(self, room: Room) -> Write:
        if not room.own:
            return Write("spare", None, self.random.randint(0, 3))
        target = self.random.choice(room.own)
        source = self.random.choice([*room.own, None])
        return Write(target, source, self.random.randint(0, 2))

    def split(self, room: Room, ways: int) -> list[Room]:
        """Rooms for branches beside each other: what one writes no other reads."""
        own = [*room.own]
        self.random.shuffle(own)
        return [replace(room, own=tuple(own[n::ways])) for n in range(ways)]

    # blocks

    def block(self, scope: Scope, room: Room) -> Ends:
        inner = replace(room, depth=room.depth + 1)
        leaf = self.left <= 0 or room.depth > 5
        names = [
            n
            for n, p in self.parts.items()
            if (p.leaf or not leaf) and (p.shared or not room.shared)
        ]
        name = self.random.choice(names)
        self.used.add(name)
        self.left -= 1
        return self.parts[name].make(self, scope, inner)

    def body(self, scope: Scope, room: Room, *events: Event, **more: Any) -> None:
        """Start event, a block or two, end event."""
        start = self.add(scope, "start", events=events, **more)
        end = self.add(scope, "end")
        several = [self.block(scope, room) for _ in range(self.random.choice([1, 1, 2]))]
        self.row(scope, (start, start), *several, (end, end))

    def make(self) -> Drawing:
        self.drawing.variables |= {"zero": 0, "spare": 0}
        main = self.process("p", Room(("x", "y", "z", "w")))
        if "event_sub" in self.parts and self.random.random() < 0.25:
            events.event_sub(self, main, Room(()))
        return self.drawing

    def process(self, key: str, room: Room) -> Scope:
        scope = Scope(key, "process")
        self.drawing.processes[key] = scope
        self.body(scope, room)
        return scope


PARTS = {
    "user": Part(blocks.user, leaf=True),
    "script": Part(blocks.script, leaf=True),
    "task": Part(blocks.task, leaf=True),
    "service": Part(blocks.service, leaf=True),
    "row": Part(blocks.row),
    "parallel": Part(blocks.parallel),
    "exclusive": Part(blocks.exclusive),
    "inclusive": Part(blocks.inclusive),
    "complex": Part(blocks.complex_join, shared=False),
    "implicit_split": Part(blocks.implicit_split),
    "conditional_flows": Part(blocks.conditional_flows),
    "loop": Part(blocks.loop, shared=False),
    "inclusive_loop": Part(blocks.inclusive_loop, shared=False),
    "sub": Part(blocks.sub),
    "several_ends": Part(blocks.several_ends),
    "terminate": Part(blocks.terminate),
    "call": Part(blocks.call),
    "link": Part(blocks.link),
    "quantity": Part(blocks.quantity),
    "many": Part(rounds.many),
    "many_sub": Part(rounds.many_sub),
    "while": Part(rounds.standard, shared=False),
    "ad_hoc": Part(rounds.ad_hoc, shared=False),
    "receive": Part(events.receive, leaf=True),
    "catch": Part(events.catch, leaf=True),
    "multiple": Part(events.multiple, leaf=True),
    "throw": Part(events.throw, leaf=True),
    "signals": Part(events.signals),
    "choice": Part(events.choice),
    "boundary": Part(events.boundary),
    "beside": Part(events.beside, shared=False),
    "error": Part(events.error),
    "escalation": Part(events.escalation),
    "event_sub": Part(events.with_event_sub, shared=False),
    "conditional": Part(events.conditional, shared=False),
    "compensation": Part(rounds.compensation, shared=False),
    "transaction": Part(rounds.transaction, shared=False),
}
KINDS = frozenset(PARTS)


def generate(seed: int, kinds: frozenset[str] = KINDS, size: int = 8) -> Maker:
    """A maker that has made its drawing; the leaves are always among the kinds."""
    maker = Maker(Random(seed), {*kinds, "user", "script"}, size)
    maker.make()
    return maker
