"""``flask bench verify``: entries of the trail checked a second, on a database of its own."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import click
import psycopg
from flask import Flask

from app import audit, config
from app.cli.bench_house import installation
from app.cli.groups import bench as group
from app.work import now

# A case of five steps leaves some forty entries.
LENGTH = 40
BODY = '{"after":{"answers":{"materials_decision":"by_list"},"n":1},"before":{"holder":null}}'


@click.command("verify")
@click.option("--entries", default=1_000_000, show_default=True, help="履历条数")
@click.option("--json", "as_json", is_flag=True, help="印出 JSON（本命令总是如此）")
def verify(entries: int, as_json: bool) -> None:
    """填入若干条履历后核验，测量每秒核验条数；用自己的数据库，不碰业务数据。"""
    del as_json
    click.echo(json.dumps(measure(entries)))


def register(_app: Flask) -> None:
    """Add the command to its group."""
    group.add_command(verify)


def measure(entries: int) -> dict[str, Any]:
    """Fill chains of forty entries and check them all, their heads among them."""
    with installation() as (environment, _server):
        settings = config.read(environment)
        with psycopg.connect(settings.database_owner_url) as owner:
            _fill(owner, max(1, entries // LENGTH))
            owner.execute("ANALYZE")
        with psycopg.connect(settings.database_auditor_url) as auditor:
            began = time.monotonic()
            outcome = audit.verify(auditor)
            took = time.monotonic() - began
    assert not outcome.findings, outcome.findings[0]
    return {
        "entries": outcome.entries,
        "chains": outcome.chains,
        "seconds": round(took, 2),
        "entries_per_s": round(outcome.entries / took),
    }


def _fill(owner: psycopg.Connection[Any], chains: int) -> None:
    at = now()
    insert = audit.insert_sql(LENGTH)
    for n in range(chains):
        name, rows, head = f"fill{n:07}", [], b""
        for seq in range(1, LENGTH + 1):
            row = _entry(at + timedelta(milliseconds=seq), name, seq, head)
            head = audit.link(head, audit.canonical(row))
            rows += [*row, head]
        owner.execute(insert, rows)
        owner.execute("INSERT INTO ledgers VALUES (%s, %s, %s)", [name, LENGTH, head])


def _entry(at: Any, name: str, seq: int, head: bytes) -> tuple[Any, ...]:
    return (
        at, "ledger", name, seq, head, 0, 7, "linqi", None, "window_clerk", "web", "10.0.0.7",
        "task:complete", "GH20261102-0001", "meter_transfer", "3", "9", "accept", "WIN-10", None,
        BODY, None,
    )  # fmt: skip
