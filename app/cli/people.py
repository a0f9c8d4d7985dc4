"""`flask people`: persons and API tokens."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta

import click
from flask import Flask
from flask.cli import AppGroup

from app import people
from app.cli.shell import CLI
from app.worktime import SHANGHAI

group = AppGroup("people", help="人员与访问令牌。")


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)


@group.command("token")
@click.argument("name")
@click.option("--scope", default="all", type=click.Choice(["all", "read"]), show_default=True)
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="有效至此日（含）；缺省 90 天。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def token_command(name: str, scope: str, expires: datetime | None, as_json: bool) -> None:
    """为用户名 NAME 签发访问令牌；只显示这一次。"""
    until = None
    if expires is not None:
        until = datetime.combine(expires.date() + timedelta(days=1), time(), SHANGHAI)
    token = people.issue_token(name, label="cli", scope=scope, expires=until, by=CLI)
    click.echo(json.dumps({"login": name, "scope": scope, "token": token}) if as_json else token)


@group.command("add")
@click.argument("login")
@click.argument("name")
@click.option("--group", "groups", multiple=True, help="岗位，可写多次，如 meter_reader:城东。")
@click.option("--region", help="片区；不写即为总部。")
@click.option("--branch", help="分公司或网点。")
@click.password_option(help="登录密码，至少 12 个字符。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def add_command(
    login: str, name: str, groups: tuple[str, ...], region: str | None, branch: str | None,
    password: str, as_json: bool,
) -> None:  # fmt: skip
    """新增人员。"""
    added = people.add(
        login, name, password=password, groups=groups, region=region, branch=branch, by=CLI
    )
    said = json.dumps({"id": added.id, "login": added.login}, ensure_ascii=False)
    click.echo(said if as_json else f"已新增 {added.name}（{added.login}）。")


@group.command("tokens")
@click.argument("login")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def tokens_command(login: str, as_json: bool) -> None:
    """列出用户名 LOGIN 的访问令牌（不含令牌本身）。"""
    found = [_token(one) for one in people.tokens(people.person(login).id)]
    lines = [f"{t['id']}  {t['label']}  {t['scope']}  {t['expires']}  {t['state']}" for t in found]
    click.echo(json.dumps(found) if as_json else "\n".join(lines) or "没有令牌。")


def _token(one: people.Token) -> dict[str, str | int]:
    return {
        "id": one.id, "label": one.label, "scope": one.scope,
        "expires": one.expires_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        "state": "revoked" if one.revoked_at else "valid",
    }  # fmt: skip


@group.command("revoke")
@click.argument("token_id", type=int)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def revoke_command(token_id: int, as_json: bool) -> None:
    """立即停用编号为 TOKEN_ID 的访问令牌。"""
    people.revoke_token(token_id, by=CLI)
    click.echo(json.dumps({"id": token_id, "state": "revoked"}) if as_json else "令牌已停用。")
