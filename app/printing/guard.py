"""What a template may not do: reach other files, packages, plug-ins or code made at run time.

The compiler has no switch for these, so the source is read before it is compiled. Literal
imports of the building blocks are all that is needed; what merely looks like more is refused.
"""

from __future__ import annotations

import re

from app.texts import T, Text

BLOCKS = frozenset({"/water.typ"})

_IMPORT = re.compile(
    r"(?:#|^\s*|[;{}(,=\[]\s*)(import|include)\b\s*(\"[^\"\n]*\"(?=\s*(?:[:;]|$)))?", re.MULTILINE
)
# The bare word is refused too: `#let x = read` would give it another name.
_REACH = re.compile(r"\b(eval|plugin|read|csv|json|toml|yaml|xml|cbor|bibliography|image|std)\b")


def offences(source: str) -> list[tuple[int, Text]]:
    """Every line that reaches outside of the template, as (line number from 1, text)."""
    found = [*_imports(source), *_calls(source)]
    return sorted(((source.count("\n", 0, at) + 1, text) for at, text in found))


def _imports(source: str) -> list[tuple[int, Text]]:
    return [
        (match.start(1), T("模板只能引用 /water.typ，不能引用其他文件或软件包。"))
        for match in _IMPORT.finditer(source)
        if (match.group(2) or "").strip('"') not in BLOCKS
    ]


def _calls(source: str) -> list[tuple[int, Text]]:
    return [
        (match.start(), T("模板不能使用 {name}：数据只从案件来。", name=match.group(1)))
        for match in _REACH.finditer(source)
    ]
