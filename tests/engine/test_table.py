"""The table of the bare engine's faults names tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "decisions" / "004-bare-engine.md"
ROWS = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


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
