"""FEEL as the standard has it, where the library underneath is laxer or lacks something."""

from datetime import datetime
from typing import Any

import pytest

from app import feel

VALUES: list[tuple[str, Any]] = [
    ('date("-2017-12-31")', "-2017-12-31"),
    ('string(date and time("99999-12-31T11:22:33"))', "99999-12-31T11:22:33"),
    ("time(11, 59, 45.25)", "11:59:45.25"),
    ('duration("P1D") * 2', "P2D"),
    ('duration("P1Y") / 2', "P6M"),
    ('duration("P1D") / duration("PT12H")', 2),
    ('duration("P999999999M")', "P83333333Y3M"),
    ('is(duration("P0Y"), duration("P0D"))', False),
    ("[] = [null]", False),
    ("(= 10) = (= 10)", True),
    ("(= 10) = [10..10]", False),
    ("(< 10) = (< 10)", True),
    ("true[true]", [True]),
    ('for i in @"1980-01-30"..@"1980-02-01" return i', ["1980-01-30", "1980-01-31", "1980-02-01"]),
    ("for i in (1..4) return i", [2, 3]),
    ('min(["b", "a"])', "a"),
    ('max(date("2012-01-01"), date("2013-01-01"))', "2013-01-01"),
    ("median([1, 10, 2])", 2),
    ("mode([6, 1, 9, 6, 1])", [1, 6]),
    ('list contains([date("2012-12-25")], date("2012-12-25"))', True),
    ("index of([[1], [2], [1]], [1])", [1, 3]),
    ("list replace([1, 2, 3], -1, 4)", [1, 2, 4]),
    ("list replace([2, 4, 7], function(item, new) item < new, 5)", [5, 5, 7]),
    ("string(0.0000001)", "0.0000001"),
    ("string([1..5])", "[1..5]"),
    ('substring("a😀b", -2, 1)', "😀"),
    ('replace("a b", "[ a-z-[b]]", "#")', "##b"),
    ('replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")', "[1=ab][2=]cd"),
    ('replace("a", "a", "$&")', "$&"),
    ('matches("hello world", "he ll o[ ]worl d", "x")', True),
    ('matches("中文", "\\p{IsCJKUnifiedIdeographs}+")', True),
    ("before([1..5), 5)", True),
    ("meets([1..5], [5..8])", True),
    ("overlaps before([1..5], [3..8])", True),
    ("overlaps after([1..5], [3..8])", False),
    ("finishes(10, [1..10])", True),
    ("during([4..6], [1..10])", True),
    ("started by([1..10], 1)", True),
    ("coincides([1..5], (1..5))", False),
    ("includes([1..10), 10)", False),
    ('range("[1..3]") = [1..3]', True),
    ("[1..3] instance of range<number>", True),
    ('["a"] instance of list<number>', False),
    ("{a: null} instance of context<a: string>", True),
    ("null instance of Any", False),
    ("[1, 2, 3, 4][even(item)]", [2, 4]),
    ("[{a: true, b: 1}, {a: false, b: 2}][a].b", [1]),
    ('split("a1b2c", "([0-9])")', ["a", "b", "c"]),
    ('number("1.000,5", ".", ",")', 1000.5),
    ("decimal(1.115, 2)", 1.12),
    ('time("10:00:00+02:00") - time("10:00:00Z")', "-PT2H"),
    ("round half up(5.5, 6176)", 5.5),
    ("round half up(-2.5, 0)", -3),
    ("round down(-5.5, 0)", -5),
    ("floor(-1.56, 1)", -1.6),
    ("(function(a: number) a)([3])", 3),
]
NOTHING = [
    "{a: 1, a: 2}",
    "5 in [1..null]",
    'date("20121231")',
    'date("2012-12-31T00:00:00")',
    'time("13:20:00+19:00")',
    'time("13:20:00+02:00@Europe/Paris")',
    'date and time("2012-12-31T11:22")',
    'duration("P1Y") = duration("P365D")',
    "round up(5.5, 6177)",
    "list replace([1], 2.5, 1)",
    "sublist([1, 2], 0)",
    "remove([1], 2)",
    'matches("a", "(a)[b\\0]")',
    'before(1, "a")',
    'range("[1..")',
    'range("[3..1]")',
    '(function(a: number) a)("3")',
    "string(abs)",
    "min([1, true])",
    'time("10:00:00") - time("10:00:00Z")',
    'date and time("2026-03-02T10:00:00") < now()',
    'number("")',
    'number("0x10")',
    'number("1,000", ",", ",")',
    "sum([1, true])",
    "median([null])",
]


@pytest.mark.parametrize(("expr", "value"), VALUES)
def test_values(expr: str, value: object, now: datetime) -> None:
    assert feel.evaluate(expr, {}, now=now) == value


@pytest.mark.parametrize("expr", NOTHING)
def test_what_has_no_value_says_so(expr: str, now: datetime) -> None:
    with pytest.raises(feel.FeelError) as caught:
        feel.evaluate(expr, {}, now=now)
    assert caught.value.kind == "warning"
