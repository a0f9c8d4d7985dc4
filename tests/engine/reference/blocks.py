"""Blocks of activities and gateways."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.engine.reference.model import Event, Node, Scope, Test, Write

if TYPE_CHECKING:
    from tests.engine.reference.generator import Ends, Maker, Room


def user(m: Maker, scope: Scope, room: Room, **more: Any) -> Ends:
    id = m.add(scope, "user", **more)
    m.answers[id] = room.own
    return id, id


def script(m: Maker, scope: Scope, room: Room, **more: Any) -> Ends:
    id = m.add(scope, "script", write=m.write(room), **more)
    return id, id


def task(m: Maker, scope: Scope, room: Room) -> Ends:
    id = m.add(scope, "task")
    return id, id


def service(m: Maker, scope: Scope, room: Room) -> Ends:
    id = m.add(scope, "service")
    m.answers[id] = room.own
    return id, id


def row(m: Maker, scope: Scope, room: Room) -> Ends:
    return m.row(scope, m.block(scope, room), m.block(scope, room))


def parallel(m: Maker, scope: Scope, room: Room) -> Ends:
    split, join = m.add(scope, "and"), m.add(scope, "and")
    for part in m.split(room, m.random.randint(2, 3)):
        m.row(scope, (split, split), m.block(scope, part), (join, join))
    return split, join


def _way(m: Maker, scope: Scope, room: Room, gate: str, join: str, test: Test | None) -> str:
    """One branch, sometimes an empty one; gives the flow into it."""
    if m.random.random() < 0.3:
        return m.flow(scope, gate, join, test)
    first, last = m.block(scope, room)
    m.flow(scope, last, join)
    return m.flow(scope, gate, first, test)


def exclusive(m: Maker, scope: Scope, room: Room) -> Ends:
    """Joined by a gateway, or without one by the activity that comes next."""
    gate, join = m.add(scope, "xor"), m.add(scope, m.random.choice(["xor", "xor", "task"]))
    for _ in range(m.random.randint(1, 2)):
        _way(m, scope, room, gate, join, m.test(room))
    m.change(scope, gate, default=_way(m, scope, room, gate, join, None))
    return gate, join


def inclusive(m: Maker, scope: Scope, room: Room) -> Ends:
    gate, join = m.add(scope, "or"), m.add(scope, "or")
    rooms = m.split(room, 3)
    for part in rooms[: m.random.randint(1, 2)]:
        _way(m, scope, part, gate, join, m.test(room))
    flow = _way(m, scope, rooms[2], gate, join, None)
    if m.random.random() < 0.6:
        m.change(scope, gate, default=flow)
    return gate, join


def complex_join(m: Maker, scope: Scope, room: Room) -> Ends:
    """Some of the branches are enough; the others come too late."""
    ways = m.random.randint(2, 3)
    split = m.add(scope, m.random.choice(["and", "or"]))
    enough = Test("activationCount", ">=", m.random.randint(1, ways))
    if scope.nodes[split].kind == "or":
        enough = Test("activationCount", ">=", 1)
    join = m.add(scope, "complex", test=enough)
    rooms = m.split(room, ways)
    for part in rooms[1:]:
        test = m.test(part) if scope.nodes[split].kind == "or" else None
        first, last = m.block(scope, part)
        m.flow(scope, split, first, test)
        m.flow(scope, last, join)
    m.row(scope, (split, split), m.block(scope, rooms[0]), (join, join))
    return split, join


def implicit_split(m: Maker, scope: Scope, room: Room) -> Ends:
    """Several flows out of a task; some branches end on their own."""
    split, join = task(m, scope, room)[0], m.add(scope, "and")
    for part in m.split(room, 2):
        m.row(scope, (split, split), m.block(scope, part), (join, join))
    return split, join


def conditional_flows(m: Maker, scope: Scope, room: Room) -> Ends:
    split = m.random.choice([user, script])(m, scope, room)[0]
    join = m.add(scope, "or")
    rooms = m.split(room, 3)
    for part in rooms[:2]:
        _way(m, scope, part, split, join, m.test(room))
    m.change(scope, split, default=_way(m, scope, rooms[2], split, join, None))
    return split, join


def loop(m: Maker, scope: Scope, room: Room) -> Ends:
    """Back by an exclusive gateway, as often as a counter says."""
    counter = m.variable()
    reset = m.add(scope, "script", write=Write(counter, None, 0))
    merge, gate = m.add(scope, "xor"), m.add(scope, "xor")
    count = m.add(scope, "script", write=Write(counter, counter, 1))
    m.row(scope, (reset, reset), (merge, merge), m.block(scope, room), (count, count), (gate, gate))
    after = m.add(scope, "task")
    m.flow(scope, gate, merge, Test(counter, "<", m.random.randint(1, 3)))
    m.change(scope, gate, default=m.flow(scope, gate, after))
    return reset, after


def inclusive_loop(m: Maker, scope: Scope, room: Room) -> Ends:
    """A loop whose merge and decision are inclusive gateways."""
    counter = m.variable()
    reset = m.add(scope, "script", write=Write(counter, None, 0))
    merge, gate = m.add(scope, "or"), m.add(scope, "or")
    count = m.add(scope, "script", write=Write(counter, counter, 1))
    m.row(scope, (reset, reset), (merge, merge), m.block(scope, room), (count, count), (gate, gate))
    after = m.add(scope, "task")
    rounds = m.random.randint(1, 3)
    m.flow(scope, gate, merge, Test(counter, "<", rounds))
    m.flow(scope, gate, after, Test(counter, ">=", rounds))
    return reset, after


def sub(m: Maker, scope: Scope, room: Room) -> Ends:
    inner = Scope(m.id("sub"))
    m.body(inner, room)
    scope.nodes[inner.id] = Node(inner.id, "sub", scope=inner)
    return inner.id, inner.id


def several_ends(m: Maker, scope: Scope, room: Room) -> Ends:
    """A sub-process with branches that end each by itself, or with no start and end at all."""
    inner = Scope(m.id("sub"))
    drawn = m.random.random() < 0.5
    rooms = m.split(room, 2)
    gate = m.add(inner, "start") if drawn else ""
    for part in rooms:
        first, last = m.block(inner, part)
        if drawn:
            m.flow(inner, gate, first)
            m.flow(inner, last, m.add(inner, "end"))
        else:
            m.row(inner, task(m, inner, part), (first, last), task(m, inner, part))
    scope.nodes[inner.id] = Node(inner.id, "sub", scope=inner)
    return inner.id, inner.id


def terminate(m: Maker, scope: Scope, room: Room) -> Ends:
    inner = Scope(m.id("sub"))
    start, gate = m.add(inner, "start"), m.add(inner, "and")
    m.flow(inner, start, gate)
    for number, part in enumerate(m.split(room, 2)):
        kinds = (Event("terminate"),) if number else ()
        end = m.add(inner, "end", events=kinds)
        m.row(inner, (gate, gate), m.block(inner, part), (end, end))
    scope.nodes[inner.id] = Node(inner.id, "sub", scope=inner)
    return inner.id, inner.id


def call(m: Maker, scope: Scope, room: Room) -> Ends:
    key = m.id("q")
    m.process(key, replace(room, item=False))
    outputs = room.own[:2] if not room.shared else ()
    id = m.add(scope, "call", calls=key, outputs=outputs)
    return id, id


def link(m: Maker, scope: Scope, room: Room) -> Ends:
    name = m.id("way")
    out = m.add(scope, "link_throw", link=name)
    into = m.add(scope, "link_catch", link=name)
    before, after = task(m, scope, room), m.block(scope, room)
    m.row(scope, before, (out, out))
    m.row(scope, (into, into), after)
    return before[0], after[1]


def quantity(m: Maker, scope: Scope, room: Room) -> Ends:
    """As many tokens as one task gives the other one takes."""
    number = m.random.randint(2, 3)
    gives, takes = m.add(scope, "task", gives=number), m.add(scope, "task", needs=number)
    between = user(m, scope, room) if m.random.random() < 0.5 else task(m, scope, room)
    return m.row(scope, (gives, gives), between, (takes, takes))
