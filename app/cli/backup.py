"""`flask backup` and `flask restore`: an installation into a folder, and back.

The master key is never in the folder: who has both can read every personal value.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import orjson
from flask import Flask

from app import sealing
from app.cli import backup_bring, backup_take
from app.cli import backup_facts as about
from app.cli.backup_bring import Brought
from app.cli.backup_take import Taken
from app.cli.shell import CLI, say
from app.db import db
from app.texts import T, Text

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
SHOWN = 20


def register(app: Flask) -> None:
    """Add the commands."""
    for each in (backup, restore):
        app.cli.add_command(each)


@contextmanager
def _entered(*, anew: bool) -> Iterator[None]:
    """This installation with its database running; see ``standing``."""
    from app import create_app  # the factory imports this module

    with backup_bring.standing(anew=anew) as chosen, create_app(chosen).app_context():
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()


@click.command()
@click.argument("out", type=FOLDER)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def backup(out: Path, as_json: bool) -> None:
    """把数据库、附件和核验所需的一切备份到目录 OUT；可在使用中进行。

    OUT 须不存在或为空。主密钥不在其中，须另行保存。有附件缺失、或主密钥不全时退出码为 1。
    """
    with _entered(anew=False):
        taken = backup_take.take(out.resolve())
        backup_take.note(taken.digest, taken.manifest.at, len(taken.manifest.missing), by=CLI)
    click.echo(_taken_json(taken) if as_json else "\n".join(map(say, _taken(taken))))
    if taken.manifest.missing or taken.keyless:
        raise SystemExit(1)


def _taken(taken: Taken) -> list[Text]:
    said, database = taken.manifest, taken.manifest.database
    apart, names = str(sealing.master_file()), "、".join(database.masters)
    return [
        T("已备份到 {folder}（{at}）。", folder=str(taken.folder), at=said.at),
        T("履历 {entries} 条，附件 {files} 件，共 {size} 字节。",
          entries=database.counts["trail"], files=said.files, size=_size(taken)),
        T("清单 {file} 的 SHA-256：{digest}", file=about.NAME, digest=taken.digest),
        T("主密钥 {names} 不在备份中：请把 {file} 另行保存，勿与备份放在一处。",
          names=names, file=apart),
        *(T("附件在存储中缺失或损坏：{blob}", blob=blob) for blob in said.missing[:SHOWN]),
        *(T("主密钥 {name} 不在 {file} 中：没有它，此备份打不开。", name=name, file=apart)
          for name in taken.keyless),
    ]  # fmt: skip


def _size(taken: Taken) -> int:
    return taken.manifest.bytes + sum(part.size for part in taken.manifest.parts.values())


def _taken_json(taken: Taken) -> str:
    said = taken.manifest
    return orjson.dumps(
        {
            "folder": str(taken.folder), "at": said.at, "manifest": taken.digest,
            "migration": said.database.migration, "entries": said.database.counts["trail"],
            "files": said.files, "bytes": _size(taken), "missing": said.missing,
            "masters": said.database.masters, "keyless": taken.keyless,
            "keep_apart": str(sealing.master_file()),
        }
    ).decode()  # fmt: skip


@click.command()
@click.argument("source", metavar="IN", type=FOLDER)
@click.option("--master-key", type=FILE, help="另行保存的主密钥文件；缺省为本机的。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def restore(source: Path, master_key: Path | None, as_json: bool) -> None:
    """把目录 IN 中的备份恢复到空的数据库和空的附件存储；没有 DATABASE_URL 时启用内置数据库。

    先核对备份的每一个字节，再动手；中断后可原样再执行。恢复后核对附件、核验履历，
    有不符则退出码为 1。
    """
    plan = backup_bring.looked_at(source.resolve(), master_key)
    with _entered(anew=True):
        done = backup_bring.bring(plan)
        backup_bring.close(about.part(source / about.NAME).sha256, done)
    click.echo(_brought_json(done) if as_json else "\n".join(map(say, _brought(done))))
    if done.findings:
        raise SystemExit(1)


def _brought(done: Brought) -> list[Text]:
    said = done.manifest
    came = T("数据库此前已恢复，接着做完其余。") if done.already else T("数据库已恢复。")
    whole = T("全部相符。") if not done.findings else T("有 {n} 处不符：", n=len(done.findings))
    return [
        T("已恢复 {at} 的备份（程序版本 {product}）。", at=said.at, product=said.product),
        came,
        *([T("数据库已从 {old} 升级到 {new}。", old=said.database.migration, new=done.migrated)]
          if said.database.migration != done.migrated else []),
        T("放回附件 {put} 件；核对附件 {files} 件，核验履历 {entries} 条、{chains} 条链。",
          put=done.put, files=done.files.files, entries=done.trail.entries,
          chains=done.trail.chains),
        whole,
        *done.findings[:SHOWN],
    ]  # fmt: skip


def _brought_json(done: Brought) -> str:
    said = done.manifest
    return orjson.dumps(
        {
            "ok": not done.findings, "at": said.at, "already": done.already, "put": done.put,
            "migration": said.database.migration, "migrated": done.migrated,
            "files": done.files.files, "entries": done.trail.entries, "chains": done.trail.chains,
            "findings": [say(one) for one in done.findings],
        }
    ).decode()  # fmt: skip
