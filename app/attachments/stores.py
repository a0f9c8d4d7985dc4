"""The store as a whole: is everything there and whole; from one store to another; scanning later.

For the command line and the worker. Nothing is taken away from a store here.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from app import sealing
from app.attachments import scan
from app.attachments.files import CONTENT, open_file, row_of
from app.attachments.models import Attachment, Picture
from app.attachments.shelf import Missing, Shelf
from app.config import settings
from app.db import db
from app.sealing import DataKey, Unsealable
from app.work import Work, command, ledger

BATCH = 200
FIRST = uuid.UUID(int=0)


@dataclass
class Checked:
    """What a look through the store found: ids of files whose content is gone or altered."""

    files: int = 0
    whole: int = 0
    destroyed: int = 0
    missing: list[str] = field(default_factory=list)


@dataclass
class Moved:
    """What came of bringing files to another store."""

    copied: int = 0
    there: int = 0
    missing: list[str] = field(default_factory=list)


def rows() -> Iterator[Attachment]:
    """All files, in batches by id: some may come meanwhile."""
    last = FIRST
    while True:
        query = sa.select(Attachment).where(Attachment.id > last)
        batch = list(db.session.scalars(query.order_by(Attachment.id).limit(BATCH)))
        if not batch:
            return
        yield from batch
        last = batch[-1].id
        db.session.expunge_all()


def check(store: Shelf) -> Checked:
    """Read every file and hold it against what the database knows of it. Raises Down."""
    found = Checked()
    for row in rows():
        found.files += 1
        state = _state(store, row)
        if state == "missing":
            found.missing.append(str(row.id))
        else:
            found.whole += 1
            found.destroyed += state == "destroyed"
    return found


def _state(store: Shelf, row: Attachment) -> str:
    key = db.session.get_one(DataKey, row.key_id)
    try:
        sealed = store.get(row.blob)
        if key.wrapped is None:
            return "destroyed"
        content = sealing.unseal(key, sealed, CONTENT)
    except (Missing, Unsealable):
        return "missing"
    return "whole" if hashlib.sha256(content).hexdigest() == row.sha256 else "missing"


def move(source: Shelf, target: Shelf) -> Moved:
    """Bring every file that the database knows to another store, and read it there. What lies
    there already is left; nothing is taken from the source. Raises Down."""
    done = Moved()
    for file_id, blob in _blobs():
        if target.has(blob):
            done.there += 1
            continue
        try:
            target.put(source.get(blob))
            target.get(blob)
        except Missing:
            done.missing.append(file_id)
        else:
            done.copied += 1
    return done


def _blobs() -> Iterator[tuple[str, str]]:
    """Ids and names in the store: of the files, then of their thumbnails."""
    for row in rows():
        yield str(row.id), row.blob
    for file_id, blob in db.session.execute(
        sa.select(Picture.attachment_id, Picture.blob).where(Picture.blob.is_not(None))
    ):
        yield str(file_id), str(blob)


@command(right="system")
def note_move(work: Work, done: Moved) -> None:
    """Put on record that the files were brought to another store."""
    after = {"copied": done.copied, "there": done.there, "missing": len(done.missing)}
    work.record(ledger("files"), "files:move", after=after)


@command(right="system")
def scan_again(work: Work, file_id: str) -> str:
    """Scan a file that was taken in unscanned; gives what the scanner says. One in which something
    is found opens no more. Raises NoScanner, Missing, Down."""
    row = row_of(file_id)
    if row.scan != scan.SKIPPED or not settings().clamd:
        return row.scan
    _, content = open_file(file_id)
    after: dict[str, object] = {}
    try:
        row.scan = scan.scanned(content)
    except scan.Infected as problem:
        row.scan = scan.INFECTED
        after = dict(problem.details["about"])  # type: ignore[call-overload]
    if row.scan != scan.SKIPPED:
        work.record(row, "attachment:scan", after={**after, "scan": row.scan})
    return row.scan
