"""Files in: checked by content, sealed, on record. Never deleted, only superseded."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import IO

import sqlalchemy as sa

from app import sealing
from app.attachments import scan, shelf
from app.attachments.kinds import clean_name, kind_of, wrong
from app.attachments.models import Attachment, NamedIn
from app.config import settings
from app.db import db
from app.errors import NotAllowed, NotFound, Refused
from app.queue import enqueue
from app.sealing import DataKey
from app.texts import T
from app.work import Actor, Work, command

CONTENT, NAME = b"content", b"name"
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class FileFacts:
    """A file handed in. ``sha256``: hex, of its content; ``size`` in bytes; ``name`` is empty
    once it was destroyed by law; ``superseded_by``: id of the file that took its place; ``scan``:
    what the scanner for malware said (off, clean, skipped, infected)."""

    id: str
    sha256: str
    type: str
    size: int
    name: str
    uploaded_by: int | None
    uploaded_at: datetime
    superseded_by: str | None = None
    scan: str = scan.OFF


class Harmful(Refused):
    """查毒发现此文件含有恶意程序，不能打开。请联系管理员。"""


def store(
    work: Work,
    stream: IO[bytes],
    filename: str | None,
    content_type: str | None = None,  # noqa: ARG001 - a sender's word; the content decides
    *,
    case: str | None = None,
) -> FileFacts:
    """Keep a file within a command. Raises Invalid with the field ``file``, Infected, NoScanner,
    Down: then nothing is kept."""
    content = _read(stream)
    kind = kind_of(content)
    said = scan.scanned(content)
    key = sealing.new_key("attachment")
    name = clean_name(filename, kind)
    row = Attachment(
        id=uuid.uuid4(), key_id=key.id, sha256=hashlib.sha256(content).hexdigest(), type=kind,
        blob=shelf.here().put(sealing.seal(key, content, CONTENT)), size=len(content),
        name=sealing.seal(key, name.encode(), NAME), uploaded_by=work.by.id,
        uploaded_at=work.at, scan=said,
    )  # fmt: skip
    db.session.flush()
    db.session.add(row)
    db.session.flush()
    work.record(
        row, "attachment:store", case=case, after={"type": kind, "size": row.size, "scan": said},
        sealed={"name": row.name}, hashes={"sha256": row.sha256},
    )  # fmt: skip
    if case is not None:
        _link(work, row, case)
    enqueue("draw_thumbnail", file_id=str(row.id))
    return _facts(row, key.wrapped)


@command(right="business")
def upload(
    work: Work, stream: IO[bytes], filename: str | None, content_type: str | None = None
) -> FileFacts:
    """Keep a file that a person sends, to be named in answers later.

    Raises what ``store`` raises; NotAllowed for who is in no group.
    """
    if work.by.id is not None and not work.by.groups:
        raise NotAllowed
    return store(work, stream, filename, content_type)


def _read(stream: IO[bytes]) -> bytes:
    most = settings().max_upload_mb
    content = stream.read(most * MEGABYTE + 1)
    if len(content) > most * MEGABYTE:
        raise wrong(T("文件超过 {most} MB，请压缩后再上传。", most=most))
    return content


# --- reads --------------------------------------------------------------------------------------


def known_ids(ids: Iterable[str]) -> list[uuid.UUID]:
    """Those of the texts that are ids at all."""
    found = []
    for one in ids:
        try:
            found.append(uuid.UUID(one))
        except (ValueError, AttributeError, TypeError):
            continue
    return found


def _facts(row: Attachment, wrapped: bytes | None) -> FileFacts:
    name = ""
    if wrapped is not None:
        name = sealing.unseal_with(sealing.unwrap(bytes(wrapped)), row.name, NAME).decode()
    return FileFacts(
        str(row.id),
        row.sha256,
        row.type,
        row.size,
        name,
        row.uploaded_by,
        row.uploaded_at,
        str(row.superseded_by) if row.superseded_by else None,
        row.scan,
    )


def facts(ids: Iterable[str]) -> dict[str, FileFacts]:
    """Facts of the files that are there, by id as text; unknown ids are left out."""
    query = (
        sa.select(Attachment, DataKey.wrapped)
        .join(DataKey, DataKey.id == Attachment.key_id)
        .where(Attachment.id.in_(known_ids(ids)))
    )
    return {str(row.id): _facts(row, wrapped) for row, wrapped in db.session.execute(query)}


def exists(ids: Iterable[str]) -> bool:
    """Whether all these files are there."""
    wanted = list(ids)
    known = known_ids(wanted)
    count = sa.select(sa.func.count()).select_from(Attachment).where(Attachment.id.in_(known))
    return len(known) == len(wanted) and db.session.scalar(count) == len(set(known))


def of_case(number: str) -> list[FileFacts]:
    """The files named in a case, oldest first."""
    query = sa.select(NamedIn.attachment_id).where(NamedIn.case_number == number)
    found = facts(str(one) for one in db.session.scalars(query))
    return sorted(found.values(), key=lambda f: (f.uploaded_at, f.id))


def cases_of(file_id: str) -> tuple[str, ...]:
    """Numbers of the cases that a file was named in."""
    query = sa.select(NamedIn.case_number).where(NamedIn.attachment_id.in_(known_ids([file_id])))
    return tuple(db.session.scalars(query.order_by(NamedIn.case_number)))


def row_of(file_id: str) -> Attachment:
    """The row of a file. Raises NotFound."""
    known = known_ids([file_id])
    row = db.session.get(Attachment, known[0]) if known else None
    if row is None:
        raise NotFound(T("没有这个文件。"))
    return row


def open_file(file_id: str) -> tuple[FileFacts, bytes]:
    """A file with its content; who may see it is the caller's affair (see ``open_for``).

    Raises NotFound, Destroyed, Missing when the store lost it or it was altered, Down, Harmful.
    """
    row = row_of(file_id)
    if row.scan == scan.INFECTED:
        raise Harmful
    key = db.session.get_one(DataKey, row.key_id)
    content = sealing.unseal(key, shelf.here().get(row.blob), CONTENT)
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise shelf.Missing
    return _facts(row, key.wrapped), content


def open_for(
    actor: Actor, file_id: str, sees_case: Callable[[str], bool]
) -> tuple[FileFacts, bytes]:
    """A file for its uploader, or for who sees a case that it was named in.

    ``sees_case`` is asked with case numbers. Raises NotFound as for a file that is not there:
    whoever may not see it need not learn of it.
    """
    need_sight(actor, file_id, sees_case)
    return open_file(file_id)


def need_sight(actor: Actor, file_id: str, sees_case: Callable[[str], bool]) -> None:
    """The same question, without its content. Raises NotFound."""
    row = row_of(file_id)
    mine = actor.id is not None and row.uploaded_by == actor.id
    if not mine and not any(sees_case(number) for number in cases_of(file_id)):
        raise NotFound(T("没有这个文件。"))


# --- naming, destroying ----------------------------------------------------------------------


def _link(work: Work, row: Attachment, case: str) -> None:
    work.execute(
        "INSERT INTO attachment_cases (attachment_id, case_number, named_at) VALUES (%s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        [row.id, case, work.at],
    )


def _may_name(work: Work, row: Attachment, case: str) -> bool:
    # Only one's own: else naming a foreign file in a case of mine would let me open it.
    own = work.by.id is None or row.uploaded_by == work.by.id
    return own or case in cases_of(str(row.id))


def name_in_case(work: Work, ids: Iterable[str], case: str) -> None:
    """Note that files belong to a case: one's own, or those already named in it.

    Raises Invalid with the field ``file`` for any other, as for one that is not there.
    """
    take = naming(work, case)
    for one in ids:
        if take(one) is None:
            raise wrong(T("文件没有传上来，请重新上传。"))


def naming(work: Work, case: str) -> Callable[[str], FileFacts | None]:
    """For reading answers: tells of an id whether the acting person may name it in the case, and
    notes it there. A command that refuses the answers rolls the note back."""

    def take(file_id: str) -> FileFacts | None:
        known = known_ids([file_id])
        row = db.session.get(Attachment, known[0]) if known else None
        if row is None or not _may_name(work, row, case):
            return None
        if case not in cases_of(file_id):
            _link(work, row, case)
            work.record(row, "attachment:name", case=case, hashes={"sha256": row.sha256})
        return facts([file_id])[str(row.id)]

    return take


def known(actor: Actor, case: str) -> Callable[[str], object | None]:
    """For looking at answers that are not handed in yet: whether the actor may name a file in the
    case. Notes nothing."""
    query = sa.select(NamedIn.attachment_id).where(NamedIn.case_number == case)
    named = set(db.session.scalars(query))

    def look(file_id: str) -> object | None:
        ids = known_ids([file_id])
        if not ids or ids[0] in named:
            return ids[0] if ids else None
        row = db.session.get(Attachment, ids[0])
        return row if row is not None and row.uploaded_by == actor.id else None

    return look


def destroy_of_case(work: Work, number: str) -> int:
    """Destroy the keys of a case's files: a person was erased by law. Gives how many."""
    query = sa.select(Attachment).join(NamedIn, NamedIn.attachment_id == Attachment.id)
    rows = list(db.session.scalars(query.where(NamedIn.case_number == number)))
    for row in rows:
        sealing.destroy(row.key_id)
        work.record(row, "attachment:destroy", case=number)
    return len(rows)
