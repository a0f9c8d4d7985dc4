"""Every command says in one sentence, in the shell's language, what could not be done."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from flask import Flask

from app import config
from app.cli.shell import CLI, locale
from tests.engine.drawings import drawing, row, user

Shell = Callable[..., Result]
UNREACHED = "postgresql://nobody@127.0.0.1:1/none"


@pytest.fixture
def shell(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Runs a command as typed; ``lang`` is the shell's locale."""

    def run(*words: object, lang: str = "zh_CN.UTF-8") -> Result:
        for name in ("LC_ALL", "LC_MESSAGES"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("LANG", lang)
        return app.test_cli_runner().invoke(args=[str(word) for word in words])

    return run


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, content in {
        "good.bpmn": drawing(row(user("a"))),
        "broken.bpmn": b"<a",
        "empty.bpmn": b"",
        "binary.bpmn": b"\xff\xfe\x00bad",
        "broken.dmn": b"<x",
        "html.dmn": b"<html/>",
        "broken.form": b"{",
        "list.form": b"[]",
        "binary.form": b"\xff\xfe{",
        "note.txt": b"hello",
        "lines": b"\xff\n[1]\n",
    }.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "void").mkdir()
    return tmp_path


WRONG = [
    ("processes check", "缺少 FILES", "Missing FILES"),
    ("processes chekc", "没有命令 chekc", "no command chekc"),
    ("processes check --zz", "没有选项 --zz", "no option --zz"),
    ("processes check {}/none.bpmn", "没有 {}/none.bpmn", "no {}/none.bpmn"),
    ("processes check {}/void", "{}/void 里没有", "{}/void has no"),
    ("processes decide {}/note.txt --inputs {}/lines", "没有 DMN", "no DMN"),
    ("processes decide {}/html.dmn", "缺少 --inputs", "Missing --inputs"),
    ("processes rehearse {}/good.bpmn --process p --script {}/void", "是目录", "is a folder"),
    ("processes rehearse {}/good.bpmn --process p --script {}/lines", "JSON", "not valid JSON"),
    ("processes deploy {}/none", "没有 {}/none", "no {}/none"),
    ("processes deploy {}/note.txt", "不是目录", "not a folder"),
    ("processes deploy {}/void", "没有流程图", "no drawing"),
    ("audit verify --export {}/list.form", "不是履历的导出文件", "no export"),
    ("audit export", "缺少 --out", "Missing --out"),
    ("audit export --out {}/none/x --from soon", "不是日期", "no date"),
    ("people token", "缺少 NAME", "Missing NAME"),
    ("people token nobody", "nobody", "nobody"),
    ("people token nobody --scope z", "不在可选的", "not one of"),
    ("people tokens nobody", "nobody", "nobody"),
    ("people revoke 999999", "没有", ""),
    ("people revoke x", "不是整数", "not a whole number"),
    ("cases retry 999999", "没有这条故障", ""),
    ("bench http --cases x", "不是整数", "not a whole number"),
]


@pytest.mark.parametrize(("words", "zh", "en"), WRONG, ids=[words for words, _, _ in WRONG])
def test_one_sentence_and_exit_code_2(
    words: str, zh: str, en: str, shell: Shell, files: Path
) -> None:
    typed = words.replace("{}", str(files)).split()
    for lang, said in (("zh_CN.UTF-8", zh), ("en_US.UTF-8", en)):
        answer = shell(*typed, lang=lang)
        assert answer.exit_code == 2, answer.output
        assert len(answer.stderr.strip().splitlines()) == 1
        assert said.replace("{}", str(files)) in answer.stderr
        assert answer.stdout == ""


def test_a_file_that_cannot_be_written(shell: Shell, files: Path) -> None:
    from app.cli.shell import plainly

    @click.command("write")
    def write() -> None:
        (files / "none" / "x").write_text("")

    plainly(write)
    answer = CliRunner().invoke(write)
    assert (answer.exit_code, str(files / "none" / "x") in answer.stderr) == (2, True)


@pytest.mark.parametrize("words", ["audit verify", "audit export --out x"])
def test_a_database_that_is_not_there(
    words: str, shell: Shell, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.cli import audit

    there = config.settings()

    class Elsewhere:
        database_url = database_auditor_url = UNREACHED

        def __getattr__(self, name: str) -> Any:
            return getattr(there, name)

    monkeypatch.setattr(audit, "settings", Elsewhere)
    answer = shell(*words.split())
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "DATABASE_URL" in answer.stderr


BROKEN = ["broken.bpmn", "empty.bpmn", "binary.bpmn", "broken.dmn", "html.dmn", "broken.form",
    "list.form", "binary.form", "note.txt"]  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_a_finding(name: str, shell: Shell, files: Path) -> None:
    answer = shell("processes", "check", files / name, "--json")
    (found,) = json.loads(answer.stdout)
    assert answer.exit_code == 1
    assert (found["file"], found["severity"]) == (str(files / name), "error")


@pytest.mark.parametrize(
    "script",
    [
        {"start": 3},
        {"start": [1]},
        {"events": 3},
        {"events": [3]},
        {"events": {"complete": "a"}},
        {"events": [{"complete": "a", "answers": 3}]},
        {"events": [{"message": "x", "variables": 3}]},
        {"events": [{"advance": 3}]},
        {"events": [{"advance": "PT1H", "complete": "a"}]},
        {"events": [{}]},
        {"services": 3},
        {"services": {"a.b": 3}},
        {"services": {"a.b": [3]}},
        {"services": {"a.b": {"value": 1}}},
        {"services": {"a.b": {"variables": 3}}},
        {"now": 3},
        {"now": "soon"},
        [],
    ],
    ids=json.dumps,
)
def test_a_script_of_the_wrong_shape(script: object, shell: Shell, files: Path) -> None:
    plan = files / "plan.json"
    plan.write_text(json.dumps(script), encoding="utf-8")
    words = ("processes", "rehearse", files / "good.bpmn", "--process", "p", "--script", plan)
    answer = shell(*words)
    assert answer.exit_code == 2, answer.output
    assert len(answer.stderr.strip().splitlines()) == 1


def test_the_language_of_findings(shell: Shell, files: Path) -> None:
    note = files / "note.txt"
    assert shell("processes", "check", note).stdout.startswith("错误")
    assert shell("processes", "check", note, lang="en_GB").stdout.startswith("error")
    assert shell("processes", "check", note, "--lang", "en").stdout.startswith("error")


@pytest.mark.parametrize(
    ("names", "said"),
    [({}, "zh"), ({"LANG": "C.UTF-8"}, "zh"), ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LC_ALL": "zh_CN", "LANG": "en_US"}, "zh")],
)  # fmt: skip
def test_the_locale(names: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    assert locale() == said


def test_the_shell_is_nobody_with_all_regions() -> None:
    assert (CLI.id, CLI.login, CLI.channel, CLI.sees_all_regions) == (None, "cli", "cli", True)
