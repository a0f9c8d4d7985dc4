"""The command groups that several modules add to."""

from __future__ import annotations

from flask import Flask
from flask.cli import AppGroup

processes = AppGroup("processes", help="检查、演练、决策、发布流程（check, rehearse, decide, deploy）")
bench = AppGroup("bench", help="测量（engine, http）")
audit = AppGroup("audit", help="履历的校验与导出（verify, export）")
people = AppGroup("people", help="人员与令牌（add, token）")
demo = AppGroup("demo", help="演示数据（load）")


def register(app: Flask) -> None:
    """Add the groups."""
    for group in (processes, bench, audit, people, demo):
        app.cli.add_command(group)
