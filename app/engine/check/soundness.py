"""Soundness: what may get stuck, never ends, runs twice or never runs, whatever the data say.

All markings are looked at up to ``MOST``; beyond it the finding says that it is not decided. What
a choice leads to without fail is an error; what conditions that belong together may rule out (two
gateways that ask the same) is a warning.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.engine.check import net
from app.engine.check.finding import Sheet
from app.engine.check.game import Game, Place, counted
from app.engine.check.net import Marking, Node
from app.texts import T, Text

MOST = 20_000
MOST_WORK = 4_000_000  # tokens in all the markings of a file
END: Marking = ()


@dataclass(slots=True)
class Graph:
    """The markings that were looked at."""

    game: Game
    onward: dict[Marking, list[Marking]] = field(default_factory=dict)
    chosen: dict[tuple[str, ...], set[Marking]] = field(default_factory=dict)
    first: list[Marking] = field(default_factory=list)
    stuck: list[Marking] = field(default_factory=list)
    open: set[Marking] = field(default_factory=set)  # not looked at any further
    doubled: dict[str, Place] = field(default_factory=dict)
    cut: bool = False

    @property
    def decided(self) -> bool:
        return not self.cut and not self.open


def rules(sheet: Sheet) -> None:
    """Findings about every process of a drawing."""
    work = MOST_WORK
    for process in sheet.processes():
        graph = explore(net.of(sheet, process), work)
        work -= sum(len(marking) for marking in graph.onward)
        if graph.first:
            _say(sheet, process, graph)


def explore(top: net.Scope, work: int = MOST_WORK, most: int = MOST) -> Graph:
    """Look at markings, nearest first, until all are seen or the bound is reached."""
    game = Game(top)
    graph = Graph(game)
    todo: deque[Marking] = deque()
    for label, marking in game.beginnings():
        graph.first.append(marking)
        graph.chosen.setdefault(label, set()).add(marking)
        todo.append(marking)
    while todo:
        marking = todo.pop()
        if marking in graph.onward:
            continue
        work -= len(marking) + 1
        if len(graph.onward) >= most or work < 0:
            graph.open.update([marking, *todo])
            graph.cut = True
            break
        todo += _look(graph, marking)
    return graph


def _look(graph: Graph, marking: Marking) -> list[Marking]:
    graph.onward[marking] = []
    if marking == END:
        return []
    if _piled(graph, marking):
        graph.open.add(marking)
        return []
    moves = graph.game.moves(marking)
    if moves is None:
        graph.stuck.append(marking)
        return []
    for label, following in moves:
        graph.onward[marking].append(following)
        if label:
            graph.chosen.setdefault(label, set()).add(following)
    return graph.onward[marking]


def _piled(graph: Graph, marking: Marking) -> bool:
    """Whether tokens heap up; notes activities that two of them come to."""
    most = 0
    for number, times in counted(marking):
        place = graph.game.places[number]
        most = max(most, times)
        if place.node is not None and place.node.tag in net.ACTIVITIES:
            graph.doubled.setdefault(place.node.id, place)
    return most >= net.FEW_TOKENS


def _reaching(graph: Graph) -> set[Marking]:
    """Markings from which an end can be reached, as far as is known."""
    return _closure({END, *graph.open}, _backward(graph))


def _backward(graph: Graph) -> dict[Marking, list[Marking]]:
    before: dict[Marking, list[Marking]] = {}
    for marking, following in graph.onward.items():
        for each in following:
            before.setdefault(each, []).append(marking)
    return before


def _closure(heads: set[Marking], onward: dict[Marking, list[Marking]]) -> set[Marking]:
    seen, todo = set(heads), list(heads)
    while todo:
        for each in onward.get(todo.pop(), ()):
            if each not in seen:
                seen.add(each)
                todo.append(each)
    return seen


def _doomed(graph: Graph, good: set[Marking]) -> set[Marking]:
    """Markings behind a choice that never ends well, wherever it is made."""
    heads: set[Marking] = set()
    for followings in graph.chosen.values():
        if not followings & good:
            heads |= followings
    return _closure(heads, graph.onward)


def _say(sheet: Sheet, process: Any, graph: Graph) -> None:
    good = _reaching(graph)
    doomed = _doomed(graph, good)
    if not set(graph.first) & good:
        doomed |= set(graph.onward)
    for join, (rule, text) in _waiting(graph, doomed).items():
        sure = rule == "sure"
        (sheet.error if sure else sheet.warn)(_element(graph, join), "deadlock", text)
    _endless(sheet, graph, good)
    _doubled(sheet, graph)
    if graph.decided and not graph.stuck and set(graph.onward) <= good:
        _dead(sheet, graph)
    if graph.cut:
        text = T(
            "并行的可能太多，看过 {n} 种状态仍未看完，会不会卡住没有定论；"
            "可把并行部分放进子流程再检查",
            n=len(graph.onward),
        )
        sheet.warn(process, "not_decided", text)


def _element(graph: Graph, name: str) -> Any:
    return next(n.element for n in _nodes(graph.game.top) if n.id == name)


def _waiting(graph: Graph, doomed: set[Marking]) -> dict[str, tuple[str, Text]]:
    """Joins that wait in vain: the one furthest upstream of each marking that is stuck."""
    found: dict[str, tuple[str, Text]] = {}
    for marking in graph.stuck:
        place = graph.game.places[marking[0]]
        node = place.node
        if node is None:
            continue
        sure = marking in doomed and net.number_of(node, "startQuantity") == 1
        if node.id not in found or (sure and found[node.id][0] != "sure"):
            found[node.id] = ("sure" if sure else "perhaps", _why(graph, node, marking))
    return found


def _why(graph: Graph, node: Node, marking: Marking) -> Text:
    lacking = [f.id for f in node.ins if graph.game.on(f, node.scope) not in marking]
    name = node.element.get("name") or node.id
    if net.number_of(node, "startQuantity") > 1:
        return T("“{name}”要等的令牌凑不齐，办件会停在这里；请核对 startQuantity", name=name)
    return T(
        "“{name}”汇合不齐，办件会卡在这里：有一条来线已到，而“{flows}”再也不会到；"
        "请核对前面的分支是否用了同一种网关",
        name=name,
        flows="、".join(lacking),
    )


def _endless(sheet: Sheet, graph: Graph, good: set[Marking]) -> None:
    """Markings that go on for ever and neither end nor get stuck."""
    rest = set(graph.onward) - good - _closure(set(graph.stuck), _backward(graph))
    if not rest:
        return
    nodes = [graph.game.places[n].node for marking in _circling(graph, rest) for n in marking]
    first = min((n for n in nodes if n is not None), key=lambda n: n.rank)
    text = T(
        "走到“{name}”之后只能一直循环，没有路可以走到结束；请画出离开循环的路",
        name=first.element.get("name") or first.id,
    )
    sheet.warn(first.element, "no_end", text)


def _circling(graph: Graph, rest: set[Marking]) -> set[Marking]:
    """Those of ``rest`` that lie on a circle or behind one."""
    coming = Counter(each for m in rest for each in graph.onward[m])
    todo = [marking for marking in rest if not coming[marking]]
    left = set(rest)
    while todo:
        marking = todo.pop()
        left.discard(marking)
        for each in graph.onward[marking]:
            coming[each] -= 1
            if not coming[each]:
                todo.append(each)
    return left


def _doubled(sheet: Sheet, graph: Graph) -> None:
    if any(_counts(n) for n in _nodes(graph.game.top)):
        return
    shown: list[Node] = []
    for place in sorted(graph.doubled.values(), key=lambda p: p.number):
        node = place.node
        assert node is not None
        if any(_leads(before, node) for before in shown):
            continue
        shown.append(node)
        text = T(
            "前面分开的几路没有先汇合就到了“{name}”，它会办不止一次；如不是有意，请先用并行网关汇合",
            name=node.element.get("name") or node.id,
        )
        sheet.warn(node.element, "lack_of_synchronization", text)


def _counts(node: Node) -> bool:
    """Where tokens are counted on purpose."""
    return any(net.number_of(node, q) > 1 for q in ("startQuantity", "completionQuantity"))


def _leads(before: Node, node: Node) -> bool:
    """Whether a node already named explains the same of a later one."""
    return node.rank > before.rank


def _dead(sheet: Sheet, graph: Graph) -> None:
    """What no marking ever lets run, though lines lead there."""
    for node in _nodes(graph.game.top):
        if node.id in graph.game.touched or not _expected(node):
            continue
        if any(node.scope.nodes[f.source].id in graph.game.touched for f in node.ins):
            text = T(
                "“{name}”永远不会执行到，请核对前面的连线或删去",
                name=node.element.get("name") or node.id,
            )
            sheet.warn(node.element, "dead", text)


def _expected(node: Node) -> bool:
    return bool(node.ins) and not node.compensates and not node.is_event_sub


def _nodes(scope: net.Scope) -> Iterator[Node]:
    todo = [scope]
    while todo:
        for node in todo.pop().nodes.values():
            yield node
            if node.inner is not None:
                todo.append(node.inner)
