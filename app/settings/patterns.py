"""Number patterns: pure text, no counting."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from app.errors import Invalid
from app.identifiers import luhn_digit
from app.texts import T, Text
from app.worktime import SHANGHAI

PLACES = frozenset({"kind", "date", "year", "region", "cashier", "fonds", "class", "book", "check"})
_PLACE = re.compile(r"\{([a-z]+)(?::(\d))?\}")


def pattern_error(pattern: str) -> Text | None:
    """What is wrong with a pattern; None for a good one."""
    names = [name for name, _ in _PLACE.findall(pattern)]
    if names.count("seq") != 1:
        return T("编号格式中须有且只有一处流水号，如 {place}。", place="{seq:4}")
    unknown = sorted(set(names) - PLACES - {"seq"})
    if unknown or re.search(r"[{}]", _PLACE.sub("", pattern)):
        return T("编号格式中有不认识的部分：{names}", names="、".join(unknown) or pattern)
    return None


def moments(at: datetime) -> dict[str, str]:
    """The day and year of a moment, in Shanghai."""
    local = at.astimezone(SHANGHAI)
    return {"date": f"{local:%Y%m%d}", "year": f"{local:%Y}"}


def series(pattern: str, parts: Mapping[str, str]) -> str:
    """The pattern with everything filled in but the running number and the check digit.

    It names what is counted: with {date} in it the count starts anew each day.
    """

    def fill(place: re.Match[str]) -> str:
        name = place[1]
        if name in ("seq", "check"):
            return place[0]
        if not parts.get(name):
            raise Invalid(T("编号缺少“{name}”。", name=name))
        return parts[name]

    return _PLACE.sub(fill, pattern)


def number(series_name: str, seq: int) -> str:
    """The number: running number in at least as many digits as asked, then the check digit."""
    text = re.sub(r"\{seq(?::(\d))?\}", lambda m: f"{seq:0{m[1] or 1}}", series_name)
    if "{check}" not in text:
        return text
    return text.replace("{check}", luhn_digit(re.sub(r"\D", "", text)))
