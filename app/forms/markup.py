"""A small part of Markdown for texts in forms: paragraphs, lists, headings, bold, em, links.

Everything is escaped before anything is marked up, and values of a case are put in at the very
end, so that neither an author nor a customer's name can bring tags into a page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from markupsafe import Markup, escape

_HOLE = "\ue000{}\ue001"
_HOLES = re.compile("\ue000(\\d+)\ue001")
_LINK = re.compile(r"\[([^\]\n]{1,200})\]\(((?:https?://|/)[^\s()\"'<>]{1,400})\)")
_BOLD = re.compile(r"\*\*([^*\n]{1,400})\*\*")
_EM = re.compile(r"(?<![*\w])\*([^*\n]{1,400})\*(?![*\w])")
_ITEM = re.compile(r"(?:[-*]|\d{1,3}\.)\s+(.*)")
_HEAD = re.compile(r"(#{1,4})\s+(.*)")


def html(text: str, values: Mapping[str, str] | None = None) -> Markup:
    """Safe HTML of a text. ``values``: pieces of the text (``{{…}}``) and what they say."""
    given = list((values or {}).items())
    for number, (piece, _) in enumerate(given):
        text = text.replace(piece, _HOLE.format(number))
    said = [str(escape(value)).replace("\n", "<br>") for _, value in given]
    return Markup(_HOLES.sub(lambda m: said[int(m.group(1))], _marked(text)))


@lru_cache(maxsize=2048)
def _marked(text: str) -> str:
    blocks = re.split(r"\n\s*\n", text.strip().replace("\r\n", "\n"))
    return "".join(_block(block) for block in blocks if block.strip())


def _block(block: str) -> str:
    lines = block.split("\n")
    head = _HEAD.fullmatch(lines[0])
    if head and len(lines) == 1:
        return f"<h3>{_inline(head.group(2))}</h3>"
    items = [_ITEM.fullmatch(line.strip()) for line in lines]
    if all(items):
        kind = "ol" if lines[0].strip()[0].isdigit() else "ul"
        inner = "".join(f"<li>{_inline(item.group(1))}</li>" for item in items if item)
        return f"<{kind}>{inner}</{kind}>"
    return f"<p>{'<br>'.join(_inline(line) for line in lines)}</p>"


def _inline(line: str) -> str:
    safe = str(escape(line))
    safe = _LINK.sub(r'<a href="\2" rel="noopener">\1</a>', safe)
    return _EM.sub(r"<em>\1</em>", _BOLD.sub(r"<strong>\1</strong>", safe))
