"""The head of each subject's chain: how far it has come, under the lock of the subject's row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from app.audit.chain import Subject, kinds
from app.db import db


@dataclass
class Head:
    """The number and the hash of the last entry."""

    seq: int
    hash: bytes


def lock_heads(kind_name: str, keys: Sequence[str]) -> dict[tuple[str, str], Head]:
    """Lock the rows of subjects of one kind, in the order of their keys; gives their heads."""
    kind = kinds()[kind_name]
    table = kind.table
    rows = db.session.connection().execute(
        sa.select(kind.key, table.c.chain_seq, table.c.chain_head)
        .where(kind.key.in_([kind.parse(key) for key in keys]))
        .order_by(kind.key)
        .with_for_update()
    )
    return {(kind_name, str(key)): Head(seq, bytes(head)) for key, seq, head in rows}


def head_update(kind_name: str, key: str, head: Head) -> tuple[str, tuple[Any, ...]]:
    """The statement that writes a head down."""
    kind = kinds()[kind_name]
    sql = (
        f'UPDATE "{kind.table.name}" SET chain_seq = %s, chain_head = %s '
        f'WHERE "{kind.key_column}" = %s'
    )
    return sql, (head.seq, head.hash, kind.parse(key))


def set_head(subject: Subject, head: Head) -> None:
    """Let the subject in hand know its head."""
    if isinstance(subject, db.Model):
        set_committed_value(subject, "chain_seq", head.seq)
        set_committed_value(subject, "chain_head", head.hash)
    else:
        subject.chain_seq, subject.chain_head = head.seq, head.hash
