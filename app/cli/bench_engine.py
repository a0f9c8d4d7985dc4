"""``flask bench engine``: milliseconds a step and bytes a state; no database."""

from __future__ import annotations

import json

import click
from flask import Flask

from app.cli.groups import bench as group
from app.engine.bench import bench


@click.command("engine")
@click.option("--json", "as_json", is_flag=True, help="印出 JSON（本命令总是如此）")
def engine(as_json: bool) -> None:
    """测量引擎每一步的耗时和状态大小，与原装序列化器同场比较。"""
    del as_json
    click.echo(json.dumps(bench()))


def register(_app: Flask) -> None:
    """Add the command to its group."""
    group.add_command(engine)
