"""Putting a new file in the place of an old one, on a case's papers: the old one stays."""

from __future__ import annotations

from typing import IO

from app import attachments, cases, registry
from app.errors import Invalid, NotFound
from app.procedures.common import need_part
from app.texts import T
from app.work import Work, command


@command(right="case")
def replace_file(
    work: Work, number: str, file_id: str, stream: IO[bytes], filename: str | None
) -> attachments.FileFacts:
    """Keep a file and let it take another's place in all papers of the case that name it.

    Raises NotFound (no such file in the case), NotAllowed, Invalid (field ``file``; it was
    replaced already), Infected, NoScanner, Down.
    """
    need_part(work.by, cases.case(work.by, number))
    if number not in attachments.cases_of(file_id):
        raise NotFound(T("没有这个文件。"))
    if attachments.facts([file_id])[file_id].superseded_by is not None:
        text = T("该文件已被替换，请选最新的一份。")
        raise Invalid(text, fields={"file": text})
    new = attachments.store(work, stream, filename, case=number)
    attachments.supersede(work, file_id, new.id, case=number)
    for paper in registry.materials(number):
        if file_id in paper.file_ids:
            registry.put_material(
                work, case=number, kind=paper.kind, title=paper.title, mode=paper.mode,
                pages=paper.pages, received=paper.received, due=paper.due, source=paper.source,
                file_ids=[new.id if one == file_id else one for one in paper.file_ids],
            )  # fmt: skip
    return new
