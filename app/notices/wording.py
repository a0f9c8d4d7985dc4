"""Texts with places (``{due}``): checked, filled, counted. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.errors import Invalid
from app.texts import T, Text

PLACE = re.compile(r"{([a-z][a-z0-9_]*)}")
# In what every provider of the mainland bills: characters, of whatever kind.
ONE, EACH = 70, 67


@dataclass(frozen=True)
class Place:
    """What may stand in a text: its name in braces, what it is, and an example for the preview."""

    name: str
    label: str
    sample: str


def places_in(text: str) -> list[str]:
    """Names of the places of a text, in order, each once."""
    return list(dict.fromkeys(PLACE.findall(text)))


def wrong(text: str, places: Mapping[str, Place]) -> Text | None:
    """What is wrong with a text; None for a good one."""
    if re.search(r"[{}]", PLACE.sub("", text)):
        return T("花括号不成对，或其中不是小写英文名称；写法如 {place}。", place="{case}")
    unknown = [name for name in places_in(text) if name not in places]
    if unknown:
        return T(
            "没有名为 {names} 的变量，可用的有：{known}",
            names="、".join(unknown),
            known="、".join(places),
        )
    return None


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with every place filled. Raises Invalid (``values``) naming what is missing."""
    missing = [name for name in places_in(text) if not values.get(name, "").strip()]
    if missing:
        names = "、".join(missing)
        raise Invalid(fields={"values": T("通知缺少内容：{names}，不能发送。", names=names)})
    return PLACE.sub(lambda place: values[place[1]], text)


def segments(text: str, sign: str = "") -> tuple[int, int]:
    """Length of a short message in characters, the sender's 【…】 included, and how many are
    billed: one up to 70 characters, else one for every 67."""
    # Beyond the basic plane a character is two of UCS-2.
    length = len((f"【{sign}】{text}" if sign else text).encode("utf-16-le")) // 2
    return length, 1 if length <= ONE else -(-length // EACH)
