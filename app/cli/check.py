"""``flask processes check``: lints and compiles drawings, decisions and forms; no database."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from flask import Flask

from app import cases, engine, forms, people, settings, work
from app.cli.groups import processes
from app.cli.shell import Wrong, locale, say
from app.engine.safexml import MAX_BYTES
from app.texts import T

SEVERITIES = {"error": T("错误"), "warning": T("警告"), "hint": T("提示")}
SUFFIXES = (".bpmn", ".dmn", ".form")


def read_files(paths: tuple[Path, ...]) -> dict[str, bytes]:
    """Content by name; a folder stands for the drawings, decisions and forms in it."""
    found: dict[str, bytes] = {}
    for path in paths:
        files = _inside(path) if path.is_dir() else [path]
        found |= {str(file): file.read_bytes() for file in files}
    return found


def _inside(folder: Path) -> list[Path]:
    files = sorted(p for p in folder.rglob("*") if p.suffix in SUFFIXES and p.is_file())
    if not files:
        raise Wrong(say(T("{folder} 里没有 .bpmn、.dmn 或 .form 文件", folder=folder)))
    return files


def findings_of(files: dict[str, bytes]) -> list[engine.Finding]:
    """Of drawings and decisions by the engine, of forms by their own linter; errors first."""
    # A service that this installation offers is known, though it is no file.
    found = engine.check(
        files, services=cases.contracts(), groups=people.group_names(),
        senders=cases.messages_from_outside(), limits=settings.limit_names(), now=work.now(),
    )  # fmt: skip
    known = cases.check_names()
    for name, content in files.items():
        if name.endswith(".form") and len(content) <= MAX_BYTES:
            found += [engine.Finding(**each) for each in forms.lint(content, name, known)]
    return sorted(found, key=lambda f: (f.severity, f.file, f.element, f.rule))


def show(finding: engine.Finding, lang: str | None = None) -> str:
    """One line, in the language asked for or the shell's."""
    severity = SEVERITIES[finding.severity]
    where = f"{finding.file} {finding.element}".strip()
    lang = lang or locale()
    return f"{severity.to(lang)} {where} [{finding.rule}] {finding.message.to(lang)}"


@click.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="印出 JSON")
@click.option("--lang", type=click.Choice(["zh", "en"]), default=locale, help="说明的语言")
def check(files: tuple[Path, ...], as_json: bool, lang: str) -> None:
    """检查流程图、决策和表单；有错误时退出码为 1。"""
    findings = findings_of(read_files(files))
    if as_json:
        click.echo(json.dumps([f.plain(lang) for f in findings], ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(show(finding, lang))
        click.echo(T("{n} 条发现", n=len(findings)).to(lang))
    sys.exit(1 if any(f.severity == "error" for f in findings) else 0)


def register(_app: Flask) -> None:
    """Add the command to its group."""
    processes.add_command(check)
