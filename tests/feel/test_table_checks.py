"""What the check says of decision tables: each example that it gives must hold when it is run."""

import re
import time
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import feel
from app.feel import dmnxml
from tests.feel.test_decisions import SPACE, cells

Rows = list[tuple[list[str], list[str]]]
EXAMPLE = re.compile(r"(?:例如 |符合 )(.*?)(?:；|$)")


def table(
    rows: Rows,
    policy: str = "UNIQUE",
    *,
    inputs: tuple[tuple[str, str], ...] = (("n", "number"),),
    allowed: str = "",
    output: str = "",
    default: str = "",
) -> bytes:
    given_values = f"<inputValues><text>{escape(allowed)}</text></inputValues>" if allowed else ""
    data = "".join(
        f'<inputData id="i_{name}" name="{name}"><variable name="{name}"/></inputData>'
        for name, _ in inputs
    )
    needs = "".join(
        f'<informationRequirement><requiredInput href="#i_{name}"/></informationRequirement>'
        for name, _ in inputs
    )
    columns = "".join(
        f'<input><inputExpression typeRef="{kind}"><text>{name}</text></inputExpression>'
        f"{given_values}</input>"
        for name, kind in inputs
    )
    last = f"<defaultOutputEntry><text>{default}</text></defaultOutputEntry>" if default else ""
    rules = "".join(
        f'<rule id="r{at}">{cells("inputEntry", tests)}{cells("outputEntry", results)}</rule>'
        for at, (tests, results) in enumerate(rows, 1)
    )
    return (
        f'<definitions xmlns="{SPACE}" namespace="here" id="d" name="d">{data}'
        f'<decision id="asked" name="Asked">{needs}<decisionTable hitPolicy="{policy}">{columns}'
        f"<output {output}>{last}</output>{rules}</decisionTable></decision></definitions>"
    ).encode()


def told(xml: bytes) -> list[tuple[str, str, str]]:
    findings = feel.read_dmn(xml, "x.dmn")["asked"].findings
    return [(f.rule, f.severity, f.element) for f in findings if f.rule != "dmn-schema"]


def examples(xml: bytes, rule: str) -> list[dict[str, Any]]:
    findings = feel.read_dmn(xml, "x.dmn")["asked"].findings
    texts = [str(f.message) for f in findings if f.rule == rule]
    pairs = [EXAMPLE.search(text) for text in texts]
    found = [re.split(r", (?=[a-z]+ = )", each[1]) for each in pairs if each]
    return [dict(_named(part) for part in parts) for parts in found]


def _named(part: str) -> tuple[str, Any]:
    name, _, value = part.partition(" = ")
    return name, {"feel": value}


def hits(xml: bytes, inputs: dict[str, Any], now: datetime) -> list[str]:
    decision = feel.read_dmn(xml, "x.dmn")["asked"]
    return feel.decide(decision, inputs, now=now, outside=True).rules


@pytest.mark.parametrize(
    ("xml", "wanted"),
    [
        (table([(["< 5"], ["1"]), ([">= 5"], ["2"])]), []),
        (table([(["<= 5"], ["1"]), ([">= 5"], ["2"])]), [("dmn-overlap", "error", "r2")]),
        # only a fraction lies in both: a column of whole numbers would be in order
        (table([(["< 6"], ["1"]), (["> 5"], ["2"])]), [("dmn-overlap", "warning", "r2")]),
        (table([(["< 5"], ["1"]), (["> 5"], ["2"])]), [("dmn-gap", "warning", "asked")]),
        (table([(["< 5"], ["1"])], default="0"), []),
        (table([(["< 5"], ["1"])], "COLLECT"), []),
        (table([(["not(3)"], ["1"]), (["3"], ["2"])]), []),
        (
            table([(['"a"'], ["1"]), (['"b"'], ["2"])], inputs=(("n", "string"),)),
            [("dmn-gap", "warning", "asked")],
        ),
        (
            table([(['"a"'], ["1"])], inputs=(("n", "string"),), allowed='"a", "b"'),
            [("dmn-gap", "error", "asked")],
        ),
        (table([(["true"], ["1"]), (["false"], ["2"])], inputs=(("n", "boolean"),)), []),
        (
            table([(["-"], ["1"]), (["3"], ["2"])], "FIRST"),
            [("dmn-unreachable", "warning", "r2")],
        ),
        (
            table([(["< 3"], ["1"]), (["> 3"], ["1"]), (["2", "4"], ["2"])], "FIRST"),
            [("dmn-row", "error", "r3")],
        ),
        (
            table([(["< 3"], ["1"]), (["> 3"], ["1"]), (["2, 4"], ["2"]), (["-"], ["3"])], "FIRST"),
            [("dmn-unreachable", "warning", "r3")],
        ),
        (
            table([(['"z"'], ["1"])], "RULE ORDER", inputs=(("n", "string"),), allowed='"a"'),
            [("dmn-unreachable", "warning", "r1")],
        ),
        (table([(["-"], ["1"]), (["-"], ["1"])], "ANY"), []),
        (table([(["-"], ["1"]), (["-"], ["2"])], "ANY"), [("dmn-overlap", "error", "r2")]),
        (table([(["-"], ["1"]), (["-"], ["n + 1"])], "ANY"), []),
        (table([(['"x"'], ["1"]), (["-"], ["1"])], "FIRST"), [("dmn-type", "error", "r1")]),
        (table([(["-"], ['"x"'])], output='typeRef="number"'), [("dmn-type", "error", "r1")]),
        (table([(["m > 1"], ["1"])]), [("dmn-unknown-name", "error", "r1")]),
        (table([(["< n"], ["1"])]), []),
        (
            table([(['< date("2026-01-02")'], ["1"]), (['> @"2026-01-01"'], ["2"])],
                  inputs=(("n", "date"),)),
            [],
        ),
        (
            table([(['<= duration("P1Y")'], ["1"]), (['> duration("P13M")'], ["2"])],
                  inputs=(("n", "years and months duration"),)),
            [("dmn-gap", "warning", "asked")],
        ),
    ],
)  # fmt: skip
def test_findings(xml: bytes, wanted: list[tuple[str, str, str]]) -> None:
    assert [each for each in told(xml) if each[0] != "dmn-not-decided"] == wanted


