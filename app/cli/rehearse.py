"""``flask processes rehearse``: runs drawings in memory on a clock of their own; no database."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from flask import Flask

from app import engine
from app.cli.check import read_files, show
from app.cli.groups import processes
from app.cli.shell import Wrong, say
from app.errors import Problem
from app.texts import T
from app.worktime import Calendar


@click.command("rehearse")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--process", "keys", multiple=True, required=True, help="流程编号，可写多个")
@click.option("--script", required=True, type=click.File("rb"), help="演练脚本（JSON）")
@click.option("--json", "as_json", is_flag=True, help="印出 JSON（本命令总是如此）")
def rehearse(files: tuple[Path, ...], keys: tuple[str, ...], script: Any, as_json: bool) -> None:
    """按脚本演练流程，不用数据库；最后一个流程的状态和变量会印出。"""
    del as_json
    plan = _script(script)
    contents = read_files(files)
    # What a rehearsal itself shows, by stopping there, is no reason against it.
    found = (f for f in engine.check(contents) if f.rule not in engine.SEEN_IN_A_RUN)
    errors = [f for f in found if f.severity == "error"]
    if errors:
        _print({**_nothing(show(errors[0])), "findings": [f.plain() for f in errors]})
    try:
        library = engine.compile(contents)
        result = engine.rehearse(library, list(keys), plan, Calendar())
    except Problem as problem:
        raise Wrong(say(problem.text)) from problem
    _print(result)


def _script(file: Any) -> dict[str, Any]:
    try:
        plan = json.load(file)
    except ValueError as error:
        raise Wrong(say(T("脚本不是有效的 JSON"))) from error
    if not isinstance(plan, dict):
        raise Wrong(say(T("脚本应是一个 JSON 对象")))
    return plan


def _nothing(error: str) -> dict[str, Any]:
    return {"status": "failed", "trace": [], "open": [], "variables": {}, "error": error}


def _print(result: dict[str, Any]) -> None:
    click.echo(json.dumps(result, ensure_ascii=False))
    sys.exit(1 if result["status"] == "failed" else 0)


def register(_app: Flask) -> None:
    """Add the command to its group."""
    processes.add_command(rehearse)
