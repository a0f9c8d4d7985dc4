"""DMN as XML: what is refused at once, and what the standard's own schema says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

from app.feel.boxes import Element, kids, tag
from app.feel.decisions import Finding
from app.feel.faults import FeelError
from app.texts import T

# As for drawings: a decision of an office is a hundred times smaller.
MAX_BYTES = 4 * 1024 * 1024
MOST_TOLD = 10
SCHEMAS = {
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "DMN12.xsd",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "DMN13.xsd",
}
LATER = {
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
    "https://www.omg.org/spec/DMN/20240513/MODEL/",
}


def root_of(xml: bytes, file: str) -> Element:
    """The root element. Raises FeelError (kind ``dmn``): too large, not XML, entities, not DMN."""
    if len(xml) > MAX_BYTES:
        raise FeelError("dmn", T("{file} 超过 {n} MB", file=file, n=MAX_BYTES // 1024 // 1024))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
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


def findings(xml: bytes, file: str) -> Iterator[Finding]:
    """Findings of a whole file: against its schema, ids given twice, an unknown version."""
    root = root_of(xml, file)
    space = etree.QName(root).namespace or ""
    if space in SCHEMAS:
        yield from _against_schema(root, file, SCHEMAS[space])
    elif space not in LATER:
        text = T("不认识的 DMN 版本“{space}”，按 DMN 1.5 读", space=space)
        yield Finding(file, "", "dmn-version", "warning", text)
    counts = Counter(each.get("id") for each in root.iter("{*}*") if each.get("id"))
    for id_, count in counts.items():
        if count > 1:
            text = T("编号“{id}”用了 {count} 次，请各用各的", id=id_, count=count)
            yield Finding(file, str(id_), "dmn-duplicate-id", "error", text)
    yield from _nameless(root, file)


def _nameless(root: Element, file: str) -> Iterator[Finding]:
    for each in kids(root, "decision", "inputData", "businessKnowledgeModel", "decisionService"):
        if not each.get("name"):
            text = T("元素 {tag} 没有名称（name）", tag=tag(each))
            yield Finding(file, each.get("id", ""), "dmn-no-name", "warning", text)


@lru_cache(maxsize=2)
def _schema(name: str) -> etree.XMLSchema:
    # The wheel carries them; its code is not wanted here, so it is found and not imported.
    spec = find_spec("SpiffWorkflow")
    package = Path((spec and spec.origin) or "")
    folder = package.parent / "dmn" / "parser" / "schema"
    return etree.XMLSchema(etree.parse(str(folder / name)))


def _against_schema(root: Element, file: str, name: str) -> Iterator[Finding]:
    schema = _schema(name)
    if schema.validate(root):
        return
    for error in list(schema.error_log)[:MOST_TOLD]:
        text = T("第 {line} 行不合 DMN 的结构：{reason}", line=error.line, reason=error.message)
        yield Finding(file, "", "dmn-schema", "warning", text)
