"""States written by older versions of the code are read, and their future is what it was."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app import engine
from tests.engine.states.play import Table, picture

KEPT = sorted((Path(__file__).parent / "states").glob("v*/*.json"))


def opened(kept: dict[str, Any], state: bytes) -> Table:
    files = {name: text.encode() for name, text in kept["files"].items()}
    run = engine.load(engine.compile(files), state)
    return Table(run, datetime.fromisoformat(kept["now"]), run.look())


@pytest.mark.parametrize("path", KEPT, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_old_states_are_read(path: Path) -> None:
    """Also when the case is saved anew, in the form of today, between any two moves."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    table = opened(kept, json.dumps(kept["state"]).encode())
    saved = opened(kept, table.run.state())
    assert picture(table.outcome)["open"] == kept["open"] == picture(saved.outcome)["open"]
    for step in kept["future"]:
        assert table.play(step["move"]) == step["came"]
        assert saved.play(step["move"]) == step["came"]
        now = saved.now
        saved = opened(kept, saved.outcome.state)
        saved.now = now


def test_there_are_states_of_each_version() -> None:
    """A version that is left must have its fixtures: nobody can write them afterwards."""
    versions = {path.parent.name for path in KEPT}
    assert versions >= {"v1", "v2"}
    assert len(KEPT) >= 30
