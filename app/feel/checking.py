"""What can be said of a decision before it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.feel import expressions, tables
from app.feel.decisions import Finding
from app.feel.tables import Said
from app.texts import T, Text

Logic = Mapping[str, Any]
POLICIES = {"UNIQUE", "ANY", "PRIORITY", "FIRST", "RULE ORDER", "OUTPUT ORDER", "COLLECT"}
AGGREGATIONS = {None, "SUM", "COUNT", "MIN", "MAX"}
NEED_VALUES = {"PRIORITY", "OUTPUT ORDER"}
SIMPLE = {
    "string", "number", "boolean", "date", "time", "date and time", "dateTime",
    "days and time duration", "dayTimeDuration", "years and months duration", "yearMonthDuration",
}  # fmt: skip
# Names that expressions have from where they stand.
GIVEN = frozenset({"?", "item", "partial"})


@dataclass(frozen=True)
class Scope:
    """Where an expression stands: the names it may use (None: not known), and the model's types."""

    names: frozenset[str]
    types: Mapping[str, Any]
    declared: Mapping[str, str | None]

    def more(self, *names: str) -> Scope:
        return replace(self, names=self.names | set(names))

    def type_of(self, name: str | None) -> tuple[str | None, str]:
        """Built-in type behind a type's name (None: another), and its allowed values."""
        seen: set[str] = set()
        allowed = ""
        while name is not None and name in self.types and name not in seen:
            seen.add(name)
            type_ = self.types[name]
            if type_["collection"] or type_["components"] or type_["function"]:
                return None, ""
            allowed = allowed or type_["allowed"]
            name = type_["base"]
        return (name if name in SIMPLE else None), allowed


def findings(
    file: str, own: str, entry: Mapping[str, Any], model: Mapping[str, Any]
) -> Iterator[Finding]:
    """Findings of one decision: what cannot be read, what cannot be found, what tables lack.

    ``own``: id of the decision, named where nothing nearer has an id.
    """
    if "logic" not in entry:
        return
    if entry["id"] in _needed(entry, model["decisions"]):
        text = T("决策“{name}”要用到它自己的结果，绕成了圈", name=entry["label"])
        yield Finding(file, own, "dmn-cycle", "error", text)
    if entry["logic"] is None:
        yield Finding(file, own, "dmn-empty", "warning", T("决策没有内容"))
        return
    names = {need["prefix"] or need["name"] for need in entry["requires"]}
    declared = {n["name"]: n.get("type") for n in entry["requires"] if n["kind"] != "bkm"}
    scope = Scope(frozenset(names), model["types"], declared)
    for place, rule, severity, text in _faults(entry["logic"], scope):
        yield Finding(file, place or own, rule, severity, text)


def _needed(entry: Mapping[str, Any], decisions: Mapping[str, Any]) -> set[str]:
    """Ids of all decisions that a decision needs, directly or through others."""
    found: set[str] = set()
    left = [entry]
    while left:
        for need in left.pop()["requires"]:
            if need["kind"] == "decision" and need["id"] not in found:
                found.add(need["id"])
                left.append(decisions[need["id"]])
    return found


def _faults(logic: Logic | None, scope: Scope) -> Iterator[Said]:
    if logic is not None and (look := _LOOK.get(logic["kind"])):
        yield from look(logic, scope)


def _expression(place: str, text: str, scope: Scope, *, cell: bool = False) -> Iterator[Said]:
    if not text or (cell and text == "-"):
        return
    read = expressions.unary if cell else expressions.parse
    parsed = read(text, tuple(sorted(scope.names)))
    if parsed.error:
        yield place, "feel-syntax", "error", parsed.error
        return
    for name in sorted(parsed.variables - scope.names - GIVEN):
        yield place, "dmn-unknown-name", "error", _unknown(name, text)


def _unknown(name: str, text: str) -> Text:
    return T("“{text}”用到的“{name}”不在决策的输入里，请连上它", text=text, name=name)


def _literal(logic: Logic, scope: Scope) -> Iterator[Said]:
    yield from _expression("", logic["text"], scope)


def _context(logic: Logic, scope: Scope) -> Iterator[Said]:
    for entry in logic["entries"]:
        yield from _faults(entry["logic"], scope)
        scope = scope.more(entry["name"] or "")


