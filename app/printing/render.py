"""One template, one dictionary of data: one PDF.

Source: Typst 0.15 reference (PDF export, sys.inputs); ISO 19005-2 for PDF/A-2b.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import segno
import typst

from app import identifiers
from app.errors import Problem
from app.printing import guard
from app.printing.typefaces import fonts
from app.texts import T

BLOCKS = Path(__file__).parent / "blocks"
GETA = "〓"  # printers' mark for a character that no type was at hand for
_NO_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
_WHERE = re.compile(r"__typst_py_bytes__\.typ:(\d+):")


class Broken(Problem):
    """打印模板有误，请联系流程管理员。"""


def render(
    template: str | bytes,
    data: Mapping[str, Any],
    *,
    assets: Mapping[str, str] | None = None,
    at: datetime | None = None,
) -> bytes:
    """Make the PDF/A-2b of a template.

    ``data``: JSON values; amounts integer fen, dates ISO; ``data["print"]`` names company,
    outlet, phone, case_number, url (for the QR code), date, operator, printed_at, copy.
    ``assets``: SVG texts by name. ``at``: the moment written into the file.
    Characters that no typeface holds become 〓 and are named in the foot of the page.
    Raises Broken (text, ``details["hint"]``) when the template does not compile.
    """
    source = template.decode() if isinstance(template, bytes) else template
    for line, why in guard.offences(source):
        raise Broken(T("打印模板第 {line} 行：{text}", line=line, text=why), line=line)
    extra = {**_qr(data), **(assets or {})}
    text = orjson.dumps(data, default=str).decode()
    words = orjson.dumps(_words(data)).decode()
    rare: list[str] = []
    while True:
        try:
            return _compile(source, {"data": text, "words": words, "assets": _json(extra)}, at)
        except typst.TypstError as error:
            missing = _missing(error, text, rare)
            if not missing:
                raise _broken(error) from error
        rare += missing
        text = _without(text, missing)
        extra["rare"] = _rare_note(rare)


def lint(template: str | bytes, file: str) -> list[dict[str, Any]]:
    """Findings of a template: what it reaches for outside, and whether it compiles without data.

    A template reads its data with ``v("path")``, which gives nothing where nothing is, so that
    an empty case prints as an empty form.
    """
    source = template.decode() if isinstance(template, bytes) else template
    found = [
        _finding(file, str(line), "template-reach", text) for line, text in guard.offences(source)
    ]
    if found:
        return found
    try:
        render(source, {})
    except Broken as error:
        line = str(error.details.get("line") or "")
        return [_finding(file, line, "template-compile", error.text)]
    return []


def _finding(file: str, element: str, rule: str, message: str) -> dict[str, Any]:
    return {
        "file": file,
        "element": element,
        "rule": rule,
        "severity": "error",
        "message": message,
    }


def _compile(source: str, inputs: dict[str, str], at: datetime | None) -> bytes:
    compiler = typst.Compiler(
        source.encode(),
        root=BLOCKS,
        font_paths=fonts(),
        sys_inputs=inputs,
        package_path=BLOCKS,
        package_cache_path=BLOCKS,
    )
    with warnings.catch_warnings():
        # A typeface that is not installed is no reason to stop: the others stand in.
        warnings.simplefilter("ignore")
        # The file's own moment has no fractions of a second.
        moment = (at or datetime.fromtimestamp(0, UTC)).replace(microsecond=0)
        made = compiler.compile(format="pdf", pdf_standards=["a-2b"], timestamp=moment)
    assert isinstance(made, bytes)
    return made


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _qr(data: Mapping[str, Any]) -> dict[str, str]:
    url = (data.get("print") or {}).get("url")
    if not url:
        return {}
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(out, kind="svg", border=0, xmldecl=False)
    return {"qr": out.getvalue().decode()}


def _words(data: object) -> dict[str, str]:
    """Amounts in words, for every whole number of the data that could be one."""
    return {str(n): identifiers.amount_words(n) for n in set(_integers(data)) if 0 <= n < 10**14}


def _integers(value: object) -> Iterator[int]:
    if isinstance(value, bool):
        return
    if isinstance(value, int):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _integers(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _integers(inner)


def _missing(error: typst.TypstError, text: str, known: list[str]) -> list[str]:
    """Characters of the data that the compiler named as without a glyph."""
    match = _NO_GLYPH.search(error.message)
    if match is None:
        return []
    return [c for c in dict.fromkeys(match.group(1)) if c in text and c not in known]


def _without(text: str, missing: list[str]) -> str:
    for character in missing:
        text = text.replace(character, GETA)
    return text


def _rare_note(rare: list[str]) -> str:
    codes = "、".join(f"U+{ord(c):X}" for c in rare)
    return f"〓 处为字库未收之字（{codes}），请手写补正并盖章。"


def _broken(error: typst.TypstError) -> Broken:
    match = _WHERE.search(error.diagnostic)
    line = int(match.group(1)) if match else None
    problem = T("打印模板有误：{message}", message=error.message)
    return Broken(problem, line=line, hint="；".join(error.hints))
