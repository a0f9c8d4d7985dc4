"""Calculations: the type of their result, and those that have none."""

from __future__ import annotations

from collections.abc import Iterator

from app.engine.check.inference import Inference, terms
from app.engine.check.kinds import ANY, DURATIONS, MOMENTS, NUMBER, STRING, Type, join, said, same
from app.feel.syntax import Tree
from app.texts import T


def arithmetic(run: Inference, node: Tree) -> Type:
    parts, op = terms(node), node.one("ArithOp")
    types = [run.of(part) for part in parts]
    sign = op.text if op is not None else ""
    if len(parts) == 1:
        return _negative(run, node, types[0])
    if len(parts) != 2:
        return ANY
    left, right = types
    for part, type_ in zip(parts, types, strict=True):
        if type_.kind == "null":
            run.error(part, T("“{text}”里有空值，算不出结果，请先处理缺值的情形", text=node.text))
            return ANY
    if not left.known or not right.known:
        return _half_known(run, node, sign, left, right)
    result = calculated(sign, left, right)
    if result is None:
        _no_result(run, node, left, right)
    return result or ANY


def _half_known(run: Inference, node: Tree, sign: str, left: Type, right: Type) -> Type:
    """With one side unknown only what no other side could mend is a problem."""
    for type_ in (left, right):
        if type_.known and not any(
            calculated(sign, *pair) for kind in ALL for pair in _pairs(type_, Type(kind), left)
        ):
            run.error(node, T("“{text}”：{kind}不能这样计算", text=node.text, kind=said(type_)))
    return ANY


def _pairs(known: Type, other: Type, left: Type) -> Iterator[tuple[Type, Type]]:
    yield (known, other) if known is left else (other, known)


def _no_result(run: Inference, node: Tree, left: Type, right: Type) -> None:
    text = T(
        "“{text}”：{left}与{right}不能这样计算，不会有结果",
        text=node.text,
        left=said(left),
        right=said(right),
    )
    if {left.kind, right.kind} == {"string", "number"} and "+" in node.text:
        text = T("{text}；拼接文字请先用 string(…) 把数字变成文本", text=text)
    run.error(node, text)


def _negative(run: Inference, node: Tree, type_: Type) -> Type:
    if type_.known and type_.kind not in DURATIONS | {"number"}:
        run.error(node, T("“{text}”是{kind}，不能取负", text=node.text, kind=said(type_)))
        return ANY
    return type_


ALL = ("number", "string", *sorted(MOMENTS), *sorted(DURATIONS))
NUMBERS = frozenset(["number"])


def calculated(sign: str, left: Type, right: Type) -> Type | None:
    """The type of a calculation with known types, None when there is no result."""
    kinds = {left.kind, right.kind}
    if kinds == NUMBERS:
        return NUMBER
    reader = {"+": _sum, "-": _difference, "*": _product, "/": _quotient}.get(sign)
    return reader(left, right) if reader else None


def _sum(left: Type, right: Type) -> Type | None:
    if left.kind == right.kind == "string":
        return STRING
    if left.kind in DURATIONS and right.kind in DURATIONS:
        return join(left, right) if same(left, right) else None
    return _moved(left, right) or _moved(right, left)


def _moved(moment: Type, by: Type) -> Type | None:
    return moment if moment.kind in MOMENTS and by.kind in DURATIONS else None


def _difference(left: Type, right: Type) -> Type | None:
    if left.kind in MOMENTS and right.kind in MOMENTS:
        mixed = "time" in (left.kind, right.kind) and left.kind != right.kind
        return None if mixed else Type("days and time duration")
    if left.kind in DURATIONS and right.kind in DURATIONS:
        return join(left, right) if same(left, right) else None
    return _moved(left, right)


def _product(left: Type, right: Type) -> Type | None:
    pair = sorted([left, right], key=lambda t: t.kind != "number")
    return pair[1] if pair[0].kind == "number" and pair[1].kind in DURATIONS else None


def _quotient(left: Type, right: Type) -> Type | None:
    if left.kind in DURATIONS:
        return left if right.kind == "number" else NUMBER if right.kind in DURATIONS else None
    return None
