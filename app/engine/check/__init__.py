"""The linter: refuses, with element and reason, everything that would not run rightly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from app import feel
from app.engine import safexml
from app.engine.check import links, meaning, rooms, schema, structure, unsupported, unwritten
from app.engine.check.finding import Finding, ServiceContract, Sheet
from app.engine.library import compile
from app.engine.marks import BPMN
from app.engine.safexml import MAX_BYTES
from app.texts import T, Text, catalogue

KNOWN = (".bpmn", ".dmn", ".form", ".typ")

__all__ = ["Finding", "ServiceContract", "check"]


def check(
    files: Mapping[str, bytes],
    services: Mapping[str, ServiceContract] | None = None,
    *,
    complete: bool = False,
    groups: Collection[str] | None = None,
    senders: Collection[str] | None = None,
    clauses: Collection[str] | None = None,
    limits: Collection[str] | None = None,
    now: datetime | None = None,
) -> list[Finding]:
    """Findings over drawings, decisions and forms (by name → content), errors first.

    ``services``: contracts of the service functions, None when they are not known here.
    ``complete``: the files are all there is, as at deployment; what is referred to and missing is
    an error then, and a warning otherwise. Forms are looked at for existence, keys and types.
    ``groups``, ``senders``, ``clauses``, ``limits``: the installation's groups, the messages that
    come from outside, the known clauses, the limits among the settings; None where they are not
    known. ``now``: for timers that are past.
    """
    findings = [*_strange(files), *_large(files)]
    files = {name: content for name, content in files.items() if len(content) <= MAX_BYTES}
    decisions = _decisions(files, findings)
    sheets = [s for s in (_sheet(n, c, findings) for n, c in files.items()) if s is not None]
    for sheet in sheets:
        for room in (schema, unsupported, structure, meaning):
            room.rules(sheet)
    _twice(sheets)
    world = links.World(
        sheets,
        decisions,
        links.read_forms(files),
        services,
        complete,
        groups=groups,
        senders=senders,
        clauses=clauses,
        limits=limits,
        prints=links.read_prints(files),
        now=now,
    )
    links.rules(world)
    unwritten.rules(world)
    rooms.rules(world)
    if not any(f.severity == "error" for f in findings):
        _compiles(files, findings)
    told = (
        f for f in findings if f.rule != "no_default" or (f.file, f.element) not in world.settled
    )
    return sorted(dict.fromkeys(told), key=lambda f: (f.severity, f.file, f.element, f.rule))


def _catalogue(name: str, content: bytes) -> Iterator[Finding]:
    """The English of drawings and forms must be readable."""
    try:
        catalogue(content)
    except ValueError as error:
        text = T("译文文件不能读：{error}", error=str(error))
        yield Finding(name, "", "catalogue", "error", text)


def _strange(files: Mapping[str, bytes]) -> Iterator[Finding]:
    """Files that nothing here reads must not look like files without a fault."""
    for name, content in files.items():
        if name.endswith(".po"):
            yield from _catalogue(name, content)
        elif not name.endswith(KNOWN):
            text = T("不是 .bpmn、.dmn 或 .form 文件，没有检查，请去掉或换成这类文件")
            yield Finding(name, "", "file_kind", "error", text)


def _large(files: Mapping[str, bytes]) -> Iterator[Finding]:
    """What is too large is not read at all."""
    for name, content in files.items():
        if len(content) > MAX_BYTES:
            text = T("文件超过 {n} MB，请拆成几个文件", n=MAX_BYTES // 1024 // 1024)
            yield Finding(name, "", "xml" if name.endswith(".bpmn") else "size", "error", text)


def _sheet(name: str, content: bytes, findings: list[Finding]) -> Sheet | None:
    if not name.endswith(".bpmn"):
        return None
    try:
        root = safexml.parse(content)
    except safexml.UnsafeXml as problem:
        findings.append(Finding(name, "", "xml", "error", _text(problem.text)))
        return None
    if root.tag != f"{{{BPMN}}}definitions":
        findings.append(
            Finding(name, "", "xml", "error", T("不是 BPMN 文件，请从建模工具另存为 BPMN 2.0"))
        )
        return None
    return Sheet(name, root, findings)


def _decisions(files: Mapping[str, bytes], findings: list[Finding]) -> dict[str, Any]:
    tables = {name: content for name, content in files.items() if name.endswith(".dmn")}
    found: dict[str, Any] = {}
    if not tables:
        return found
    try:
        for file, decisions in feel.read_dmn_files(tables).items():
            found.update(decisions)
            for decision in decisions.values():
                findings += [
                    Finding(file, f.element, f.rule, f.severity, f.message)
                    for f in decision.findings
                ]
    except feel.FeelError as error:
        findings.append(Finding(next(iter(tables)), "", "dmn", "error", error.message))
    return found


def _twice(sheets: list[Sheet]) -> None:
    keys = Counter(str(p.get("id")) for sheet in sheets for p in sheet.processes())
    for sheet in sheets:
        for process in sheet.processes():
            if keys[str(process.get("id"))] > 1:
                text = T("流程编号“{id}”不止一处，请改成各不相同的编号", id=process.get("id"))
                sheet.error(process, "duplicate_process", text)


def _compiles(files: Mapping[str, bytes], findings: list[Finding]) -> None:
    """The last word: what cannot be compiled is not deployed, whatever the reason."""
    try:
        compile(files)
    except Exception as error:
        text = T("无法编译：{reason}", reason=f"{type(error).__name__}: {error}")
        findings.append(Finding(next(iter(files), ""), "", "compile", "error", text))


def _text(text: Any) -> Text:
    return text if isinstance(text, Text) else T("{text}", text=text)
