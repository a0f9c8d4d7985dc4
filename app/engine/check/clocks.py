"""Timers that are past or never rest, and loops in which nothing ever waits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from app.engine import times
from app.engine.check import net
from app.engine.check.finding import Sheet
from app.engine.check.links import World
from app.engine.check.net import Flow, Node, Scope
from app.engine.check.talk import nodes
from app.engine.marks import BPMN, Source, local
from app.feel.syntax import parsed
from app.texts import T

CONSTANT = re.compile(r'(?:duration\s*\(\s*)?"([^"]*)"\s*\)?')
MINUTE = timedelta(minutes=1)
# What runs through without waiting for anybody or anything.
AUTOMATIC = {"task", "scriptTask", "businessRuleTask", "intermediateThrowEvent", *net.GATEWAYS}


def rules(world: World) -> None:
    """Findings about time in all drawings."""
    for sheet in world.sheets:
        for _scope, node in sheet.nodes():
            for definition in sheet.definitions(node):
                if local(definition) == "timerEventDefinition":
                    _timer(world, sheet, node, definition)
        for process in sheet.processes():
            top = net.of(sheet, process)
            for scope in _scopes(top):
                _loops(sheet, scope)


def _scopes(top: Scope) -> Iterator[Scope]:
    yield top
    yield from (n.inner for n in nodes(top) if n.inner is not None)


# --- timers


def _timer(world: World, sheet: Sheet, node: Any, definition: Any) -> None:
    for child in definition:
        text = _constant(Source.read(child.text)) if isinstance(child.tag, str) else None
        if text is None:
            continue
        try:
            _looked_at(world, sheet, node, local(child), text)
        except ValueError:
            continue  # said by the rule for the way they are written


def _constant(source: Source | None) -> str | None:
    """The text of a time that does not depend on variables."""
    if source is None or not source.feel:
        return source.text if source else None
    found = CONSTANT.fullmatch(source.text)
    return found.group(1) if found else None


def _looked_at(world: World, sheet: Sheet, node: Any, kind: str, text: str) -> None:
    if kind == "timeDate" and world.now is not None and times.moment(text) < world.now:
        sheet.warn(
            node, "timer_past", T("定时时间 {value} 已经过去，会立即触发，请改日期", value=text)
        )
    elif kind == "timeDuration" and _short(times.duration(text), timedelta(microseconds=1)):
        sheet.warn(node, "timer_zero", T("时长 {value} 为零，等于不等待，请改长或删去", value=text))
    elif kind == "timeCycle":
        _cycle(world, sheet, node, times.cycle(text), text)


def _cycle(world: World, sheet: Sheet, node: Any, cycle: times.Cycle, text: str) -> None:
    if _short(cycle.every, MINUTE):
        sheet.warn(node, "timer_short", T("周期 {value} 不到一分钟，太频繁，请改长", value=text))
    over = cycle.times is not None and cycle.start is not None
    if over and world.now is not None:
        last = cycle.start
        for _ in range(min(cycle.times or 0, 1000)):
            last = cycle.every.after(last)  # type: ignore[arg-type]
        if last is not None and last < world.now:
            sheet.warn(
                node,
                "timer_past",
                T("定时周期 {value} 已全部过去，不会再触发，请改日期", value=text),
            )


def _short(duration: times.Duration, than: timedelta) -> bool:
    return not duration.months and duration.rest < than


# --- loops


def _loops(sheet: Sheet, scope: Scope) -> None:
    """Circles of elements that run by themselves and whose way out nothing in them changes."""
    for circle in circles(scope):
        if not all(_runs_through(node) for node in circle):
            continue
        first = min(circle, key=lambda n: n.rank)
        name = first.element.get("name") or first.id
        inside = {node.id for node in circle}
        out = [flow for node in circle for flow in node.outs if flow.target not in inside]
        if not out:
            text = T(
                "从“{name}”起的循环没有出口，也不等待，会一直空转；请画出离开循环的路", name=name
            )
            sheet.error(first.element, "loop_without_wait", text)
        elif not _changes(sheet, circle):
            text = T(
                "从“{name}”起的循环不等待，里面也没有改变判断条件的步骤，会一直空转；"
                "请在循环里等待，或改变条件所读的变量",
                name=name,
            )
            sheet.error(first.element, "loop_without_wait", text)


def circles(scope: Scope) -> Iterator[list[Node]]:
    """Strongly connected parts of a scope that hold a circle (Tarjan's way, without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    path: list[str] = []
    for head in scope.nodes:
        if head in index:
            continue
        stack = [(head, net.onward(scope.nodes[head]))]
        index[head] = low[head] = len(index)
        path.append(head)
        while stack:
            name, rest = stack[-1]
            following = next(rest, None)
            if following is not None:
                _step(following, name, index, low, path, stack)
                continue
            stack.pop()
            if stack:
                low[stack[-1][0]] = min(low[stack[-1][0]], low[name])
            if low[name] == index[name]:
                yield from _part(scope, name, path, low)


def _step(
    following: Node,
    name: str,
    index: dict[str, int],
    low: dict[str, int],
    path: list[str],
    stack: list[tuple[str, Iterator[Node]]],
) -> None:
    if following.id not in index:
        index[following.id] = low[following.id] = len(index)
        path.append(following.id)
        stack.append((following.id, net.onward(following)))
    elif low[following.id] >= 0:
        low[name] = min(low[name], index[following.id])


def _part(scope: Scope, name: str, path: list[str], low: dict[str, int]) -> Iterator[list[Node]]:
    part = []
    while True:
        part.append(scope.nodes[path.pop()])
        low[part[-1].id] = -1
        if part[-1].id == name:
            break
    if len(part) > 1 or any(f.target == name for f in part[0].outs):
        yield part


def _runs_through(node: Node) -> bool:
    if node.tag not in AUTOMATIC or node.tag == "eventBasedGateway":
        return False
    if node.tag == "scriptTask" and node.element.find(f"{{{BPMN}}}script") is not None:
        return False
    return not node.edges


def _changes(sheet: Sheet, circle: list[Node]) -> bool:
    """Whether something in the circle writes what one of its conditions reads, or reads time."""
    written: set[str] = set()
    read: set[str] = set()
    for node in circle:
        marks = sheet.marks(node.element)
        if marks.type is not None:
            return True
        written |= {m.target.split(".")[0] for m in marks.outputs}
        written |= {marks.result} if marks.result else set()
        for text in filter(None, map(_condition, node.outs)):
            if re.search(r"\b(now|today)\s*\(", text):
                return True
            read |= parsed(text).variables
    return bool(written & read) or not read


def _condition(flow: Flow) -> str | None:
    if flow.element is None:
        return None
    condition = flow.element.find(f"{{{BPMN}}}conditionExpression")
    source = Source.read(condition.text) if condition is not None else None
    return source.text if source is not None and source.feel else None
