"""Web servers behind PgBouncer in transaction mode: no statement counts on its session."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import cycle

import psycopg
import pytest
from flask import Flask

from app import people
from app.work import SYSTEM
from tests.cli.installations import Land, entered, free_accounts
from tests.conftest import NO_POOLER, _copy
from tests.scale.hosts import found, hand_over, serve, work
from tests.scale.pooler import PGBOUNCER, pooler
from tests.scale.remote import Remote, transfer
from tests.served import wait_for
from tools.postgres import Cluster

SERVER_CONNECTIONS = 4
DESK = ("window_clerk", "cashier", "contract_clerk", "finance", "data_entry", "cs_director")
# What a session would keep from one transaction to the next.
KEPT = """
    SELECT (SELECT count(*) FROM pg_prepared_statements),
        (SELECT count(*) FROM pg_cursors WHERE is_holdable),
        (SELECT count(*) FROM pg_listening_channels()),
        pg_my_temp_schema()::int,
        (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'),
        (SELECT array_agg(name) FROM pg_settings WHERE source = 'session'
            AND name NOT IN ('application_name', 'client_encoding', 'DateStyle', 'TimeZone',
                'standard_conforming_strings'))
"""
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason=NO_POOLER)


@dataclass
class Pooled:
    """The installation through the pooler and beside it, and tokens of two people."""

    land: Land
    through: str
    addresses: list[str]
    tokens: list[str]
    accounts: list[str]


def staff() -> Iterator[str]:
    """Two people of all groups, so that one walks a case and the other reviews it."""
    for login in ("walker", "reviewer"):
        people.add(login, login, groups=DESK, by=SYSTEM)
        yield people.issue_token(login, by=SYSTEM)


@pytest.fixture
def pooled(
    cluster: Cluster, template: str, _app: Flask, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pooled]:
    folder = tmp_path_factory.mktemp("pooled")
    with _copy(cluster, template) as database, ExitStack() as closing:
        more = {"FILES_URL": f"file://{folder / 'shared'}"}
        plain = Land(cluster, database, folder / "a", more)
        found(plain)
        with entered(plain):
            tokens, accounts = list(staff()), free_accounts()
        through = closing.enter_context(pooler(cluster, database, SERVER_CONNECTIONS))
        direct = cluster.environment(database)["DATABASE_URL"]
        more |= {"DATABASE_URL": through, "DATABASE_DIRECT_URL": direct}
        first = replace(plain, more=more)
        lands = [first, *(hand_over(first, folder / name) for name in "bc")]
        closing.enter_context(work(first))
        hosts = closing.enter_context(serve(*lands))
        yield Pooled(plain, through, [host.address for host in hosts], tokens, accounts)


def test_whole_transfers_of_many_clerks_through_four_connections(pooled: Pooled) -> None:
    def walk(account: str) -> str:
        by, reviewer = (Remote(token, cycle(pooled.addresses)) for token in pooled.tokens)
        done = transfer(by, reviewer, account)
        return str(done["outcome"])

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(walk, pooled.accounts[:12]))
    assert outcomes == ["transferred"] * 12
    assert kept_by_sessions(pooled) == {(0, 0, 0, 0, 0, None)}
    assert pooled.land.json("audit", "verify")["ok"]
    with psycopg.connect(pooled.land.settings.database_url) as look:
        assert look.execute(DEADLOCKS).fetchone() == (0,)
        # What each end began by a job was begun: the worker hears beside the pooler.
        filed = "SELECT count(*) = 12 FROM cases WHERE procedure = 'archive_filing'"
        wait_for(lambda: bool(look.execute(filed).fetchone()[0]), 60)  # type: ignore[index]


def kept_by_sessions(pooled: Pooled) -> set[tuple[object, ...]]:
    """What stands in the sessions of all connections of the pool, held at once."""
    with ExitStack() as closing:
        looks = [
            closing.enter_context(psycopg.connect(pooled.through, prepare_threshold=None))
            for _ in range(SERVER_CONNECTIONS)
        ]
        for look in looks:
            look.execute("SELECT 1")
        pids = {look.execute("SELECT pg_backend_pid()").fetchone() for look in looks}
        assert len(pids) == SERVER_CONNECTIONS
        return {tuple(look.execute(KEPT).fetchone() or ()) for look in looks}
