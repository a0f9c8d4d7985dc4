"""Types of values as far as they are known before anything runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from app.texts import T, Text

MOMENTS = frozenset(["date", "time", "date and time"])
DURATIONS = frozenset(["duration", "days and time duration", "years and months duration"])
DEEPEST = 5
MOST_VALUES = 60


@dataclass(frozen=True, slots=True)
class Type:
    """``kind``: a FEEL type, ``any`` (unknown) or ``none`` (nothing gives it yet).

    ``item``: of a list; ``fields``: of a context whose names are all known; ``values``: all the
    texts it can be; ``loose``: a list that FEEL also takes for its only item.
    """

    kind: str
    item: Type | None = None
    fields: tuple[tuple[str, Type], ...] | None = None
    values: frozenset[str] | None = None
    loose: bool = False

    @property
    def known(self) -> bool:
        return self.kind not in ("any", "none") and not self.loose

    def field(self, name: str) -> Type | None:
        """Of a context: None when it has no such name; unknown contexts have every name."""
        if self.fields is None:
            return ANY
        return dict(self.fields).get(name)


ANY = Type("any")
NONE = Type("none")
NULL = Type("null")
NUMBER = Type("number")
STRING = Type("string")
BOOLEAN = Type("boolean")
CONTEXT = Type("context")
LIST = Type("list", ANY)

SAID = {
    "string": T("文本"),
    "number": T("数字"),
    "boolean": T("是/否"),
    "date": T("日期"),
    "time": T("时刻"),
    "date and time": T("日期时间"),
    "list": T("列表"),
    "context": T("数据组"),
    "range": T("区间"),
    "function": T("函数"),
    "null": T("空值"),
}
NAMED = {
    "string": STRING,
    "number": NUMBER,
    "integer": NUMBER,
    "boolean": BOOLEAN,
    "list": LIST,
    "context": CONTEXT,
}


def said(type_: Type) -> Text:
    """The name of a type for people."""
    return SAID.get(type_.kind, T("时长") if type_.kind in DURATIONS else T("其他"))


def text_of(*values: str) -> Type:
    return Type("string", values=frozenset(values))


def list_of(item: Type) -> Type:
    return Type("list", item)


def context_of(fields: Mapping[str, Type]) -> Type:
    return Type("context", fields=tuple(sorted(fields.items(), key=lambda pair: pair[0])))


def named(word: object) -> Type:
    """The type that a contract or a decision writes as a word; unknown words are ``any``.

    Moments and durations are kept as texts between the steps of a case.
    """
    name = str(word).strip()
    if name in MOMENTS | DURATIONS | {"dateTime", "dayTimeDuration", "yearMonthDuration"}:
        return STRING
    return NAMED.get(name, ANY)


def join(left: Type, right: Type, depth: int = 0) -> Type:
    """What a value is that is the one or the other."""
    if left == right or right.kind == "none" or right.kind == "null":
        return left
    if left.kind in ("none", "null"):
        return right
    if left.kind != right.kind or depth > DEEPEST:
        both = {left.kind, right.kind}
        return Type("duration") if both <= DURATIONS else ANY
    return Type(
        left.kind,
        _joined(left.item, right.item, depth),
        _fields(left.fields, right.fields, depth),
        _values(left.values, right.values),
        left.loose or right.loose,
    )


def _joined(left: Type | None, right: Type | None, depth: int) -> Type | None:
    if left is None or right is None:
        return left or right
    return join(left, right, depth + 1)


Fields = tuple[tuple[str, Type], ...] | None


def _fields(left: Fields, right: Fields, depth: int) -> Fields:
    """Names that only one of them has are not known to be there, nor known to be missing."""
    if left is None or right is None or depth >= DEEPEST:
        return None
    ours, theirs = dict(left), dict(right)
    names = sorted({*ours, *theirs})
    return tuple((n, join(ours.get(n, NONE), theirs.get(n, NONE), depth + 1)) for n in names)


def _values(left: frozenset[str] | None, right: frozenset[str] | None) -> frozenset[str] | None:
    if left is None or right is None or len(left | right) > MOST_VALUES:
        return None
    return left | right


def joined(types: Iterable[Type]) -> Type:
    found = NONE
    for each in types:
        found = join(found, each)
    return found


def kept(type_: Type) -> Type:
    """What a value is once it is stored: moments, durations and ranges become texts."""
    if type_.kind in MOMENTS | DURATIONS | {"range"}:
        return STRING
    if type_.kind == "function":
        return NULL
    item = kept(type_.item) if type_.item is not None else None
    fields = type_.fields
    if fields is not None:
        fields = tuple((name, kept(each)) for name, each in fields)
    return replace(type_, item=item, fields=fields)


def same(left: Type, right: Type) -> bool:
    """Whether two known types are one for comparing and calculating."""
    if {left.kind, right.kind} <= DURATIONS:
        return left.kind == right.kind or "duration" in (left.kind, right.kind)
    return left.kind == right.kind


_YEARS = re.compile(r"-?P(\d+Y)?(\d+M)?")


def duration(literal: str | None) -> Type:
    """Of a duration by its text; without one it may be either."""
    if literal is None:
        return Type("duration")
    years = _YEARS.fullmatch(literal) is not None
    return Type("years and months duration" if years else "days and time duration")
