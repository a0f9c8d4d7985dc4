import json
from pathlib import Path

from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import ScriptInfo

from app.cli.decide import decide
from tests.feel.test_decisions import file, table


def run_decide(*arguments: str) -> Result:
    """The command on an application of its own: it needs no settings and no database."""
    info = ScriptInfo(create_app=lambda: Flask("decide"))
    return CliRunner().invoke(decide, list(arguments), obj=info)


def test_lines_in_lines_out(tmp_path: Path) -> None:
    dmn = tmp_path / "x.dmn"
    dmn.write_bytes(file(table([(["> 1"], ['date("2026-03-02")'])])))
    asked = tmp_path / "asked.jsonl"
    lines = [{"decision": "asked", "inputs": {"n": 2}}, {"decision": "Asked", "inputs": {"n": 1}}]
    asked.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    run = run_decide(str(dmn), "--inputs", str(asked))
    first, second = map(json.loads, run.stdout.splitlines())
    assert first == {"result": {"feel": 'date("2026-03-02")'}, "rules": ["r1"], "messages": []}
    assert second["result"] is None
    assert second["messages"]
    assert run.exit_code == 0


def test_unknown_decision_is_a_finding(tmp_path: Path) -> None:
    dmn = tmp_path / "x.dmn"
    dmn.write_bytes(file(table([(["-"], ["1"])])))
    asked = tmp_path / "asked.jsonl"
    asked.write_text('{"decision": "nobody"}\nno json\n', encoding="utf-8")
    run = run_decide(str(dmn), "--inputs", str(asked))
    assert run.exit_code == 1
    assert len(run.stdout.splitlines()) == 2
