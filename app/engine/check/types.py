"""Expressions against the types of the variables that they read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.engine.check.dictionary import Dictionary, result_of
from app.engine.check.finding import Scope, Sheet
from app.engine.check.infer import infer
from app.engine.check.inference import Names
from app.engine.check.kinds import DURATIONS, MOMENTS, Type, kept, named, said
from app.engine.check.links import World
from app.engine.marks import BPMN, Source, local, read_marks
from app.feel.syntax import parsed, syntax
from app.texts import T, Text

ANYTHING: frozenset[str] = frozenset()
WANTED = {
    "condition": frozenset(["boolean"]),
    "list": frozenset(["list"]),
    "number": frozenset(["number"]),
    "time": MOMENTS | DURATIONS | {"string"},
    "key": frozenset(["string", "number"]),
    "groups": frozenset(["string", "list"]),
    "any": ANYTHING,
}
TESTS = ("loopCondition", "completionCondition", "activationCondition", "condition")
TIMES = ("timeDate", "timeDuration", "timeCycle")


@dataclass(slots=True)
class Reading:
    """An expression: where it stands, what names mean there, what it has to give."""

    at: Any
    source: Source
    names: Names
    use: str = "any"


def rules(world: World, book: Dictionary) -> None:
    """Findings about the types of all expressions."""
    for sheet in world.sheets:
        for reading in readings(book, sheet):
            if reading.source.feel and parsed(reading.source.text).valid:
                _read(sheet, reading)
        for _scope, node in sheet.nodes():
            _contract(book, sheet, node)
            _decision(book, sheet, node)


def _read(sheet: Sheet, reading: Reading) -> None:
    text = reading.source.text
    type_, problems = infer(syntax(text), reading.names)
    for problem in problems:
        say = sheet.error if problem.severity == "error" else sheet.warn
        say(reading.at, problem.rule, placed(text, problem.start, problem.text))
    wanted = WANTED[reading.use]
    if type_.known and type_.kind != "null" and wanted and type_.kind not in wanted:
        rule, message = _unfit(reading, text, type_)
        sheet.error(reading.at, rule, message)


def placed(expr: str, start: int, reason: Text) -> Text:
    """A reason with the expression and the place in it, counted from 1."""
    return T("表达式“{expr}”第 {at} 个字符：{reason}", expr=expr, at=start + 1, reason=reason)


def _unfit(reading: Reading, text: str, type_: Type) -> tuple[str, Text]:
    kind = said(type_)
    if reading.use == "condition":
        return "not_boolean", T(
            "条件“{expr}”的结果是{kind}，应为“是”或“否”，请写成比较，例如 {expr} = …",
            expr=text,
            kind=kind,
        )
    told = {
        "list": T("“{expr}”是{kind}，这里要的是列表", expr=text, kind=kind),
        "number": T("“{expr}”是{kind}，这里要的是数字", expr=text, kind=kind),
        "time": T("“{expr}”是{kind}，不是日期、时间或时长，请改写", expr=text, kind=kind),
        "key": T("关联键“{expr}”是{kind}，应为文本或数字", expr=text, kind=kind),
        "groups": T("办理组“{expr}”是{kind}，应为文本或列表", expr=text, kind=kind),
    }
    return "types", told[reading.use]


# --- where expressions stand


def readings(book: Dictionary, sheet: Sheet) -> Iterator[Reading]:
    """Every expression of a drawing."""
    for scope in sheet.scopes:
        yield from _flows(book, scope)
        if scope.is_process:
            source = sheet.marks(scope.owner).limit
            yield from _if_any(scope.owner, source, book.names(scope.owner))
    for _scope, node in sheet.nodes():
        yield from _marks(book, sheet, node)
        yield from _insides(book, sheet, node)


def _flows(book: Dictionary, scope: Scope) -> Iterator[Reading]:
    names = book.names(scope.owner)
    for flow in scope.flows:
        condition = flow.find(f"{{{BPMN}}}conditionExpression")
        if condition is not None:
            yield from _if_any(flow, Source.read(condition.text), names, "condition")


def _if_any(at: Any, source: Source | None, names: Names, use: str = "any") -> Iterator[Reading]:
    if source is not None:
        yield Reading(at, source, names, use)


def _marks(book: Dictionary, sheet: Sheet, node: Any) -> Iterator[Reading]:
    marks = sheet.marks(node)
    names, outer = book.names(node), book.names(node, own=False)
    for at, mapping in enumerate(marks.inputs):
        earlier = {m.target.split(".")[0] for m in marks.inputs[:at]}
        yield Reading(node, mapping.source, _seen(names, outer, earlier))
    after = book.names(node, result=result_of(book, sheet, node))
    for mapping in marks.outputs:
        yield Reading(node, mapping.source, after)
    for source, use in [(marks.groups, "groups"), (marks.due, "time"), (marks.key, "key")]:
        yield from _if_any(node, source, names, use)
    for source in (marks.type, marks.script, marks.limit, marks.not_by_case):
        yield from _if_any(node, source, names)
    if marks.loop is not None:
        yield from _if_any(node, marks.loop.collection, outer, "list")
        yield from _if_any(node, marks.loop.output_element, after)


def _seen(inner: Names, outer: Names, earlier: set[str]) -> Names:
    return lambda name: inner(name) if name in earlier else outer(name)


def _insides(book: Dictionary, sheet: Sheet, node: Any) -> Iterator[Reading]:
    """Conditions, cardinalities, times and keys that stand inside a node."""
    after = book.names(node, result=result_of(book, sheet, node))
    before = book.names(node)
    parts = [node, *sheet.definitions(node)]
    parts += [child for child in node if local(child).endswith("LoopCharacteristics")]
    for part in parts:
        for child in part:
            tag = local(child)
            if tag in TESTS:
                yield from _if_any(node, Source.read(child.text), after, "condition")
            elif tag in TIMES:
                yield from _if_any(node, Source.read(child.text), before, "time")
            elif tag == "loopCardinality":
                yield from _if_any(node, Source.read(child.text), before, "number")
    for message in _messages(sheet, node):
        yield from _if_any(node, read_marks(message).key, before, "key")


def _messages(sheet: Sheet, node: Any) -> Iterator[Any]:
    for part in [node, *sheet.definitions(node)]:
        message = sheet.roots.get(part.get("messageRef") or "")
        if message is not None:
            yield message


# --- what functions and decisions take


def _contract(book: Dictionary, sheet: Sheet, node: Any) -> None:
    """Inputs of a service function of another type than it promises to understand."""
    marks = sheet.marks(node)
    if marks.type is None or local(node) == "userTask":
        return
    contract = (book.world.services or {}).get(marks.type.text)
    for mapping in marks.inputs if contract is not None else ():
        wanted = named(contract.inputs.get(mapping.target, "any"))  # type: ignore[union-attr]
        got = book.types.get((node, mapping.target), wanted)
        if _differ(wanted, got):
            text = T(
                "服务函数“{id}”的输入“{name}”应为{wanted}，映射来的是{got}",
                id=marks.type.text,
                name=mapping.target,
                wanted=said(wanted),
                got=said(got),
            )
            sheet.warn(node, "service_input_type", text)


def _decision(book: Dictionary, sheet: Sheet, node: Any) -> None:
    """Inputs of a decision that its columns cannot take: it would give no result."""
    marks = sheet.marks(node)
    decision = book.world.decisions.get(marks.decision or "")
    if decision is None:
        return
    names = book.names(node)
    for entry in decision.model["inputs"].values():
        name = entry.get("name") or ""
        if name not in decision.inputs:
            continue
        wanted, got = named(entry.get("type") or ""), kept(names(name))
        if _differ(wanted, got):
            text = T(
                "决策“{id}”的输入“{name}”应为{wanted}，变量是{got}",
                id=marks.decision,
                name=name,
                wanted=said(wanted),
                got=said(got),
            )
            sheet.error(node, "decision_input_type", text)


def _differ(wanted: Type, got: Type) -> bool:
    known = wanted.known and got.known and got.kind != "null"
    return known and wanted.kind != got.kind and got.kind != "list"
