"""Where sealed files lie: a store of objects, today a folder beside the database."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path

from obstore.store import LocalStore

from app.config import settings
from app.errors import Problem


class Missing(Problem):
    """文件在存储中缺失或已损坏，请联系管理员。"""


@lru_cache(maxsize=8)
def _store(folder: Path) -> LocalStore:
    return LocalStore(prefix=folder, mkdir=True)


def _folder() -> Path:
    return settings().var / "files"


def _path(blob: str) -> str:
    return f"{blob[:2]}/{blob}"


def put(sealed: bytes) -> str:
    """Keep a sealed file; gives its name, the hash of what lies there.

    It is there for good before the transaction that tells of it is committed; one that is rolled
    back leaves a file that no key opens.
    """
    blob = hashlib.sha256(sealed).hexdigest()
    _store(_folder()).put(_path(blob), sealed)
    _to_disk(_folder() / _path(blob))
    return blob


def _to_disk(file: Path) -> None:
    # The store does not; the database, which does, must not outlive the file that it names.
    for path in (file, file.parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def get(blob: str) -> bytes:
    """A sealed file. Raises Missing when it is gone or was altered."""
    try:
        sealed = bytes(_store(_folder()).get(_path(blob)).bytes())
    except FileNotFoundError:
        raise Missing from None
    if hashlib.sha256(sealed).hexdigest() != blob:
        raise Missing
    return sealed
