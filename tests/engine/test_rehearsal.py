"""Rehearsals: a script, a clock of its own, several processes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app import engine
from app.cli.check import check
from app.cli.rehearse import rehearse
from tests.engine.drawings import (
    at,
    catch,
    drawing,
    end,
    err,
    error,
    ext,
    flow,
    io,
    many,
    message,
    msg,
    node,
    path,
    process,
    row,
    service,
    start,
    throw,
    timer,
    user,
    xor,
)


def play(*roots: str, key: str | list[str] = "p", **script: Any) -> dict[str, Any]:
    library = engine.compile({"t.bpmn": drawing(*roots)})
    return engine.rehearse(library, [key] if isinstance(key, str) else key, script)


def test_tasks_and_the_clock() -> None:
    body = process(
        "p",
        start(),
        user("a"),
        at("a", "b", timer("duration", "PT20M")),
        end("e"),
        user("late"),
        end("x"),
        path("s", "a", "e"),
        path("b", "late", "x"),
    )
    result = play(body, start={"n": 1}, events=[{"advance": "PT19M"}])
    assert result["status"] == "waiting"
    assert result["open"] == [
        {"element": "a", "instance": None, "waits_for": "task"},
        {"element": "b", "instance": None, "waits_for": "timer"},
    ]
    result = play(body, events=[{"advance": "PT20M"}, {"complete": "late", "answers": {"k": 1}}])
    assert result == {
        "status": "completed",
        "trace": ["s", "b", "late", "x"],
        "open": [],
        "variables": {"k": 1},
        "error": None,
    }


def test_services_answer_one_by_one_or_with_an_error() -> None:
    body = process(
        "p",
        start(),
        xor("m"),
        service("v", "a.b"),
        at("v", "oops", error("E1")),
        xor("g", "f_g_m"),
        end("e"),
        end("bad"),
        path("s", "m", "v", "g", "m"),
        flow("g", "e", "= done"),
        path("oops", "bad"),
    )
    services = {"a.b": [{"variables": {"done": False}}, {"variables": {"done": True}}]}
    result = play(body, err("E1", "NO"), services=services)
    assert result["trace"] == ["s", "m", "v", "g", "m", "v", "g", "e"]
    services = {"a.b": [{"variables": {"done": False}}, {"error": "NO"}]}
    assert play(body, err("E1", "NO"), services=services)["trace"][-2:] == ["oops", "bad"]
    open_ = play(body, err("E1", "NO"))["open"]
    assert open_ == [{"element": "v", "instance": None, "waits_for": "service"}]


def test_two_processes_talk() -> None:
    office = process(
        "office",
        node("startEvent", "os", message("m1")),
        user("handle"),
        end("oe", ext(io({"result": "= verdict"})), message("m2")),
        path("os", "handle", "oe"),
    )
    asker = row(
        throw("ask", ext(io({"number": "= number"})), message("m1")), catch("wait", message("m2"))
    )
    result = play(
        asker,
        office,
        msg("m1", "asked", "= number"),
        msg("m2", "answered", "= number"),
        start={"number": "N7"},
        events=[{"complete": "handle", "answers": {"verdict": "好"}}],
    )
    assert result["trace"] == ["s", "ask", "os", "handle", "oe", "wait", "e"]
    assert result["status"] == "completed"
    assert result["variables"] == {"number": "N7", "result": "好"}


def test_rounds_are_completed_by_number() -> None:
    task = user("a").replace("</bpmn:userTask>", many("= xs", "x") + "</bpmn:userTask>")
    result = play(
        process("p", start(), task, end(), path("s", "a", "e")),
        start={"xs": [1, 2]},
        events=[{"complete": "a", "instance": 2}],
    )
    assert result["open"] == [{"element": "a", "instance": 1, "waits_for": "task"}]


def test_what_is_not_open_is_told() -> None:
    result = play(process("p", start(), user("a"), path("s", "a")), events=[{"complete": "zz"}])
    assert result["status"] == "failed"
    assert "zz" in result["error"]
    with pytest.raises(engine.BadScript):
        play(process("p", start(), user("a"), path("s", "a")), events=[{"sound": "x"}])


def test_the_commands(tmp_path: Path) -> None:
    good, bad, plan = tmp_path / "g.bpmn", tmp_path / "b.bpmn", tmp_path / "s.json"
    good.write_bytes(drawing(row(user("a"))))
    bad.write_bytes(drawing(process("p", start(), node("inclusiveGateway", "i"), path("s", "i"))))
    plan.write_text(json.dumps({"events": [{"complete": "a"}]}), encoding="utf-8")
    run = CliRunner().invoke
    told = run(rehearse, [str(good), "--process", "p", "--script", str(plan)])
    assert (told.exit_code, json.loads(told.output)["trace"]) == (0, ["s", "a", "e"])
    assert run(rehearse, [str(bad), "--process", "p", "--script", str(plan)]).exit_code == 1
    assert run(rehearse, [str(good), "--process", "zz", "--script", str(plan)]).exit_code == 2
    assert run(check, [str(good)]).exit_code == 0
    found = run(check, [str(bad), "--json"])
    assert found.exit_code == 1
    assert {"i"} <= {f["element"] for f in json.loads(found.output) if f["severity"] == "error"}
    assert run(check, [str(tmp_path / "none.bpmn")]).exit_code == 2
