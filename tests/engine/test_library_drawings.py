"""The library of small drawings: each runs as its expected trace says (library/README.md).

One drawing is one test. ``LIBRARY=/some/folder`` takes the drawings from elsewhere.
"""

from __future__ import annotations

import json
import os
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from lxml import etree

from app import engine
from app.cli.rehearse import rehearse
from app.worktime import Calendar

LIBRARY = Path(os.environ.get("LIBRARY") or Path(__file__).parent / "library")
PLANS = {
    plan.relative_to(LIBRARY).with_suffix("").as_posix(): plan
    for plan in sorted(LIBRARY.rglob("*.json"))
}
FOLDERS = sorted({name.rpartition("/")[0] for name in PLANS})
EXPECTED = {"status", "trace", "open", "variables", "absent", "error", "undelivered"}


def beside(plan: Path) -> dict[str, bytes]:
    """The files of a drawing: all that begin with its name and a point, without the plan."""
    found = sorted(plan.parent.glob(f"{plan.stem}.*"))
    return {file.name: file.read_bytes() for file in found if file != plan}


def read(name: str) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads(PLANS[name].read_text(encoding="utf-8"))
    return plan


def runs_of(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return list(plan.get("runs") or [{"script": plan["script"], "expect": plan["expect"]}])


def as_expected(result: dict[str, Any], expect: dict[str, Any]) -> dict[str, Any]:
    """The parts of a result that the plan speaks of, in the plan's own form."""
    variables = result["variables"]
    error = result["error"]
    told: dict[str, Any] = {
        "status": result["status"],
        "trace": result["trace"],
        "variables": {n: variables[n] for n in expect.get("variables", {}) if n in variables},
        "absent": [n for n in expect.get("absent", []) if n not in variables],
        "undelivered": result.get("undelivered", []),
        "error": expect["error"] if expect.get("error", "\n") in (error or "") else error,
    }
    if result["status"] != "failed":
        rows = [[row["element"], row["instance"], row["waits_for"]] for row in result["open"]]
        told["open"] = sorted(rows, key=str)
    return told


def wanted(expect: dict[str, Any]) -> dict[str, Any]:
    """What the plan says, with what it leaves out: nothing open, nothing wrong."""
    assert set(expect) <= EXPECTED, set(expect) - EXPECTED
    said: dict[str, Any] = {
        "status": expect["status"],
        "trace": expect["trace"],
        "variables": expect.get("variables", {}),
        "absent": expect.get("absent", []),
        "undelivered": expect.get("undelivered", []),
        "error": expect.get("error"),
    }
    if expect["status"] != "failed":
        said["open"] = sorted(expect.get("open", []), key=str)
    return said


@pytest.mark.parametrize("name", PLANS)
def test_drawing(name: str) -> None:
    plan, contents = read(name), beside(PLANS[name])
    found = (f for f in engine.check(contents) if f.rule not in engine.SEEN_IN_A_RUN)
    assert [f.plain() for f in found if f.severity == "error"] == []
    for number, run in enumerate(runs_of(plan), 1):
        results = [
            engine.rehearse(engine.compile(contents), plan["process"], run["script"], Calendar())
            for _ in range(2)
        ]
        assert results[0] == results[1], f"run {number} is not the same twice"
        told = as_expected(results[0], run["expect"])
        assert told == wanted(run["expect"]), f"run {number} of {name}"


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_command_tells_the_same(folder: str, tmp_path: Path) -> None:
    """The first drawing of each folder through ``flask processes rehearse``."""
    name = next(n for n in PLANS if n.rpartition("/")[0] == folder)
    plan = read(name)
    found = sorted(PLANS[name].parent.glob(f"{PLANS[name].stem}.*"))
    drawings = [str(file) for file in found if file != PLANS[name]]
    keys = [word for key in plan["process"] for word in ("--process", key)]
    for run in runs_of(plan):
        script = tmp_path / "script.json"
        script.write_text(json.dumps(run["script"]), encoding="utf-8")
        told = CliRunner().invoke(rehearse, [*drawings, *keys, "--script", str(script)])
        assert told.exit_code == (1 if run["expect"]["status"] == "failed" else 0)
        assert as_expected(json.loads(told.output), run["expect"]) == wanted(run["expect"])


@cache
def schema() -> etree.XMLSchema:
    """The standard's own schema, which comes with SpiffWorkflow."""
    with as_file(files("SpiffWorkflow.bpmn.parser") / "schema") as folder:
        return etree.XMLSchema(etree.parse(str(folder / "BPMN20.xsd")))


def test_the_drawings_are_valid_by_the_standards_schema() -> None:
    faults = []
    for drawing in sorted(LIBRARY.rglob("*.bpmn")):
        tree = etree.parse(str(drawing))
        if not schema().validate(tree):
            faults.append(f"{drawing.relative_to(LIBRARY)}: {schema().error_log[0]}")
    assert faults == []


def test_each_drawing_is_told_once() -> None:
    """Every drawing has a plan, every plan a drawing and a sentence of its own."""
    drawn = {
        file.relative_to(LIBRARY).with_suffix("").as_posix()
        for file in LIBRARY.rglob("*.bpmn")
        if "." not in file.stem
    }
    assert drawn == set(PLANS)
    said = [read(name)["says"] for name in PLANS]
    assert len(said) >= 150
    assert all(said)
    assert [text for text in said if said.count(text) > 1] == []
