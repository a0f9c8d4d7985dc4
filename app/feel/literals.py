"""Constants and tests of a decision table that can be weighed without running them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as clock
from fractions import Fraction
from typing import Any

from app.feel.boxes import split_tests

NUMBER = re.compile(r"^-?(?:\d+(?:\.\d+)?|\.\d+)$")
STRING = re.compile(r'^"(?:[^"\\]|\\.)*"$', re.DOTALL)
TEMPORAL = re.compile(r'^(?:@|(date and time|date|time|duration)\s*\(\s*)"([^"]*)"\s*\)?$')
INTERVAL = re.compile(r"^([\[\](])(.+)\.\.(.+)([\])\[])$", re.DOTALL)
COMPARED = re.compile(r"^(<=|>=|<|>|=)\s*(.+)$", re.DOTALL)
NEGATED = re.compile(r"^not\s*\((.*)\)$", re.DOTALL)
DURATION = re.compile(
    r"^(-)?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$"
)


@dataclass(frozen=True)
class Constant:
    """A value that is written out.

    ``kind``: a FEEL type, moments with ``@`` behind it when they bear a zone; ``at``: what it is
    ordered by (Fraction, text, bool, day number, moment); ``text``: as the author wrote it.
    """

    kind: str
    at: Any
    text: str


@dataclass(frozen=True)
class Test:
    """One test of a cell: ``low``/``high`` None = without that end; a single value has both."""

    low: Constant | None
    high: Constant | None
    low_in: bool = True
    high_in: bool = True

    @property
    def kinds(self) -> set[str]:
        return {end.kind for end in (self.low, self.high) if end is not None}

    @property
    def single(self) -> bool:
        return self.low is self.high and self.low is not None


@dataclass(frozen=True)
class Cell:
    """A cell that could be read: any of ``tests`` holds, or none of them when ``negated``."""

    tests: tuple[Test, ...]
    negated: bool = False
    any: bool = False

    @property
    def kinds(self) -> set[str]:
        return {kind for test in self.tests for kind in test.kinds}


ANY = Cell((), any=True)


def constant(text: str) -> Constant | None:
    """The constant that a text is; None when it is something else (null among it)."""
    text = text.strip()
    if NUMBER.match(text):
        return Constant("number", Fraction(text), text)
    if STRING.match(text):
        return _string(text)
    if text in {"true", "false"}:
        return Constant("boolean", text == "true", text)
    return _temporal(text)


def _string(text: str) -> Constant | None:
    try:
        return Constant("string", json.loads(text, strict=False), text)
    except ValueError:
        return None


def _temporal(text: str) -> Constant | None:
    found = TEMPORAL.match(text)
    if not found:
        return None
    kind, inner = found[1] or _guess(found[2]), found[2]
    try:
        return _READ[kind](inner, text)
    except (ValueError, OverflowError):
        return None


def _guess(inner: str) -> str:
    if inner.lstrip("-").startswith("P"):
        return "duration"
    if "T" in inner:
        return "date and time"
    return "time" if ":" in inner else "date"


def _date(inner: str, text: str) -> Constant:
    return Constant("date", date.fromisoformat(inner).toordinal(), text)


def _moment(inner: str, text: str) -> Constant:
    at = datetime.fromisoformat(inner)
    return Constant("date and time" + ("@" if at.tzinfo else ""), at, text)


def _time(inner: str, text: str) -> Constant:
    at = clock.fromisoformat(inner)
    seconds = Fraction(at.hour * 3600 + at.minute * 60 + at.second)
    if at.tzinfo is not None:
        raise ValueError(inner)
    return Constant("time", seconds, text)


def _duration(inner: str, text: str) -> Constant:
    found = DURATION.match(inner)
    if not found:
        raise ValueError(inner)
    years, months, days, hours, minutes, seconds = (
        Fraction(part or 0) for part in found.groups()[1:]
    )
    sign = -1 if found[1] else 1
    if years or months:
        return Constant("years and months duration", sign * (years * 12 + months), text)
    span = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return Constant("days and time duration", sign * span, text)


_READ = {"date": _date, "date and time": _moment, "time": _time, "duration": _duration}


def cell(text: str) -> Cell | None:
    """A cell as tests; None when it has anything in it that must be run to be known."""
    text = text.strip()
    if text in {"", "-"}:
        return ANY
    negated = NEGATED.match(text)
    parts = split_tests(negated[1] if negated else text)
    tests = [_test(part) for part in parts]
    if not tests or any(test is None for test in tests):
        return None
    return Cell(tuple(test for test in tests if test), negated is not None)


def _test(text: str) -> Test | None:
    if found := INTERVAL.match(text):
        low, high = constant(found[2]), constant(found[3])
        if low is None or high is None or low.kind != high.kind or low.at > high.at:
            return None
        return Test(low, high, found[1] == "[", found[4] == "]")
    found = COMPARED.match(text)
    value = constant(found[2] if found else text)
    if value is None:
        return None
    return _compared(found[1] if found else "=", value)


def _compared(sign: str, value: Constant) -> Test:
    if sign == "=":
        return Test(value, value)
    if sign.startswith("<"):
        return Test(None, value, high_in=sign == "<=")
    return Test(value, None, low_in=sign == ">=")
