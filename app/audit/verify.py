"""Checking the chains: names the first entry of each that does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain as joined
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson
import psycopg
from psycopg import sql

from app.audit.chain import GENESIS, Kind, kinds, link
from app.audit.entry import AT, COLUMNS, HASH, KEY, KIND, PREVIOUS, SEQ, canonical
from app.db import raw
from app.texts import T, Text

BATCH = 5000
Name = tuple[str, str]


@dataclass(frozen=True)
class Finding:
    """What does not hold: subject (``kind:key``), number of the entry in its chain, what.

    Kinds: altered, link, missing, duplicate, cut (entries missing at the end), head (the head in
    the subject's row is another), orphan (the subject's row is gone), unknown (no such subject).
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


def _check_head(chain: _Chain, head: tuple[int, bytes] | None) -> None:
    if head is None:
        chain.found(chain.seq, "orphan", T("履历所属的记录已不存在。"))
    elif head[0] > chain.seq:
        chain.found(chain.seq + 1, "cut", T("末尾缺失：从第 {seq} 条起。", seq=chain.seq + 1))
    elif head != (chain.seq, chain.head):
        chain.found(chain.seq, "head", T("记录中的链尾与第 {seq} 条履历不符。", seq=chain.seq))


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
    connection: psycopg.Connection[Any], name: str, query: sql.Composed
) -> Iterator[Sequence[Any]]:
    # Binary: the driver then copies bytes instead of reading hex.
    with connection.cursor(name=name) as cursor:
        cursor.itersize = BATCH
        yield from cursor.execute(query, binary=True)


def _name_of(row: Sequence[Any]) -> Name:
    return row[KIND], row[KEY]


class _Heads:
    """The stored heads, read beside the chains in the same order."""

    def __init__(self, rows: Iterator[Sequence[Any]]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def before(self, name: Name | None) -> Iterator[Finding]:
        """Subjects up to ``name`` (all the rest for None) of which no entry is left."""
        while self._next is not None and (name is None or self._key() < name):
            yield Finding(":".join(self._key()), 1, "cut", T("全部履历缺失。"))
            self._next = next(self._rows, None)

    def take(self, name: Name) -> tuple[int, bytes] | None:
        """The head of ``name``, if there is one."""
        if self._next is None or self._key() != name:
            return None
        head = (self._next[2], bytes(self._next[3]))
        self._next = next(self._rows, None)
        return head

    def _key(self) -> Name:
        assert self._next is not None
        return self._next[0], self._next[1]


def verify(
    connection: psycopg.Connection[Any] | None = None,
    seen: Callable[[int], object] = lambda _count: None,
) -> Outcome:
    """Check every chain against itself and against the head in its subject's row.

    Streams: memory does not grow with the trail. ``connection``: one snapshot (REPEATABLE READ)
    of a role that may read; else that of the running transaction. ``seen`` is told how many
    entries were read, chain by chain.
    """
    connection = connection or raw()
    known = kinds()
    heads = _Heads(_stream(connection, "trail_heads", _heads_sql(known.values())))
    findings: list[Finding] = []
    entries = chains = 0
    for name, rows in groupby(_stream(connection, "trail_entries", _entries_sql()), _name_of):
        findings += heads.before(name)
        chain, count = _read_chain(name, rows)
        if name[0] in known:
            _check_head(chain, heads.take(name))
        else:
            chain.found(1, "unknown", T("没有“{kind}”这类记录。", kind=name[0]))
        findings += [chain.finding] if chain.finding else []
        entries, chains = entries + count, chains + 1
        seen(entries)
    return Outcome(entries, chains, [*findings, *heads.before(None)])


def _read_chain(name: Name, rows: Iterable[Sequence[Any]]) -> tuple[_Chain, int]:
    chain = _Chain(":".join(name))
    count = 0
    for row in rows:
        _check_entry(chain, row)
        count += 1
    return chain, count


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
