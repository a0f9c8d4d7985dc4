"""`flask audit`: check the trail, export it with its proofs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any

import click
import psycopg
from flask import Flask
from flask.cli import AppGroup

from app import audit, checkpoints
from app.cli.shell import CLI, Wrong, say
from app.config import settings
from app.errors import Refused
from app.texts import T
from app.worktime import SHANGHAI

# How long a replica may take to have the last checkpoint of the record, seconds.
PATIENCE = 30.0
LACKS = """
    SELECT pg_is_in_recovery()
    AND NOT EXISTS (SELECT FROM checkpoints WHERE number >= %s)
"""

group = AppGroup("audit", help="履历：核验与导出。")


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)


def _url() -> str:
    return settings().database_auditor_url or settings().database_url


@contextmanager
def _reader() -> Iterator[psycopg.Connection[Any]]:
    """One snapshot of the database, by the auditor's role where there is one."""
    with psycopg.connect(_url(), prepare_threshold=None) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield connection


@group.command("verify")
@click.option(
    "--export",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="核验导出文件，不用数据库。",
)
@click.option(
    "--public-key",
    "keys",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="只信任此公钥（PEM）签署的检查点；可多次给出。",
)
@click.option(
    "--record",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="库外留存的检查点记录；缺省为本安装的。",
)
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def verify_command(
    file: Path | None, keys: tuple[Path, ...], record: Path | None, as_json: bool
) -> None:
    """核验履历链与签署的检查点；指出第一条不符之处。"""
    outcome = _verify_file(file) if file else verify_database(keys, record)
    click.echo(_as_json(outcome) if as_json else _as_text(outcome))
    if outcome.findings:
        raise SystemExit(1)


def _verify_file(file: Path) -> audit.Outcome:
    try:
        return audit.verify_export(file)
    except (ValueError, TypeError, KeyError) as error:
        raise Wrong(say(T("{file} 不是履历的导出文件", file=file))) from error


def _need_all_of(outside: list[audit.Checkpoint]) -> None:
    """Wait for a replica that lacks the last of the record: it would look like a roll-back. Raises
    Refused when it goes on lacking it."""
    last, until = max(one.number for one in outside), time.monotonic() + PATIENCE
    with psycopg.connect(_url(), prepare_threshold=None, autocommit=True) as connection:
        while connection.execute(LACKS, [last]).fetchone() == (True,):
            if time.monotonic() > until:
                raise Refused(T("只读副本还没有最后一个检查点：请稍后再核验，或核验主库。"))
            time.sleep(0.1)


def verify_database(keys: tuple[Path, ...] = (), record: Path | None = None) -> audit.Outcome:
    """Check the trail of this installation against itself and the signed checkpoints: those signed
    by ``keys`` (default: the installation's own) and those of ``record``. Raises Invalid."""
    trusted, outside = checkpoints.trusted(keys), checkpoints.recorded(record)
    if outside:
        _need_all_of(outside)
    with _reader() as connection:
        return audit.verify(connection, trusted=trusted, outside=outside)


@group.command("checkpoint")
@click.option("--whole", is_flag=True, help="查看全部履历，而不只是新近的。")
def checkpoint_command(whole: bool) -> None:
    """签署一个检查点：自上一个以来增长的各链之尾。"""
    made = checkpoints.make(whole=whole, by=CLI)
    if made is None:
        click.echo("自上一个检查点以来没有新的履历。")
    else:
        click.echo(f"检查点 {made.number}：{made.subjects} 条链，已签署。")


@group.command("public-key")
def public_key_command() -> None:
    """输出检查点的公钥（PEM），交审计员保存。"""
    click.echo(checkpoints.public_pem().decode(), nl=False)


def _as_json(outcome: audit.Outcome) -> str:
    findings = [
        {"subject": f.subject, "seq": f.seq, "kind": f.kind, "message": f.text}
        for f in outcome.findings
    ]
    return json.dumps(
        {
            "ok": not findings,
            "entries": outcome.entries,
            "chains": outcome.chains,
            "first": findings[0] if findings else None,
            "findings": findings,
        },
        ensure_ascii=False,
    )


def _as_text(outcome: audit.Outcome) -> str:
    said = f"已核验 {outcome.entries} 条履历、{outcome.chains} 条链："
    if not outcome.findings:
        return said + "全部相符。"
    lines = [f"  {f.subject} 第 {f.seq} 条：{f.text}" for f in outcome.findings[:20]]
    return "\n".join([said + f"{len(outcome.findings)} 条链不符，首先是：", *lines])


@group.command("export")
@click.option("--out", "file", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--case", help="只导出此案件。")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="自此日起（含）。")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="至此日止（含）。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
def export_command(
    file: Path, case: str | None, first: datetime | None, last: datetime | None, as_json: bool
) -> None:
    """导出履历及其证明，每行一条 JSON。"""
    since = _midnight(first.date()) if first else None
    until = _midnight(last.date() + timedelta(days=1)) if last else None
    with _reader() as connection:
        count = audit.export(file, case=case, since=since, until=until, connection=connection)
    said = json.dumps({"entries": count, "file": str(file)}, ensure_ascii=False)
    click.echo(said if as_json else f"已导出 {count} 条履历到 {file}。")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, clock(), SHANGHAI)
