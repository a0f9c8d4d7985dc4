"""`flask notices`: what did not go out because no provider is configured, and sending it again."""

from __future__ import annotations

from dataclasses import asdict

import click
import orjson
from flask import Flask
from flask.cli import AppGroup

from app import notices
from app.cli.shell import CLI
from app.worktime import SHANGHAI

group = AppGroup("notices", help="发给用户的通知：未发出的查看与补发。")


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)


@group.command("unsent")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def unsent_command(as_json: bool) -> None:
    """列出因未接通短信、邮件服务而未发出的通知；有则退出码为 1。"""
    found = notices.unsent()
    shown = orjson.dumps([asdict(one) for one in found]).decode()
    click.echo(shown if as_json else "\n".join(map(_line, found)) or "没有未发出的通知。")
    if found:
        raise SystemExit(1)


def _line(one: notices.NoticeFacts) -> str:
    since = one.created_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return f"{one.id}  {since}  {one.channel}  {one.recipient}  {one.case or ''}  未发出"


@group.command("send")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def send_command(as_json: bool) -> None:
    """服务商接通后，把未发出的通知重新交给后台任务。"""
    queued = notices.send_again(by=CLI)
    said = orjson.dumps({"queued": queued}).decode()
    click.echo(said if as_json else f"已重新排队：{len(queued)} 条")
