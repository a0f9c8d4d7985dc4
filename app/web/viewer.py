"""Looking at a file without taking it away: page by page, as a page of its own and within another.

Pages are drawn by us (``attachments.draw``): what a stranger wrote never meets a clerk's browser
before he opens the original, and a phone shows it as a counter does.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, make_response, render_template, request, url_for

from app import attachments, cases, registry
from app.errors import Invalid, NotFound
from app.procedures import papers
from app.texts import T
from app.web import deeds, problems
from app.web.door import door
from app.web.rights import actor, signed_in

MOST_PAGES = 2000


@dataclass(frozen=True)
class Beside:
    """Where a file lies: its case, and the files before and behind it there."""

    number: str | None = None
    before: str | None = None
    behind: str | None = None


@door.get("/attachments/<file_id>/view")
@signed_in
def view_file(file_id: str) -> str:
    """A file to look at; for htmx and scripts the part that fits into a dialog."""
    attachments.need_sight(actor(), file_id, lambda number: cases.sees_file(actor(), number))
    facts = next(iter(attachments.facts([file_id]).values()))
    pages = attachments.pages_of(file_id)
    page = _page(pages)
    return render_template(
        "viewer_part.html" if problems.wants_line() else "viewer.html",
        file=facts,
        page=page,
        pages=pages,
        beside=_beside(file_id),
        newest=attachments.newest([file_id]).get(facts.id, facts.id),
    )


def _page(pages: int) -> int:
    asked = request.args.get("page", "1")
    if not (asked.isdecimal() and len(asked) <= 4 and 1 <= int(asked) <= pages):
        raise NotFound(T("没有这一页。"))
    return int(asked)


def _beside(file_id: str) -> Beside:
    """Within the first case that names the file and that the person sees."""
    number = next((n for n in attachments.cases_of(file_id) if cases.seen(actor(), [n])), None)
    if number is None:
        return Beside()
    row = [one for paper in registry.materials(number) for one in paper.file_ids]
    if file_id not in row:
        return Beside(number)
    at = row.index(file_id)
    before = row[at - 1] if at else None
    return Beside(number, before, row[at + 1] if at + 1 < len(row) else None)


@door.get("/attachments/<file_id>/pages/<int:page>")
@signed_in
def file_page(file_id: str, page: int) -> Response:
    """One page as a picture; each is a look, as opening the file is."""
    if not 1 <= page <= MOST_PAGES:
        raise NotFound(T("没有这一页。"))
    facts, content = attachments.open_for(
        actor(), file_id, lambda number: cases.look_at_file(actor(), number, file_id, page)
    )
    drawn = attachments.page_of(facts, content, page)
    response = make_response(drawn.picture)
    response.mimetype = "image/webp"
    return response


# --- a new file in the place of an old one --------------------------------------------------------


@door.get("/cases/<number>/files/<file_id>/replace")
@signed_in
def replace_page(number: str, file_id: str) -> str:
    """Choose the new file."""
    return deeds.page(_replacing(number, file_id))


@door.post("/cases/<number>/files/<file_id>/replace")
@signed_in
def replace(number: str, file_id: str) -> Response:
    """Keep it in the old one's place; what is wrong is said on the same page."""
    return deeds.answer(_replacing(number, file_id), lambda _given: _replaced(number, file_id))


def _replacing(number: str, file_id: str) -> deeds.Deed:
    cases.case(actor(), number)
    attachments.need_sight(actor(), file_id, lambda one: cases.sees_file(actor(), one))
    facts = next(iter(attachments.facts([file_id]).values()))
    return deeds.Deed(
        T("更换文件"), T("更换"), number, url_for("web.case", number=number, tab="papers"),
        (deeds.Ask("file", T("新的一份"), "file"),),
        T("将代替“{name}”。旧件不会删除，留存备查。", name=facts.name),
    )  # fmt: skip


def _replaced(number: str, file_id: str) -> tuple[str, str]:
    sent = request.files.get("_file")
    if sent is None or not sent.filename:
        raise Invalid(fields={"file": T("请选择文件。")})
    papers.replace_file(number, file_id, sent.stream, sent.filename, by=actor())
    words = T("已换成新的一份，旧件留存备查。")
    return words, url_for("web.case", number=number, tab="papers")
