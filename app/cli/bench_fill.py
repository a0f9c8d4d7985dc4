"""``flask bench fill``: an archive of years in a kept installation, loaded by COPY.

Each case is a copy of one that commands made: under a number, a data key and names of its own, its
chain computed anew, so that it opens, moves on and verifies as the first one does.
"""

from __future__ import annotations

import json
import secrets
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import click
import orjson
import psycopg
from flask import Flask
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from app import audit, cases, sealing
from app.cli.bench_house import KEPT, installation, learn, opened
from app.cli.bench_http import actor, furnish
from app.cli.bench_load import ANSWERS
from app.cli.groups import bench as group
from app.db import db, raw
from tools.postgres import write_secret

PORTION = 2_000
REGIONS = ("城东", "城南", "城西", "城北", "开发区")
# What a name, a phone and its end are looked up by (``cases.facts``).
FOUND_BY = ("name", "phone", "phone4")


@click.command("fill")
@click.option("--tasks", default=200_000, show_default=True, help="待办任务数（一件一个）")
@click.option("--trail", default=10_000_000, show_default=True, help="履历条数")
@click.option("--json", "as_json", is_flag=True, help="印出 JSON（本命令总是如此）")
def fill(tasks: int, trail: int, as_json: bool) -> None:
    """在自己的数据库里装满案件与履历，留给 bench search 和 bench http --filled；不碰业务数据。"""
    del as_json
    click.echo(json.dumps(measure(tasks, trail)))


def register(_app: Flask) -> None:
    """Add the command to its group."""
    group.add_command(fill)


