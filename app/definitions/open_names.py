"""Which variables of a procedure may stand open in the database: none that a person flows into.

Open by proof only: a name is open when a form field without the mark ``pii`` writes it, or when an
expression over open names alone does, and nothing else writes it. All other names stay sealed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from app import feel

ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"

# Who writes a name: (name, names it is made of; None when that cannot be known).
Write = tuple[str, frozenset[str] | None]


def open_names(files: Mapping[str, bytes], forms: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Procedure → open names, from the drawings and forms of one release."""
    found: dict[str, frozenset[str]] = {}
    for name, content in files.items():
        if name.endswith(".bpmn"):
            key = name.removeprefix("processes/").removesuffix(".bpmn")
            found[key] = _of_drawing(content, forms)
    return found


def _of_drawing(content: bytes, forms: Mapping[str, Any]) -> frozenset[str]:
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    writes: dict[str, list[frozenset[str] | None]] = defaultdict(list)
    for name, made_of in (*_form_writes(root, forms), *_expression_writes(root)):
        writes[name].append(made_of)
    opened: set[str] = set()
    while more := {n for n in writes if n not in opened and _is_open(writes[n], opened)}:
        opened |= more
    return frozenset(opened)


def _is_open(ways: list[frozenset[str] | None], opened: set[str]) -> bool:
    return all(made_of is not None and made_of <= opened for made_of in ways)


def _form_writes(root: Any, forms: Mapping[str, Any]) -> Iterator[Write]:
    for mark in root.iter(f"{ZEEBE}formDefinition"):
        form = forms.get(mark.get("formId") or mark.get("externalReference"))
        personal = pii_of(form)
        for name in names_of(form):
            yield name, None if name in personal else frozenset()


def _expression_writes(root: Any) -> Iterator[Write]:
    for mark in root.iter(f"{ZEEBE}output", f"{ZEEBE}script"):
        name = mark.get("target") or mark.get("resultVariable")
        if name:
            source = mark.get("source") or mark.get("expression") or ""
            # What a call or a service gives back is known to the callee alone.
            inside = mark.tag == f"{ZEEBE}script"
            yield name, _variables(source) if inside else None
    for mark in root.iter(f"{ZEEBE}calledDecision", f"{ZEEBE}loopCharacteristics"):
        name = mark.get("resultVariable") or mark.get("outputCollection")
        if name:
            # A row of a table is written by the author, not by a person of the case.
            yield name, frozenset() if mark.tag == f"{ZEEBE}calledDecision" else None


def _variables(source: str) -> frozenset[str] | None:
    if not source.startswith("="):
        return frozenset()
    parsed = feel.parse(source[1:].strip())
    return frozenset(parsed.variables) if parsed.valid else None


def names_of(form: Any) -> frozenset[str]:
    """Variables that a form writes."""
    return frozenset(f.key.partition(".")[0] for f in form.fields) if form else frozenset()


def pii_of(form: Any) -> frozenset[str]:
    """Variables of a form that a personal field flows into."""
    if form is None:
        return frozenset()
    return frozenset(f.key.partition(".")[0] for f in form.fields if f.pii)
