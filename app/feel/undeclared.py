"""Inputs that a table reads and no input data declares.

Modelers for Camunda 8 draw a single table without a requirement graph: its columns name the
variables themselves. A file that declares input data is taken at its word and nothing is added.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.feel.expressions import parse

Entry = dict[str, Any]


def declare(model: dict[str, Any], entry: Entry) -> None:
    """Add an input for each variable that a decision reads and nothing brings."""
    known = {need["prefix"] or need["name"] for need in entry["requires"]}
    types = {each["text"].strip(): each["type"] for each in _columns(entry)}
    for name in sorted(_read(entry) - known):
        id_ = f"{entry['id'].rpartition('#')[0]}#?{name}"
        type_ = types.get(name)
        added = {"id": id_, "name": name, "label": name, "type": type_}
        model["inputs"].setdefault(id_, added)
        need = {"id": id_, "kind": "input", "name": name, "prefix": None, "type": type_}
        entry["requires"].append(need)


def _columns(entry: Entry) -> list[Entry]:
    logic = entry.get("logic") or {}
    return list(logic.get("inputs", ())) if logic.get("kind") == "table" else []


def _read(entry: Entry) -> set[str]:
    found: set[str] = set()
    for text in filter(None, _texts(entry)):
        parsed = parse(text)
        found |= set(parsed.variables) if parsed.valid else set()
    return found


def _texts(entry: Entry) -> Iterator[str]:
    logic = entry.get("logic") or {}
    if logic.get("kind") == "literal":
        yield logic["text"]
    for column in _columns(entry):
        yield column["text"]
    for rule in logic.get("rules", ()) if logic.get("kind") == "table" else ():
        yield from rule["outputs"]
