"""Patterns of an author, refused unless their worst case is small.

Python's matcher goes back over its choices. A pattern passes when the number of ways that it can
try, over a text of 2,000 characters, stays under a limit: no repetition of something that itself
varies, no looking around, no references back.
"""

from __future__ import annotations

import re
from functools import lru_cache

# The parser has no public name; its tree is the only exact reading of a pattern.
from re import _constants as sre_constants  # type: ignore[attr-defined]
from re import _parser as sre_parse  # type: ignore[attr-defined]
from typing import Any

from app.forms.model import LONGEST
from app.texts import T, Text

WORST = 5_000_000
_PLAIN = {
    sre_constants.LITERAL,
    sre_constants.NOT_LITERAL,
    sre_constants.IN,
    sre_constants.ANY,
    sre_constants.AT,
}


class _Dangerous(Exception):
    pass


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, compiled with JavaScript's meaning of ``\\d`` and ``\\w``."""
    return re.compile(pattern, re.ASCII)


def fault(pattern: str) -> Text | None:
    """Why a pattern cannot be used, or None."""
    if len(pattern) > 200:
        return T("格式规则太长，请写短些")
    try:
        tree = sre_parse.parse(pattern, re.ASCII)
        ways = _ways(tree)
    except re.error as error:
        return T("格式规则写错了：{why}", why=str(error))
    except _Dangerous:
        return T("格式规则有重复套重复或前后查找，可能拖慢系统，请改写")
    anchored = bool(tree) and tree[0] == (sre_constants.AT, sre_constants.AT_BEGINNING)
    if ways * (1 if anchored else LONGEST) > WORST:
        return T("格式规则有太多可变的部分，可能拖慢系统，请用 ^ 开头并写明次数")
    return None


def _ways(tree: Any) -> int:
    total = 1
    for code, argument in tree:
        total *= _ways_of(code, argument)
        if total > WORST * LONGEST:
            raise _Dangerous
    return total


def _ways_of(code: Any, argument: Any) -> int:
    if code in _PLAIN:
        return 1
    if code is sre_constants.SUBPATTERN:
        return _ways(argument[-1])
    if code is sre_constants.BRANCH:
        return sum(_ways(branch) for branch in argument[1])
    if code in (sre_constants.MAX_REPEAT, sre_constants.MIN_REPEAT):
        return _repeated(*argument)
    raise _Dangerous


def _repeated(least: int, most: int, body: Any) -> int:
    inner = _ways(body)
    if most == 1:
        return inner + (least == 0)
    if inner > 1 or (most > 1 and _branches(body)):
        raise _Dangerous
    return int(min(most, LONGEST)) - min(int(least), LONGEST) + 1


def _branches(body: Any) -> bool:
    return any(
        code is sre_constants.BRANCH
        or (code is sre_constants.SUBPATTERN and _branches(argument[-1]))
        for code, argument in body
    )