def test_what_must_be_run_is_not_decided_and_says_so() -> None:
    xml = table([(["< n"], ["1"]), (["odd(?)"], ["2"])])
    assert told(xml) == [("dmn-not-decided", "hint", "asked")]


def test_a_column_without_a_type_is_a_hint() -> None:
    xml = table([(["-"], ["1"])], inputs=(("n", ""),)).replace(b' typeRef=""', b"")
    assert told(xml) == [("dmn-no-type", "hint", "asked")]


INTERVALS = st.builds(
    lambda low, size, open_, close: f"{open_}{low}..{low + size}{close}",
    st.integers(0, 8), st.integers(1, 5), st.sampled_from("[("), st.sampled_from("])"),
)  # fmt: skip
NUMBERS = st.one_of(
    st.integers(0, 8).map(str),
    INTERVALS,
    st.sampled_from(["-", "< 4", ">= 4", "> 6", "<= 2", "not(3)", "not([2..5])", "1, 7, > 9"]),
)
TEXTS = st.sampled_from(["-", '"a"', '"b", "c"', 'not("a")', 'not("b", "c")'])
ROWS = st.lists(st.tuples(NUMBERS, TEXTS), min_size=1, max_size=5)


@given(ROWS, st.floats(-2, 12).map(lambda x: round(x, 1)), st.sampled_from("abcd"))
@settings(max_examples=60, deadline=None)
def test_examples_hold_and_no_gap_means_no_gap(
    rows: list[tuple[str, str]], number: float, text: str
) -> None:
    now = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
    columns = (("n", "number"), ("t", "string"))
    xml = table([([a, b], ["1"]) for a, b in rows], inputs=columns)
    overlaps, gaps = examples(xml, "dmn-overlap"), examples(xml, "dmn-gap")
    for inputs in overlaps[:3]:
        assert len(hits(xml, inputs, now)) > 1, inputs
    for inputs in gaps:
        assert hits(xml, inputs, now) == [], inputs
    found = hits(xml, {"n": number, "t": text}, now)
    assert overlaps or len(found) < 2
    assert gaps or found


@given(ROWS, st.floats(-2, 12).map(lambda x: round(x, 1)), st.sampled_from("abcd"))
@settings(max_examples=40, deadline=None)
def test_a_rule_said_to_be_out_of_reach_is_never_hit(
    rows: list[tuple[str, str]], number: float, text: str
) -> None:
    now = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
    columns = (("n", "number"), ("t", "string"))
    xml = table([([a, b], ["1"]) for a, b in rows], "FIRST", inputs=columns)
    masked = {place for rule, _, place in told(xml) if rule == "dmn-unreachable"}
    assert not masked & set(hits(xml, {"n": number, "t": text}, now))


def test_a_large_table_is_looked_at_quickly_or_said_to_be_too_large() -> None:
    names = tuple((f"c{n}", "number") for n in range(20))
    rows = [([f"[{n}..{n + 1})"] + [f"> {n % 7}"] * 19, ["1"]) for n in range(500)]
    xml = table(rows, inputs=names)
    started = time.process_time()
    assert ("dmn-gap", "warning", "asked") in told(xml) or ("dmn-not-decided") in str(told(xml))
    assert time.process_time() - started < 8
    more = table([*rows, rows[0]], inputs=names)
    assert ("dmn-not-decided", "hint", "asked") in told(more)


def test_what_is_too_large_or_hides_entities_is_refused_at_once() -> None:
    started = time.process_time()
    with pytest.raises(feel.FeelError):
        feel.read_dmn(b"<definitions>" + b" " * 100_000_000, "x.dmn")
    deep = b"<a>" * 100_000
    with pytest.raises(feel.FeelError):
        feel.read_dmn(deep, "x.dmn")
    assert time.process_time() - started < 2


def test_the_schema_and_the_structure_are_looked_at() -> None:
    head = '<definitions xmlns="{}" id="d" name="d" namespace="n">'
    bad = "<decision id='a' name='a'/><decision id='a' name='b'><wrong/></decision></definitions>"
    old = (head.format(SPACE) + bad).encode()
    new = (head.format("https://www.omg.org/spec/DMN/20230324/MODEL/") + bad).encode()
    later = (head.format("https://www.omg.org/spec/DMN/20990101/MODEL/") + bad).encode()
    assert {f.rule for f in dmnxml.findings(old, "x")} == {"dmn-schema", "dmn-duplicate-id"}
    assert {f.rule for f in dmnxml.findings(new, "x")} == {"dmn-duplicate-id"}
    assert {f.rule for f in dmnxml.findings(later, "x")} == {"dmn-duplicate-id", "dmn-version"}
