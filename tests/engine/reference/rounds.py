"""Blocks of loops, multi-instance, ad hoc, compensation, transactions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.engine.reference import blocks
from tests.engine.reference.model import Event, Loop, Node, Scope, Test, Write

if TYPE_CHECKING:
    from tests.engine.reference.generator import Ends, Maker, Room


def _many(m: Maker) -> Loop:
    until = None
    if m.random.random() < 0.3:
        until = Test("numberOfCompletedInstances", ">=", m.random.randint(1, 3))
    kind = m.random.choice(["one", "all"])
    count, cardinality = m.random.choice([0, 1, 2, 3, 3]), m.random.random() < 0.4
    output = None
    if not cardinality and m.random.random() < 0.7:
        output = m.variable()
    return Loop(kind, count, cardinality, output, until)


def many(m: Maker, scope: Scope, room: Room) -> Ends:
    loop = _many(m)
    if m.random.random() < 0.5:
        id = m.add(scope, "script", loop=loop, write=Write("got", "loopCounter", 1))
        if loop.output is None:
            m.change(scope, id, write=Write("spare", None, 1))
        return id, id
    id = m.add(scope, m.random.choice(["user", "service"]), loop=loop)
    m.answers[id] = ("got",) if loop.output is not None else room.own
    return id, id


def many_sub(m: Maker, scope: Scope, room: Room) -> Ends:
    loop = _many(m)
    inner = Scope(m.id("sub"))
    alone = loop.kind == "one"
    m.body(inner, replace(room, own=room.own if alone else (), shared=True, item=True))
    scope.nodes[inner.id] = Node(inner.id, "sub", scope=inner, loop=loop)
    return inner.id, inner.id


def _standard(m: Maker) -> Loop:
    test = Test("loopCounter", "<", m.random.randint(0, 3))
    before = m.random.random() < 0.5
    maximum = m.random.choice([None, None, 1, 2])
    return Loop("while", test=test, before=before, maximum=maximum)


def standard(m: Maker, scope: Scope, room: Room) -> Ends:
    make = m.random.choice([blocks.user, blocks.script, blocks.service, blocks.sub])
    id, _ = make(m, scope, room)
    m.change(scope, id, loop=_standard(m))
    return id, id


def ad_hoc(m: Maker, scope: Scope, room: Room) -> Ends:
    inner = Scope(m.id("adhoc"), "adhoc", keeps=m.random.random() < 0.4)
    for part in m.split(room, m.random.randint(1, 3)):
        blocks.user(m, inner, part)
    if room.own and m.random.random() < 0.6:
        inner.until = m.test(replace(room, item=False))
    scope.nodes[inner.id] = Node(inner.id, "sub", scope=inner)
    return inner.id, inner.id


def _undoable(m: Maker, scope: Scope, room: Room) -> Ends:
    """An activity with a handler."""
    make = m.random.choice([blocks.user, blocks.script, blocks.task, blocks.sub])
    id, _ = make(m, scope, room)
    if m.random.random() < 0.2:
        m.change(scope, id, loop=Loop(m.random.choice(["one", "all"]), 2, True))
    kind = m.random.choice(["task", "user"])
    handler = m.add(scope, kind, for_undo=True)
    event = (Event("compensation"),)
    m.add(scope, "boundary", events=event, host=id, handler=handler)
    return id, id


def _undoables(m: Maker, scope: Scope, room: Room) -> Ends:
    """Some activities with handlers, in a row or beside each other or within a sub-process."""
    shape = m.random.choice(["row", "row", "beside", "inside"])
    if shape == "row":
        return m.row(scope, *(_undoable(m, scope, room) for _ in range(m.random.randint(1, 3))))
    if shape == "beside":
        split, join = m.add(scope, "and"), m.add(scope, "and")
        for part in m.split(room, 2):
            m.row(scope, (split, split), _undoable(m, scope, part), (join, join))
        return split, join
    inner = Scope(m.id("sub"))
    start, end = m.add(inner, "start"), m.add(inner, "end")
    m.row(inner, (start, start), _undoables(m, inner, room), (end, end))
    scope.nodes[inner.id] = Node(inner.id, "sub", scope=inner)
    return inner.id, inner.id


def compensation(m: Maker, scope: Scope, room: Room) -> Ends:
    """In a scope of its own, so that the throw meets only what stands there."""
    inner = Scope(m.id("sub"))
    start = m.add(inner, "start")
    done = _undoables(m, inner, room)
    ref = None
    hosts = [n.host for n in inner.nodes.values() if n.handler]
    if hosts and m.random.random() < 0.4:
        ref = m.random.choice(hosts)
    if m.random.random() < 0.3:
        end = m.add(inner, "end", events=(Event("compensation", ref),))
        m.row(inner, (start, start), done, (end, end))
    else:
        undo = m.add(inner, "throw", events=(Event("compensation", ref),))
        end = m.add(inner, "end")
        m.row(inner, (start, start), done, (undo, undo), m.block(inner, room), (end, end))
    scope.nodes[inner.id] = Node(inner.id, "sub", scope=inner)
    return inner.id, inner.id


def transaction(m: Maker, scope: Scope, room: Room) -> Ends:
    inner = Scope(m.id("deal"), "transaction")
    start, gate = m.add(inner, "start"), m.add(inner, "xor")
    m.row(inner, (start, start), _undoables(m, inner, room), (gate, gate))
    well, ill = m.add(inner, "end"), m.add(inner, "end", events=(Event("cancel"),))
    m.flow(inner, gate, ill, m.test(replace(room, item=False)))
    m.change(inner, gate, default=m.flow(inner, gate, well))
    scope.nodes[inner.id] = Node(inner.id, "sub", scope=inner)
    boundary = m.add(scope, "boundary", events=(Event("cancel"),), host=inner.id)
    join = m.add(scope, "xor")
    m.row(scope, (boundary, boundary), m.block(scope, room), (join, join))
    m.flow(scope, inner.id, join)
    return inner.id, join
