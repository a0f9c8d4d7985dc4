"""Comparisons: those that give no value, and those that are never true."""

from __future__ import annotations

from app.engine.check.inference import Inference, terms
from app.engine.check.kinds import ANY, BOOLEAN, DURATIONS, MOMENTS, Type, said, same
from app.feel.syntax import Tree
from app.texts import T, Text

ORDERED = frozenset(["number", "string"]) | MOMENTS | DURATIONS


def comparison(run: Inference, node: Tree) -> Type:
    words = {child.kind for child in node.inner}
    if "between" in words:
        _between(run, node)
    elif "in" in words:
        _within(run, node)
    else:
        _compared(run, node)
    return BOOLEAN


def _compared(run: Inference, node: Tree) -> None:
    parts, op = terms(node), node.one("CompareOp")
    if len(parts) != 2 or op is None:
        return
    left, right = run.of(parts[0]), run.of(parts[1])
    if parts[1].kind == "SimplePositiveUnaryTest":
        return
    if op.text in ("=", "!="):
        _equal(run, node, left, right)
        _offered(run, parts[1], left, parts[0], right)
        _offered(run, parts[0], right, parts[1], left)
    else:
        _order(run, node, left, right)


def _equal(run: Inference, node: Tree, left: Type, right: Type) -> None:
    if not left.known or not right.known or "null" in (left.kind, right.kind):
        return
    if same(left, right) or "function" in (left.kind, right.kind):
        return
    single = next((t for t in (left, right) if t.kind == "list"), None)
    other = right if single is left else left
    if single is not None and _may_be_one(single, other):
        text = T(
            "“{text}”拿列表与单个值比较，多于一项时没有结果，请用 list contains(…) 或取一项",
            text=node.text,
        )
        run.warn(node, text, "types")
        return
    _no_comparison(run, node, left, right)


def _may_be_one(many: Type, other: Type) -> bool:
    """FEEL takes a list of one item for the item."""
    item = many.item or ANY
    return not item.known or same(item, other)


def _no_comparison(run: Inference, node: Tree, left: Type, right: Type) -> None:
    text = T(
        "“{text}”：{left}与{right}不能比较，不会有结果",
        text=node.text,
        left=said(left),
        right=said(right),
    )
    run.error(node, _hint(text, left, right))


def _hint(text: Text, left: Type, right: Type) -> Text:
    kinds = {left.kind, right.kind}
    if "string" in kinds and kinds & {"date", "time", "date and time"}:
        kind = next(iter(kinds - {"string"}))
        return T(
            "{text}；变量里的日期和时间存为文本，请写成 {kind}(变量) 再比较", text=text, kind=kind
        )
    return text


def _order(run: Inference, node: Tree, left: Type, right: Type) -> None:
    for type_ in (left, right):
        if type_.known and type_.kind not in ORDERED:
            _no_comparison(run, node, left, right)
            return
    if left.known and right.known and not same(left, right):
        _no_comparison(run, node, left, right)


def _offered(run: Inference, at: Tree, type_: Type, variable: Tree, literal: Type) -> None:
    """A text that a choice does not offer: never equal."""
    if at.kind != "StringLiteral" or variable.kind == "StringLiteral" or type_.values is None:
        return
    lacking = (literal.values or frozenset()) - type_.values - {""}
    if lacking:
        text = T(
            "“{name}”不会是“{value}”，只会是 {values}，请核对写法",
            name=variable.text,
            value="、".join(sorted(lacking)),
            values="、".join(sorted(type_.values - {""})) or '""',
        )
        run.warn(at, text, "not_offered")


def _between(run: Inference, node: Tree) -> None:
    parts = terms(node)
    types = [run.of(part) for part in parts]
    for type_ in types[1:]:
        _order(run, node, types[0], type_)


def _within(run: Inference, node: Tree) -> None:
    parts = terms(node)
    if not parts:
        return
    value = run.of(parts[0])
    tests = [t for t in node.walk() if t.kind == "PositiveUnaryTest"]
    for test in tests:
        if test is not node:
            _tested(run, parts[0], value, test)


def _tested(run: Inference, subject: Tree, value: Type, test: Tree) -> None:
    inner = terms(test)
    if len(inner) != 1:
        return
    if inner[0].kind == "SimplePositiveUnaryTest":
        ends = [t for t in inner[0].walk() if t is not inner[0] and t.kind not in ("Interval",)]
        ends = [t for t in ends if t in terms(inner[0]) or t in _ends(inner[0])]
        for each in ends:
            _order(run, test, value, run.of(each))
        return
    type_ = run.of(inner[0])
    if type_.kind == "list" and type_.item is not None:
        type_ = type_.item
    if type_.kind in ("range", "boolean", "function"):
        return
    if value.kind != "list":
        _equal(run, test, value, type_)
        _offered(run, inner[0], value, subject, type_)


def _ends(test: Tree) -> list[Tree]:
    interval = test.one("Interval")
    return terms(interval) if interval is not None else []
