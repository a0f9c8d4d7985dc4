"""The type of an expression, and what in it cannot give a value.

What is not known stays unknown and is never a problem.
"""

from __future__ import annotations

import re

from app.engine.check import calculate, compare
from app.engine.check.builtins import FUNCTIONS, Function
from app.engine.check.inference import (
    Inference,
    Names,
    Problem,
    must_be_boolean,
    readers,
    terms,
    with_names,
)
from app.engine.check.kinds import (
    ANY,
    BOOLEAN,
    DURATIONS,
    MOMENTS,
    NULL,
    NUMBER,
    Type,
    context_of,
    duration,
    join,
    joined,
    list_of,
    said,
    text_of,
)
from app.feel.syntax import Tree
from app.texts import T

RANGE, FUNCTION = Type("range"), Type("function")
DATE = re.compile(r"-?\d{4,}-\d\d-\d\d")


def infer(tree: Tree, names: Names) -> tuple[Type, list[Problem]]:
    """The type of a whole expression and its problems, in order of place."""
    run = Inference(names)
    type_ = run.of(tree)
    return type_, sorted(dict.fromkeys(run.problems), key=lambda p: p.start)


# --- literals and names


def _string(_run: Inference, node: Tree) -> Type:
    return text_of(node.text[1:-1])


def _moment(run: Inference, node: Tree) -> Type:
    at = node.one("AtLiteral")
    if at is not None:
        text = at.inner[0].text[1:-1] if at.inner else ""
        return _by_text(text)
    head = node.one("DateTimeConstructor")
    kind = head.word if head is not None else ""
    given = node.one("PositionalParameters")
    types = [run.of(child) for child in terms(given)] if given is not None else []
    if kind == "duration":
        literal = terms(given)[0] if given is not None and len(types) == 1 else None
        plain = literal is not None and literal.kind == "StringLiteral"
        return duration(literal.text[1:-1] if plain and literal is not None else None)
    return Type(kind) if kind in MOMENTS else ANY


def _by_text(text: str) -> Type:
    if text.lstrip("-").startswith("P"):
        return duration(text)
    if DATE.fullmatch(text):
        return Type("date")
    return Type("date and time" if "T" in text else "time")


def _name(run: Inference, node: Tree) -> Type:
    return run.names(node.word)


def _list(run: Inference, node: Tree) -> Type:
    return list_of(joined(run.of(child) for child in terms(node)))


def _context(run: Inference, node: Tree) -> Type:
    own: dict[str, Type] = {}
    names = with_names(run.names, own)
    for entry in node.all("ContextEntry"):
        key, *value = entry.inner
        if value:
            own[key.word.strip('"')] = run.of(value[-1], names)
    return context_of(own)


# --- logic


def _junction(run: Inference, node: Tree) -> Type:
    for child in terms(node):
        must_be_boolean(run, child, run.of(child))
    return BOOLEAN


def _if(run: Inference, node: Tree) -> Type:
    parts = terms(node)
    if len(parts) != 3:
        return ANY
    must_be_boolean(run, parts[0], run.of(parts[0]))
    return join(run.of(parts[1]), run.of(parts[2]))


# --- paths, lists, functions


def _path(run: Inference, node: Tree) -> Type:
    base, name = run.of(node.inner[0]), node.one("PathName")
    if name is None:
        return ANY
    many = base.kind == "list"
    owner = (base.item or ANY) if many else base
    found = _property(run, node, owner, name.word)
    return Type("list", found, loose=True) if many else found


def _property(run: Inference, node: Tree, owner: Type, name: str) -> Type:
    if owner.kind in ("string", "number", "boolean") and owner.known:
        text = T(
            "“{text}”：{kind}里没有“{name}”这一项，请核对名称",
            text=node.text,
            kind=said(owner),
            name=name,
        )
        run.error(node, text, "no_property")
        return ANY
    if owner.kind != "context":
        return ANY
    found = owner.field(name)
    if found is None:
        names = "、".join(key for key, _ in owner.fields or ())
        text = T(
            "“{text}”没有“{name}”这一项，只有 {names}，请核对名称",
            text=node.text,
            name=name,
            names=names,
        )
        run.error(node, text, "no_property")
    return found or ANY


def _filter(run: Inference, node: Tree) -> Type:
    parts = terms(node)
    if len(parts) != 2:
        return ANY
    base = run.of(parts[0])
    item = base.item if base.kind == "list" else base
    item = item or ANY
    own = {"item": item}
    unknown = item.kind == "any" or (item.kind == "context" and item.fields is None)
    if item.fields is not None:
        own |= dict(item.fields)
    # Of an unknown item every name may be a field of it.
    names = (lambda name: own.get(name, ANY)) if unknown else with_names(run.names, own)
    test = run.of(parts[1], names)
    if parts[1].kind == "NumericLiteral":
        return item
    if test.known and test.kind not in ("boolean", "number", "null"):
        must_be_boolean(run, parts[1], test)
    return Type("list", item, loose=True)


