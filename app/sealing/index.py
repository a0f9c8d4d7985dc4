"""Search without clear text: values are found by a keyed hash."""

from __future__ import annotations

import hmac
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.db import db, raw
from app.sealing.data_keys import DataKey, key_row, unwrap

INDEX_KEY = "SELECT wrapped FROM data_keys WHERE kind = %s"
_index_keys: WeakKeyDictionary[sa.Engine, dict[str, bytes]] = WeakKeyDictionary()


def keyed_hash(kind: str, value: str) -> bytes:
    """A hash of 32 bytes to find ``value`` by, useless without the index key of its kind.

    ``kind`` is what is hashed ("name", "id_no", "phone", "phone4"); callers fold the value first
    (full width, spaces), so that the same thing typed twice gives the same hash.
    """
    known = _index_keys.setdefault(db.engine.engine, {})
    if kind not in known:
        known[kind] = _index_key(f"index:{kind}")
    return hmac.digest(known[kind], value.encode(), "sha256")


def _index_key(kind: str) -> bytes:
    # Looked for first, and on the connection in hand: whoever needs a second one of the pool while
    # holding a first may wait for ever, and an insert would wait for a rotation.
    known = raw().execute(INDEX_KEY, [kind]).fetchone()
    return unwrap(known[0]) if known else _new_index_key(kind)


def _new_index_key(kind: str) -> bytes:
    """Make the index key of a kind, once in the life of an installation.

    On a connection of its own, outside of the pool: a search reads and commits nothing, yet the
    key must stay.
    """
    row = key_row(kind)
    stored = sa.select(DataKey.wrapped).where(DataKey.kind == kind)
    apart = sa.create_engine(db.engine.engine.url, poolclass=sa.NullPool)
    with apart.begin() as connection:
        connection.execute(
            insert(DataKey)
            .values(id=row.id, kind=kind, wrapped=row.wrapped, master_id=row.master_id)
            .on_conflict_do_nothing()
        )
        return unwrap(connection.execute(stored).scalar_one())
