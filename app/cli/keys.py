"""`flask keys`: the master key that wraps all data keys."""

from __future__ import annotations

import json

import click
from flask import Flask
from flask.cli import AppGroup

from app import sealing
from app.cli.shell import CLI
from app.work import Work, command, ledger

group = AppGroup("keys", help="主密钥的更换与清理。")


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)


@command(right="system")
def _add(work: Work) -> str:
    made = sealing.add_master()
    work.record(ledger("keys"), "keys:add", after={"master": made.id})
    return made.id


@command(right="system")
def _rotate(work: Work, to: str | None) -> int:
    count = sealing.rotate_master(to)
    after = {"master": sealing.masters().current.id, "wrapped": count}
    work.record(ledger("keys"), "keys:rotate", after=after)
    return count


@command(right="system")
def _prune(work: Work) -> int:
    before = len(sealing.masters().keys)
    sealing.prune_masters()
    dropped = before - len(sealing.masters().keys)
    work.record(ledger("keys"), "keys:prune", after={"dropped": dropped})
    return dropped


@group.command("add")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def add_command(as_json: bool) -> None:
    """多台主机：先加一个尚未使用的主密钥，把文件发到各主机，再 `flask keys rotate --to`。"""
    master = _add(by=CLI)
    text = f"已加主密钥 {master}。请把 {sealing.master_file()} 复制到各主机，再更换。"
    click.echo(json.dumps({"master": master}) if as_json else text)


@group.command("rotate")
@click.option("--to", help="改用文件中已有的这一个（`flask keys add` 所加）；缺省新做一个。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def rotate_command(to: str | None, as_json: bool) -> None:
    """更换主密钥：所有数据密钥改用新主密钥包裹，密文不变。

    旧主密钥留在文件里，直到 `flask keys prune`；新文件请即另行备份。
    """
    count, master = _rotate(to, by=CLI), sealing.masters().current.id
    said = json.dumps({"master": master, "wrapped": count})
    text = f"已启用主密钥 {master}，重新包裹 {count} 个数据密钥。请即备份 {sealing.master_file()}。"
    click.echo(said if as_json else text)


@group.command("prune")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def prune_command(as_json: bool) -> None:
    """从文件中去掉不再使用的旧主密钥；请在更换一天以后、并已备份新文件时进行。

    更换以前的数据库备份仍须旧主密钥才能打开：请把旧文件与那些备份一同保存。
    """
    dropped = _prune(by=CLI)
    click.echo(json.dumps({"dropped": dropped}) if as_json else f"已去掉 {dropped} 个旧主密钥。")
