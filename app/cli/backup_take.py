"""Taking a backup while the product is in use.

The database first, in one snapshot, then the files that it names: a file lies in the store before
the database knows of it and is never deleted, so each is there.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from app import attachments, checkpoints, sealing
from app.cli import backup_facts as about
from app.cli import backup_programs
from app.cli.backup_facts import Facts, Manifest, Part
from app.config import Settings, settings
from app.errors import Refused
from app.texts import T
from app.work import Work, command, ledger, now

# Files of the store by their names there: papers, then their thumbnails.
BLOBS = (
    "SELECT blob FROM attachments UNION"
    " SELECT blob FROM attachment_pictures WHERE blob IS NOT NULL ORDER BY 1"
)


@dataclass(frozen=True)
class Taken:
    """A backup that was made. ``digest``: SHA-256 of its manifest; ``keyless``: fingerprints of
    master keys that it needs and that the key file here does not have."""

    folder: Path
    manifest: Manifest
    digest: str
    keyless: list[str]


def take(out: Path) -> Taken:
    """Back this installation up into the folder ``out``, which must be empty or not be there.

    Raises Refused, Failed (a program of PostgreSQL), Down (the store of files), OSError.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refused(T("{folder} 已存在且不是空目录：请另选一个目录。", folder=str(out)))
    with _aside(out) as folder:
        _record(folder)
        database, dumped_by, at = _database(settings(), folder)
        files, size, missing = _files(folder)
        parts = dict(_parts(folder))
        manifest = Manifest(about.product(), at, dumped_by, database, parts, files, size, missing)
        manifest.write(folder)
    known = {each.id for each in sealing.masters().keys}
    keyless = [name for name in database.masters if name not in known]
    return Taken(out, manifest, about.part(out / about.NAME).sha256, keyless)


@contextmanager
def _aside(out: Path) -> Iterator[Path]:
    """A folder beside ``out`` that takes its name once everything is in it, and on the disk."""
    out.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{out.name}.", suffix=".unfinished", dir=out.parent))
    try:
        yield folder
        os.sync()
        folder.replace(out)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    os.sync()


def _record(folder: Path) -> None:
    """What verification needs. Before the database: a checkpoint is recorded after its commit, so
    none stands here that the snapshot does not know."""
    kept = checkpoints.record()
    (folder / about.RECORD).write_bytes(kept.read_bytes() if kept.exists() else b"")
    keys = folder / about.KEYS
    keys.mkdir()
    for name, key in checkpoints.trusted().items():
        (keys / f"{name}.pem").write_bytes(checkpoints.pem(key))
    password = settings().secrets / "demo_password"
    if settings().demo and password.exists():
        shutil.copyfile(password, folder / about.DEMO)


def _database(chosen: Settings, folder: Path) -> tuple[Facts, int, str]:
    """Dump it and note which files it names; gives its facts, what dumped it, and the moment."""
    owner = chosen.database_owner_url or chosen.database_url
    with _snapshot(owner) as (connection, name):
        at = now().isoformat(timespec="seconds")
        found = about.facts(connection)
        programs = backup_programs.find(found.server)
        programs.dump(owner, name, folder / about.DUMP)
        with (
            (folder / "blobs").open("w", encoding="ascii") as names,
            connection.cursor("blobs") as cursor,
        ):
            names.writelines(f"{blob}\n" for (blob,) in cursor.execute(BLOBS))
    return found, programs.major, at


@contextmanager
def _snapshot(url: str) -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """One view of the database, and the name by which another connection takes it up."""
    with psycopg.connect(url, prepare_threshold=None) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row
        yield connection, row[0]


def _files(folder: Path) -> tuple[int, int, list[str]]:
    """Copy the files that the snapshot names; gives how many, their bytes, and which are lost."""
    store, missing, count, size = attachments.here(), [], 0, 0
    with (
        (folder / "blobs").open(encoding="ascii") as names,
        (folder / about.LIST).open("w", encoding="ascii") as listed,
    ):
        for name in names:
            blob = name.strip()
            try:
                one = _copy(store, blob, about.place(folder, blob))
            except attachments.Missing:
                missing.append(blob)
                continue
            listed.write(f"{blob} {one}\n")
            count, size = count + 1, size + one
    (folder / "blobs").unlink()
    return count, size, missing


def _copy(store: attachments.Shelf, blob: str, target: Path) -> int:
    """Copy one file piece by piece; gives its size. Raises Missing when it is gone or altered."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("wb") as out:
            return sum(out.write(piece) for piece in store.pieces(blob))
    except attachments.Missing:
        target.unlink()
        raise


def _parts(folder: Path) -> Iterator[tuple[str, Part]]:
    """All but the files of the store, which are in the list."""
    for file in sorted([*folder.glob("*"), *folder.glob(f"{about.KEYS}/*")]):
        if file.is_file():
            yield str(file.relative_to(folder)), about.part(file)


@command(right="system")
def note(work: Work, digest: str, at: str, missing: int) -> None:
    """Put on record that a backup was taken: the hash of its manifest, and its moment."""
    after = {"manifest": digest, "at": at, "missing": missing}
    work.record(ledger("backups"), "backup:take", after=after)
