"""Signed checkpoints over the heads of all chains, and what they prove.

A checkpoint holds the head of every chain that grew since the one before. A chain that is rewritten
as a whole, or that is gone with its subject, no longer agrees with it; and who rewrites the
checkpoint too cannot sign it (Ed25519, RFC 8032).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import psycopg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.texts import T, Text

# A command may begin before a checkpoint and end after it; none takes so long.
OVERLAP = timedelta(hours=1)
KEY_ID = 8
COLUMNS = "number, at, subjects, digest, previous, key_id, signature"
Row = Sequence[Any]

# The advisory lock lets one checkpoint be made at a time; the number stands under it.
LOCK = "SELECT pg_advisory_xact_lock(hashtext('checkpoints'))"
LAST = f"SELECT {COLUMNS} FROM checkpoints ORDER BY number DESC LIMIT 1"
HEADS = """
INSERT INTO checkpoint_heads (number, subject_kind, subject_key, seq, head)
SELECT %(number)s, t.subject_kind, t.subject_key, t.seq, t.hash FROM (
    SELECT DISTINCT ON (subject_kind, subject_key) subject_kind, subject_key, seq, hash
    FROM trail WHERE at >= %(since)s ORDER BY subject_kind, subject_key, seq DESC) t
WHERE NOT EXISTS (
    SELECT FROM checkpoint_heads c WHERE c.subject_kind = t.subject_kind
    AND c.subject_key = t.subject_key AND c.seq >= t.seq)
"""
OF_NUMBER = (
    "SELECT subject_kind, subject_key, seq, head FROM checkpoint_heads"
    " WHERE number = %s ORDER BY subject_kind, subject_key"
)
OF_SUBJECTS = (
    "SELECT subject_kind, subject_key, seq, head FROM checkpoint_heads"
    " ORDER BY subject_kind, subject_key, seq"
)


@dataclass(frozen=True)
class Checkpoint:
    """What was signed: its number, the moment, how many heads, their digest, the one before."""

    number: int
    at: datetime
    subjects: int
    digest: bytes
    previous: bytes
    key_id: str
    signature: bytes

    @property
    def message(self) -> bytes:
        """The bytes under the signature: canonical JSON (keys sorted, UTF-8, times in UTC)."""
        said = {
            "number": self.number,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "subjects": self.subjects,
            "digest": self.digest.hex(),
            "previous": self.previous.hex(),
            "key_id": self.key_id,
        }
        return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)

    @property
    def name(self) -> bytes:
        """What the next one names it by: SHA-256 over message and signature."""
        return hashlib.sha256(self.message + self.signature).digest()

    @property
    def line(self) -> bytes:
        """One line of the record that is kept outside the database (JSON)."""
        given = orjson.loads(self.message) | {"signature": self.signature.hex()}
        return orjson.dumps(given, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def read_line(line: bytes | str) -> Checkpoint:
    """A line of the outside record; raises ValueError when it is none."""
    given = orjson.loads(line)
    try:
        return Checkpoint(
            given["number"],
            datetime.fromisoformat(given["at"]),
            given["subjects"],
            bytes.fromhex(given["digest"]),
            bytes.fromhex(given["previous"]),
            given["key_id"],
            bytes.fromhex(given["signature"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(line) from error


def key_id(key: Ed25519PublicKey) -> str:
    """The name of a key: the first bytes of its hash, as hex."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[: 2 * KEY_ID]


def digest(heads: Iterable[Row]) -> bytes:
    """SHA-256 over the heads, each ``kind TAB key TAB seq TAB head LF``, in order of the first."""
    sums = hashlib.sha256()
    for kind, key, seq, head in heads:
        sums.update(f"{kind}\t{key}\t{seq}\t{bytes(head).hex()}\n".encode())
    return sums.digest()


def make(
    connection: psycopg.Connection[Any], at: datetime, key: Ed25519PrivateKey, *, whole: bool
) -> Checkpoint | None:
    """Sign the heads of what grew since the last checkpoint; None when nothing did.

    ``whole`` looks at the whole trail, not only at what is new by its time.
    """
    connection.execute(LOCK)
    last = _last(connection)
    since = last.at - OVERLAP if last and not whole else datetime(1, 1, 1, tzinfo=UTC)
    number = last.number + 1 if last else 1
    subjects = connection.execute(HEADS, {"number": number, "since": since}).rowcount
    if not subjects:
        return None
    made = _signed(connection, number, at, subjects, last.name if last else b"", key)
    places = ",".join(["%s"] * 7)
    connection.execute(
        f"INSERT INTO checkpoints ({COLUMNS}) VALUES ({places})", tuple(vars(made).values())
    )
    return made


def _last(connection: psycopg.Connection[Any]) -> Checkpoint | None:
    row = connection.execute(LAST).fetchone()
    return Checkpoint(*row) if row else None


def _signed(
    connection: psycopg.Connection[Any],
    number: int,
    at: datetime,
    subjects: int,
    previous: bytes,
    key: Ed25519PrivateKey,
) -> Checkpoint:
    heads = digest(connection.execute(OF_NUMBER, (number,)))
    unsigned = Checkpoint(number, at, subjects, heads, previous, key_id(key.public_key()), b"")
    return Checkpoint(**{**vars(unsigned), "signature": key.sign(unsigned.message)})


Problem = tuple[int, Text]


def problems(
    connection: psycopg.Connection[Any],
    trusted: Mapping[str, Ed25519PublicKey],
    outside: Iterable[Checkpoint] = (),
) -> Iterator[Problem]:
    """Number and text of each checkpoint that does not hold.

    ``trusted``: public keys by their names; ``outside``: the record kept outside the database.
    """
    kept: dict[int, set[Checkpoint]] = {}
    for checkpoint in outside:
        kept.setdefault(checkpoint.number, set()).add(checkpoint)
    before: Checkpoint | None = None
    seen: set[int] = set()
    for row in connection.execute(f"SELECT {COLUMNS} FROM checkpoints ORDER BY number").fetchall():
        found = Checkpoint(*row)
        text = (
            _against_last(found, before)
            or _against_key(found, trusted)
            or _against_heads(connection, found)
            or _against_kept(found, kept.get(found.number, {found}))
        )
        if text:
            yield found.number, text
        before = found
        seen.add(found.number)
    for number in sorted(kept.keys() - seen):
        yield number, T("库外留存的检查点 {number} 在库中缺失。", number=number)


def _against_last(found: Checkpoint, before: Checkpoint | None) -> Text | None:
    number, name = (before.number, before.name) if before else (0, b"")
    if found.number != number + 1:
        return T("检查点 {number} 缺失。", number=number + 1)
    if found.previous != name:
        return T("检查点 {number} 与前一个不相接。", number=found.number)
    return None


def _against_key(found: Checkpoint, trusted: Mapping[str, Ed25519PublicKey]) -> Text | None:
    key = trusted.get(found.key_id)
    if key is None:
        return T("检查点 {number} 由不受信任的密钥签署。", number=found.number)
    try:
        key.verify(found.signature, found.message)
    except InvalidSignature:
        return T("检查点 {number} 的签名不符。", number=found.number)
    return None


def _against_heads(connection: psycopg.Connection[Any], found: Checkpoint) -> Text | None:
    if digest(connection.execute(OF_NUMBER, (found.number,))) != found.digest:
        return T("检查点 {number} 所列的链尾被改动。", number=found.number)
    return None


def _against_kept(found: Checkpoint, kept: set[Checkpoint]) -> Text | None:
    if kept != {found}:
        return T("检查点 {number} 与库外留存的不同。", number=found.number)
    return None
