"""Blocks of events: caught, thrown, on the border, in event sub-processes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.engine.reference import blocks
from tests.engine.reference.model import Event, Loop, Node, Scope, Test, Write

if TYPE_CHECKING:
    from tests.engine.reference.generator import Ends, Maker, Room


def _timer(m: Maker) -> Event:
    return Event("timer", seconds=m.random.choice([60, 90, 150, 240, 700]))


def _message(m: Maker) -> Event:
    return Event("message", m.random.choice(["M1", "M2", m.id("N")]))


def _signal(m: Maker) -> Event:
    return Event("signal", m.random.choice(["S1", "S2"]))


def _event(m: Maker) -> Event:
    return m.random.choice([_timer, _message, _signal])(m)


def receive(m: Maker, scope: Scope, room: Room) -> Ends:
    id = m.add(scope, "receive", events=(_message(m),))
    return id, id


def catch(m: Maker, scope: Scope, room: Room) -> Ends:
    id = m.add(scope, "catch", events=(_event(m),))
    return id, id


def multiple(m: Maker, scope: Scope, room: Room) -> Ends:
    every = m.random.random() < 0.5
    events = (Event("message", m.id("N")), Event("signal", "S1"))
    id = m.add(scope, "catch", events=events, all_events=every)
    return id, id


def throw(m: Maker, scope: Scope, room: Room) -> Ends:
    """Without signals where it may run beside itself: they could call each other for ever."""
    kinds = [Event("message", "M1"), Event("escalation", "NOBODY")]
    events: tuple[Event, ...] = (m.random.choice(kinds if room.shared else [*kinds, _signal(m)]),)
    if not room.shared and m.random.random() < 0.2:
        events = (Event("message", "M2"), Event("signal", "S2"))
    id = m.add(scope, "throw", events=events)
    return id, id


def signals(m: Maker, scope: Scope, room: Room) -> Ends:
    """One branch listens, the other throws."""
    split, join = m.add(scope, "and"), m.add(scope, "and")
    name = m.id("S")
    hears = m.add(scope, "catch", events=(Event("signal", name),))
    says = m.add(scope, "throw", events=(Event("signal", name),))
    rooms = m.split(room, 2)
    before = m.block(scope, rooms[0])
    m.row(scope, (split, split), (hears, hears), (join, join))
    m.row(scope, (split, split), before, (says, says), (join, join))
    return split, join


def choice(m: Maker, scope: Scope, room: Room) -> Ends:
    gate, join = m.add(scope, "choice"), m.add(scope, "xor")
    events = [_timer(m), Event("message", m.id("N")), Event("timer", seconds=300)]
    for event in events[: m.random.randint(2, 3)]:
        kind = "receive" if event.kind == "message" and m.random.random() < 0.3 else "catch"
        id = m.add(scope, kind, events=(event,))
        m.row(scope, (gate, gate), (id, id), m.block(scope, room), (join, join))
    return gate, join


def _host(m: Maker, scope: Scope, room: Room) -> str:
    make = m.random.choice([blocks.user, blocks.sub, blocks.call, blocks.user, receive])
    id, _ = make(m, scope, room)
    if make is blocks.user and m.random.random() < 0.3:
        m.change(scope, id, loop=Loop(m.random.choice(["one", "all"]), 2, True))
    return id


def boundary(m: Maker, scope: Scope, room: Room) -> Ends:
    """One or two that interrupt; their ways come together behind the activity."""
    id, join = _host(m, scope, room), m.add(scope, "xor")
    m.flow(scope, id, join)
    for _ in range(m.random.choice([1, 1, 2])):
        out = m.add(scope, "boundary", events=(_event(m),), host=id)
        m.row(scope, (out, out), m.block(scope, room), (join, join))
    return id, join


def beside(m: Maker, scope: Scope, room: Room) -> Ends:
    """One that does not interrupt; its way ends by itself."""
    id = _host(m, scope, room)
    event = _event(m)
    if event.kind == "timer" and m.random.random() < 0.6:
        event = replace(event, times=m.random.choice([0, 2, 3]))
    out = m.add(scope, "boundary", events=(event,), host=id, interrupting=False)
    end = m.add(scope, "end")
    spare = replace(room, own=(), shared=True)
    m.row(scope, (out, out), m.block(scope, spare), (end, end))
    return id, id


def _thrower(m: Maker, room: Room, event: Event, kind: str) -> Scope:
    """A sub-process that throws when a condition says so."""
    inner = Scope(m.id("sub"))
    start, gate, end = m.add(inner, "start"), m.add(inner, "xor"), m.add(inner, "end")
    ill = m.add(inner, kind, events=(event,))
    m.row(inner, (start, start), m.block(inner, room), (gate, gate))
    m.flow(inner, gate, ill, m.test(room))
    m.change(inner, gate, default=m.flow(inner, gate, end))
    if kind == "throw":
        m.flow(inner, ill, end)
    return inner


def _wrapped(m: Maker, inner: Scope) -> Scope:
    """The same in one more sub-process, which does not catch it."""
    outer = Scope(m.id("sub"))
    start, end = m.add(outer, "start"), m.add(outer, "end")
    outer.nodes[inner.id] = Node(inner.id, "sub", scope=inner)
    m.row(outer, (start, start), (inner.id, inner.id), (end, end))
    return outer


def error(m: Maker, scope: Scope, room: Room) -> Ends:
    inner = _thrower(m, room, Event("error", "E1"), "end")
    if m.random.random() < 0.4:
        inner = _wrapped(m, inner)
    if m.random.random() < 0.3:
        catcher = Event("error", m.random.choice(["E1", None]))
        _handler(m, inner, replace(room, own=()), catcher, interrupting=True)
        scope.nodes[inner.id] = Node(inner.id, "sub", scope=inner)
        return inner.id, inner.id
    scope.nodes[inner.id] = Node(inner.id, "sub", scope=inner)
    join = m.add(scope, "xor")
    m.flow(scope, inner.id, join)
    for code in m.random.choice([("E1",), (None,), ("E2", None), (None, "E1")]):
        out = m.add(scope, "boundary", events=(Event("error", code),), host=inner.id)
        m.row(scope, (out, out), m.block(scope, room), (join, join))
    return inner.id, join


def escalation(m: Maker, scope: Scope, room: Room) -> Ends:
    kind = m.random.choice(["end", "throw"])
    inner = _thrower(m, replace(room, depth=room.depth), Event("escalation", "L1"), kind)
    if m.random.random() < 0.4:
        inner = _wrapped(m, inner)
    interrupting = m.random.random() < 0.5
    code = m.random.choice(["L1", None])
    spare = replace(room, own=(), shared=True)
    scope.nodes[inner.id] = Node(inner.id, "sub", scope=inner)
    if m.random.random() < 0.3:
        _handler(m, inner, spare, Event("escalation", code), interrupting)
        return inner.id, inner.id
    out = m.add(
        scope,
        "boundary",
        events=(Event("escalation", code),),
        host=inner.id,
        interrupting=interrupting,
    )
    if interrupting:
        join = m.add(scope, "xor")
        m.flow(scope, inner.id, join)
        m.row(scope, (out, out), m.block(scope, room), (join, join))
        return inner.id, join
    end = m.add(scope, "end")
    m.row(scope, (out, out), m.block(scope, spare), (end, end))
    return inner.id, inner.id


def _handler(m: Maker, scope: Scope, room: Room, event: Event, interrupting: bool) -> None:
    inner = Scope(m.id("on"), "event")
    m.body(inner, room, event, interrupting=interrupting)
    scope.nodes[inner.id] = Node(inner.id, "sub", scope=inner)


def event_sub(m: Maker, scope: Scope, room: Room) -> None:
    """An event sub-process in a scope, for a message, a signal or a timer."""
    interrupting = m.random.random() < 0.5
    event = _event(m)
    if event.kind == "timer" and not interrupting and m.random.random() < 0.5:
        event = replace(event, times=2)
    _handler(m, scope, replace(room, own=(), shared=True), event, interrupting)


def with_event_sub(m: Maker, scope: Scope, room: Room) -> Ends:
    inner = Scope(m.id("sub"))
    m.body(inner, room)
    for _ in range(m.random.choice([1, 1, 2])):
        event_sub(m, inner, room)
    scope.nodes[inner.id] = Node(inner.id, "sub", scope=inner)
    return inner.id, inner.id


def conditional(m: Maker, scope: Scope, room: Room) -> Ends:
    """A branch waits for what another one writes, or an activity is left by it."""
    name = m.variable()
    event = Event("conditional", test=Test(name, ">=", 1))
    write = m.add(scope, "script", write=Write(name, None, 1))
    if m.random.random() < 0.5:
        split, join = m.add(scope, "and"), m.add(scope, "and")
        waits = m.add(scope, "catch", events=(event,))
        m.row(scope, (split, split), (waits, waits), (join, join))
        m.row(scope, (split, split), m.block(scope, room), (write, write), (join, join))
        return split, join
    inner = Scope(m.id("sub"))
    start, end = m.add(inner, "start"), m.add(inner, "end")
    inner.nodes[write] = scope.nodes.pop(write)
    last = blocks.user(m, inner, room)
    away = m.random.random() < 0.6
    m.row(inner, (start, start), m.block(inner, room), (write, write), last, (end, end))
    scope.nodes[inner.id] = Node(inner.id, "sub", scope=inner)
    out = m.add(scope, "boundary", events=(event,), host=inner.id, interrupting=away)
    if not away:
        m.flow(scope, out, m.add(scope, "end"))
        return inner.id, inner.id
    join = m.add(scope, "xor")
    m.flow(scope, inner.id, join)
    m.flow(scope, out, join)
    return inner.id, join
