"""What a decision table says of itself: rules that overlap, are missing, out of reach, mistyped.

Weighed are constants, intervals, comparisons, lists of them, ``not(…)`` and ``-``. A cell with
anything else in it is not decided: it never makes an error here, and a hint says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Any

from app.feel import grid
from app.feel.grid import Axis, Box
from app.feel.literals import Cell, Constant, cell, constant
from app.texts import T, Text

MOST_RULES, MOST_COLUMNS, MOST_TOLD = 500, 20, 10
# Policies under which one row is meant to be found for every input.
COMPLETE = {"UNIQUE", "ANY", "PRIORITY", "FIRST"}
ALIKE = {"dateTime": "date and time", "dayTimeDuration": "days and time duration",
         "yearMonthDuration": "years and months duration"}  # fmt: skip

# place (id of a rule, "" for the table), rule of the check, severity, text
Said = tuple[str, str, str, Text]
TypeOf = Callable[[str | None], tuple[str | None, str]]


@dataclass
class Table:
    """A table made ready: its axes, and of each rule the box, or None where it is not decided."""

    logic: dict[str, Any]
    axes: list[Axis]
    boxes: list[Box | None]

    @property
    def whole(self) -> Box:
        return tuple(axis.full for axis in self.axes)

    def place(self, at: int) -> str:
        return str(self.logic["rules"][at]["id"] or "")

    def example(self, box: Box) -> str:
        """An input of a box, as FEEL: ``a = 3, b = "x"``."""
        pairs = zip(self.logic["inputs"], self.axes, box, strict=True)
        return ", ".join(f"{column['text']} = {axis.example(mask)}" for column, axis, mask in pairs)

    def meant(self, box: Box) -> bool:
        return all(axis.whole(mask) for axis, mask in zip(self.axes, box, strict=True))


def findings(logic: dict[str, Any], type_of: TypeOf) -> Iterator[Said]:
    """Findings of a table whose rows have as many cells as there are columns.

    ``type_of``: of a type's name, its built-in type (None: unknown) and its allowed values.
    """
    columns = [_column(logic, at, type_of) for at in range(len(logic["inputs"]))]
    yield from _entries(logic, columns)
    yield from _outputs(logic, type_of)
    if len(logic["rules"]) > MOST_RULES or len(columns) > MOST_COLUMNS or not columns:
        if columns:
            yield "", "dmn-not-decided", "hint", T("决策表太大，重叠和缺口没有检查")
        return
    table, open_columns = _table(logic, columns)
    if open_columns:
        names = "、".join(open_columns)
        text = T("“{names}”列里有要运行才知道的条件，其重叠和缺口没有判定", names=names)
        yield "", "dmn-not-decided", "hint", text
    yield from _unreachable(table)
    yield from _overlaps(table)
    yield from _gaps(table)


@dataclass(frozen=True)
class _Column:
    name: str
    kind: str | None
    allowed: Cell | None
    cells: tuple[Cell | None, ...]


def _column(logic: dict[str, Any], at: int, type_of: TypeOf) -> _Column:
    column = logic["inputs"][at]
    kind, allowed = type_of(column["type"] or column.get("known"))
    cells = tuple(cell(rule["tests"][at]) for rule in logic["rules"])
    values = column["allowed"] if column["allowed"] not in {"", "-"} else allowed
    return _Column(column["text"], _kind(kind), cell(values) if values else None, cells)


def _kind(name: str | None) -> str | None:
    return ALIKE.get(name or "", name)


def _bare(kind: str) -> str:
    return kind.rstrip("@")


def _entries(logic: dict[str, Any], columns: list[_Column]) -> Iterator[Said]:
    """Cells that no value of the column's type can pass."""
    for column in columns:
        if column.kind is None:
            continue
        for rule, each in zip(logic["rules"], column.cells, strict=True):
            wrong = sorted({_bare(k) for k in each.kinds} - {column.kind}) if each else []
            if wrong:
                text = T("“{name}”是 {type}，这一格却与 {wrong} 相比", name=column.name,
                         type=column.kind, wrong=wrong[0])  # fmt: skip
                yield rule["id"] or "", "dmn-type", "error", text


def _outputs(logic: dict[str, Any], type_of: TypeOf) -> Iterator[Said]:
    for at, column in enumerate(logic["outputs"]):
        kind, allowed = type_of(column["type"])
        values = [constant(each) for each in column["values"]] or _constants(allowed)
        for rule in logic["rules"]:
            yield from _output(rule, column["name"], rule["outputs"][at], _kind(kind), values)


def _constants(text: str) -> list[Constant | None]:
    found = cell(text) if text else None
    if found is None or found.any or found.negated or not all(t.single for t in found.tests):
        return []
    return [test.low for test in found.tests]


def _output(
    rule: dict[str, Any],
    name: str,
    text: str,
    kind: str | None,
    values: list[Constant | None],
) -> Iterator[Said]:
    given = constant(text)
    if given is None:
        return
    if kind is not None and _bare(given.kind) != kind:
        said = T("输出“{name}”应为 {type}，这一格是 {wrong}", name=name, type=kind,
                 wrong=_bare(given.kind))  # fmt: skip
        yield rule["id"] or "", "dmn-type", "error", said
    elif values and None not in values and given.at not in [v.at for v in values if v]:
        said = T("输出“{name}”的值 {value} 不在允许的范围内", name=name, value=given.text)
        yield rule["id"] or "", "dmn-not-allowed", "error", said


