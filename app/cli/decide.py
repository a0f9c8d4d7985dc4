"""``flask processes decide``: evaluates decisions of DMN files; needs no database."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from app import feel, work
from app.cli.check import read_files
from app.cli.groups import processes
from app.cli.shell import Wrong, say
from app.texts import T
from app.worktime import Calendar

Decisions = Mapping[str, feel.Decision]


@processes.command("decide")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--inputs", required=True, type=click.File("rb"))
@click.option("--json", "as_json", is_flag=True, help="印出 JSON（本命令总是如此）")
def decide(files: tuple[Path, ...], inputs: Any, as_json: bool) -> None:
    """按 DMN 文件逐行决策：输入一行一个 JSON，输出一行一个结果。"""
    del as_json
    try:
        found = read_decisions(files)
    except feel.FeelError as error:
        click.echo(str(error.message), err=True)
        sys.exit(1)
    now = work.now()
    good = [answer(line, found, now) for line in inputs if line.strip()]
    sys.exit(0 if all(good) else 1)


def read_decisions(files: tuple[Path, ...]) -> dict[str, feel.Decision]:
    """All decisions, services and knowledge models by id and, where no id is the same, by name."""
    contents = {n: c for n, c in read_files(files).items() if n.endswith(".dmn")}
    if not contents:
        raise Wrong(say(T("其中没有 DMN 文件")))
    named: dict[str, feel.Decision] = {}
    ids: dict[str, feel.Decision] = {}
    for decisions in feel.read_dmn_files(contents, knowledge=True).values():
        for id_, decision in decisions.items():
            ids.setdefault(id_, decision)
            named.setdefault(decision.name, decision)
    return named | ids


def answer(line: bytes, found: Decisions, now: datetime) -> bool:
    """Print the result of one line; whether there was one."""
    result = _answer(line, found, now)
    click.echo(json.dumps(result, ensure_ascii=False))
    return "error" not in result


def _answer(line: bytes, found: Decisions, now: datetime) -> dict[str, Any]:
    try:
        asked = json.loads(line)
        decision, inputs = found[asked["decision"]], dict(asked.get("inputs") or {})
    except (ValueError, TypeError, KeyError):
        return _failed("这一行不是有效的 JSON，或没有所问的决策")
    return evaluated(decision, inputs, now)


def evaluated(decision: feel.Decision, inputs: dict[str, Any], now: datetime) -> dict[str, Any]:
    """One decision as a line out: ``result``, ``rules``, ``messages``, perhaps ``error``."""
    try:
        made = feel.decide(decision, inputs, now=now, calendar=Calendar(), outside=True)
    except feel.FeelError as error:
        return _failed(str(error.message))
    messages = [str(message) for message in made.messages]
    return {"result": made.value, "rules": made.rules, "messages": messages}


def _failed(message: str) -> dict[str, Any]:
    return {"result": None, "rules": [], "messages": [message], "error": message}
