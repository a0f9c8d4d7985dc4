"""The master keys: a file apart from the database, the same on every host."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.config import settings
from app.db import raw
from app.errors import Invalid
from app.sealing.cipher import Unsealable, fresh_key
from app.texts import T

MASTER_ID = 4
SEALED = "SELECT 1 FROM data_keys WHERE wrapped IS NOT NULL LIMIT 1"
# The index keys stand for all: they are few, and each rotation wraps them with the others.
IN_USE = "SELECT DISTINCT master_id FROM data_keys WHERE kind LIKE 'index:%'"


class Misplaced(Unsealable):
    """主密钥文件与数据库不符。"""

    def __init__(self, file: Path) -> None:
        super().__init__(
            T("{file} 不是此数据库的主密钥：请从正在使用的主机复制后再启动。", file=str(file))
        )


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
        for keys in (self.keys, reread().keys):
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
        replace_masters((*known, *new))


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


def reread() -> Masters:
    _read.cache_clear()
    return masters()


def new_master() -> Master:
    key = fresh_key()
    return Master(_name(key), key)


def _name(key: bytes) -> str:
    return hashlib.sha256(key).digest()[:MASTER_ID].hex()


def _lines(keys: tuple[Master, ...]) -> bytes:
    return b"".join(f"{m.id} ".encode() + base64.b64encode(m.key) + b"\n" for m in keys)


def _write_first(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = _aside(file, (new_master(),))
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


def replace_masters(keys: tuple[Master, ...]) -> None:
    file = master_file()
    _aside(file, keys).replace(file)
    _read.cache_clear()


def add_master() -> Master:
    """Make a master key that wraps nothing yet: every host can be handed the file before one
    rotates to it."""
    made = new_master()
    replace_masters((*reread().keys, made))
    return made
