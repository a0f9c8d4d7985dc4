"""What was handed in stays: another may take its place, and nobody deletes it (domain 5.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from app.attachments.files import FileFacts, cases_of, facts, known_ids, row_of
from app.attachments.kinds import wrong
from app.attachments.models import Attachment
from app.db import db
from app.errors import Refused
from app.texts import T
from app.work import Work, command

# Each file with the last of those that took its place, one after the other.
NEWEST = """
    WITH RECURSIVE line (first, id, next, steps) AS (
        SELECT id, id, superseded_by, 0 FROM attachments WHERE id = ANY(:ids)
        UNION ALL
        SELECT line.first, a.id, a.superseded_by, steps + 1
        FROM line JOIN attachments a ON a.id = line.next WHERE steps < 1000
    )
    SELECT first::text, id::text FROM line WHERE next IS NULL
"""
EARLIER = """
    WITH RECURSIVE line (id, steps) AS (
        SELECT id, 0 FROM attachments WHERE superseded_by = :id
        UNION ALL
        SELECT a.id, steps + 1 FROM line JOIN attachments a ON a.superseded_by = line.id
        WHERE steps < 1000
    )
    SELECT id::text FROM line
"""


class Kept(Refused):
    """收到的文件不能删除，只能用新的一份替换，旧件留存备查。"""


def supersede(work: Work, old: str, new: str, *, case: str | None = None) -> None:
    """Let a file take another's place; the old one stays and says so. Raises Invalid, NotFound."""
    was, now = row_of(old), row_of(new)
    if was.superseded_by is not None or now.superseded_by is not None or was.id == now.id:
        raise wrong(T("该文件已被替换，请选最新的一份。"))
    was.superseded_by = now.id
    work.record(
        was,
        "attachment:supersede",
        case=case,
        after={"by": str(now.id)},
        hashes={"sha256": was.sha256, "by": now.sha256},
    )


@command(right="case")
def delete(_work: Work, file_id: str) -> None:
    """Never: raises Kept, which puts the attempt on record. Raises NotFound for no file."""
    row_of(file_id)
    raise Kept(case=next(iter(cases_of(file_id)), None))


def newest(ids: Iterable[str]) -> Mapping[str, str]:
    """For each file the one that stands in its place now, itself when none does. What is no file
    of ours is left out."""
    asked = {"ids": known_ids(ids)}
    return {str(first): str(last) for first, last in db.session.execute(sa.text(NEWEST), asked)}


def earlier(file_id: str) -> list[FileFacts]:
    """The files that this one stands for, directly or by others, newest first."""
    known = known_ids([file_id])
    if not known:
        return []
    ids = db.session.scalars(sa.text(EARLIER), {"id": known[0]})
    return sorted(facts(ids).values(), key=lambda f: (f.uploaded_at, f.id), reverse=True)


def wait_for_scan(limit: int = 100) -> list[str]:
    """Ids of files that were taken in while the scanner was silent, oldest first."""
    query = sa.select(Attachment.id).where(Attachment.scan == "skipped")
    return [
        str(one) for one in db.session.scalars(query.order_by(Attachment.uploaded_at).limit(limit))
    ]
