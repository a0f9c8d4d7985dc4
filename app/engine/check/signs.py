"""Signs that FEEL does not know, and what to write instead."""

from __future__ import annotations

import re

from app.texts import T, Text

INSTEAD = {
    "==": "=",
    "&&": "and",
    "||": "or",
    "<>": "!=",
    "=<": "<=",
    "=>": ">=",
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "≦": "<=",
    "≧": ">=",
    "×": "*",
    "÷": "/",
    "“": '"',
    "”": '"',
    "「": '"',
    "」": '"',
    "‘": '"',
    "’": '"',
    "'": '"',
    "、": ",",
    "。": ".",
    "【": "[",
    "】": "]",
    "…": "..",
    "—": "-",
    "−": "-",
    "\u3000": " ",
}
# Full-width forms stand in the order of their half-width ones.
INSTEAD |= {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
NEGATION = re.compile(r"!(?!=)")
FOUND = re.compile("|".join(re.escape(sign) for sign in sorted(INSTEAD, key=len, reverse=True)))
STRING = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL)


def slip(expr: str) -> tuple[int, Text] | None:
    """The first wrong sign outside of texts and comments: its place from 0 and what to write."""
    plain = STRING.sub(lambda found: " " * len(found.group()), expr)
    sign, negation = FOUND.search(plain), NEGATION.search(plain)
    if sign is not None and (negation is None or sign.start() <= negation.start()):
        at, wrong = sign.start(), sign.group()
        return at, T("“{wrong}”请写成半角的 {right}", wrong=wrong, right=INSTEAD[wrong])
    if negation is not None:
        return negation.start(), T("“!”不是“非”，请写成 not(…)")
    if plain.count('"') % 2:
        return plain.rindex('"'), T('双引号没有成对，请在文字末尾补上 "')
    return None
