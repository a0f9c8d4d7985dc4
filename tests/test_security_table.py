"""The table of docs/security.md names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def test_every_check_names_a_test_that_is_there() -> None:
    text = (ROOT / "docs" / "security.md").read_text()
    lines = [line for line in text.splitlines() if line.startswith("| ") and "tests/" in line]
    assert len(lines) > 50
    missing = [
        (file, test)
        for line in lines
        for file, test in NAMED.findall(line)
        if not (ROOT / file).exists() or f"def {test}(" not in (ROOT / file).read_text() + "def ("
    ]
    assert missing == []
