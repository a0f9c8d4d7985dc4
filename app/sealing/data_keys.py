"""Data keys: each wrapped by a master key, in the database beside what it sealed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.db import db
from app.errors import NotFound
from app.sealing.cipher import Destroyed, fresh_key, seal_with, unseal_with
from app.sealing.master_keys import MASTER_ID, masters

WRAP_AAD = b"data key"


class DataKey(db.Model):  # type: ignore[misc, name-defined]
    """One data key, wrapped. ``wrapped`` is null once the key is destroyed."""

    __tablename__ = "data_keys"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    kind: Mapped[str]
    wrapped: Mapped[bytes | None]
    master_id: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(
        sa.DateTime(timezone=True), server_default=sa.func.now()
    )


def wrap(key: bytes) -> bytes:
    """Wrap a data key under the current master key."""
    master = masters().current
    return bytes.fromhex(master.id) + seal_with(master.key, key, WRAP_AAD)


@lru_cache(maxsize=8192)
def unwrap(wrapped: bytes | None) -> bytes:
    """The bare data key of a wrapped one. Raises Destroyed for None.

    Cached by the wrapped bytes, which callers read from the database: so a key destroyed by
    another process is gone here too.
    """
    if wrapped is None:
        raise Destroyed
    master = masters().find(wrapped[:MASTER_ID].hex())
    return unseal_with(master.key, wrapped[MASTER_ID:], WRAP_AAD)


@dataclass(frozen=True)
class KeyRow:
    """A new data key for callers that write their rows themselves; ``key`` is the bare one."""

    id: uuid.UUID
    kind: str
    wrapped: bytes
    master_id: str
    key: bytes

    INSERT = "INSERT INTO data_keys (id, kind, wrapped, master_id) VALUES (%s, %s, %s, %s)"

    @property
    def values(self) -> tuple[uuid.UUID, str, bytes, str]:
        """The parameters of ``KeyRow.INSERT``."""
        return (self.id, self.kind, self.wrapped, self.master_id)


def key_row(kind: str) -> KeyRow:
    """A new data key, in no session: the caller sends ``KeyRow.INSERT`` with its own rows."""
    key = fresh_key()
    return KeyRow(uuid.uuid4(), kind, wrap(key), masters().current.id, key)


def new_key(kind: str) -> DataKey:
    """A new data key of ``kind`` (whose values it seals: customer, case …), in the session."""
    row = key_row(kind)
    key = DataKey(id=row.id, kind=kind, wrapped=row.wrapped, master_id=row.master_id)
    db.session.add(key)
    return key


def _bare(key: DataKey | uuid.UUID) -> bytes:
    if isinstance(key, DataKey):
        return unwrap(key.wrapped)
    found = db.session.get(DataKey, key)
    if found is None:
        raise NotFound
    return unwrap(found.wrapped)


def seal(key: DataKey | uuid.UUID, value: bytes, aad: bytes = b"") -> bytes:
    """Seal ``value`` under a stored data key. Raises Destroyed when the key is gone."""
    return seal_with(_bare(key), value, aad)


def unseal(key: DataKey | uuid.UUID, sealed: bytes, aad: bytes = b"") -> bytes:
    """Open a sealed value. Raises Destroyed when the key is gone, Unsealable when altered."""
    return unseal_with(_bare(key), sealed, aad)


def seal_json(key: DataKey | uuid.UUID, value: Any, aad: bytes = b"") -> bytes:
    """Seal anything that JSON can say."""
    return seal(key, orjson.dumps(value), aad)


def open_json(key: DataKey | uuid.UUID, sealed: bytes, aad: bytes = b"") -> Any:
    """Open what ``seal_json`` sealed."""
    return orjson.loads(unseal(key, sealed, aad))


def destroy(key: DataKey | uuid.UUID) -> None:
    """Destroy a data key: everything under it is unreadable for good."""
    key_id = key.id if isinstance(key, DataKey) else key
    found = db.session.get(DataKey, key_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound
    found.wrapped = None
    unwrap.cache_clear()
