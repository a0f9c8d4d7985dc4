"""Messages, signals, errors and escalations: what is sent and not heard, awaited and not sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.engine.check import net
from app.engine.check.finding import Sheet
from app.engine.check.game import catchers, may_throw
from app.engine.check.links import World
from app.engine.check.net import Node, Scope
from app.engine.marks import BPMN, local, read_marks
from app.texts import T

THROWS = ("endEvent", "intermediateThrowEvent", "sendTask")
ROOTS = {"message": "messageRef", "signal": "signalRef"}
OF_ROUNDS = ("oneBehaviorEventRef", "noneBehaviorEventRef")


@dataclass(frozen=True, slots=True)
class Word:
    """A message or signal at an element; ``sent``: by it, else awaited."""

    sheet: Sheet
    node: Any
    kind: str
    name: str
    sent: bool


def rules(world: World) -> None:
    """Findings over all drawings."""
    words = [w for sheet in world.sheets for w in _words(sheet)]
    for kind in ROOTS:
        _pairs(world, kind, [w for w in words if w.kind == kind])
    nets = _nets(world)
    for key, (sheet, top) in nets.items():
        for node in nodes(top):
            _thrown(world, nets, key, sheet, node)
            _caught(nets, sheet, node)


def _words(sheet: Sheet) -> Iterator[Word]:
    for _scope, node in sheet.nodes():
        own = [(part, local(node) in THROWS) for part in (node, *sheet.definitions(node))]
        for part, sent in [*own, *((d, True) for d in _rounds(sheet, node))]:
            for kind, ref in ROOTS.items():
                root = sheet.roots.get(part.get(ref) or "")
                if root is not None and root.get("name"):
                    yield Word(sheet, node, kind, root.get("name"), sent)


def _rounds(sheet: Sheet, node: Any) -> list[Any]:
    """Event definitions that the rounds of a multi-instance throw."""
    loops = node.findall(f"{{{BPMN}}}multiInstanceLoopCharacteristics")
    refs = [loop.get(name) or "" for loop in loops for name in OF_ROUNDS]
    events = loops[0].iter(f"{{{BPMN}}}event", f"{{{BPMN}}}implicitThrowEvent") if loops else ()
    found = [sheet.ids[ref] for ref in refs if ref in sheet.ids]
    return found + [d for event in events for d in sheet.definitions(event)]


def _pairs(world: World, kind: str, words: list[Word]) -> None:
    sent = {w.name for w in words if w.sent}
    heard = {w.name for w in words if not w.sent}
    for word in words:
        if word.sent and word.name not in heard:
            _unheard(word)
        if not word.sent and word.name not in sent and not _from_outside(world, word):
            _unsent(word)
        if kind == "message" and word.sent and word.name in heard:
            _keyless(word, words)


def _unheard(word: Word) -> None:
    if word.kind == "signal":
        text = T("信号“{name}”没有人接收，发出后不起作用；请核对名称", name=word.name)
    else:
        text = T("消息“{name}”没有流程接收；请核对名称，或把接收的流程一并检查", name=word.name)
    word.sheet.warn(word.node, f"unheard_{word.kind}", text)


def _unsent(word: Word) -> None:
    if word.kind == "signal":
        text = T("信号“{name}”没有人发出，这里会一直等；请核对名称", name=word.name)
    else:
        text = T(
            "消息“{name}”没有流程发出；由人或外部系统发来的，请在属性 senders 里写明办理组",
            name=word.name,
        )
    word.sheet.warn(word.node, f"unsent_{word.kind}", text)


def _from_outside(world: World, word: Word) -> bool:
    """Whether somebody outside of the drawings sends it, as far as is known."""
    if word.kind == "signal":
        return False
    if world.senders is None or word.name in world.senders:
        return True
    if word.sheet.marks(word.node).properties.get("senders"):
        return True
    flows = word.sheet.root.iter(f"{{{BPMN}}}messageFlow")
    return any(flow.get("targetRef") == word.node.get("id") for flow in flows)


def _keyless(word: Word, words: list[Word]) -> None:
    """Sent without a key while somebody awaits it by one: it would find nobody."""
    if _key(word) is not None or word.sheet.marks(word.node).type is not None:
        return
    waiting = [w for w in words if not w.sent and w.name == word.name and _waits_by_key(w)]
    if waiting:
        text = T(
            "消息“{name}”发出时没有关联键，而“{id}”按关联键等待；"
            "请写 zeebe:publishMessage 的关联键",
            name=word.name,
            id=waiting[0].node.get("id"),
        )
        word.sheet.warn(word.node, "message_key", text)


def _key(word: Word) -> Any:
    own = word.sheet.marks(word.node).key
    if own is not None:
        return own
    roots = word.sheet.roots.values()
    named = (r for r in roots if local(r) == "message" and r.get("name") == word.name)
    return next((key for key in (read_marks(r).key for r in named) if key is not None), None)


def _waits_by_key(word: Word) -> bool:
    opens = local(word.node) == "startEvent" and local(word.node.getparent()) == "process"
    return not opens and _key(word) is not None


# --- errors and escalations

Nets = dict[str, tuple[Sheet, Scope]]


def _nets(world: World) -> Nets:
    return {
        str(process.get("id")): (sheet, net.of(sheet, process))
        for sheet in world.sheets
        for process in sheet.processes()
    }


def nodes(scope: Scope) -> Iterator[Node]:
    """Of a scope and all within."""
    todo = [scope]
    while todo:
        for node in todo.pop().nodes.values():
            yield node
            if node.inner is not None:
                todo.append(node.inner)


def _throws(node: Node, kind: str) -> bool:
    return node.tag in ("endEvent", "intermediateThrowEvent") and kind in node.kinds


def _thrown(world: World, nets: Nets, key: str, sheet: Sheet, node: Node) -> None:
    for kind in ("error", "escalation"):
        if not _throws(node, kind) or next(catchers(node, kind), None) is not None:
            continue
        code = node.codes.get(kind) or ""
        callers = list(_callers(nets, key))
        for calling, call in callers:
            if not _held(call, kind, code):
                _uncaught(world, calling, call, kind, code, key)
        if not callers:
            _alone(sheet, node, kind, code)


def _callers(nets: Nets, key: str) -> Iterator[tuple[Sheet, Node]]:
    for sheet, top in nets.values():
        for node in nodes(top):
            if node.tag == "callActivity" and sheet.marks(node.element).called == key:
                yield sheet, node


def _held(call: Node, kind: str, code: str) -> bool:
    """Whether a caller catches the code: at the call or in a scope around it."""
    around: list[Node] = list(call.edges)
    scope: Scope | None = call.scope
    while scope is not None:
        around += scope.owner.edges if scope.owner is not None else []
        for sub in scope.event_subs():
            around += [n for n in nodes(sub.inner) if n.tag == "startEvent"]  # type: ignore[arg-type]
        scope = scope.around
    return any(kind in n.kinds and n.codes.get(kind) in (None, code) for n in around)


def _uncaught(world: World, sheet: Sheet, call: Node, kind: str, code: str, called: str) -> None:
    if kind == "error":
        text = T(
            "被调用流程“{called}”会抛出错误“{code}”，这里没有接住；请加错误边界事件",
            called=called,
            code=code,
        )
        world.missing(sheet, call.element, "error_uncaught", text)
    else:
        text = T(
            "被调用流程“{called}”发出的升级“{code}”没有人接收，请加升级边界事件",
            called=called,
            code=code,
        )
        sheet.warn(call.element, "escalation_uncaught", text)


def _alone(sheet: Sheet, node: Node, kind: str, code: str) -> None:
    if kind == "error":
        text = T(
            "错误“{code}”在本流程里没有人接住，调用方也不接住时办件会停下；请加错误边界事件",
            code=code,
        )
    else:
        text = T("升级“{code}”没有人接收，发出后不起作用；请加接收的事件", code=code)
    sheet.warn(node.element, f"{kind}_uncaught", text)


def _caught(nets: Nets, sheet: Sheet, node: Node) -> None:
    """A boundary event for a code that nothing on its activity throws."""
    if node.tag != "boundaryEvent":
        return
    host = node.scope.nodes.get(node.element.get("attachedToRef") or "")
    for kind in ("error", "escalation"):
        if kind not in node.kinds or host is None or _may_come(nets, sheet, host, kind, node):
            continue
        text = T(
            "“{host}”里没有什么会抛出“{code}”，这个边界事件不会触发；请核对代码",
            host=host.element.get("name") or host.id,
            code=node.codes.get(kind) or "",
        )
        sheet.warn(node.element, "never_thrown", text)


def _may_come(nets: Nets, sheet: Sheet, host: Node, kind: str, event: Node) -> bool:
    code = event.codes.get(kind)
    if _rounds(sheet, host.element):
        return True
    if host.tag == "callActivity":
        called = nets.get(sheet.marks(host.element).called or "")
        return called is None or _inside(called[1], kind, code, event)
    if host.inner is not None:
        return _inside(host.inner, kind, code, event)
    return kind == "error" and host.tag in net.THROWERS


def _inside(scope: Scope, kind: str, code: str | None, event: Node) -> bool:
    """Whether something in a scope throws the code, or may throw what is not known."""
    if may_throw(scope, event):
        return True
    throwing = (n for n in nodes(scope) if _throws(n, kind))
    return any(code is None or n.codes.get(kind) == code for n in throwing)