def _table(logic: dict[str, Any], columns: list[_Column]) -> tuple[Table, list[str]]:
    axes, masks, undecided = [], [], []
    for column in columns:
        axis, usable = _axis(column)
        axes.append(axis)
        masks.append([axis.mask(each) if each in usable else None for each in column.cells])
        if any(mask is None for mask in masks[-1]):
            undecided.append(column.name)
    boxes = [_box(tuple(column[at] for column in masks)) for at in range(len(logic["rules"]))]
    return Table(logic, axes, boxes), undecided


def _box(masks: tuple[int | None, ...]) -> Box | None:
    return None if None in masks else tuple(mask or 0 for mask in masks)


def _axis(column: _Column) -> tuple[Axis, list[Cell]]:
    """The axis of a column, and the cells that can be weighed on it: those of its kind."""
    kinds = {kind for each in column.cells if each for kind in each.kinds}
    fitting = sorted(kind for kind in kinds if column.kind in {None, _bare(kind)})
    kind = fitting[0] if len(fitting) == 1 else column.kind or "string"
    usable = [each for each in column.cells if each and _weighable(each, kind)]
    allowed = column.allowed if column.allowed and _weighable(column.allowed, kind) else None
    return grid.axis(kind, usable, allowed), usable


def _weighable(each: Cell, kind: str) -> bool:
    if each.any:
        return True
    ordered = kind not in grid.UNORDERED
    return each.kinds == {kind} and (ordered or all(test.single for test in each.tests))


def _unreachable(table: Table) -> Iterator[Said]:
    """Rules that no allowed input passes, or (first hit) that earlier ones keep everything from."""
    first = table.logic["policy"] == "FIRST"
    earlier: list[Box] = []
    for at, box in enumerate(table.boxes):
        if box is None:
            continue
        if not all(box):
            text = T("第 {at} 行到不了：没有一个允许的输入符合它", at=at + 1)
            yield table.place(at), "dmn-unreachable", "warning", text
        elif first and _covered(box, earlier):
            text = T("第 {at} 行到不了：前面的行已经占去它的全部输入", at=at + 1)
            yield table.place(at), "dmn-unreachable", "warning", text
        else:
            earlier.append(box)


def _covered(box: Box, others: list[Box]) -> bool:
    try:
        return not grid.left_over(box, others)
    except grid.TooMany:
        return False


def _overlaps(table: Table) -> Iterator[Said]:
    if table.logic["policy"] in {"UNIQUE", "ANY"}:
        yield from islice(_pairs(table), MOST_TOLD)


def _pairs(table: Table) -> Iterator[Said]:
    boxes = [(at, box) for at, box in enumerate(table.boxes) if box is not None]
    for (one, a), (two, b) in combinations(boxes, 2):
        shared = grid.common(a, b)
        if shared is None or not _clash(table, one, two):
            continue
        text = T("第 {one} 行与第 {two} 行重叠，例如 {example}", one=one + 1, two=two + 1,
                 example=table.example(shared))  # fmt: skip
        # an overlap of fractions only may not be meant: a column of whole numbers has none
        severity = "error" if table.meant(shared) else "warning"
        yield table.place(two), "dmn-overlap", severity, text


def _clash(table: Table, one: int, two: int) -> bool:
    """Under ANY rows may overlap when they give the same; what must be run is not decided."""
    if table.logic["policy"] == "UNIQUE":
        return True
    rules = table.logic["rules"]
    pairs = zip(rules[one]["outputs"], rules[two]["outputs"], strict=True)
    return any(_differ(constant(a), constant(b)) for a, b in pairs)


def _differ(a: Constant | None, b: Constant | None) -> bool:
    return a is not None and b is not None and (a.kind, a.at) != (b.kind, b.at)


def _gaps(table: Table) -> Iterator[Said]:
    logic = table.logic
    if logic["policy"] not in COMPLETE or any(column["default"] for column in logic["outputs"]):
        return
    # A rule that is not decided may take whatever its decided cells let through.
    rules = [_widest(table, at) for at in range(len(table.boxes))]
    if not all(table.whole):
        return
    try:
        rest = grid.left_over(table.whole, rules)
    except grid.TooMany:
        yield "", "dmn-not-decided", "hint", T("决策表的组合太多，缺口没有判定")
        return
    closed = logic["policy"] == "UNIQUE" and all(axis.closed for axis in table.axes)
    for box in rest[:3]:
        text = T("没有一行符合 {example}；请补一行，或写明默认输出", example=table.example(box))
        yield "", "dmn-gap", "error" if closed else "warning", text


def _widest(table: Table, at: int) -> Box:
    box = table.boxes[at]
    if box is not None:
        return box
    tests = table.logic["rules"][at]["tests"]
    return tuple(
        axis.mask(read) if (read := cell(text)) and _weighable(read, axis.kind) else axis.full
        for axis, text in zip(table.axes, tests, strict=True)
    )
