"""What a signed checkpoint proves: rewritten chains, vanished cases, a key that is not ours."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask

from app import audit, checkpoints
from app.audit.checkpoint import OF_NUMBER, digest
from app.audit.entry import canonical
from app.config import settings
from app.db import db
from app.errors import Refused
from app.work import SYSTEM, Work, command, ledger

Owner = psycopg.Connection[Any]


@command
def note(work: Work, name: str, n: int) -> None:
    work.record(ledger(name), "ledger:note", after={"n": n})


@pytest.fixture
def owner(fresh: Flask) -> Iterator[Owner]:
    """The owner's connection: two chains of three, a checkpoint, one entry more, another one."""
    assert fresh
    checkpoints.record().unlink(missing_ok=True)
    for name in ("one", "two"):
        for n in range(3):
            note(name, n, by=SYSTEM)
    assert checkpoints.make(by=SYSTEM)
    note("two", 3, by=SYSTEM)
    assert checkpoints.make(by=SYSTEM)
    db.session.rollback()
    with psycopg.connect(settings().database_owner_url, autocommit=True) as connection:
        yield connection


def verified(
    keys: tuple[Path, ...] = (), outside: list[audit.Checkpoint] | None = None
) -> list[tuple[str, int, str]]:
    kept = checkpoints.recorded() if outside is None else outside
    with psycopg.connect(settings().database_auditor_url) as connection:
        found = audit.verify(connection, trusted=checkpoints.trusted(keys), outside=kept)
    return [(f.subject, f.seq, f.kind) for f in found.findings]


def rewrite(owner: Owner, key: str, since: int) -> None:
    """What somebody with all rights would do: a chain changed and hashed again, head and all."""
    shown = [f"{c}::text" if c in ("body", "sealed") else c for c in audit.COLUMNS]
    owner.execute(
        'UPDATE trail SET body = \'{"after":{"n":99}}\' WHERE subject_key = %s AND seq = %s',
        (key, since),
    )
    where = "WHERE subject_kind = 'ledger' AND subject_key = %s"
    rows = owner.execute(f"SELECT {','.join(shown)} FROM trail {where} ORDER BY seq", (key,))
    head = b""
    for row in rows.fetchall():
        changed = [*row]
        changed[4] = head
        new = hashlib.sha256(head + canonical(changed)).digest()
        owner.execute(
            f"UPDATE trail SET prev_hash = %s, hash = %s {where} AND seq = %s",
            (head, new, key, row[3]),
        )
        head = new
    owner.execute("UPDATE ledgers SET chain_head = %s WHERE name = %s", (head, key))


@pytest.mark.usefixtures("owner")
def test_what_nobody_touched_holds() -> None:
    assert verified() == []


@pytest.mark.usefixtures("owner")
def test_a_checkpoint_holds_only_what_grew() -> None:
    first, second = checkpoints.recorded()
    assert (first.subjects, second.subjects) == (2, 1)
    assert second.previous == first.name
    assert checkpoints.make(by=SYSTEM) is None
    assert checkpoints.make(by=SYSTEM, whole=True) is None


def test_a_chain_rewritten_as_a_whole_is_named(owner: Owner) -> None:
    rewrite(owner, "one", 2)
    assert verified() == [("ledger:one", 3, "checkpoint")]


def test_without_checkpoints_the_rewritten_chain_would_pass(owner: Owner) -> None:
    rewrite(owner, "one", 2)
    owner.execute("DELETE FROM checkpoint_heads")
    owner.execute("DELETE FROM checkpoints")
    assert verified(outside=[]) == []
    gone = [("checkpoint:1", 1, "checkpoint"), ("checkpoint:2", 2, "checkpoint")]
    assert verified() == gone


def test_a_subject_gone_with_all_its_entries_is_named(owner: Owner) -> None:
    owner.execute("DELETE FROM trail WHERE subject_key = 'one'")
    owner.execute("DELETE FROM ledgers WHERE name = 'one'")
    assert verified() == [("ledger:one", 1, "cut")]


def test_an_end_cut_off_together_with_the_head_is_named(owner: Owner) -> None:
    owner.execute("DELETE FROM trail WHERE subject_key = 'two' AND seq = 4")
    owner.execute(
        "UPDATE ledgers SET chain_seq = 3, chain_head = (SELECT hash FROM trail"
        " WHERE subject_key = 'two' AND seq = 3) WHERE name = 'two'"
    )
    assert verified() == [("ledger:two", 4, "cut")]


