"""``flask bench backup``: how long a backup and its restore take, on a server of its own."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import click
from flask import Flask

from app import attachments
from app.cli.bench_house import city, house, installed, opened
from app.cli.groups import bench as group
from app.config import ROOT
from app.work import SYSTEM

# Bytes that no packing makes smaller, within what a picture begins and ends with.
HEAD, END = b"\x89PNG\r\n\x1a\n", b"\0\0\0\0IEND\xaeB`\x82"


@click.command("backup")
@click.option("--accounts", default=2000, show_default=True, help="户数")
@click.option("--files", default=0, show_default=True, help="附件件数")
@click.option("--kilobytes", default=400, show_default=True, help="每件附件的大小（KB）")
@click.option("--json", "as_json", is_flag=True, help="印出 JSON（本命令总是如此）")
def backup(accounts: int, files: int, kilobytes: int, as_json: bool) -> None:
    """测量备份和恢复各需多久、占多少空间和内存；用自己的数据库，不碰业务数据。"""
    del as_json
    click.echo(json.dumps(measure(accounts, files, kilobytes)))


def register(_app: Flask) -> None:
    """Add the command to its group."""
    group.add_command(backup)


def measure(accounts: int, files: int, kilobytes: int) -> dict[str, Any]:
    """Fill an installation, back it up, bring it back beside itself.

    Seconds on the clock, start of the command included; megabytes of the largest process.
    """
    with house() as (cluster, var, _server):
        environment = installed(cluster, var, "bench")
        _fill(environment, accounts, files, kilobytes << 10)
        out, key = var / "out", var / "secrets" / "master.key"
        took, taken = _timed(environment, "backup", out)
        cluster.ensure_database("again")
        there = {**environment, **cluster.environment("again"), "VAR": str(var / "again")}
        back, brought = _timed(there, "restore", out, "--master-key", key)
        largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
    return {
        "accounts": accounts, "entries": brought["entries"], "files": brought["files"],
        "backup_mb": round(taken["bytes"] / 1e6, 1), "backup_s": took, "restore_s": back,
        "largest_process_mb": largest,
    }  # fmt: skip


def _fill(environment: dict[str, str], accounts: int, files: int, size: int) -> None:
    with opened(environment):
        city(environment, accounts, "only-for-the-bench")
        for n in range(files):
            attachments.upload(BytesIO(HEAD + os.urandom(size) + END), f"{n}.png", by=SYSTEM)


def _timed(environment: dict[str, str], *words: str | Path) -> tuple[float, dict[str, Any]]:
    began = time.monotonic()
    program = [str(Path(sys.executable).with_name("flask")), *map(str, words), "--json"]
    done = subprocess.run(
        program, cwd=ROOT, env={**os.environ, **environment}, check=True, stdout=subprocess.PIPE
    )
    return round(time.monotonic() - began, 1), json.loads(done.stdout)
