"""``flask bench idle``: what worker and database do while nothing happens.

Without cases, and with those that ``bench fill`` made: a case that waits should cost nothing.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import Any

import click
import psycopg
from flask import Flask

from app.cli.bench_fill import rows_of
from app.cli.bench_house import KEPT, house, installed
from app.cli.bench_meter import cpu_seconds
from app.cli.groups import bench as group
from app.config import ROOT

WARM = 10
READ = """
    SELECT xact_commit, tup_returned + tup_fetched
    FROM pg_stat_database WHERE datname = current_database()
"""


@click.command("idle")
@click.option("--seconds", default=60, show_default=True, help="每次测量多久")
@click.option("--json", "as_json", is_flag=True, help="印出 JSON（本命令总是如此）")
def idle(seconds: int, as_json: bool) -> None:
    """测量无事可做时后台任务和数据库的开销：空库，和 bench fill 装满的库。"""
    del as_json
    click.echo(json.dumps({"empty": measure(None, seconds), "filled": measure(KEPT, seconds)}))


def register(_app: Flask) -> None:
    """Add the command to its group."""
    group.add_command(idle)


def measure(kept: str | None, seconds: int) -> dict[str, Any]:
    """For each second: milliseconds of processor time of worker and database, transactions, rows
    read (those of the bench's own questions, a handful, included)."""
    with house(kept) as (cluster, var, server):
        environment = installed(cluster, var, "bench")
        command = [sys.executable, "-m", "flask", "worker"]
        more = {"FLASK_APP": "wsgi:app"}
        with subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment, **more}
        ) as worker:
            time.sleep(WARM)
            before = _state(environment, worker.pid, server)
            time.sleep(seconds)
            after = _state(environment, worker.pid, server)
            worker.send_signal(signal.SIGTERM)
        spent = {name: round((after[name] - before[name]) / seconds, 2) for name in before}
        return {**spent, "rows": rows_of(environment)}


def _state(environment: dict[str, str], worker: int, server: int) -> dict[str, float]:
    with psycopg.connect(environment["DATABASE_OWNER_URL"]) as owner:
        row = owner.execute(READ).fetchone()
    assert row is not None
    return {
        "worker_ms": cpu_seconds(worker) * 1e3, "database_ms": cpu_seconds(server) * 1e3,
        "transactions": row[0], "rows_read": row[1],
    }  # fmt: skip