def test_an_entry_put_in_between_is_named(owner: Owner) -> None:
    owner.execute("UPDATE trail SET seq = seq + 1 WHERE subject_key = 'one' AND seq > 2")
    columns = ",".join(c for c in audit.COLUMNS if c != "seq")
    owner.execute(
        f"INSERT INTO trail ({columns}, seq, hash) SELECT {columns}, 3, hash FROM trail"
        " WHERE subject_key = 'one' AND seq = 2"
    )
    assert verified() == [("ledger:one", 3, "altered")]


def test_a_head_changed_in_the_checkpoint_too_breaks_its_digest(owner: Owner) -> None:
    rewrite(owner, "one", 2)
    owner.execute(
        "UPDATE checkpoint_heads SET head = (SELECT chain_head FROM ledgers WHERE name = 'one')"
        " WHERE subject_key = 'one'"
    )
    assert verified() == [("checkpoint:1", 1, "checkpoint")]


def resign(owner: Owner, number: int, key: Ed25519PrivateKey) -> None:
    """Sign a checkpoint again by another key, over the heads that stand there now."""
    row = owner.execute(
        "SELECT number, at, subjects, digest, previous, key_id, signature FROM checkpoints"
        " WHERE number = %s",
        (number,),
    ).fetchone()
    assert row
    heads = digest(owner.execute(OF_NUMBER, (number,)))
    name = audit.key_id(key.public_key())
    made = audit.Checkpoint(number, row[1], row[2], heads, row[4], name, b"")
    owner.execute(
        "UPDATE checkpoints SET digest = %s, key_id = %s, signature = %s WHERE number = %s",
        (heads, name, key.sign(made.message), number),
    )


def test_a_checkpoint_signed_by_another_key_is_named(owner: Owner) -> None:
    rewrite(owner, "two", 1)
    owner.execute(
        "UPDATE checkpoint_heads SET head = (SELECT hash FROM trail t WHERE t.subject_key = 'two'"
        " AND t.seq = checkpoint_heads.seq) WHERE subject_key = 'two'"
    )
    resign(owner, 2, Ed25519PrivateKey.generate())
    assert ("checkpoint:2", 2, "checkpoint") in verified(outside=[])


def test_a_signature_that_names_our_key_must_be_ours(owner: Owner) -> None:
    owner.execute("UPDATE checkpoints SET subjects = subjects + 1 WHERE number = 2")
    assert verified(outside=[]) == [("checkpoint:2", 2, "checkpoint")]


def test_the_last_checkpoint_taken_away_is_seen_by_the_record_outside(owner: Owner) -> None:
    owner.execute("DELETE FROM checkpoint_heads WHERE number = 2")
    owner.execute("DELETE FROM checkpoints WHERE number = 2")
    assert verified(outside=[]) == []
    assert verified() == [("checkpoint:2", 2, "checkpoint")]


@pytest.mark.usefixtures("owner")
def test_the_auditors_copy_of_the_key_is_enough(tmp_path: Path) -> None:
    ours, other = tmp_path / "ours.pem", tmp_path / "other.pem"
    ours.write_bytes(checkpoints.public_pem())
    assert verified((ours,)) == []
    kept = checkpoints.key_file().read_bytes()
    checkpoints.key_file().unlink()
    other.write_bytes(checkpoints.public_pem())
    assert {found[0] for found in verified((other,))} == {"checkpoint:1", "checkpoint:2"}
    checkpoints.key_file().write_bytes(kept)


@pytest.mark.usefixtures("owner")
def test_a_host_without_the_key_signs_nothing_by_one_of_its_own() -> None:
    kept = checkpoints.key_file().read_bytes()
    checkpoints.key_file().unlink()
    note("two", 4, by=SYSTEM)
    with pytest.raises(Refused, match=r"checkpoint\.key"):
        checkpoints.make(by=SYSTEM)
    assert {found[0] for found in verified()} == {"checkpoint:1", "checkpoint:2"}
    assert not checkpoints.key_file().exists(), "neither to sign nor to verify"
    checkpoints.public_pem()
    with pytest.raises(Refused):
        checkpoints.make(by=SYSTEM)
    checkpoints.key_file().write_bytes(kept)
    assert checkpoints.make(by=SYSTEM)
    assert verified() == []


@pytest.mark.usefixtures("owner")
def test_the_key_is_nobody_elses_to_read() -> None:
    assert checkpoints.key_file().stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("table", ["checkpoints", "checkpoint_heads"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET number = 9", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.usefixtures("owner")
def test_the_application_may_not_change_a_checkpoint(table: str, deed: str) -> None:
    with (
        psycopg.connect(settings().database_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(deed.format(table))
