"""Values of the conformance kit's XML as ``flask processes decide`` takes and gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

from lxml import etree

Element = etree._Element
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
NUMBERS = {"decimal", "double", "float", "integer", "int", "long"}
FEEL = {"date": "date", "dateTime": "date and time", "time": "time", "duration": "duration"}
MARK = re.compile(r'^(date and time|date|time|duration)\("(.*)"\)$', re.DOTALL)
DURATION = re.compile(
    r"^(-)?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?"
    r"(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$"
)
# Results are told apart from the eighth place on, as the kit's own runners do.
TOLERANCE = 1e-8


def kids(element: Element, *names: str) -> Iterator[Element]:
    """Child elements of the given local names."""
    for child in element:
        if isinstance(child.tag, str) and etree.QName(child).localname in names:
            yield child


def expected_value(node: Element) -> Any:
    """What a result node expects; None for null and for an error."""
    expected = next(kids(node, "expected"), None)
    return None if expected is None else value_of(expected)


def value_of(element: Element) -> Any:
    """A value, the components of a context, or the items of a list."""
    for child in kids(element, "value", "list"):
        if child.get(f"{XSI}nil") == "true":
            return None
        if etree.QName(child).localname == "list":
            return [value_of(item) for item in kids(child, "item")]
        return _plain(child)
    parts = list(kids(element, "component"))
    if (
        parts
        and parts[0].get(f"{XSI}nil") == "true"
        and len(parts) == 1
        and not parts[0].get("name")
    ):
        return None
    return {part.get("name", ""): value_of(part) for part in parts} if parts else None


def _plain(element: Element) -> Any:
    kind = element.get(f"{XSI}type", "string").rpartition(":")[2]
    text = element.text or ""
    if kind in NUMBERS:
        number = float(text)
        return int(number) if number.is_integer() and "." not in text else number
    if kind == "boolean":
        return text.strip() in {"true", "1"}
    return {"feel": f'{FEEL[kind]}("{text.strip()}")'} if kind in FEEL else text


def named(value: dict[str, Any], name: str) -> Any:
    """One output of several of a decision service."""
    return value.get(name, value)


def same(wanted: Any, got: Any) -> bool:
    """Whether a result is the expected one; numbers within ``TOLERANCE``."""
    if isinstance(wanted, bool) or isinstance(got, bool):
        return wanted is got
    if isinstance(wanted, int | float) and isinstance(got, int | float):
        return abs(wanted - got) <= TOLERANCE * max(1.0, abs(wanted))
    if isinstance(wanted, list) and isinstance(got, list):
        return len(wanted) == len(got) and all(map(same, wanted, got))
    if isinstance(wanted, dict) and isinstance(got, dict):
        return _same_context(wanted, got)
    return bool(wanted == got)


def _same_context(wanted: dict[str, Any], got: dict[str, Any]) -> bool:
    if set(wanted) != set(got):
        return False
    if set(wanted) == {"feel"}:
        return bool(_mark(wanted["feel"]) == _mark(got["feel"]))
    return all(same(wanted[key], got[key]) for key in wanted)


def _mark(text: str) -> Any:
    """A date or the like in a form in which equal ones are equal."""
    found = MARK.match(text)
    if not found:
        return text
    kind, inner = found.groups()
    if kind == "duration" and (parts := DURATION.match(inner)):
        return kind, _duration(*parts.groups())
    return kind, _moment(kind, inner)


def _duration(sign: str | None, *parts: str | None) -> tuple[float, float]:
    years, months, days, hours, minutes, seconds = (float(part or 0) for part in parts)
    factor = -1 if sign else 1
    span = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return factor * (years * 12 + months), factor * span


def _moment(kind: str, text: str) -> Any:
    try:
        if kind == "time":
            return time.fromisoformat(text).replace(microsecond=0), _offset(text)
        if kind == "date and time":
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    return text


def _offset(text: str) -> str:
    found = re.search(r"(Z|[+-]\d\d:\d\d)(@.*)?$", text)
    return found.group(1).replace("Z", "+00:00") if found else ""