def measure(tasks: int, trail: int) -> dict[str, Any]:
    """Fill the kept installation anew; gives rows, seconds and bytes."""
    with installation(KEPT, anew=True) as (environment, _server):
        with opened(environment):
            began = time.monotonic()
            mould = _mould(furnish(5, password_of(environment)))
            db.session.remove()
            with psycopg.connect(environment["DATABASE_OWNER_URL"], autocommit=True) as owner:
                for first in range(0, tasks, PORTION):
                    which = range(first, min(first + PORTION, tasks))
                    with owner.transaction():
                        _copy(owner, mould, which, trail // tasks)
            learn(environment)
        taken = round(time.monotonic() - began, 1)
        return {"rows": rows_of(environment), "bytes": _size(environment), "seconds": taken}


def password_of(environment: dict[str, str]) -> str:
    """The password of all clerks of the kept installation."""
    file = Path(environment["VAR"]) / "secrets" / "bench.password"
    if not file.exists():
        write_secret(file, secrets.token_urlsafe(12))
    return file.read_text()


def rows_of(environment: dict[str, str]) -> dict[str, int]:
    """How many rows the large tables of the kept installation have."""
    tables = ("cases", "tasks", "trail", "case_names")
    counts = ", ".join(f"(SELECT count(*) FROM {name})" for name in tables)
    return dict(zip(tables, _one(environment, f"SELECT {counts}"), strict=True))


def _size(environment: dict[str, str]) -> int:
    return int(_one(environment, "SELECT pg_database_size(current_database())")[0])


def _one(environment: dict[str, str], statement: LiteralString) -> tuple[Any, ...]:
    with psycopg.connect(environment["DATABASE_OWNER_URL"]) as owner:
        row = owner.execute(statement).fetchone()
    assert row is not None
    return row


@dataclass(frozen=True)
class Mould:
    """A case that waits at its second step: its rows, and open what is sealed in them."""

    case: dict[str, Any]
    task: dict[str, Any]
    state: bytes
    entries: list[tuple[Any, ...]]
    until: datetime


def _mould(token: str) -> Mould:
    """Made by the same commands as every case."""
    clerk = actor(token)
    moved = cases.start("bench_linear", {}, by=clerk)
    task = moved.tasks[0].id
    cases.submit_task(task, ANSWERS, by=clerk, money="fen")
    (task,) = (t.id for t in cases.case(clerk, moved.number).tasks if t.status == "open")
    cases.claim(task, by=clerk)
    cases.release(task, by=clerk)
    return _read(moved.number)


def _read(number: str) -> Mould:
    connection = raw()
    with connection.cursor(row_factory=dict_row) as cursor:
        case = cursor.execute("SELECT * FROM cases WHERE number = %s", [number]).fetchone()
        assert case
        task = cursor.execute(
            "SELECT * FROM tasks WHERE case_id = %s AND status = 'open'", [case["id"]]
        ).fetchone()
        assert task
    entries = connection.execute(
        f"SELECT {','.join(audit.COLUMNS[:-2])}, body::text, sealed::text FROM trail"
        " WHERE subject_key = %s ORDER BY seq",
        [number],
    ).fetchall()
    # What is sealed belongs to the key of the case; the others can be told of any.
    plain = [tuple(row) for row in entries if row[-1] is None]
    state = sealing.unseal(case["key_id"], bytes(case["state"]), number.encode())
    return Mould(case, task, state, plain, case["started_at"])


@dataclass(frozen=True)
class Copy:
    """The ``n``-th copy: what it is known and found by."""

    n: int

    @property
    def number(self) -> str:
        """Of the case."""
        return f"LC{self.n:09}"

    @property
    def id(self) -> int:
        """Of the row."""
        return 1_000_000_000 + self.n

    @property
    def region(self) -> str:
        """One of five."""
        return REGIONS[self.n % 5]

    @property
    def address(self) -> str:
        """One of a kind."""
        return f"{self.region}区试桐路{self.n}号"

    @property
    def reason(self) -> str:
        """What was entered in it: in every second one the same, in the others one of a kind."""
        return f"事由{self.n}" if self.n % 2 else ANSWERS["reason"]

    def names(self) -> list[tuple[str, str]]:
        """Invented, one of a kind but for the last four digits of the phone."""
        phone = f"1990{self.n:07}"
        return list(zip(FOUND_BY, (f"测{self.n:07}", phone, phone[-4:]), strict=True))


@dataclass(frozen=True)
class Clone(Copy):
    """A copy with its rows. ``length``: entries of its chain."""

    key: sealing.KeyRow
    mould: Mould
    length: int

    @property
    def at(self) -> datetime:
        """Half a minute apart, within the last three weeks."""
        return self.mould.until - timedelta(seconds=30 * self.n % 2_000_000)

    def entries(self) -> Iterator[tuple[Any, ...]]:
        """Its chain, each with its hash last."""
        head = audit.GENESIS
        for seq in range(1, self.length + 1):
            plain = self.mould.entries[seq % len(self.mould.entries)]
            at = self.at + timedelta(seconds=seq)
            row = (at, "case", self.number, seq, head, *plain[5:13], self.number, *plain[14:])
            head = audit.link(head, audit.canonical(row))
            yield (*row, head)

    def case(self, head: bytes) -> dict[str, Any]:
        """Its row."""
        name, phone, _ = (value for _, value in self.names())
        card = orjson.dumps({"name": name, "phone": phone})
        return {
            **self.mould.case, "id": self.id, "number": self.number, "key_id": self.key.id,
            "state": self._sealed(self.mould.state), "card": self._sealed(card),
            "region": self.region, "address": self.address,
            "open_vars": {**self.mould.case["open_vars"], "reason": self.reason},
            "started_at": self.at, "due_at": self.at + timedelta(days=self.n % 40),
            "chain_seq": self.length, "chain_head": head,
        }  # fmt: skip

    def _sealed(self, value: bytes) -> bytes:
        return sealing.seal_with(self.key.key, value, self.number.encode())

    def task(self) -> dict[str, Any]:
        """Its open step."""
        return {
            **self.mould.task, "id": self.id * 1000, "case_id": self.id,
            "region": self.region, "created_at": self.at,
            "due_at": self.at + timedelta(days=self.n % 40),
        }  # fmt: skip


def _copy(owner: psycopg.Connection[Any], mould: Mould, which: range, length: int) -> None:
    clones = [Clone(n, sealing.key_row("case"), mould, length) for n in which]
    trails = [list(one.entries()) for one in clones]
    heads = [rows[-1][-1] if rows else audit.GENESIS for rows in trails]
    _load(
        owner, "data_keys", ("id", "kind", "wrapped", "master_id"), [c.key.values for c in clones]
    )
    _load_dicts(owner, "cases", [c.case(head) for c, head in zip(clones, heads, strict=True)])
    _load_dicts(owner, "tasks", [one.task() for one in clones])
    hashes = [
        (sealing.keyed_hash(kind, value), kind, one.id)
        for one in clones
        for kind, value in one.names()
    ]
    _load(owner, "case_names", ("hash", "kind", "case_id"), hashes)
    _load(owner, "trail", (*audit.COLUMNS, "hash"), (row for rows in trails for row in rows))


def _load_dicts(owner: psycopg.Connection[Any], table: str, rows: list[dict[str, Any]]) -> None:
    names = tuple(rows[0])
    _load(owner, table, names, (tuple(_plain(row[name]) for name in names) for row in rows))


def _plain(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict) else value


def _load(owner: psycopg.Connection[Any], table: str, names: tuple[str, ...], rows: Any) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(",").join(map(sql.Identifier, names))
    )
    with owner.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(tuple(_text(value) for value in row))


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, uuid.UUID) else value
