"""What people do with the notices of a case: read one whole, send it anew, print and post a letter.

The outbox itself knows no cases (``app.notices``); who may is decided here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from app import config, definitions, notices, printing
from app.cases import looks, reading, rights, sight
from app.cases.hold import BY_NUMBER, Held, hold_case, read_case
from app.db import raw
from app.errors import NotAllowed, NotFound
from app.notices import Content, NoticeFacts
from app.sealing import Destroyed
from app.texts import T
from app.work import Actor, Work, command
from app.worktime import SHANGHAI

# Who deals with what customers are told once the case has gone on.
POSTERS = frozenset({"window_clerk", "hotline_agent", "cs_director"})
SHEET = ("c_notify_customer", "letter_sheet")


def may_post(actor: Actor) -> bool:
    """Whether the person deals with notices at all."""
    return bool(POSTERS & actor.groups)


def look_at_notice(actor: Actor, number: str, notice_id: int) -> Content:
    """A notice of a case whole, with what each attempt said; which is a look.

    Raises NotFound, NotAllowed, ReasonNeeded.
    """
    row = raw().execute(BY_NUMBER, (number,)).fetchone()
    if row is None or notices.notice(notice_id).case != number:
        raise NotFound
    case = read_case(row)
    if not sight.may_look(actor, case, sight.tasks_of(case)):
        raise NotAllowed(T("完整信息只供此件当前经办岗位查看。"), case=number)
    looks.need_reason(actor, case)
    try:
        found = notices.content(notice_id)
    except Destroyed as error:
        raise NotFound(T("内容已依法销毁。")) from error
    looks.note(actor, case, ["notice"], notice=notice_id)
    return found


@command(right="case")
def send_notice_anew(work: Work, notice_id: int) -> NoticeFacts:
    """Send a notice once more. Raises NotFound, NotAllowed, Refused (it is still under way)."""
    _held(work, notice_id)
    return notices.send_anew(work, notice_id)


@command(right="case")
def note_letter_posted(work: Work, notice_id: int, way: str, number: str) -> NoticeFacts:
    """A letter was posted or put up. Raises NotFound, NotAllowed, Invalid, Refused."""
    _held(work, notice_id)
    return notices.note_posted(work, notice_id, way, number)


@command(right="case")
def note_letter_returned(work: Work, notice_id: int, why: str) -> NoticeFacts:
    """A letter came back. Raises NotFound, NotAllowed, Invalid (``why``), Refused."""
    _held(work, notice_id)
    return notices.note_returned(work, notice_id, why)


@command(right="case")
def render_letter(work: Work, notice_id: int) -> tuple[bytes, str]:
    """The sheet of a letter, address and text: a PDF and a file name in which no person stands.

    Who posts it has to read it, so it needs no reason; that it was printed is on record.
    Raises NotFound, NotAllowed, Destroyed.
    """
    facts, case = _held(work, notice_id)
    if facts.channel != "letter":
        raise NotFound
    said, chosen = notices.content(notice_id), config.settings()
    release = definitions.published_one(SHEET[0]).release
    head = {
        "company": chosen.company,
        "phone": chosen.company_phone,
        "complaint_phone": chosen.complaint_phone,
        "outlet": work.by.branch or work.by.region or "",
        "case_number": facts.case or "",
        "url": f"{chosen.public_url.rstrip('/')}/cases/{facts.case}" if facts.case else "",
        "date": work.at.astimezone(SHANGHAI).date().isoformat(),
        "operator": work.by.name,
        "printed_at": work.at.isoformat(timespec="seconds"),
    }
    data = {"to": said.recipient, "subject": said.subject, "text": said.text, "print": head}
    made = printing.render(definitions.print_template(release, *SHEET), data, at=work.at)
    _record_print(work, facts, case, made)
    return made, f"{facts.case or 'letter'}-{notice_id}.pdf"


def _record_print(work: Work, facts: NoticeFacts, case: Held | None, made: bytes) -> None:
    after = {"print": ".".join(SHEET), "notice": facts.id}
    hashes = {f"{SHEET[1]}.pdf": hashlib.sha256(made).hexdigest()}
    if case is None:
        notices.note_printed(work, facts.id, after, hashes)
        return
    work.record(
        case, "case:print", case=case.number, procedure=case.procedure, version=case.version,
        release=case.release_id, after=after, hashes=hashes,
    )  # fmt: skip


def _held(work: Work, notice_id: int) -> tuple[NoticeFacts, Held | None]:
    """The notice and its case, locked. Raises NotFound, NotAllowed."""
    if not may_post(work.by):
        raise NotAllowed(T("重发和寄送由窗口、热线和客服主任办理。"))
    facts = notices.notice(notice_id)
    if facts.case is None:
        return facts, None
    case = hold_case(work, facts.case)
    rights.need_case(work.by, case)
    return facts, case


def letters_to_post(actor: Actor) -> Sequence[NoticeFacts]:
    """Letters of cases that the person sees, oldest first."""
    found = notices.letters()
    mine = reading.seen(actor, [one.case for one in found if one.case])
    return [one for one in found if one.case is None or one.case in mine]