def _iterated(run: Inference, node: Tree, names: Names) -> Names:
    """The names of ``for``, ``some`` and ``every``, each seen by those after it."""
    for each in (t for part in node.all("InExpressions") for t in part.all("InExpression")):
        name, over = each.one("Name"), each.one("IterationContext")
        type_ = run.of(over, names) if over is not None else ANY
        if over is not None and len(terms(over)) > 1:
            type_ = list_of(NUMBER)
        if name is not None:
            names = with_names(names, {name.word: _item(run, each, over, type_)})
    return names


def _item(run: Inference, at: Tree, over: Tree | None, type_: Type) -> Type:
    if type_.kind == "list":
        return type_.item or ANY
    if type_.known and type_.kind in ("number", "string", "boolean") and over is not None:
        text = T("“{text}”是{kind}，不是列表，不能逐项处理", text=over.text, kind=said(type_))
        run.error(at, text)
    return ANY


def _for(run: Inference, node: Tree) -> Type:
    names = with_names(_iterated(run, node, run.names), {"partial": ANY})
    return list_of(run.of(terms(node)[-1], names)) if len(terms(node)) > 1 else ANY


def _quantified(run: Inference, node: Tree) -> Type:
    names = _iterated(run, node, run.names)
    body = terms(node)[-1]
    if body.kind != "InExpressions":
        must_be_boolean(run, body, run.of(body, names))
    return BOOLEAN


def _function(run: Inference, node: Tree) -> Type:
    formal = node.one("FormalParameters")
    own = {t.word: ANY for t in formal.walk() if t.kind == "Name"} if formal else {}
    run.of(node.one("FunctionBody"), with_names(run.names, own))
    return FUNCTION


def _call(run: Inference, node: Tree) -> Type:
    target = node.inner[0]
    function = FUNCTIONS.get(target.word) if target.kind == "VariableName" else None
    named = node.one("NamedParameters")
    given = (
        named.all("NamedParameter") if named else terms(node.one("PositionalParameters") or node)
    )
    types = [run.of(each.inner[-1] if named else each) for each in given]
    if function is None:
        return ANY
    if named:
        places = {name: at for at, (name, _) in enumerate(function.takes)}
        keys = [each.inner[0].word if each.inner else "" for each in given]
        pairs = [(places.get(key, -1), a, t) for key, a, t in zip(keys, given, types, strict=True)]
    else:
        pairs = [(at, a, t) for at, (a, t) in enumerate(zip(given, types, strict=True))]
        _enough(run, node, function, target.word, len(given))
    for at, argument, type_ in pairs:
        _argument(run, argument, type_, function, at, target.word)
    return function.gives


def _enough(run: Inference, node: Tree, function: Function, name: str, given: int) -> None:
    if given < function.least:
        text = T(
            "函数“{name}”要 {n} 个参数，只写了 {given} 个", name=name, n=function.least, given=given
        )
        run.error(node, text)


def _argument(
    run: Inference, node: Tree, type_: Type, function: Function, at: int, name: str
) -> None:
    item = type_.item if type_.kind == "list" and type_.item is not None else type_
    if function.numbers and item.known and item.kind not in DURATIONS | {"number", "null", "list"}:
        text = T(
            "函数“{name}”只能算数字，“{text}”是{kind}", name=name, text=node.text, kind=said(item)
        )
        run.error(node, text)
        return
    accepts = function.takes[at][1] if 0 <= at < len(function.takes) else frozenset()
    single = item if type_.kind == "list" else type_
    if not accepts or not single.known or single.kind in accepts or single.kind == "null":
        return
    text = T(
        "函数“{name}”的“{text}”是{got}，要的是{wanted}",
        name=name,
        text=node.text,
        got=said(single),
        wanted=said(Type(sorted(accepts)[0])),
    )
    run.error(node, text)


def _boolean_result(run: Inference, node: Tree) -> Type:
    for child in terms(node)[:1]:
        run.of(child)
    return BOOLEAN


readers.update(
    {
        "NumericLiteral": lambda _run, _node: NUMBER,
        "StringLiteral": _string,
        "BooleanLiteral": lambda _run, _node: BOOLEAN,
        "null": lambda _run, _node: NULL,
        "DateTimeLiteral": _moment,
        "VariableName": _name,
        "List": _list,
        "Context": _context,
        "Conjunction": _junction,
        "Disjunction": _junction,
        "IfExpression": _if,
        "Comparison": compare.comparison,
        "ArithmeticExpression": calculate.arithmetic,
        "PathExpression": _path,
        "FilterExpression": _filter,
        "ForExpression": _for,
        "QuantifiedExpression": _quantified,
        "FunctionDefinition": _function,
        "FunctionInvocation": _call,
        "InstanceOfExpression": _boolean_result,
        "Interval": lambda run, node: ([run.of(child) for child in terms(node)], RANGE)[1],
    }
)
