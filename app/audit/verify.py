"""Checking the chains: names the first entry of each that does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain as joined
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson
import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from psycopg import sql

from app.audit.chain import GENESIS, Kind, kinds, link
from app.audit.checkpoint import OF_SUBJECTS, Checkpoint, problems
from app.audit.entry import AT, COLUMNS, HASH, KEY, KIND, PREVIOUS, SEQ, canonical
from app.db import raw
from app.texts import T, Text

BATCH = 5000
Name = tuple[str, str]
Claims = dict[int, bytes]


@dataclass(frozen=True)
class Finding:
    """What does not hold: subject (``kind:key``), number of the entry in its chain, what.

    Kinds: altered, link, missing, duplicate, cut (entries missing at the end), head (the head in
    the subject's row is another), orphan (the subject's row is gone), unknown (no such subject),
    checkpoint (not what was signed).
    """

    subject: str
    seq: int
    kind: str
    text: Text


@dataclass(frozen=True)
class Outcome:
    """What verify saw: how many entries and chains, and what does not hold."""

    entries: int
    chains: int
    findings: list[Finding]


@dataclass
class _Chain:
    """One chain as far as it was read."""

    subject: str
    seq: int = 0
    head: bytes = GENESIS
    finding: Finding | None = None

    def found(self, seq: int, kind: str, text: Text) -> None:
        if self.finding is None:
            self.finding = Finding(self.subject, seq, kind, text)


def _check_entry(chain: _Chain, row: Sequence[Any]) -> None:
    seq, previous, stored = row[SEQ], row[PREVIOUS], row[HASH]
    if seq == chain.seq and seq:
        chain.found(seq, "duplicate", T("第 {seq} 条履历重复。", seq=seq))
    elif seq != chain.seq + 1:
        chain.found(chain.seq + 1, "missing", T("第 {seq} 条履历缺失。", seq=chain.seq + 1))
    elif link(previous, canonical(row)) != stored:
        chain.found(seq, "altered", T("第 {seq} 条履历的内容被改动。", seq=seq))
    elif previous != chain.head:
        chain.found(seq, "link", T("第 {seq} 条履历与前一条不相接。", seq=seq))
    chain.seq, chain.head = seq, stored


def _check_head(chain: _Chain, said: Claims) -> None:
    if not said:
        chain.found(chain.seq, "orphan", T("履历所属的记录已不存在。"))
    elif max(said) > chain.seq:
        _found_cut(chain)
    elif said != {chain.seq: chain.head}:
        chain.found(chain.seq, "head", T("记录中的链尾与第 {seq} 条履历不符。", seq=chain.seq))


def _found_cut(chain: _Chain) -> None:
    chain.found(chain.seq + 1, "cut", T("末尾缺失：从第 {seq} 条起。", seq=chain.seq + 1))


def _entries_sql() -> sql.Composed:
    # As text: the very characters that were hashed.
    shown = [f"{c}::text" if c in ("body", "sealed") else c for c in COLUMNS]
    return sql.SQL("SELECT {},hash FROM trail ORDER BY subject_kind, subject_key, seq, at").format(
        sql.SQL(",".join(shown))
    )


def _heads_sql(known: Iterable[Kind]) -> sql.Composed:
    parts = [
        sql.SQL(
            'SELECT {} COLLATE "C", {}::text COLLATE "C", chain_seq, chain_head FROM {}'
            " WHERE chain_seq > 0"
        ).format(
            sql.Literal(kind.name),
            sql.Identifier(kind.key_column),
            sql.Identifier(kind.table.name),
        )
        for kind in known
    ]
    return sql.SQL("{} ORDER BY 1, 2").format(sql.SQL(" UNION ALL ").join(parts))


def _stream(
    connection: psycopg.Connection[Any], name: str, query: sql.SQL | sql.Composed
) -> Iterator[Sequence[Any]]:
    # Binary: the driver then copies bytes instead of reading hex.
    with connection.cursor(name=name) as cursor:
        cursor.itersize = BATCH
        yield from cursor.execute(query, binary=True)


def _name_of(row: Sequence[Any]) -> Name:
    return row[KIND], row[KEY]


class _Beside:
    """Rows of (kind, key, seq, head) read beside the chains, in the same order."""

    def __init__(self, rows: Iterator[Sequence[Any]]) -> None:
        self._groups = groupby(rows, lambda row: (row[0], row[1]))
        self._next: tuple[Name, Claims] | None = None
        self._advance()

    def before(self, name: Name | None) -> Iterator[Name]:
        """Subjects up to ``name`` (all the rest for None) of which no entry is left."""
        while self._next is not None and (name is None or self._next[0] < name):
            yield self._next[0]
            self._advance()

    def take(self, name: Name) -> Claims:
        """Head by number of the entry, as said of ``name``; empty when nothing is."""
        if self._next is None or self._next[0] != name:
            return {}
        said = self._next[1]
        self._advance()
        return said

    def _advance(self) -> None:
        name, rows = next(self._groups, (None, ()))
        self._next = (name, {row[2]: bytes(row[3]) for row in rows}) if name else None


class _Sides:
    """What else says how the chains must end: the subjects' own rows, and the checkpoints."""

    def __init__(self, connection: psycopg.Connection[Any], known: Iterable[Kind]) -> None:
        self.heads = _Beside(_stream(connection, "trail_heads", _heads_sql(known)))
        self.claims = _Beside(_stream(connection, "trail_claims", sql.SQL(OF_SUBJECTS)))

    def gone(self, name: Name | None) -> list[Finding]:
        """Subjects before ``name`` that one of the two knows and the trail does not."""
        names = {*self.heads.before(name), *self.claims.before(name)}
        return [Finding(":".join(n), 1, "cut", T("全部履历缺失。")) for n in sorted(names)]


