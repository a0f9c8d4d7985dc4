"""A server of its own with a streaming replica beside it, as docs/scale.md sets one up."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.conftest import ROOT
from tools.postgres import Cluster

QUICK = ("-c", "fsync=off", "-c", "wal_receiver_status_interval=100ms")


@dataclass
class Pair:
    """A primary and its replica, which can be stopped, and held at a state."""

    primary: Cluster
    replica: Cluster
    follower: subprocess.Popen[bytes] | None

    def url(self, database: str) -> str:
        """Of the replica, for the application: its roles are those of the primary."""
        return self.primary.url("water_app", database).replace(
            str(self.primary.run).replace("/", "%2F"), str(self.replica.run).replace("/", "%2F")
        )

    def hold(self, held: bool) -> None:
        """Stop replaying what comes, or go on."""
        name = "pg_wal_replay_pause" if held else "pg_wal_replay_resume"
        with psycopg.connect(self.replica.url("postgres", "postgres"), autocommit=True) as admin:
            admin.execute(f"SELECT {name}()")  # type: ignore[arg-type]

    @contextmanager
    def gone(self) -> Iterator[None]:
        """The replica's server is down."""
        self.replica.stop(self.follower)
        try:
            yield
        finally:
            self.follower = self.replica.start(*QUICK)

    def even(self) -> None:
        """Wait until the replica has replayed what the primary has committed until now."""
        with psycopg.connect(self.primary.url("postgres", "postgres")) as admin:
            row = admin.execute("SELECT pg_current_wal_lsn()").fetchone()
        asked = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"
        for _ in range(400):
            with psycopg.connect(self.replica.url("postgres", "postgres")) as admin:
                if admin.execute(asked, row).fetchone() == (True,):
                    return
            time.sleep(0.05)
        raise AssertionError("the replica does not follow")


@contextmanager
def pair(folder: Path) -> Iterator[Pair]:
    """Both, running, with roles; gone afterwards."""
    primary, replica = (
        Cluster(ROOT, folder / name, f"{name}-{os.getpid()}") for name in ("primary", "replica")
    )
    running = primary.start(*QUICK)
    both = Pair(primary, replica, None)
    try:
        primary.ensure_roles()
        both.follower = _follow(primary, replica)
        yield both
    finally:
        replica.stop(both.follower)
        primary.stop(running)
        for one in (primary, replica):
            shutil.rmtree(one.home, ignore_errors=True)


def _follow(primary: Cluster, replica: Cluster) -> subprocess.Popen[bytes] | None:
    for one in (replica.home, replica.run):
        replica._folder(one)
    address = f"host={primary.run} user=postgres"
    # -R writes standby.signal and where to stream from.
    words = ["-d", address, "-D", replica.data, "-X", "stream", "-c", "fast", "-R"]
    copied = [primary.binaries / "pg_basebackup", *words]
    done = subprocess.run(copied, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    _as_the_servers_user(primary, replica)
    for path in [replica.data, *replica.data.rglob("*")]:
        replica.account.own(path)
    return replica.start(*QUICK)


def _as_the_servers_user(primary: Cluster, replica: Cluster) -> None:
    """The primary lets the replica in by the system's word: as root that is a user of its own."""
    if replica.account.uid is None:
        return
    with (primary.data / "pg_ident.conf").open("a") as more:
        more.write("us water-service postgres\n")
    with psycopg.connect(primary.url("postgres", "postgres"), autocommit=True) as admin:
        admin.execute("SELECT pg_reload_conf()")
