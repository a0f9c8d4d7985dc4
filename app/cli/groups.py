"""The command groups that several modules add to."""

from __future__ import annotations

from flask import Flask
from flask.cli import AppGroup

processes = AppGroup("processes", help="流程：检查、演练、决策、发布。")
bench = AppGroup("bench", help="测量。")
demo = AppGroup("demo", help="演示数据。")


def register(app: Flask) -> None:
    """Add the groups."""
    for group in (processes, bench, demo):
        app.cli.add_command(group)