def verify(
    connection: psycopg.Connection[Any] | None = None,
    seen: Callable[[int], object] = lambda _count: None,
    trusted: Mapping[str, Ed25519PublicKey] | None = None,
    outside: Iterable[Checkpoint] = (),
) -> Outcome:
    """Check every chain against itself, against the head in its subject's row, against checkpoints.

    Streams: memory does not grow with the trail. ``connection``: one snapshot (REPEATABLE READ)
    of a role that may read; else that of the running transaction. ``seen`` is told how many
    entries were read, chain by chain. ``trusted``: the public keys whose signatures count; without
    them the checkpoints are believed as they stand. ``outside``: the record kept elsewhere.
    """
    connection = connection or raw()
    known = kinds()
    sides = _Sides(connection, known.values())
    findings = _of_checkpoints(connection, trusted, outside)
    entries = chains = 0
    for name, rows in groupby(_stream(connection, "trail_entries", _entries_sql()), _name_of):
        findings += sides.gone(name)
        chain, count = _read_chain(name, rows, sides.claims.take(name))
        if name[0] in known:
            _check_head(chain, sides.heads.take(name))
        else:
            chain.found(1, "unknown", T("没有“{kind}”这类记录。", kind=name[0]))
        findings += [chain.finding] if chain.finding else []
        entries, chains = entries + count, chains + 1
        seen(entries)
    return Outcome(entries, chains, [*findings, *sides.gone(None)])


def _of_checkpoints(
    connection: psycopg.Connection[Any],
    trusted: Mapping[str, Ed25519PublicKey] | None,
    outside: Iterable[Checkpoint],
) -> list[Finding]:
    if trusted is None:
        return []
    wrong = problems(connection, trusted, outside)
    return [Finding(f"checkpoint:{number}", number, "checkpoint", text) for number, text in wrong]


def _read_chain(name: Name, rows: Iterable[Sequence[Any]], claims: Claims) -> tuple[_Chain, int]:
    chain = _Chain(":".join(name))
    count = 0
    for row in rows:
        _check_entry(chain, row)
        _check_claim(chain, claims)
        count += 1
    if claims and max(claims) > chain.seq:
        _found_cut(chain)
    return chain, count


def _check_claim(chain: _Chain, claims: Claims) -> None:
    if claims.get(chain.seq, chain.head) != chain.head:
        chain.found(
            chain.seq, "checkpoint", T("第 {seq} 条履历与签署的检查点不符。", seq=chain.seq)
        )


# --- an exported trail, without a database ----------------------------------------------------


def verify_export(file: Path) -> Outcome:
    """Check an export by itself: every hash, and every link between entries that are in it.

    An export may begin within a chain; its first entry there is taken at its word.
    """
    chains: dict[str, _Chain] = {}
    count = 0
    with file.open("rb") as lines:
        for line in lines:
            row = _row(line)
            name = ":".join(_name_of(row))
            if name not in chains:
                chains[name] = _Chain(name, row[SEQ] - 1, row[PREVIOUS])
            _check_entry(chains[name], row)
            count += 1
    found = [chain.finding for chain in chains.values() if chain.finding]
    return Outcome(count, len(chains), found)


def _row(line: bytes) -> tuple[Any, ...]:
    given = orjson.loads(line)
    row = [given[column] for column in COLUMNS]
    row[AT] = datetime.fromisoformat(row[AT])
    row[PREVIOUS] = bytes.fromhex(row[PREVIOUS])
    return tuple(joined(row, [bytes.fromhex(given["hash"])]))
