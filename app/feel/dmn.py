"""Reading DMN 1.2 to 1.5 into plain data for the evaluator."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import orjson

from app.feel import boxes, checking, dmnxml, undeclared
from app.feel.boxes import Boxes, Element, kid, kids, tag, text_of
from app.feel.decisions import Decision, Finding
from app.feel.faults import FeelError
from app.texts import T

DECISION_KINDS = {"decision": "decisions", "decisionService": "services"}
KNOWLEDGE = {"businessKnowledgeModel": "bkms"}


def read_dmn(xml: bytes, file: str) -> dict[str, Decision]:
    """Decisions (and decision services) of one file by id.

    Raises FeelError (kind ``dmn``) when it is no DMN or carries entities; what is wrong inside
    stands in ``Decision.findings``.
    """
    return read_dmn_files({file: xml})[file]


def read_dmn_files(
    files: Mapping[str, bytes], *, knowledge: bool = False
) -> dict[str, dict[str, Decision]]:
    """Decisions of several files that may import each other: file → id → Decision.

    ``knowledge``: business knowledge models too, to be asked with their parameters as inputs.
    """
    sources = [_Source(file, xml) for file, xml in files.items()]
    _join(sources)
    model: dict[str, Any] = {
        "inputs": {},
        "decisions": {},
        "bkms": {},
        "services": {},
        "types": {},
    }
    for source in sources:
        source.fill(model)
    for source in sources:
        _name_needs(model, source)
    for source in sources:
        source.declare(model)
    key = hashlib.sha256(orjson.dumps(model, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]
    kinds = DECISION_KINDS | (KNOWLEDGE if knowledge else {})
    return {source.file: source.decisions(model, key, kinds) for source in sources}


class _Source:
    """One file: its namespace, its imports, and how it names what it refers to."""

    def __init__(self, file: str, xml: bytes) -> None:
        self.file = file
        self.xml = xml
        self.root = root = dmnxml.root_of(xml, file)
        self.space = root.get("namespace", "")
        self.imports = {
            each.get("name", ""): each.get("namespace", "") for each in kids(root, "import")
        }
        self.types = {each.get("name", "") for each in kids(root, "itemDefinition")}
        self.boxes = Boxes(self.type_of)
        # Files imported without a name: what they define counts as defined here, first come first.
        self.merged: list[_Source] = []
        self.importers: list[_Source] = []
        self.unnamed = [s.get("namespace", "") for s in kids(root, "import") if not s.get("name")]

    def spaces(self, seen: frozenset[str] = frozenset()) -> Iterator[_Source]:
        """This file, then those imported without a name, each with its own ones."""
        yield self
        for other in self.merged:
            if other.space not in seen and other is not self:
                yield from other.spaces(seen | {self.space})

    def top(self) -> _Source:
        """The file that has this one as part of it by an import without a name, if there is one."""
        found, seen = self, {self.space}
        while len(found.importers) == 1 and found.importers[0].space not in seen:
            found = found.importers[0]
            seen.add(found.space)
        return found

    def key(self, href: str) -> str:
        space, _, id_ = href.rpartition("#")
        return f"{space or self.space}#{id_}"

    def type_of(self, ref: str | None) -> str | None:
        """A typeRef as key into the model's types, or the name of a built-in type."""
        if not ref:
            return None
        name = ref.removeprefix("feel:")
        prefix, _, rest = name.partition(".")
        if rest and prefix in self.imports:
            return f"{self.imports[prefix]}|{rest}"
        local = name.rpartition(":")[2] if name not in self.types else name
        owner = next((each for each in self.spaces() if local in each.types), None)
        return f"{owner.space}|{local}" if owner else local

    def fill(self, model: dict[str, Any]) -> None:
        for element in kids(self.root):
            reader = _READERS.get(tag(element))
            if reader:
                reader(self, element, model)

    def declare(self, model: dict[str, Any]) -> None:
        """Where no input data is drawn at all, what its tables read is input."""
        if not kids(self.root, "inputData"):
            for element in kids(self.root, "decision"):
                undeclared.declare(model, model["decisions"][self.key(f"#{identity(element)}")])

    def requires(self, element: Element) -> list[dict[str, Any]]:
        found = []
        for need in kids(element, "informationRequirement", "knowledgeRequirement"):
            for ref in kids(need, "requiredInput", "requiredDecision", "requiredKnowledge"):
                found.append(self.need(ref))
        return found

    def need(self, ref: Element) -> dict[str, Any]:
        id_ = self.key(ref.get("href", ""))
        space = id_.rpartition("#")[0]
        prefix = next((p for p, s in self.imports.items() if s == space and p), None)
        return {"id": id_, "kind": "", "name": "", "prefix": prefix}

    def decisions(
        self, model: dict[str, Any], key: str, kinds: Mapping[str, str]
    ) -> dict[str, Decision]:
        found = {}
        for element in kids(self.root, *kinds):
            entry = model[kinds[tag(element)]][self.key(f"#{identity(element)}")]
            found[identity(element)] = self.decision(element, entry, model, key)
        return found

    def decision(
        self, element: Element, entry: dict[str, Any], model: dict[str, Any], key: str
    ) -> Decision:
        logic = entry.get("logic") or {}
        ref = self.key(f"#{identity(element)}")
        return Decision(
            id=identity(element),
            name=entry["label"],
            file=self.file,
            kind=tag(element),
            inputs=tuple(dict.fromkeys(_inputs(model, entry, {ref}))),
            outputs=tuple(column["name"] for column in logic.get("outputs", ())),
            ref=ref,
            key=key,
            model=model,
            check=partial(_findings, self.file, self.xml, identity(element), entry, model),
        )


