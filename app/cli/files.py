"""`flask files`: whether all papers are there and whole; another store; what is to be done."""

from __future__ import annotations

from dataclasses import asdict

import click
import orjson
from flask import Flask
from flask.cli import AppGroup

from app import attachments
from app.cli.shell import CLI

group = AppGroup("files", help="附件的存储：核对、搬移、补做缩略图。")


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)


@group.command("check")
@click.option("--at", "url", default=None, help="另一处存储的地址；不写则为现用的存储。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def check_command(url: str | None, as_json: bool) -> None:
    """逐件读出附件，核对是否都在、是否完好；有缺失或损坏则退出码为 1。"""
    found = attachments.check(_store(url))
    _say(asdict(found), _checked(found), as_json=as_json)
    if found.missing:
        raise SystemExit(1)


def _checked(found: attachments.Checked) -> str:
    lines = [f"附件 {found.files} 件，完好 {found.whole} 件，其中已依法销毁 {found.destroyed} 件。"]
    return "\n".join([*lines, *(f"缺失或损坏：{one}" for one in found.missing)])


@group.command("move")
@click.option("--to", "target", required=True, help="新存储：s3://存储桶/前缀 或 file:///目录。")
@click.option("--from", "source", default=None, help="原存储的地址；不写则为现用的存储。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def move_command(target: str, source: str | None, as_json: bool) -> None:
    """把全部附件复制到另一处存储，逐件核对；可反复执行，原存储不动。

    复制完后改设 FILES_URL 并重启，再以 --from 执行一次，补上期间新收的；核对无误后再停用原存储。
    """
    done = attachments.move(_store(source), attachments.at(target))
    attachments.note_move(done, by=CLI)
    lines = [f"复制 {done.copied} 件，已在新存储 {done.there} 件。"]
    lines += [f"原存储中缺失或损坏：{one}" for one in done.missing]
    _say(asdict(done), "\n".join(lines), as_json=as_json)
    if done.missing:
        raise SystemExit(1)


@group.command("thumbnails")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def thumbnails_command(as_json: bool) -> None:
    """为还没有缩略图的附件补做缩略图（升级之前收的，或后台任务没有做成的）。"""
    made, failed = 0, []
    for file_id in attachments.without_thumbnail(limit=1_000_000):
        try:
            made += attachments.keep_thumbnail(file_id, by=CLI)
        except (attachments.Missing, attachments.NoPicture):
            failed.append(file_id)
    lines = [f"做成 {made} 件。", *(f"没有做成：{one}" for one in failed)]
    _say({"made": made, "failed": failed}, "\n".join(lines), as_json=as_json)


def _store(url: str | None) -> attachments.Shelf:
    return attachments.here() if url is None else attachments.at(url)


def _say(found: dict[str, object], text: str, *, as_json: bool) -> None:
    click.echo(orjson.dumps(found).decode() if as_json else text)
