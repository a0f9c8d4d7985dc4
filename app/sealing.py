"""Sealing: personal values are stored only as ciphertext.

Every value is sealed by AES-256-GCM under a data key; data keys stand in the database wrapped by
a master key that stands in a file apart from it. Destroying a data key destroys what it sealed.
Rotating the master key wraps the data keys again and touches no sealed value.

Sealed value: one byte of format, 12 bytes of nonce, ciphertext with tag.
Wrapped key: 4 bytes naming the master key, then a sealed value.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import orjson
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.config import settings
from app.db import db, raw
from app.errors import Invalid, NotFound, Problem
from app.texts import T

FORMAT = b"\x01"
NONCE = 12
KEY = 32
MASTER_ID = 4
WRAP_AAD = b"data key"
SEALED = "SELECT 1 FROM data_keys WHERE wrapped IS NOT NULL LIMIT 1"
# The index keys stand for all: they are few, and each rotation wraps them with the others.
IN_USE = "SELECT DISTINCT master_id FROM data_keys WHERE kind LIKE 'index:%'"


class Destroyed(Problem):
    """这些个人信息已依法销毁，无法再读取。"""


class Unsealable(Problem):
    """密文已损坏，或与所用密钥不符。"""


class Misplaced(Unsealable):
    """主密钥文件与数据库不符。"""

    def __init__(self, file: Path) -> None:
        super().__init__(
            T("{file} 不是此数据库的主密钥：请从正在使用的主机复制后再启动。", file=str(file))
        )


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


# --- pure: no database ------------------------------------------------------------------


def fresh_key() -> bytes:
    """A new data key, 32 random bytes."""
    return AESGCM.generate_key(KEY * 8)


def seal_with(key: bytes, value: bytes, aad: bytes = b"") -> bytes:
    """Seal ``value`` under a bare data key; ``aad`` binds it to its place."""
    nonce = os.urandom(NONCE)
    return FORMAT + nonce + AESGCM(key).encrypt(nonce, value, aad)


def unseal_with(key: bytes, sealed: bytes, aad: bytes = b"") -> bytes:
    """Open what ``seal_with`` sealed. Raises Unsealable for another key, place or byte."""
    if sealed[:1] != FORMAT or len(sealed) <= NONCE + 1:
        raise Unsealable
    try:
        return AESGCM(key).decrypt(sealed[1 : NONCE + 1], sealed[NONCE + 1 :], aad)
    except InvalidTag as error:
        raise Unsealable from error


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


# --- master keys --------------------------------------------------------------------------


@dataclass(frozen=True)
class Master:
    """A master key and its name (the first bytes of its hash, as hex)."""

    id: str
    key: bytes


@dataclass(frozen=True)
class Masters:
    """The master keys of the key file; the first one wraps."""

    keys: tuple[Master, ...]

    @property
    def current(self) -> Master:
        return self.keys[0]

    def find(self, master_id: str) -> Master:
        """The key of that name; the file is read again once, another process may have rotated."""
        for keys in (self.keys, _reread().keys):
            for master in keys:
                if master.id == master_id:
                    return master
        raise Unsealable


def master_file() -> Path:
    """Where the master keys stand: one a line, name and base64, the wrapping one first."""
    return settings().secrets / "master.key"


@lru_cache(maxsize=8)
def _read(file: Path, _changed: int) -> Masters:
    lines = file.read_text("ascii").split("\n")
    pairs = [line.split() for line in lines if line.strip()]
    return Masters(tuple(Master(name, base64.b64decode(key)) for name, key in pairs))


def read_masters(file: Path) -> Masters:
    """The master keys of a file that was kept apart. Raises Invalid when it holds none, or a key
    that does not bear its own name."""
    try:
        found = _read(file, file.stat().st_mtime_ns)
    except ValueError:
        found = Masters(())
    if not found.keys or any(each.id != _name(each.key) for each in found.keys):
        raise Invalid(fields={"key": T("{file} 不是主密钥文件，或已损坏。", file=str(file))})
    return found


def admit_masters(more: Masters) -> None:
    """Add keys to the key file, behind those that stand in it."""
    known = masters().keys if master_file().exists() else ()
    new = tuple(each for each in more.keys if each not in known)
    if new:
        master_file().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace((*known, *new))


def masters() -> Masters:
    """The master keys; made with mode 0600 at first use. A file that another process has
    replaced is read again, so that nothing new is wrapped under a key that is going."""
    file = master_file()
    if not file.exists():
        _need_none_yet(file)
        _write_first(file)
    return _read(file, file.stat().st_mtime_ns)


def _need_none_yet(file: Path) -> None:
    # A host that was not handed the key must not seal under one that no other host has.
    if raw().execute(SEALED).fetchone() is not None:
        raise Misplaced(file=file)


def need_masters() -> None:
    """Raises Misplaced when the key file of this host is not that of the database."""
    file = master_file()
    for (name,) in raw().execute(IN_USE).fetchall():
        if not file.exists() or all(each.id != name for each in masters().keys):
            raise Misplaced(file=file)


def _reread() -> Masters:
    _read.cache_clear()
    return masters()


def _new_master() -> Master:
    key = fresh_key()
    return Master(_name(key), key)


def _name(key: bytes) -> str:
    return hashlib.sha256(key).digest()[:MASTER_ID].hex()


def _lines(keys: tuple[Master, ...]) -> bytes:
    return b"".join(f"{m.id} ".encode() + base64.b64encode(m.key) + b"\n" for m in keys)


def _write_first(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = _aside(file, (_new_master(),))
    try:
        # A link never replaces: of two processes starting at once, one key wins for both.
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _aside(file: Path, keys: tuple[Master, ...]) -> Path:
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(_lines(keys))
        out.flush()
        os.fsync(out.fileno())
    return fresh


def _replace(keys: tuple[Master, ...]) -> None:
    file = master_file()
    _aside(file, keys).replace(file)
    _read.cache_clear()


def add_master() -> Master:
    """Make a master key that wraps nothing yet: every host can be handed the file before one
    rotates to it."""
    made = _new_master()
    _replace((*_reread().keys, made))
    return made


def rotate_master(to: str | None = None) -> int:
    """Wrap every data key again, under a new master key or the one named; gives how many.

    Runs in the caller's transaction. The old key stays in the file until ``prune_masters``,
    so a rollback, or a crash between file and commit, loses nothing. Raises Invalid (``to``).
    """
    known = _reread().keys
    first = _named(known, to) if to else _new_master()
    _replace((first, *(each for each in known if each != first)))
    rows = db.session.execute(
        sa.select(DataKey.id, DataKey.wrapped)
        .where(DataKey.wrapped.is_not(None), DataKey.master_id != masters().current.id)
        .with_for_update()
    ).all()
    if rows:
        db.session.execute(sa.update(DataKey), [_rewrapped(id, wrapped) for id, wrapped in rows])
    return len(rows)


def _named(keys: tuple[Master, ...], name: str) -> Master:
    for each in keys:
        if each.id == name:
            return each
    raise Invalid(fields={"to": T("主密钥文件中没有 {name}。", name=name)})


def _rewrapped(key_id: uuid.UUID, wrapped: bytes | None) -> dict[str, Any]:
    return {"id": key_id, "wrapped": wrap(unwrap(wrapped)), "master_id": masters().current.id}


def prune_masters() -> None:
    """Drop master keys from the file that no data key is wrapped under any more."""
    living = DataKey.wrapped.is_not(None)
    used = set(db.session.scalars(sa.select(DataKey.master_id).where(living).distinct()))
    kept = tuple(m for i, m in enumerate(_reread().keys) if i == 0 or m.id in used)
    _replace(kept)
    unwrap.cache_clear()


# --- data keys in the database ---------------------------------------------------------------


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


# --- search without clear text -----------------------------------------------------------------

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