def _findings(
    file: str, xml: bytes, own: str, entry: dict[str, Any], model: dict[str, Any]
) -> Iterator[Finding]:
    root = dmnxml.root_of(xml, file)
    if own == identity(next(kids(root, *DECISION_KINDS, *KNOWLEDGE))):
        yield from dmnxml.findings(xml, file)
    yield from checking.findings(file, own, entry, model)


def _join(sources: list[_Source]) -> None:
    by_space = {source.space: source for source in sources}
    for source in sources:
        source.merged = [by_space[each] for each in source.unnamed if each in by_space]
        for other in source.merged:
            if other is not source:
                other.importers.append(source)


def identity(element: Element) -> str:
    """Its id; what nothing refers to may have only a name."""
    return str(element.get("id") or element.get("name") or "")


def _name(element: Element) -> str:
    variable = kid(element, "variable")
    named = variable.get("name") if variable is not None else None
    return str(named or element.get("name") or "")


def _type(source: _Source, element: Element) -> str | None:
    variable = kid(element, "variable")
    return source.type_of(variable.get("typeRef") if variable is not None else None)


def _base(source: _Source, element: Element) -> dict[str, Any]:
    return {
        "id": source.key(f"#{identity(element)}"),
        "name": _name(element),
        # what people call it, where the variable is called otherwise
        "label": element.get("name") or _name(element),
        "type": _type(source, element),
    }


def _input_data(source: _Source, element: Element, model: dict[str, Any]) -> None:
    entry = _base(source, element)
    model["inputs"][entry["id"]] = entry


def _decision(source: _Source, element: Element, model: dict[str, Any]) -> None:
    entry = _base(source, element)
    entry["requires"] = source.requires(element)
    entry["logic"] = source.boxes.inside(element)
    model["decisions"][entry["id"]] = entry


def _knowledge(source: _Source, element: Element, model: dict[str, Any]) -> None:
    entry = _base(source, element)
    entry["requires"] = source.requires(element)
    encapsulated = kid(element, "encapsulatedLogic")
    empty: boxes.Logic = {"kind": "function", "params": [], "body": None, "type": None}
    logic = boxes.function(source.boxes, encapsulated) if encapsulated is not None else empty
    # the variable's type is the result's, unless it names a function type
    result = entry.pop("type")
    entry["logic"] = logic | {"type": result}
    model["bkms"][entry["id"]] = entry


def _service(source: _Source, element: Element, model: dict[str, Any]) -> None:
    entry = _base(source, element)
    # The order of its parameters, whatever the order in the text.
    refs = [*kids(element, "inputData"), *kids(element, "inputDecision")]
    entry["inputs"] = [source.need(each) for each in refs]
    entry["outputs"] = [source.need(each) for each in kids(element, "outputDecision")]
    model["services"][entry["id"]] = entry


def _item(source: _Source, element: Element, model: dict[str, Any]) -> None:
    model["types"][f"{source.space}|{element.get('name')}"] = _definition(source, element)


def _definition(source: _Source, element: Element) -> dict[str, Any]:
    ref = kid(element, "typeRef")
    collection = element.get("isCollection") == "true"
    allowed = text_of(kid(element, "allowedValues"))
    whole = text_of(kid(element, "typeConstraint"))
    item = kid(element, "functionItem")
    return {
        "name": element.get("name", ""),
        "base": source.type_of((ref.text or "").strip() if ref is not None else None),
        "collection": collection,
        "allowed": allowed or ("" if collection else whole),
        "wholeAllowed": whole if collection else "",
        "components": [_definition(source, each) for each in kids(element, "itemComponent")],
        "function": item is not None,
        "result": source.type_of(item.get("outputTypeRef")) if item is not None else None,
    }


_READERS = {
    "inputData": _input_data,
    "decision": _decision,
    "businessKnowledgeModel": _knowledge,
    "decisionService": _service,
    "itemDefinition": _item,
}
_KINDS = {"inputs": "input", "decisions": "decision", "bkms": "bkm", "services": "service"}


def _name_needs(model: dict[str, Any], source: _Source) -> None:
    """Give each requirement the kind and name of what it points at; drop those to nowhere."""
    for group in ("decisions", "bkms", "services"):
        for entry in model[group].values():
            if not entry["id"].startswith(f"{source.space}#"):
                continue
            for field in ("requires", "inputs", "outputs"):
                if field in entry:
                    entry[field] = [_named(model, source, need) for need in entry[field]]


def _named(model: dict[str, Any], source: _Source, need: dict[str, Any]) -> dict[str, Any]:
    space, _, id_ = need["id"].rpartition("#")
    # One space of names: what the file that imports without a name defines goes before its import.
    together = [each.space for each in source.top().spaces()]
    spaces = together if space in together else [space]
    for key in (f"{each}#{id_}" for each in spaces):
        for group, kind in _KINDS.items():
            if key in model[group]:
                target = model[group][key]
                found = {"id": key, "kind": kind, "name": target["name"]}
                return need | found | {"type": target.get("type")}
    raise FeelError("dmn", T("找不到所引用的“{id}”", id=need["id"].rpartition("#")[2]))


def _inputs(model: dict[str, Any], entry: dict[str, Any], seen: set[str]) -> Iterator[str]:
    for need in [*entry.get("requires", ()), *entry.get("inputs", ())]:
        if need["kind"] == "input":
            yield need["name"]
        elif need["kind"] == "decision" and need["id"] not in seen:
            yield from _inputs(model, model["decisions"][need["id"]], seen | {need["id"]})
