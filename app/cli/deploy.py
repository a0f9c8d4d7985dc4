"""``flask processes deploy [DIR]``: what changed becomes a version, all of it one release."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from flask import Flask

from app import definitions
from app.cli.groups import processes
from app.cli.shell import CLI, Wrong, say
from app.config import ROOT
from app.texts import T


def register(app: Flask) -> None:
    """The command stands in its group from import on."""


@processes.command("deploy")
@click.argument(
    "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=ROOT
)
@click.option("--note", default="", help="发布说明")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")
def deploy(folder: Path, note: str, as_json: bool) -> None:
    """发布目录中有改动的流程、决策与表单；内容未变则什么也不做。"""
    files = definitions.read_folder(folder)
    if not any(name.endswith(".bpmn") for name in files):
        raise Wrong(say(T("{folder} 里没有流程图（processes 下的 .bpmn 文件）", folder=folder)))
    done = definitions.deploy(files, note=note, by=CLI)
    click.echo(json.dumps(_said(done), ensure_ascii=False) if as_json else _words(done))
    if done.refused:
        raise SystemExit(1)


def _said(done: definitions.Deployment) -> dict[str, Any]:
    return {
        "release": done.release,
        "changed": done.changed,
        "procedures": done.procedures,
        "decisions": done.decisions,
        "findings": [_finding(f) for f in done.findings],
    }


def _finding(finding: Any) -> dict[str, str]:
    names = ("file", "element", "rule", "severity", "message")
    return {name: str(getattr(finding, name)) for name in names}


def _words(done: definitions.Deployment) -> str:
    lines = [f"{f.severity} {f.file} {f.element}: {say(f.message)}" for f in done.findings]
    if done.refused:
        lines.append("有错误，未发布。")
    elif not done.changed:
        lines.append(f"内容没有变化，仍为第 {done.release} 次发布。")
    else:
        new = {**done.procedures, **done.decisions}
        lines += [f"{key}：第 {number} 版" for key, number in sorted(new.items())]
        lines.append(f"已发布，为第 {done.release} 次发布。")
    return "\n".join(lines)