def _call(logic: Logic, scope: Scope) -> Iterator[Said]:
    yield from _expression("", logic["target"], scope)
    for binding in logic["bindings"]:
        yield from _faults(binding["logic"], scope)


def _function(logic: Logic, scope: Scope) -> Iterator[Said]:
    if logic["external"]:
        yield "", "dmn-external", "error", T("外部函数（Java、PMML）不能运行，请改用 FEEL")
        return
    yield from _faults(logic["body"], scope.more(*(each["name"] for each in logic["params"])))


def _list(logic: Logic, scope: Scope) -> Iterator[Said]:
    for item in logic["items"]:
        yield from _faults(item, scope)


def _relation(logic: Logic, scope: Scope) -> Iterator[Said]:
    for row in logic["rows"]:
        if len(row) != len(logic["columns"]):
            yield "", "dmn-row", "error", T("关系表有一行的格数与列数不符")
        for each in row:
            yield from _faults(each, scope)


def _conditional(logic: Logic, scope: Scope) -> Iterator[Said]:
    for part in ("test", "then", "otherwise"):
        yield from _faults(logic[part], scope)


def _iterator(logic: Logic, scope: Scope) -> Iterator[Said]:
    yield from _faults(logic["over"], scope)
    yield from _faults(logic["body"], scope.more(logic["name"]))


def _filter(logic: Logic, scope: Scope) -> Iterator[Said]:
    # Inside the match, fields of the items are names too, and which they have is not known.
    yield from _faults(logic["over"], scope)


def _table(logic: Logic, scope: Scope) -> Iterator[Said]:
    yield from _policy(logic)
    for column in logic["inputs"]:
        yield from _expression("", column["text"], scope)
    rows = [*_rows(logic, scope)]
    yield from rows
    if any(rule == "dmn-row" for _, rule, _, _ in rows):
        return
    known = {**logic, "inputs": [_typed(column, scope) for column in logic["inputs"]]}
    yield from _untyped(known)
    yield from tables.findings(known, scope.type_of)


def _typed(column: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """A column with the type that its input data declares, where it has none of its own."""
    return {**column, "known": scope.declared.get(column["text"])}


def _untyped(logic: Logic) -> Iterator[Said]:
    names = [each["text"] for each in logic["inputs"] if not (each["type"] or each["known"])]
    if names:
        text = T("“{names}”列没有写明类型（typeRef），类型不对时查不出来", names="、".join(names))
        yield "", "dmn-no-type", "hint", text


def _policy(table: Logic) -> Iterator[Said]:
    policy, how = table["policy"], table["aggregation"]
    if policy not in POLICIES:
        yield "", "dmn-hit-policy", "error", T("不认识的命中策略“{policy}”", policy=policy)
    if how not in AGGREGATIONS:
        yield "", "dmn-hit-policy", "error", T("不认识的汇总方式“{how}”", how=how)
    elif how and policy == "COLLECT" and len(table["outputs"]) > 1:
        yield "", "dmn-hit-policy", "error", T("有几个输出的决策表不能汇总，请去掉汇总方式")
    if policy in NEED_VALUES and not any(column["values"] for column in table["outputs"]):
        text = T("按优先级取结果的决策表要写明输出的允许值")
        yield "", "dmn-hit-policy", "error", text


def _rows(table: Logic, scope: Scope) -> Iterator[Said]:
    wanted = (len(table["inputs"]), len(table["outputs"]))
    for at, rule in enumerate(table["rules"], 1):
        place = rule["id"] or ""
        if (len(rule["tests"]), len(rule["outputs"])) != wanted:
            yield place, "dmn-row", "error", T("决策表第 {at} 行的格数与列数不符", at=at)
        for each in rule["tests"]:
            yield from _expression(place, each, scope, cell=True)
        for each in rule["outputs"]:
            yield from _expression(place, each, scope)


_LOOK: dict[str, Callable[[Logic, Scope], Iterator[Said]]] = {
    "literal": _literal,
    "table": _table,
    "context": _context,
    "call": _call,
    "function": _function,
    "list": _list,
    "relation": _relation,
    "conditional": _conditional,
    "for": _iterator,
    "some": _iterator,
    "every": _iterator,
    "filter": _filter,
}
