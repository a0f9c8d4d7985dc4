"""Names of things outside the drawing: groups, print-outs, clauses, tasks of others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from app.engine.check import net
from app.engine.check.finding import Sheet
from app.engine.check.links import World
from app.engine.check.net import Node, Scope
from app.engine.check.talk import nodes
from app.engine.marks import Source
from app.feel.syntax import Tree, parsed, syntax
from app.texts import T

PRINTS = ("print", "print_done", "print_at_start")
# "ACC-3", "D18§23", "D18§WIN-2": a rule of our own numbering, or a document and a place in it.
CLAUSE = re.compile(r"[A-Z]{2,4}-\d{1,3}[a-z]?|D\d{2}(§[\w.~–-]+)?")
CHOICE = ("Expression", "List", "IfExpression", "ParenthesizedExpression")


def rules(world: World) -> None:
    """Findings about names in the marks of all drawings."""
    tasks = {node.get("id") for sheet in world.sheets for _scope, node in sheet.nodes()}
    for sheet in world.sheets:
        for owner in [*sheet.processes(), *(node for _scope, node in sheet.nodes())]:
            _groups(world, sheet, owner)
            _prints(world, sheet, owner)
            _clauses(world, sheet, owner)
            _others(world, sheet, owner, tasks)
        for process in sheet.processes():
            _before(sheet, net.of(sheet, process))


def _groups(world: World, sheet: Sheet, owner: Any) -> None:
    if world.groups is None:
        return
    marks = sheet.marks(owner)
    named = [*marks.words("starters"), *marks.words("senders")]
    if marks.groups is not None:
        named += groups_of(marks.groups)
    for name in dict.fromkeys(named):
        if name.partition(":")[0] not in world.groups:
            text = T("没有办理组“{id}”，请核对", id=name)
            world.missing(sheet, owner, "unknown_group", text)


def groups_of(source: Source) -> list[str]:
    """Names of groups that a mark surely gives; parts that are computed are left out."""
    if not source.feel:
        return source.text.replace(",", " ").split()
    if not parsed(source.text).valid:
        return []
    found: list[str] = []
    for literal in _literals(syntax(source.text)):
        found += literal.replace(",", " ").split()
    return found


def _literals(tree: Tree) -> Iterator[str]:
    """Texts that the expression gives, whole or up to a colon."""
    if tree.kind == "StringLiteral":
        yield tree.text[1:-1]
    elif tree.kind == "ArithmeticExpression" and tree.inner:
        first = tree.inner[0]
        if first.kind == "StringLiteral" and first.text.endswith(':"'):
            yield first.text[1:-1]
    elif tree.kind in CHOICE:
        condition = 1 if tree.kind == "IfExpression" else -1
        for at, child in enumerate(tree.inner):
            if at != condition:
                yield from _literals(child)


def _prints(world: World, sheet: Sheet, owner: Any) -> None:
    """``<folder>.<name>`` is forms/<folder>/<name>.typ; known only when print-outs were given."""
    if not world.prints and not world.complete:
        return
    marks = sheet.marks(owner)
    for mark in PRINTS:
        for name in marks.words(mark):
            if name not in world.prints:
                folder, _, file = name.partition(".")
                text = T(
                    "没有打印件“{id}”（forms/{folder}/{file}.typ），请补上或核对名称",
                    id=name,
                    folder=folder,
                    file=file,
                )
                world.missing(sheet, owner, "missing_print", text)


def _clauses(world: World, sheet: Sheet, owner: Any) -> None:
    for name in sheet.marks(owner).words("clause"):
        if not CLAUSE.fullmatch(name):
            text = T("条款号“{id}”写法不对，应如 SVC-14 或 D18§23", id=name)
            sheet.warn(owner, "clause", text)
        elif world.clauses is not None and name not in world.clauses:
            sheet.warn(owner, "clause", T("没有条款“{id}”，请核对", id=name))


def _others(world: World, sheet: Sheet, owner: Any, tasks: set[str]) -> None:
    for name in sheet.marks(owner).words("not_by"):
        if name not in tasks:
            text = T("not_by 所写的任务“{id}”不存在，四眼原则不会起作用，请核对编号", id=name)
            world.missing(sheet, owner, "not_by", text)
        elif name == owner.get("id"):
            sheet.warn(owner, "not_by", T("not_by 写的是任务自己，请改为先办的任务"))


def _before(sheet: Sheet, top: Scope) -> None:
    """Tasks of the same process that ``not_by`` names and that can only come afterwards."""
    by_id = {node.id: node for node in nodes(top)}
    for node in by_id.values():
        for name in sheet.marks(node.element).words("not_by"):
            other = by_id.get(name)
            if other is None or other is node or not later(node, other):
                continue
            text = T("not_by 所写的任务“{id}”只能在这一步之后，四眼原则不会起作用", id=name)
            sheet.warn(node.element, "not_by", text)


def later(node: Node, other: Node) -> bool:
    """Whether ``other`` can only come after ``node``: it follows and never leads back."""
    return _follows(node, other) and not _follows(other, node)


def _follows(node: Node, other: Node) -> bool:
    start = _in_scope_of(node, other)
    if start is None:
        return False
    goal, at = start
    seen, todo = {at.id}, [at]
    while todo:
        for following in net.onward(todo.pop()):
            if following is goal:
                return True
            if following.id not in seen:
                seen.add(following.id)
                todo.append(following)
    return False


def _in_scope_of(node: Node, other: Node) -> tuple[Node, Node] | None:
    """The two nodes as they stand in the innermost scope that holds both; (goal, from)."""
    goal: Node | None = other
    while goal is not None:
        at: Node | None = node
        while at is not None and at.scope is not goal.scope:
            at = at.scope.owner
        if at is not None:
            return None if at is goal else (goal, at)
        goal = goal.scope.owner
    return None
