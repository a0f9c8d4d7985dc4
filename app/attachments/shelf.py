"""Where sealed files lie: a store of objects, each named by the hash of what lies there.

A folder beside the database, or a bucket of an S3-compatible store (setting FILES_URL).
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from app.config import Settings, need_store, settings
from app.errors import Problem, Unreachable
from app.texts import T

log = logging.getLogger(__name__)

# The first attempt and two more, within the time that FILES_TIMEOUT gives to all of them.
RETRIES = 2
CONNECT_SECONDS = 3
# What is held of a file on its way from one place to another.
PIECE = 4 * 1024 * 1024


class Missing(Problem):
    """文件在存储中缺失或已损坏，请联系管理员。"""


class Down(Unreachable):
    """文件存储暂时用不了，请稍后再试。"""


@dataclass(frozen=True)
class Shelf:
    """One store. ``folder``: where its files lie, when they lie on a disk of ours."""

    store: Any
    folder: Path | None = None

    def put(self, sealed: bytes) -> str:
        """Keep a sealed file; gives its name, the hash of what lies there. Raises Down.

        It is there for good before the transaction that tells of it is committed; one that is
        rolled back leaves a file that no key opens.
        """
        blob = hashlib.sha256(sealed).hexdigest()
        try:
            self.store.put(_path(blob), sealed, use_multipart=False)
        except (BaseError, OSError) as error:
            log.error("a file could not be kept: %s", _first_line(error))
            raise Down(T("文件存储暂时用不了，文件没有存下。请稍后再传，或联系管理员。")) from error
        if self.folder is not None:
            _to_disk(self.folder / _path(blob))
        return blob

    def get(self, blob: str) -> bytes:
        """A sealed file. Raises Missing when it is gone or was altered, Down."""
        try:
            sealed = bytes(self.store.get(_path(blob)).bytes())
        except FileNotFoundError:
            raise Missing from None
        except (BaseError, OSError) as error:
            log.error("a file could not be read: %s", _first_line(error))
            raise Down from error
        if hashlib.sha256(sealed).hexdigest() != blob:
            raise Missing
        return sealed

    def has(self, blob: str) -> bool:
        """Whether the file is there and whole. Raises Down."""
        try:
            for _ in self.pieces(blob):
                pass
        except Missing:
            return False
        return True

    def pieces(self, blob: str) -> Iterator[bytes]:
        """A sealed file piece by piece, however large. Raises Down, and Missing when it is gone or,
        after the last piece, when it was altered."""
        sums = hashlib.sha256()
        try:
            for piece in self.store.get(_path(blob)).stream(min_chunk_size=PIECE):
                sums.update(piece)
                yield bytes(piece)
        except FileNotFoundError:
            raise Missing from None
        except (BaseError, OSError) as error:
            log.error("a file could not be read: %s", _first_line(error))
            raise Down from error
        if sums.hexdigest() != blob:
            raise Missing

    def bring(self, blob: str, file: Path) -> None:
        """Keep a sealed file that lies elsewhere, under its name (its hash). Raises Down."""
        try:
            self.store.put(_path(blob), file, chunk_size=2 * PIECE, max_concurrency=2)
        except (BaseError, OSError) as error:
            log.error("a file could not be kept: %s", _first_line(error))
            raise Down from error
        if self.folder is not None:
            _to_disk(self.folder / _path(blob))

    def names(self) -> Iterator[str]:
        """Names of all that lies here, in no order. Raises Down."""
        try:
            for batch in self.store.list():
                yield from (one["path"].rpartition("/")[2] for one in batch)
        except (BaseError, OSError) as error:
            log.error("the store could not be listed: %s", _first_line(error))
            raise Down from error


def here() -> Shelf:
    """The store of this installation."""
    return at(settings().files_url)


def at(url: str) -> Shelf:
    """The store at an address, with the keys of the environment; "" is the folder under VAR.

    Raises Misconfigured for an address that is none.
    """
    given = settings()
    kind, place = need_store(url) if url else ("file", str(given.var / "files"))
    return _on_disk(Path(place)) if kind == "file" else _in_bucket(place, given)


@lru_cache(maxsize=8)
def _on_disk(folder: Path) -> Shelf:
    return Shelf(LocalStore(prefix=folder, mkdir=True), folder)


@lru_cache(maxsize=8)
def _in_bucket(place: str, given: Settings) -> Shelf:
    bucket, _, prefix = place.partition("/")
    named: dict[str, Any] = {
        "endpoint": given.aws_endpoint_url,
        "access_key_id": given.aws_access_key_id,
        "secret_access_key": given.aws_secret_access_key,
    }
    seconds = timedelta(seconds=given.files_timeout)
    store = S3Store(
        bucket,
        prefix=prefix or None,
        region=given.aws_region,
        client_options={
            "allow_http": given.aws_endpoint_url.startswith("http://"),
            "connect_timeout": timedelta(seconds=min(CONNECT_SECONDS, given.files_timeout)),
            "timeout": seconds,
        },
        retry_config={"max_retries": RETRIES, "retry_timeout": seconds},
        **{name: value for name, value in named.items() if value},
    )
    return Shelf(store)


def _path(blob: str) -> str:
    return f"{blob[:2]}/{blob}"


def _to_disk(file: Path) -> None:
    # The store does not; the database, which does, must not outlive the file that it names.
    for path in (file, file.parent, file.parent.parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
