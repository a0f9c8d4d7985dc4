"""What was done to a chain is found and named; what was not is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
from flask import Flask

from app import audit
from app.config import settings
from app.db import db, raw
from app.work import SYSTEM, Actor, Work, command, ledger, now

Owner = psycopg.Connection[Any]
STAFF = Actor(7, "linqi", "林栖", channel="api", behalf_of=8, address="10.0.0.7")


@command
def note(work: Work, name: str, n: int) -> None:
    work.record(
        ledger(name), "ledger:note", before={"n": n - 1}, after={"n": n, "text": "周禾清㛃𠮷"},
        case="GH20261102-0001", procedure="meter_transfer", version=3, release=9,
        element="accept", clause=["WIN-10", "SVC-1"], group="window_clerk", comment="好",
        sealed={"name": b"\x01\x02"}, hashes={"paper.pdf": "ab" * 32},
    )  # fmt: skip


@pytest.fixture
def owner(fresh: Flask) -> Iterator[Owner]:
    """The owner's connection to a database with three chains of five entries."""
    assert fresh
    for name in ("one", "three", "two"):
        for n in range(1, 6):
            note(name, n, by=STAFF)
    db.session.rollback()
    with psycopg.connect(settings().database_owner_url, autocommit=True) as connection:
        yield connection


def verified() -> audit.Outcome:
    with psycopg.connect(settings().database_auditor_url) as connection:
        return audit.verify(connection)


def first() -> tuple[str, int, str]:
    findings = verified().findings
    assert findings, "nothing was found"
    return findings[0].subject, findings[0].seq, findings[0].kind


@pytest.mark.usefixtures("owner")
def test_whole_chains_hold() -> None:
    assert verified() == audit.Outcome(15, 3, [])


CHANGES = {
    "at": "at + interval '1 microsecond'", "position": "position + 1", "actor_id": "8",
    "actor_login": "'Linqi'", "behalf_of": "NULL", "as_group": "'cashier'", "channel": "'web'",
    "address": "'10.0.0.8'", "action": "'ledger:nots'", "case_number": "'GH20261102-0002'",
    "procedure": "NULL", "version": "'4'", "release": "'8'", "element": "''", "clause": "'WIN-10'",
    "comment": "'好 '", "body": "replace(body::text, '㛃', '甲')::json",
    "sealed": "replace(sealed::text, 'AQI=', 'AQM=')::json",
    "prev_hash": "set_byte(prev_hash, 31, (get_byte(prev_hash, 31) + 1) % 256)",
    "hash": "set_byte(hash, 0, (get_byte(hash, 0) + 1) % 256)",
}  # fmt: skip


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_byte_of_any_column_is_named(owner: Owner, column: str) -> None:
    where = "subject_key = 'three' AND seq = 3"
    changed = owner.execute(f"UPDATE trail SET {column} = {CHANGES[column]} WHERE {where}")
    assert changed.rowcount == 1
    assert first() == ("ledger:three", 3, "altered")


def test_all_columns_are_tried() -> None:
    assert set(CHANGES) == {*audit.COLUMNS, "hash"} - {"subject_kind", "subject_key", "seq"}


def test_white_space_in_the_body_counts_too(owner: Owner) -> None:
    owner.execute(
        "UPDATE trail SET body = (body::text || ' ')::json WHERE subject_key = 'two' AND seq = 1"
    )
    assert first() == ("ledger:two", 1, "altered")


def _delete(seq: int) -> Callable[[Owner], Any]:
    return lambda owner: owner.execute(
        "DELETE FROM trail WHERE subject_key = 'three' AND seq = %s", [seq]
    )


def _swap(owner: Owner) -> None:
    owner.execute(
        "UPDATE trail SET seq = CASE seq WHEN 2 THEN 3 ELSE 2 END "
        "WHERE subject_key = 'three' AND seq IN (2, 3)"
    )


def _swap_contents(owner: Owner) -> None:
    owner.execute(
        "UPDATE trail t SET body = o.body FROM trail o WHERE t.subject_key = 'three' "
        "AND o.subject_key = 'three' AND (t.seq, o.seq) IN ((2, 3), (3, 2))"
    )


def _copy(owner: Owner) -> None:
    owner.execute(
        "INSERT INTO trail SELECT (jsonb_populate_record(t, jsonb_build_object("
        "'at', t.at + interval '1 second'))).* FROM trail t "
        "WHERE subject_key = 'three' AND seq = 4"
    )


def _move(owner: Owner) -> None:
    owner.execute(
        "UPDATE trail SET subject_key = 'two', seq = 6 WHERE subject_key = 'three' AND seq = 5"
    )


def _forget(owner: Owner) -> None:
    owner.execute("DELETE FROM ledgers WHERE name = 'three'")


def _rewind(owner: Owner) -> None:
    owner.execute("UPDATE ledgers SET chain_seq = 4 WHERE name = 'three'")


def _rewrite_head(owner: Owner) -> None:
    owner.execute("UPDATE ledgers SET chain_head = '\\x00' WHERE name = 'three'")


