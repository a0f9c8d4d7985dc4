"""Reading DMN 1.3 and later. Entities and document types are refused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from lxml import etree

from app.feel import boxes, checking
from app.feel.boxes import Boxes, Element, kid, kids, tag, text_of
from app.feel.decisions import Decision
from app.feel.faults import FeelError
from app.texts import T

DECISION_KINDS = {"decision": "decisions", "decisionService": "services"}


def read_dmn(xml: bytes, file: str) -> dict[str, Decision]:
    """Decisions (and decision services) of one file by id.

    Raises FeelError (kind ``dmn``) when it is no DMN or carries entities; what is wrong inside
    stands in ``Decision.findings``.
    """
    return read_dmn_files({file: xml})[file]


def read_dmn_files(files: Mapping[str, bytes]) -> dict[str, dict[str, Decision]]:
    """Decisions of several files that may import each other: file → id → Decision."""
    sources = [_Source(file, _root(xml, file)) for file, xml in files.items()]
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
    key = hashlib.sha256(orjson.dumps(model, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]
    return {source.file: source.decisions(model, key) for source in sources}


def _root(xml: bytes, file: str) -> Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        tree = etree.fromstring(xml, parser).getroottree()
    except etree.XMLSyntaxError as error:
        line = error.lineno or 0
        raise FeelError(
            "dmn", T("{file} 第 {line} 行不是合格的 XML", file=file, line=line)
        ) from None
    if tree.docinfo.doctype or tree.docinfo.internalDTD is not None:
        raise FeelError("dmn", T("{file} 里有 DOCTYPE 或实体声明，不予读取", file=file))
    root = tree.getroot()
    if tag(root) != "definitions" or "DMN" not in (etree.QName(root).namespace or "").upper():
        raise FeelError("dmn", T("{file} 不是 DMN 文件", file=file))
    return root


class _Source:
    """One file: its namespace, its imports, and how it names what it refers to."""

    def __init__(self, file: str, root: Element) -> None:
        self.file = file
        self.root = root
        self.space = root.get("namespace", "")
        self.imports = {
            each.get("name", ""): each.get("namespace", "") for each in kids(root, "import")
        }
        self.types = {each.get("name", "") for each in kids(root, "itemDefinition")}
        self.boxes = Boxes(self.type_of)

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
        return f"{self.space}|{local}" if local in self.types else local

    def fill(self, model: dict[str, Any]) -> None:
        for element in kids(self.root):
            reader = _READERS.get(tag(element))
            if reader:
                reader(self, element, model)

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

    def decisions(self, model: dict[str, Any], key: str) -> dict[str, Decision]:
        found = {}
        for element in kids(self.root, *DECISION_KINDS):
            entry = model[DECISION_KINDS[tag(element)]][self.key(f"#{identity(element)}")]
            found[identity(element)] = self.decision(element, entry, model, key)
        return found

    def decision(
        self, element: Element, entry: dict[str, Any], model: dict[str, Any], key: str
    ) -> Decision:
        logic = entry.get("logic") or {}
        ref = self.key(f"#{identity(element)}")
        return Decision(
            id=identity(element),
            name=entry["name"],
            file=self.file,
            kind=tag(element),
            inputs=tuple(dict.fromkeys(_inputs(model, entry, {ref}))),
            outputs=tuple(column["name"] for column in logic.get("outputs", ())),
            findings=tuple(checking.findings(self.file, element, entry)),
            ref=ref,
            key=key,
            model=model,
        )


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
    refs = kids(element, "inputData", "inputDecision")
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
    return {
        "name": element.get("name", ""),
        "base": source.type_of((ref.text or "").strip() if ref is not None else None),
        "collection": collection,
        "allowed": allowed or ("" if collection else whole),
        "wholeAllowed": whole if collection else "",
        "components": [_definition(source, each) for each in kids(element, "itemComponent")],
        "function": kid(element, "functionItem") is not None,
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
                    entry[field] = [_named(model, need) for need in entry[field]]


def _named(model: dict[str, Any], need: dict[str, Any]) -> dict[str, Any]:
    for group, kind in _KINDS.items():
        if need["id"] in model[group]:
            target = model[group][need["id"]]
            return need | {"kind": kind, "name": target["name"], "type": target.get("type")}
    raise FeelError("dmn", T("找不到所引用的“{id}”", id=need["id"].rpartition("#")[2]))


def _inputs(model: dict[str, Any], entry: dict[str, Any], seen: set[str]) -> Iterator[str]:
    for need in [*entry.get("requires", ()), *entry.get("inputs", ())]:
        if need["kind"] == "input":
            yield need["name"]
        elif need["kind"] == "decision" and need["id"] not in seen:
            yield from _inputs(model, model["decisions"][need["id"]], seen | {need["id"]})
