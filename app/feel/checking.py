"""What can be said of a decision before it runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.feel import expressions
from app.feel.boxes import Element
from app.feel.decisions import Finding
from app.texts import T, Text

POLICIES = {"UNIQUE", "ANY", "PRIORITY", "FIRST", "RULE ORDER", "OUTPUT ORDER", "COLLECT"}
AGGREGATIONS = {None, "SUM", "COUNT", "MIN", "MAX"}
NEED_VALUES = {"PRIORITY", "OUTPUT ORDER"}


def findings(file: str, element: Element, entry: dict[str, Any]) -> Iterator[Finding]:
    """Findings of one decision: an unreadable expression, an impossible hit policy, odd rows."""
    if "logic" not in entry:
        return
    own = element.get("id", "")
    if entry["logic"] is None:
        yield Finding(file, own, "dmn-empty", "warning", T("决策没有内容"))
        return
    names = [need["name"] for need in entry["requires"]]
    for place, rule, text in _faults(entry["logic"], names):
        yield Finding(file, place or own, rule, "error", text)


def _faults(logic: dict[str, Any], names: list[str]) -> Iterator[tuple[str, str, Text]]:
    if logic["kind"] == "table":
        yield from _table(logic, names)
    elif logic["kind"] == "literal":
        yield from _expression("", logic["text"], names)


def _expression(place: str, text: str, names: list[str]) -> Iterator[tuple[str, str, Text]]:
    if text:
        error = expressions.parse(text, tuple(names)).error
        if error:
            yield place, "feel-syntax", error


def _table(table: dict[str, Any], names: list[str]) -> Iterator[tuple[str, str, Text]]:
    yield from _policy(table)
    for column in table["inputs"]:
        yield from _expression("", column["text"], names)
    for at, rule in enumerate(table["rules"], 1):
        yield from _row(table, rule, at, names)


def _policy(table: dict[str, Any]) -> Iterator[tuple[str, str, Text]]:
    policy = table["policy"]
    if policy not in POLICIES:
        yield "", "dmn-hit-policy", T("不认识的命中策略“{policy}”", policy=policy)
    if table["aggregation"] not in AGGREGATIONS:
        yield "", "dmn-hit-policy", T("不认识的汇总方式“{how}”", how=table["aggregation"])
    if policy in NEED_VALUES and not any(column["values"] for column in table["outputs"]):
        yield "", "dmn-hit-policy", T("按优先级取结果的决策表要写明输出的允许值")


def _row(
    table: dict[str, Any], rule: dict[str, Any], at: int, names: list[str]
) -> Iterator[tuple[str, str, Text]]:
    place = rule["id"] or ""
    wanted = (len(table["inputs"]), len(table["outputs"]))
    if (len(rule["tests"]), len(rule["outputs"])) != wanted:
        yield place, "dmn-row", T("决策表第 {at} 行的格数与列数不符", at=at)
    for cell in rule["tests"]:
        if cell not in {"", "-"}:
            error = expressions.unary(cell, tuple(names)).error
            if error:
                yield place, "feel-syntax", error
    for cell in rule["outputs"]:
        yield from _expression(place, cell, names)
