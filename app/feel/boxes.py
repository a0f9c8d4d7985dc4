"""Boxed expressions of DMN (literal, table, context, …) as plain data for the evaluator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

Element = etree._Element
Logic = dict[str, Any]
Types = Callable[[str | None], str | None]
SEVERAL = {"COLLECT", "RULE ORDER", "OUTPUT ORDER"}


def tag(element: Element) -> str:
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def kids(element: Element | None, *names: str) -> Iterator[Element]:
    """Child elements, of the given local names if any are given."""
    for child in element if element is not None else ():
        if isinstance(child.tag, str) and (not names or tag(child) in names):
            yield child


def kid(element: Element | None, *names: str) -> Element | None:
    return next(kids(element, *names), None)


def text_of(element: Element | None) -> str:
    found = kid(element, "text")
    return (found.text or "").strip() if found is not None else ""


class Boxes:
    """Reads boxed expressions; ``type_of`` resolves a typeRef of the file they stand in."""

    def __init__(self, type_of: Types) -> None:
        self.type_of = type_of

    def inside(self, element: Element | None) -> Logic | None:
        """Logic of the one expression that stands inside an element."""
        for child in kids(element):
            if tag(child) in READERS:
                return self.read(child)
        return None

    def read(self, element: Element) -> Logic | None:
        logic = READERS[tag(element)](self, element)
        declared = self.type_of(element.get("typeRef"))
        if logic is not None and declared and logic["kind"] not in {"function", "table"}:
            logic["type"] = declared
        return logic

    def param(self, element: Element) -> dict[str, Any]:
        return {"name": element.get("name", ""), "type": self.type_of(element.get("typeRef"))}


def _literal(_: Boxes, element: Element) -> Logic:
    return {"kind": "literal", "text": text_of(element)}


def _context(boxes: Boxes, element: Element) -> Logic:
    entries = []
    for entry in kids(element, "contextEntry"):
        variable = kid(entry, "variable")
        name = variable.get("name") if variable is not None else None
        declared = boxes.type_of(variable.get("typeRef")) if variable is not None else None
        entries.append({"name": name, "type": declared, "logic": boxes.inside(entry)})
    return {"kind": "context", "entries": entries}


def _invocation(boxes: Boxes, element: Element) -> Logic:
    target = kid(element, "literalExpression")
    bindings = []
    for binding in kids(element, "binding"):
        parameter = kid(binding, "parameter")
        name = parameter.get("name", "") if parameter is not None else ""
        bindings.append({"name": name, "logic": boxes.inside(binding)})
    return {"kind": "call", "target": text_of(target), "bindings": bindings}


def function(boxes: Boxes, element: Element) -> Logic:
    """A function definition, or the logic that a business knowledge model encapsulates."""
    return {
        "kind": "function",
        "params": [boxes.param(each) for each in kids(element, "formalParameter")],
        "body": boxes.inside(element),
        "external": element.get("kind", "FEEL") != "FEEL",
        "type": None,
    }


def _list(boxes: Boxes, element: Element) -> Logic:
    items = [boxes.read(each) for each in kids(element) if tag(each) in READERS]
    return {"kind": "list", "items": items}


def _relation(boxes: Boxes, element: Element) -> Logic:
    columns = [column.get("name", "") for column in kids(element, "column")]
    rows = [
        [boxes.read(cell) for cell in kids(row) if tag(cell) in READERS]
        for row in kids(element, "row")
    ]
    return {"kind": "relation", "columns": columns, "rows": rows}


def _conditional(boxes: Boxes, element: Element) -> Logic:
    parts = {name: boxes.inside(kid(element, name)) for name in ("if", "then", "else")}
    return {
        "kind": "conditional",
        "test": parts["if"],
        "then": parts["then"],
        "otherwise": parts["else"],
    }


def _iterator(boxes: Boxes, element: Element) -> Logic:
    return {
        "kind": tag(element),
        "name": element.get("iteratorVariable", ""),
        "over": boxes.inside(kid(element, "in")),
        "body": boxes.inside(kid(element, "return", "satisfies")),
    }


def _filter(boxes: Boxes, element: Element) -> Logic:
    return {
        "kind": "filter",
        "over": boxes.inside(kid(element, "in")),
        "test": boxes.inside(kid(element, "match")),
    }


def _input(boxes: Boxes, element: Element) -> dict[str, Any]:
    expression = kid(element, "inputExpression")
    ref = expression.get("typeRef") if expression is not None else None
    return {
        "text": text_of(expression),
        "type": boxes.type_of(ref),
        "allowed": text_of(kid(element, "inputValues")),
    }


def _output(boxes: Boxes, element: Element, table: Element) -> dict[str, Any]:
    rows = table.get("hitPolicy") in SEVERAL
    single = len(list(kids(table, "output"))) == 1 and not rows
    ref = element.get("typeRef") or (table.get("typeRef") if single else None)
    return {
        "name": element.get("name") or "",
        "type": boxes.type_of(ref),
        "values": split_tests(text_of(kid(element, "outputValues"))),
        "default": text_of(kid(element, "defaultOutputEntry")),
    }


def _rule(element: Element) -> dict[str, Any]:
    return {
        "id": element.get("id"),
        "tests": [text_of(each) for each in kids(element, "inputEntry")],
        "outputs": [text_of(each) for each in kids(element, "outputEntry")],
    }


def _table(boxes: Boxes, element: Element) -> Logic:
    return {
        "kind": "table",
        "policy": element.get("hitPolicy", "UNIQUE"),
        "aggregation": element.get("aggregation"),
        "inputs": [_input(boxes, each) for each in kids(element, "input")],
        "outputs": [_output(boxes, each, element) for each in kids(element, "output")],
        "rules": [_rule(each) for each in kids(element, "rule")],
    }


def split_tests(text: str) -> list[str]:
    """The tests of a list of allowed values, cut at commas outside strings and brackets."""
    parts, depth, quoted, start = [], 0, False, 0
    for at, char in enumerate(text):
        if char == '"' and text[at - 1 : at] != "\\":
            quoted = not quoted
        elif not quoted and char in "([{":
            depth += 1
        elif not quoted and char in ")]}":
            depth -= 1
        elif char == "," and not quoted and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    return [part for part in [*parts, text[start:].strip()] if part]


READERS: dict[str, Callable[[Boxes, Element], Logic | None]] = {
    "literalExpression": _literal,
    "decisionTable": _table,
    "context": _context,
    "invocation": _invocation,
    "functionDefinition": function,
    "list": _list,
    "relation": _relation,
    "conditional": _conditional,
    "for": _iterator,
    "some": _iterator,
    "every": _iterator,
    "filter": _filter,
}
