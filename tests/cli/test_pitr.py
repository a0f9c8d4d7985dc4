"""Back to a moment, with base backup and archived WAL, as docs/backup.md says it for a server."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from flask import Flask

from app import checkpoints
from app.work import SYSTEM, Work, command, ledger, now
from tests.cli.installations import Land, entered
from tests.conftest import ROOT
from tools import migrations
from tools.postgres import Cluster

QUICK = ("-c", "fsync=off")
NOTES = "SELECT body->'after'->>'n' FROM trail WHERE action = 'ledger:note' ORDER BY seq"


@command
def note(work: Work, n: str) -> None:
    work.record(ledger("notes"), "ledger:note", after={"n": n})


@pytest.fixture
def server(_app: Flask, tmp_path: Path) -> Iterator[Cluster]:
    """A server of its own, not started yet, gone afterwards."""
    server = Cluster(ROOT, tmp_path, f"pitr-{os.getpid()}")
    server.prepare()
    yield server
    shutil.rmtree(server.home)


def archiving(server: Cluster) -> tuple[str, ...]:
    """The settings of docs/backup.md, with a folder that the server may write to."""
    wal = server.home / "wal"
    wal.mkdir(exist_ok=True)
    server.account.own(wal)
    kept = f"{wal}/%f"
    copy = f"test ! -f {kept} && cp %p {kept}.part && mv {kept}.part {kept}"
    return (*QUICK, "-c", "archive_mode=on", "-c", f"archive_command={copy}")


def work_before_and_after(server: Cluster, land: Land, base: Path) -> datetime:
    """An entry before the base backup, one after it, the moment, and one that comes too late."""
    server.ensure_roles()
    server.ensure_database(land.database)
    chosen = land.settings
    urls = (chosen.database_owner_url, chosen.database_url, chosen.database_auditor_url)
    migrations.upgrade(*urls)
    with entered(land):
        note("before", by=SYSTEM)
        base_backup(server, base)
        note("after", by=SYSTEM)
        assert checkpoints.make(by=SYSTEM)
        time.sleep(0.01)
        moment = now()
        time.sleep(0.01)
        note("too late", by=SYSTEM)
        assert checkpoints.make(by=SYSTEM)
    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as admin:
        admin.execute("SELECT pg_switch_wal()")
    return moment


def base_backup(server: Cluster, base: Path) -> None:
    address = f"host={server.run} user=postgres"
    words = ["-d", address, "-D", base, "-X", "stream", "-c", "fast"]
    program = [server.binaries / "pg_basebackup", *words]
    done = subprocess.run(program, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def back_to(server: Cluster, base: Path, moment: datetime) -> None:
    """Lay the base backup in the data's place, and say until when the archive is to be read."""
    shutil.rmtree(server.data)
    shutil.move(base, server.data)
    (server.data / "recovery.signal").touch()
    with (server.data / "postgresql.auto.conf").open("a") as more:
        more.write(f"restore_command = 'cp {server.home}/wal/%f %p'\n")
        more.write(f"recovery_target_time = '{moment.isoformat()}'\n")
        more.write("recovery_target_action = 'promote'\n")
    for path in [server.data, *server.data.rglob("*")]:
        server.account.own(path)


def recovered(server: Cluster) -> None:
    for _ in range(400):
        with psycopg.connect(server.url("postgres", "postgres")) as admin:
            if admin.execute("SELECT pg_is_in_recovery()").fetchone() == (False,):
                return
        time.sleep(0.05)
    raise AssertionError("it is still in recovery")


def test_back_to_a_moment_and_the_roll_back_is_told(server: Cluster, tmp_path: Path) -> None:
    land, base = Land(server, "service", tmp_path, {}), tmp_path / "base"
    running = server.start(*archiving(server))
    try:
        moment = work_before_and_after(server, land, base)
        assert land.json("audit", "verify")["ok"]
    finally:
        server.stop(running)
    back_to(server, base, moment)
    running = server.start(*QUICK)
    try:
        recovered(server)
        with psycopg.connect(land.settings.database_url) as look:
            assert [n for (n,) in look.execute(NOTES)] == ["before", "after"]
        told = land.json("audit", "verify", code=1)
        assert [(f["subject"], f["kind"]) for f in told["findings"]] == [
            ("checkpoint:2", "checkpoint")
        ]
        assert "库外留存的检查点 2 在库中缺失" in told["first"]["message"]
    finally:
        server.stop(running)
