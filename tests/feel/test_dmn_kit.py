"""The runner of the conformance kit tells right, wrong and null apart."""

from pathlib import Path

import pytest

from tests.feel.test_decisions import file
from tools import dmn_kit
from tools.dmn_values import same

HEAD = (
    '<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema"><modelName>m.dmn</modelName>'
)


def write_kit(folder: Path, logic: str, *cases: str) -> Path:
    folder.mkdir()
    text = f"<literalExpression><text>{logic}</text></literalExpression>"
    (folder / "m.dmn").write_bytes(file(text))
    tests = folder / "m-test-01.xml"
    tests.write_text(HEAD + "".join(cases) + "</testCases>", encoding="utf-8")
    return tests


def case(value: str, expected: str) -> str:
    return (
        f'<testCase id="1"><inputNode name="n">{value}</inputNode><resultNode name="Asked">'
        f"<expected>{expected}</expected></resultNode></testCase>"
    )


def number(text: str) -> str:
    return f'<value xsi:type="xsd:decimal">{text}</value>'


NIL = '<value xsi:nil="true"/>'


def test_each_result_is_told_apart(tmp_path: Path) -> None:
    tests = write_kit(
        tmp_path / "kit",
        "n * 2",
        case(number("2"), number("4.0000000001")),
        case(number("2"), number("5")),
        case("<value>x</value>", number("4")),
        case(NIL, NIL),
    )
    outcomes = list(dmn_kit.outcomes_of(tests))
    assert [each.how for each in outcomes] == ["right", "wrong value", dmn_kit.NULL, "right"]
    assert [each.valued for each in outcomes] == [True, True, True, False]
    summary = dmn_kit.summary(outcomes)
    assert "1/3 right (33.3 %), 1 null with a reason, 0 null without, 1 WRONG VALUE" in summary


def test_values_of_every_shape(tmp_path: Path) -> None:
    date = '<value xsi:type="xsd:date">2026-03-02</value>'
    span = '<value xsi:type="xsd:duration">P1Y2M</value>'
    shape = (
        f'<component name="a">{date}</component>'
        f'<component name="b"><list><item>{span}</item><item>{NIL}</item></list></component>'
    )
    tests = write_kit(tmp_path / "kit", "n", case(shape, shape.replace("P1Y2M", "P14M")))
    assert [each.how for each in dmn_kit.outcomes_of(tests)] == ["right"]


def test_the_figures_are_printed_and_a_wrong_value_is_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_kit(tmp_path / "good", "n + 1", case(number("1"), number("2")))
    assert dmn_kit.main(tmp_path, failures=True) == 0
    write_kit(tmp_path / "wrong", "n + 1", case(number("1"), number("3")))
    assert dmn_kit.main(tmp_path, failures=True) == 1
    printed = capsys.readouterr().out
    assert "1/2 1 wrong value" in printed
    assert "expected 3, got 2" in printed


def test_sameness() -> None:
    assert same({"feel": 'time("10:00:00Z")'}, {"feel": 'time("10:00:00+00:00")'})
    assert not same({"feel": 'date("2026-01-01")'}, {"feel": 'date("2026-01-02")'})
    assert not same(1, True)
    assert not same([1], [1, 2])
    assert not same({"a": 1}, {"a": 1, "b": 2})
    assert not same(None, 0)
