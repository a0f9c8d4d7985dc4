"""A drawing against the standard's own XML schema, told in plain words.

The schema comes with SpiffWorkflow's wheel and is read from the disk, once. Two things that it
refuses change no meaning and are warnings: the order of an element's children, and a target
namespace that is missing.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import SpiffWorkflow.bpmn.parser
from lxml import etree

from app.engine.check.finding import Sheet
from app.engine.marks import BPMN
from app.texts import T, Text

FOLDER = Path(SpiffWorkflow.bpmn.parser.__file__).parent / "schema"
XSD = "{http://www.w3.org/2001/XMLSchema}"
MOST = 50  # findings of one file: more would not be read
SPACE = re.compile(r"\{[^{}]*\}")
NAMED = re.compile(r"^Element '([^']+)'(?:, attribute '([^']+)')?: (.*)$", re.DOTALL)
STEP = re.compile(r"([^\[]+)(?:\[(\d+)\])?")
EXPECTED = re.compile(r"\(([^()]*)\)\s*\.?$")


@cache
def schema() -> Any:
    """The schema of BPMN 2.0; it reads the four files that it includes from beside it."""
    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    return etree.XMLSchema(etree.parse(str(FOLDER / "BPMN20.xsd"), parser))


def rules(sheet: Sheet) -> None:
    root = sheet.root
    if not root.get("targetNamespace"):
        sheet.warn(root, "schema", T("缺少 targetNamespace，请补上（任意网址即可）"))
    if schema().validate(root):
        return
    tidy = copy.deepcopy(root)
    tidy.set("targetNamespace", root.get("targetNamespace") or "urn:none")
    moved = sum(_reorder(element) for element in tidy.iter(f"{{{BPMN}}}*"))
    if not schema().validate(tidy):
        _tell(sheet, tidy, schema().error_log)
    elif moved:
        text = T("有 {n} 个元素的内容次序与标准不同（不影响执行），用建模工具另存一次即可", n=moved)
        sheet.warn(root, "schema_order", text)


def _tell(sheet: Sheet, root: Any, log: Any) -> None:
    seen: set[tuple[str, str]] = set()
    for entry in islice(log, 10 * MOST):
        if len(seen) == MOST:
            return
        where = _at(root, entry.path)
        text = _plain(str(entry.message), entry.line)
        key = (sheet.name(where), str(text))
        if key not in seen:
            seen.add(key)
            sheet.error(where, "schema", text)


def _at(root: Any, path: str | None) -> Any:
    """The element of a path such as ``/bpmn:definitions/*[2]``, as far as it leads."""
    element = root
    for step in (path or "").split("/")[2:]:
        match = STEP.fullmatch(step)
        found = [c for c in element.iterchildren("*") if match and _called(c, match[1])]
        number = int(match[2] or 1) if match else 0
        if not 0 < number <= len(found):
            break
        element = found[number - 1]
    return element


def _called(element: Any, name: str) -> bool:
    tag = element.tag.rpartition("}")[2]
    return name in ("*", f"{element.prefix}:{tag}" if element.prefix else tag)


def _plain(message: str, line: int) -> Text:
    """What the schema found, in words; its own sentence stays only where no words fit."""
    match = NAMED.match(SPACE.sub("", message))
    if match is None:
        return T("第 {line} 行不合标准的格式：{reason}", line=line, reason=message)
    tag, attribute, said = match.groups()
    for mark, tell in SAYINGS:
        if mark in said:
            return tell(tag, attribute or _quoted(said), said, line)
    return T("第 {line} 行：“{tag}”不合标准的格式：{reason}", line=line, tag=tag, reason=said)


def _quoted(said: str) -> str:
    found = re.search(r"value '([^']*)'", said) or re.search(r"'([^']*)'", said)
    return found[1] if found else ""


def _expected(said: str) -> str:
    found = EXPECTED.search(said)
    return found[1].strip().replace(" ", "") if found else ""


def _not_here(tag: str, _name: str, said: str, line: int) -> Text:
    wanted = _expected(said)
    if not wanted:
        return T("第 {line} 行：“{tag}”不能放在这里，请移走或删去", line=line, tag=tag)
    return T("第 {line} 行：“{tag}”不能放在这里，这里可以放：{wanted}",
        line=line, tag=tag, wanted=wanted)  # fmt: skip


def _no_attribute(tag: str, name: str, _said: str, line: int) -> Text:
    return T("第 {line} 行：“{tag}”没有“{name}”这个属性，请删去；自己的属性要写上命名空间",
        line=line, tag=tag, name=name)  # fmt: skip


def _wanting(tag: str, name: str, _said: str, line: int) -> Text:
    return T("第 {line} 行：“{tag}”缺少属性“{name}”，请补上", line=line, tag=tag, name=name)


def _bad_value(tag: str, name: str, said: str, line: int) -> Text:
    value = _quoted(said)
    if not name or name == value:
        return T("第 {line} 行：“{tag}”的内容“{value}”不是允许的值，请改正",
            line=line, tag=tag, value=value)  # fmt: skip
    return T("第 {line} 行：“{tag}”的属性“{name}”不能是“{value}”，请改正",
        line=line, tag=tag, name=name, value=value)  # fmt: skip


def _lacking(tag: str, _name: str, said: str, line: int) -> Text:
    return T("第 {line} 行：“{tag}”里面缺少内容，应有：{wanted}",
        line=line, tag=tag, wanted=_expected(said))  # fmt: skip


def _abstract(tag: str, _name: str, _said: str, line: int) -> Text:
    return T("第 {line} 行：“{tag}”只是一类元素的统称，请写出具体的一种", line=line, tag=tag)


def _text_here(tag: str, _name: str, _said: str, line: int) -> Text:
    return T("第 {line} 行：“{tag}”里面不能直接写文字，请删去", line=line, tag=tag)


SAYINGS = (
    ("is abstract", _abstract),
    ("This element is not expected", _not_here),
    ("No matching global", _not_here),
    ("is not allowed.", _no_attribute),
    ("is required but missing", _wanting),
    ("not a valid value", _bad_value),
    ("is not an element of the set", _bad_value),
    ("Missing child element", _lacking),
    ("Character content", _text_here),
)


# the order of children


@cache
def _ranks() -> dict[str, dict[str, int]]:
    """Element → each possible child → its place; members of a family share their head's place."""
    roots = [etree.parse(str(FOLDER / name)).getroot() for name in ("BPMN20.xsd", "Semantic.xsd")]
    types = {t.get("name"): t for root in roots for t in root.findall(f"{XSD}complexType")}
    elements = [e for root in roots for e in root.findall(f"{XSD}element")]
    members: dict[str, list[str]] = {}
    for element in elements:
        members.setdefault(str(element.get("substitutionGroup")), []).append(_name(element))
    ranks: dict[str, dict[str, int]] = {}
    for element in elements:
        places = ranks.setdefault(_name(element), {})
        for place, head in enumerate(_children(types, str(element.get("type")))):
            for name in _family(members, head):
                places.setdefault(name, place)
    return ranks


def _name(element: Any) -> str:
    return str(element.get("name"))


def _children(types: Any, name: str) -> Iterator[str]:
    kind = types.get(name)
    if kind is None:
        return
    base = kind.find(f".//{XSD}extension")
    if base is not None:
        yield from _children(types, base.get("base"))
    for child in kind.iter(f"{XSD}element"):
        yield child.get("name") or child.get("ref")


def _family(members: Any, head: str) -> Iterator[str]:
    yield head
    for member in members.get(head, ()):
        yield from _family(members, member)


def _reorder(element: Any) -> bool:
    """Put the children into the schema's order. True when something moved."""
    ranks = _ranks().get(element.tag.rpartition("}")[2])
    children = list(element)
    if len(children) < 2 or not ranks:
        return False
    last = len(ranks)
    ordered = sorted(children, key=lambda c: ranks.get(str(c.tag).rpartition("}")[2], last))
    if ordered == children:
        return False
    element[:] = ordered
    return True
