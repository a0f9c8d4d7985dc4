"""Small pictures of files: a thumbnail that is kept, sealed like the file, and single pages drawn
when one looks. What draws them is a process of its own (``draw_file.py``), bounded in time and
memory.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import orjson
import sqlalchemy as sa

from app import sealing
from app.attachments import files, scan, shelf
from app.attachments.kinds import PDF
from app.attachments.models import Attachment, Picture
from app.config import ROOT
from app.db import db
from app.errors import Invalid, NotFound, TooMany
from app.sealing import DataKey, Destroyed
from app.texts import T
from app.work import Work, command

DRAW = Path(__file__).with_name("draw_file.py")
FONT = ROOT / "app" / "printing" / "fonts" / "NotoSansSC_400Regular.ttf"
THUMB, LARGE = 160, 1800
CONTENT = b"thumbnail"
# Drawing has ten seconds of a processor; on a busy machine it waits for its turn.
SECONDS = 25
AT_ONCE = 2
WAIT = 20
_places = threading.BoundedSemaphore(AT_ONCE)
BATCH = 200


class NoPicture(Invalid):
    """这份文件不能预览，请打开原件查看。"""


class TooSlow(NoPicture):
    """这份文件太复杂，不能预览，请打开原件查看。"""


@dataclass(frozen=True)
class Drawn:
    """A page as WebP; ``pages``: how many the file has."""

    picture: bytes
    pages: int


@dataclass(frozen=True)
class Thumb:
    """A kept thumbnail as WebP; empty for a file that cannot be drawn (``fault``: broken,
    too_large)."""

    picture: bytes
    pages: int
    fault: str | None = None


def draw(content: bytes, kind: str, page: int = 1, most: int = LARGE) -> Drawn:
    """Draw one page of a file, ``most`` pixels on its longer side.

    Raises NoPicture (``fault``: broken, too_large), TooSlow, TooMany while others are being drawn.
    """
    if not _places.acquire(timeout=WAIT):
        raise TooMany(T("预览的人较多，请稍后再试。"))
    try:
        asked = [sys.executable, "-I", str(DRAW), kind, str(page), str(most), str(FONT)]
        done = subprocess.run(
            asked, input=content, capture_output=True, timeout=SECONDS, env={}, cwd="/", check=False
        )
    except subprocess.TimeoutExpired:
        raise TooSlow from None
    finally:
        _places.release()
    return _read(done)


def _read(done: subprocess.CompletedProcess[bytes]) -> Drawn:
    """What it said. A process that was ended (by its limits) has said nothing."""
    head, _, picture = done.stdout.partition(b"\n")
    if done.returncode < 0 or not head:
        raise TooSlow
    said = orjson.loads(head)
    if "fault" in said:
        raise NoPicture(fault=said["fault"])
    return Drawn(picture, said["pages"])


# --- thumbnails ---------------------------------------------------------------------------------


def make_thumbnail(work: Work, file_id: str) -> bool:
    """Draw a file small and keep that; says whether there is something to see.

    A file whose key was destroyed has none. Raises NotFound, Missing, Down, TooSlow, TooMany.
    """
    row = files.row_of(file_id)
    if db.session.get(Picture, row.id) is not None:
        return True
    try:
        facts, content = files.open_file(file_id)
    except (Destroyed, files.Harmful):
        return False
    picture = Picture(attachment_id=row.id, made_at=work.at)
    try:
        drawn = draw(content, facts.type, most=THUMB)
    except TooSlow:
        raise
    except NoPicture as problem:
        picture.fault = str(problem.details["fault"])
    else:
        key = db.session.get_one(DataKey, row.key_id)
        picture.pages = drawn.pages
        picture.blob = shelf.here().put(sealing.seal(key, drawn.picture, CONTENT))
    db.session.merge(picture)
    return picture.fault is None


@command(right="system")
def keep_thumbnail(work: Work, file_id: str) -> bool:
    """``make_thumbnail`` as a command of its own, for the worker and the command line."""
    return make_thumbnail(work, file_id)


def without_thumbnail(limit: int = BATCH) -> list[str]:
    """Ids of files that no thumbnail was tried of, oldest first."""
    query = (
        sa.select(Attachment.id)
        .join(DataKey, DataKey.id == Attachment.key_id)
        .outerjoin(Picture, Picture.attachment_id == Attachment.id)
        .where(Picture.attachment_id.is_(None), DataKey.wrapped.is_not(None))
        .where(Attachment.scan != scan.INFECTED)
        .order_by(Attachment.uploaded_at, Attachment.id)
    )
    return [str(one) for one in db.session.scalars(query.limit(limit))]


def thumbnails(ids: Iterable[str]) -> dict[str, Thumb]:
    """The thumbnails that were made, by id; who may see them is the caller's affair.

    What the store does not give now is left out: a page shows its papers without pictures then.
    """
    query = (
        sa.select(Picture, DataKey)
        .join(Attachment, Attachment.id == Picture.attachment_id)
        .join(DataKey, DataKey.id == Attachment.key_id)
        .where(Picture.attachment_id.in_(files.known_ids(ids)), DataKey.wrapped.is_not(None))
    )
    found = {}
    for row, key in db.session.execute(query):
        thumb = _thumb(row, key)
        if thumb is not None:
            found[str(row.attachment_id)] = thumb
    return found


def _thumb(row: Picture, key: DataKey) -> Thumb | None:
    if row.blob is None:
        return Thumb(b"", 1, row.fault)
    try:
        return Thumb(sealing.unseal(key, shelf.here().get(row.blob), CONTENT), row.pages or 1)
    except (shelf.Missing, shelf.Down):
        return None


def pages_of(file_id: str) -> int:
    """How many pages a file has, as far as that is known: from its thumbnail, else from itself.

    Raises NotFound, Destroyed, Missing, Down; 1 for what cannot be drawn.
    """
    row = files.row_of(file_id)
    known = db.session.get(Picture, row.id)
    if known is not None or row.type != PDF:
        return (known.pages if known else None) or 1
    try:
        facts, content = files.open_file(file_id)
        return draw(content, facts.type, most=THUMB).pages
    except NoPicture:
        return 1


def page_of(facts: files.FileFacts, content: bytes, page: int) -> Drawn:
    """A page as large as a screen wants it. Raises NotFound for a page that is not there,
    NoPicture, TooSlow, TooMany."""
    drawn = draw(content, facts.type, page)
    if page > drawn.pages:
        raise NotFound(T("没有这一页。"))
    return drawn