def _empty(owner: Owner) -> None:
    owner.execute("DELETE FROM trail WHERE subject_key = 'three'")


def _empty_last(owner: Owner) -> None:
    owner.execute("DELETE FROM trail WHERE subject_key = 'two'")


def _rename_kind(owner: Owner) -> None:
    owner.execute("UPDATE trail SET subject_kind = 'nothing' WHERE subject_key = 'three'")


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (_delete(1), ("ledger:three", 1, "missing")),
        (_delete(3), ("ledger:three", 3, "missing")),
        (_delete(5), ("ledger:three", 5, "cut")),
        (_swap, ("ledger:three", 2, "altered")),
        (_swap_contents, ("ledger:three", 2, "altered")),
        (_copy, ("ledger:three", 4, "duplicate")),
        (_move, ("ledger:three", 5, "cut")),
        (_forget, ("ledger:three", 5, "orphan")),
        (_rewind, ("ledger:three", 5, "head")),
        (_rewrite_head, ("ledger:three", 5, "head")),
        (_empty, ("ledger:three", 1, "cut")),
        (_empty_last, ("ledger:two", 1, "cut")),
        (_rename_kind, ("ledger:three", 1, "cut")),
    ],
)
def test_tampering_is_named(owner: Owner, tamper: Any, expected: tuple[str, int, str]) -> None:
    tamper(owner)
    assert first() == expected


@pytest.mark.usefixtures("owner")
def test_an_export_is_checked_without_a_database(tmp_path: Path) -> None:
    file = tmp_path / "trail.jsonl"
    assert audit.export(file) == 15
    assert audit.verify_export(file).findings == []
    good = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(good[1:]))
    assert audit.verify_export(file).findings == [], "it may begin within a chain"
    file.write_bytes(b"".join([*good[:2], *good[3:]]))
    assert [f.kind for f in audit.verify_export(file).findings] == ["missing"]
    changed = orjson.loads(good[2]) | {"actor_login": "nobody"}
    file.write_bytes(b"".join([*good[:2], orjson.dumps(changed) + b"\n", *good[3:]]))
    found = audit.verify_export(file).findings[0]
    assert (found.subject, found.seq, found.kind) == ("ledger:one", 3, "altered")


@pytest.mark.usefixtures("owner")
def test_an_export_takes_a_case_or_days(tmp_path: Path) -> None:
    file = tmp_path / "trail.jsonl"
    assert audit.export(file, case="GH20261102-0001") == 15
    assert audit.export(file, case="GH20261102-0002") == 0
    assert audit.export(file, since=now() - timedelta(hours=1)) == 15
    assert audit.export(file, until=now() - timedelta(hours=1)) == 0


@pytest.mark.usefixtures("owner")
def test_the_command_line_names_the_first_and_exits_1(owner: Owner, fresh: Flask) -> None:
    from app.cli import audit as commands

    run = fresh.test_cli_runner().invoke
    good = run(commands.group, ["verify", "--json"])
    assert (good.exit_code, orjson.loads(good.output)["entries"]) == (0, 15)
    _delete(3)(owner)
    bad = run(commands.group, ["verify", "--json"])
    assert bad.exit_code == 1
    assert orjson.loads(bad.output)["first"]["seq"] == 3


def test_partitions_are_made_ahead_and_back_and_are_closed_to_changes(fresh: Flask) -> None:
    assert fresh
    assert audit.ensure_partitions() == 0, "the migration made this month and three more"
    assert audit.ensure_partitions(ahead=5) == 2
    assert audit.ensure_partitions(date(2025, 11, 30), ahead=0) == 2
    assert audit.ensure_partitions(datetime(2025, 11, 30, tzinfo=UTC)) == 0
    note("old", 1, by=SYSTEM, at=datetime(2025, 11, 1, tzinfo=UTC))
    note("old", 2, by=SYSTEM, at=datetime(2025, 12, 1, tzinfo=UTC) - timedelta(microseconds=1))
    assert raw().execute("SELECT count(*) FROM trail").fetchone() == (2,)
    for sql in ("DELETE FROM trail_2025_11", "SELECT 1 FROM trail_2025_11"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw().execute(sql)
        db.session.rollback()


@pytest.mark.usefixtures("fresh")
def test_the_application_cannot_ask_for_endless_partitions() -> None:
    for ahead, since in ((25, None), (-1, None), (3, date(1999, 12, 31))):
        with pytest.raises(psycopg.errors.RaiseException):
            audit.ensure_partitions(since, ahead)


@pytest.mark.usefixtures("owner")
def test_the_auditor_reads_and_does_nothing_else() -> None:
    with psycopg.connect(settings().database_auditor_url, autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM trail").fetchone() == (15,)
        for sql in (
            "DELETE FROM trail",
            "UPDATE ledgers SET chain_seq = 0",
            "INSERT INTO ledgers (name) VALUES ('x')",
            "SELECT ensure_trail_partitions(3)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(sql)
