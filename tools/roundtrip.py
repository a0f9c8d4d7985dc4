"""Open drawings in the modeler's library, save them, compare: ``python -m tools.roundtrip FOLDER``.

What must come back as it was: every extension element, every attribute of another namespace, the
whole diagram (shapes, edges, labels, colours). Prints what was lost and exits with 1.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from lxml import etree

ROOT = Path(__file__).resolve().parent.parent
MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DIAGRAM = (
    "http://www.omg.org/spec/BPMN/20100524/DI",
    "http://www.omg.org/spec/DD/20100524/DC",
    "http://www.omg.org/spec/DD/20100524/DI",
)
OURS = (MODEL, *DIAGRAM, "http://www.w3.org/2001/XMLSchema-instance")


def main() -> None:
    """Try every drawing of a folder."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT.parent / "shared" / "miwg")
    files = {file.name: file.read_bytes() for file in sorted(folder.glob("*.bpmn"))}
    if not files:
        sys.exit(f"{folder}: no drawings")
    missing = {name: losses for name, losses in compare(files).items() if losses}
    for name, losses in missing.items():
        print(name, *losses[:10], sep="\n  ")
    print(f"{len(files)} drawings, {len(files) - len(missing)} came back whole")
    sys.exit(1 if missing else 0)


def compare(files: Mapping[str, bytes]) -> dict[str, list[str]]:
    """File → what of it did not come back."""
    after = saved(files)
    return {name: lost(content, after[name]) for name, content in files.items()}


def saved(files: Mapping[str, bytes]) -> dict[str, str]:
    """The drawings as the modeler's library writes them; empty where it cannot read one."""
    texts = {name: text(content) for name, content in files.items()}
    done = subprocess.run(
        [str(ROOT / ".venv" / "bin" / "node"), str(ROOT / "tools" / "roundtrip.mjs")],
        input=json.dumps(texts), capture_output=True, text=True, check=True, cwd=ROOT, timeout=120,
    )  # fmt: skip
    return {name: each["xml"] for name, each in json.loads(done.stdout).items()}


def _root(content: bytes) -> etree._Element:
    parser = etree.XMLParser(remove_blank_text=True, remove_comments=True, resolve_entities=False)
    root: etree._Element = etree.fromstring(content, parser)
    return root


def text(content: bytes) -> str:
    """As text, whatever encoding it declares: a browser reads files so too."""
    return etree.tostring(etree.fromstring(content), encoding="unicode")


def lost(before: bytes, after: str) -> list[str]:
    """What of a drawing does not stand in what was saved of it."""
    if not after:
        return ["cannot be opened"]
    old, new = _root(before), _root(after.encode())
    return [
        f"{kind}: {what}"
        for kind, read in (("extension", _extensions), ("attribute", _attributes),
            ("diagram", _diagram), ("element", _elements))
        for what in sorted((Counter(read(old)) - Counter(read(new))).elements())
    ]  # fmt: skip


def _space(element: etree._Element) -> str:
    return str(etree.QName(element).namespace or "")


def _owner(element: etree._Element | None) -> str:
    """The id of the nearest element around that has one."""
    while element is not None:
        if element.get("id"):
            return str(element.get("id"))
        element = element.getparent()
    return ""


def _extensions(root: etree._Element) -> Iterator[str]:
    for extensions in root.iter(f"{{{MODEL}}}extensionElements"):
        for element in extensions.iterchildren("*"):
            yield f"{_owner(extensions.getparent())} {_canonical(element)}"


def _canonical(element: etree._Element) -> str:
    """Without prefixes: a save may choose others."""
    inside = "".join(_canonical(child) for child in element.iterchildren("*"))
    attributes = " ".join(f"{k}={v!r}" for k, v in sorted(element.attrib.items()))
    tag, text = str(element.tag), (element.text or "").strip()
    return f"<{tag} {attributes}>{text}{inside}</>"


def _attributes(root: etree._Element) -> Iterator[str]:
    for element in root.iter("*"):
        for name, value in element.attrib.items():
            space = etree.QName(name).namespace
            if space and space not in OURS:
                yield f"{_owner(element)} {etree.QName(element).localname} {name!s}={value!s}"


def _diagram(root: etree._Element) -> Iterator[str]:
    """Each attribute by itself: a save may add what the standard takes for granted."""
    for element in root.iter("*"):
        if _space(element) in DIAGRAM:
            where = f"{_owner(element.getparent())} {etree.QName(element).localname}"
            yield where
            for name, value in element.attrib.items():
                if not str(name).startswith("{"):
                    yield f"{where} {name!s}={_number(str(value))}"


def _elements(root: etree._Element) -> Iterator[str]:
    for element in root.iter(f"{{{MODEL}}}*"):
        if element.get("id"):
            yield f"{_owner(element)} {etree.QName(element).localname}"


def _number(value: str) -> str:
    try:
        return repr(float(value))
    except ValueError:
        return value


if __name__ == "__main__":
    main()
