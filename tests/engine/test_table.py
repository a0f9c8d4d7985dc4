"""The tables of the docs name tests that exist, and say what the check decides by."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from app.engine import support
from tools import bpmn_table

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "decisions" / "004-bare-engine.md"
ROWS = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
DRAWING = re.compile(r"`test_drawing\[([\w/]+)\]`")
PAGE = (ROOT / "docs" / "bpmn.md").read_text(encoding="utf-8")


@cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(n.name for n in tree.body if isinstance(n, ast.FunctionDef))


@pytest.mark.parametrize("row", ROWS[1:], ids=lambda row: row.split("|")[1].strip()[:40])
def test_each_fault_is_held_by_a_test_that_exists(row: str) -> None:
    named = NAMED.findall(row)
    assert named
    for file, test in named:
        assert test in names_in(file), f"{file} has no {test}"


def test_the_table_is_read() -> None:
    assert len(ROWS) > 40


def without_tests(page: str) -> list[str]:
    """The page without its last column, which grows with the library of drawings."""
    rows = (line.rsplit("|", 2)[0] if line.startswith("| `") else line for line in page.split("\n"))
    return [row.rstrip() for row in rows]


def test_the_page_of_elements_is_current() -> None:
    """``python -m tools.bpmn_table`` writes it anew."""
    assert without_tests(PAGE) == without_tests(bpmn_table.page())


def test_what_the_page_names_exists() -> None:
    named = NAMED.findall(PAGE)
    assert len(named) > 100
    for file, test in set(named):
        assert test in names_in(file), f"{file} has no {test}"
    drawings = set(DRAWING.findall(PAGE))
    assert len(drawings) > 50
    for name in drawings:
        assert (bpmn_table.LIBRARY / f"{name}.bpmn").exists(), name


@pytest.mark.parametrize("row", support.all_rows(), ids=lambda row: row.name)
def test_each_row_is_held_by_a_test(row: support.Row) -> None:
    assert bpmn_table.tests(row)


def test_the_counts_stand_at_the_head() -> None:
    rows = support.all_rows()
    for verdict in ("runs", "rewritten", "documentation", "refused"):
        number = sum(row.verdict == verdict for row in rows)
        assert number
        assert f"| {verdict} | {number} |" in PAGE
    assert {row.name for row in rows if row.verdict == "refused" and not str(row.reason)} == set()
