"""The outbox: what is to be said to customers, and every attempt to say it.

After three failed attempts, or one that is final, a letter is queued instead (SVC-21: contacted
three times in vain) – unless a case waits for the outcome: it then chooses the next way itself.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app import sealing
from app.db import db
from app.errors import Invalid, NotFound, Refused
from app.notices import templates
from app.notices.facts import BY_WIRE, NoticeFacts, content, facts_of
from app.notices.models import Notice, NoticeAttempt, NoticeFile
from app.notices.parcels import Delivery
from app.notices.templates import Written
from app.queue import enqueue
from app.texts import T
from app.work import Work

CHANNELS = ("sms", "email", "phone", "letter")
TRIES = 3
LONGEST, LONGEST_DETAIL = 2000, 500
MOST_FILES = 5 * 1024 * 1024
OVER = ("sent", "letter", "lost", "returned")
RECIPIENT, BODY, DETAIL = b"recipient", b"body", b"detail"
SUBJECT, GIVEN, ADDRESS, FILE = b"subject", b"given", b"address", b"file"
MAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")
File = tuple[str, bytes]


def queue_notice(
    work: Work, *, channel: str, recipient: str, template: str, case: str | None, key: str,
    text: str = "", values: Mapping[str, Any] | None = None, address: str = "",
    tell: str | None = None, attach: Sequence[str] = (), files: Sequence[File] = (),
    language: str = "zh",
) -> NoticeFacts:  # fmt: skip
    """Queue a notice; the same ``key`` again gives the one that is there.

    Its words are the template's with ``values``, or ``text`` as it stands. ``address``: where a
    letter would go; ``tell``: the case waits for the message of this key (``tidings``);
    ``files``: PDFs of an e-mail, name and content; ``attach``: names of print-outs that are made
    when it is sent. Raises Invalid, NotFound (template).
    """
    known = db.session.scalar(sa.select(Notice).filter_by(key=key))
    if known is None:
        written = _written(template, text, values, case, language)
        _check(channel, recipient, written.text, files)
        known = _add(work, channel, recipient, written, case, key, address=address, tell=tell)
        known.attach = " ".join(attach)
        _put_files(known, files)
    return facts_of(known)


def _written(
    template: str, text: str, values: Mapping[str, Any] | None, case: str | None, language: str
) -> Written:
    if values is None:
        found = templates.find_template(template)
        if text or found is None:
            return Written(text, found.title if found else "", template)
    return templates.write(template, values, case, language)


def _check(channel: str, recipient: str, text: str, files: Sequence[File]) -> None:
    wrong = {}
    if channel not in CHANNELS:
        wrong["channel"] = T("没有这种通知方式。")
    if not recipient.strip():
        wrong["recipient"] = T("请填写通知对象。")
    elif channel == "email" and not MAIL.fullmatch(recipient.strip()):
        wrong["recipient"] = T("电子邮箱格式有误，请核对。")
    if not text.strip() or len(text) > LONGEST:
        wrong["text"] = T("通知内容须为 1 至 {most} 个字。", most=LONGEST)
    if sum(len(body) for _, body in files) > MOST_FILES:
        wrong["files"] = T("附件合计不能超过 5 MB。")
    if wrong:
        raise Invalid(fields=wrong)


def _add(
    work: Work, channel: str, recipient: str, written: Written, case: str | None, key: str, *,
    address: str = "", tell: str | None = None, instead_of: int | None = None,
) -> Notice:  # fmt: skip
    seal = sealing.new_key("notice")
    db.session.flush()
    notice = Notice(
        key=key, key_id=seal.id, channel=channel, template=written.template,
        version=written.version, case_number=case, state="queued", tell=tell,
        recipient=sealing.seal(seal, recipient.strip().encode(), RECIPIENT),
        body=sealing.seal(seal, written.text.encode(), BODY),
        subject=sealing.seal(seal, written.subject.encode(), SUBJECT),
        given=sealing.seal_json(
            seal, {"values": dict(written.values), "code": written.code}, GIVEN
        ),
        address=sealing.seal(seal, address.encode(), ADDRESS) if address else None,
        instead_of=instead_of, created_at=work.at, looks=0,
    )  # fmt: skip
    db.session.add(notice)
    db.session.flush()
    after = {"channel": channel, "template": written.template, "state": "queued"}
    if written.version:
        after["version"] = str(written.version)
    if instead_of is not None:
        after["instead_of"] = str(instead_of)
    sealed = {"recipient": notice.recipient, "text": notice.body}
    work.record(notice, "notice:queue", case=case, after=after, sealed=sealed)
    if channel in BY_WIRE:
        enqueue("send_notice", notice_id=notice.id)
    return notice


def _put_files(notice: Notice, files: Sequence[File]) -> None:
    for number, (name, body) in enumerate(files, 1):
        sealed = sealing.seal(notice.key_id, body, FILE)
        db.session.add(NoticeFile(notice_id=notice.id, number=number, name=name, body=sealed))
    db.session.flush()


def add_file(work: Work, notice_id: int, name: str, body: bytes) -> None:
    """Put a print-out that was made for an e-mail with it."""
    notice = held(notice_id)
    there = sa.select(sa.func.count()).where(NoticeFile.notice_id == notice_id)
    number = (db.session.scalar(there) or 0) + 1
    sealed = sealing.seal(notice.key_id, body, FILE)
    db.session.add(NoticeFile(notice_id=notice_id, number=number, name=name, body=sealed))
    work.record(
        notice, "notice:file", case=notice.case_number, after={"file": name},
        hashes={name: hashlib.sha256(body).hexdigest()},
    )  # fmt: skip


def record_attempt(
    work: Work, notice_id: int, ok: bool, detail: str = "", *, final: bool = False,
    receipt: str = "",
) -> NoticeFacts:  # fmt: skip
    """Note an attempt. The third that fails, or a ``final`` one, ends it.

    Raises NotFound, Refused when the notice has gone out already.
    """
    notice = held(notice_id)
    if notice.state in OVER:
        raise Refused(T("这条通知已经发出或已改为寄信。"), case=notice.case_number)
    return note(work, notice, Delivery(ok, detail, final, receipt))


def held(notice_id: int) -> Notice:
    """The notice, locked. Raises NotFound."""
    notice = db.session.get(Notice, notice_id, with_for_update=True, populate_existing=True)
    if notice is None:
        raise NotFound
    return notice


def note(work: Work, notice: Notice, said: Delivery) -> NoticeFacts:
    """Put an attempt on record, and what follows from it."""
    number = _tried(notice.id) + 1
    sealed = sealing.seal(notice.key_id, said.detail[:LONGEST_DETAIL].encode(), DETAIL)
    db.session.add(NoticeAttempt(
        notice_id=notice.id, number=number, at=work.at, by_login=work.by.login, ok=said.ok,
        detail=sealed,
    ))  # fmt: skip
    notice.state, notice.sending_at = _state_after(notice, said, number), None
    notice.receipt = said.receipt or None
    work.record(
        notice, "notice:attempt", case=notice.case_number,
        after={"number": number, "ok": said.ok, "state": notice.state}, sealed={"detail": sealed},
    )  # fmt: skip
    if notice.state == "letter":
        _write_letter(work, notice)
    return facts_of(notice)


def _tried(notice_id: int) -> int:
    count = sa.select(sa.func.count()).select_from(NoticeAttempt)
    return db.session.scalar(count.where(NoticeAttempt.notice_id == notice_id)) or 0


def _state_after(notice: Notice, said: Delivery, number: int) -> str:
    if said.ok:
        return "handed" if said.receipt else "sent"
    # How often one calls is the drawing's affair.
    spent = number >= TRIES and notice.channel != "phone"
    if notice.channel == "letter" or not (spent or said.final):
        return "failed"
    return "lost" if notice.tell else "letter"


def _write_letter(work: Work, notice: Notice) -> None:
    said = content(notice.id)
    written = Written(said.text, said.subject, notice.template, notice.version)
    _add(
        work, "letter", said.address or said.recipient, written, notice.case_number,
        f"{notice.key}:letter", instead_of=notice.id,
    )  # fmt: skip


def send_anew(work: Work, notice_id: int) -> NoticeFacts:
    """Send a notice once more by hand, as one of its own. Raises Refused while it is under way."""
    notice = held(notice_id)
    if notice.state not in OVER:
        raise Refused(T("这条通知还在发送中，请稍后再看。"), case=notice.case_number)
    said = content(notice_id)
    written = Written(
        said.text, said.subject, notice.template, notice.version, said.values, said.code
    )
    base = notice.key.partition("#")[0]
    times = sa.select(sa.func.count()).where(Notice.key.startswith(f"{base}#", autoescape=True))
    anew = _add(
        work, notice.channel, said.recipient, written, notice.case_number,
        f"{base}#{(db.session.scalar(times) or 0) + 1}", address=said.address,
    )  # fmt: skip
    _put_files(anew, said.files)
    return facts_of(anew)


# --- letters --------------------------------------------------------------------------------------


def note_posted(work: Work, notice_id: int, way: str, number: str = "") -> NoticeFacts:
    """A letter was posted (``post``, with the mail's number) or put up at the door (``door``).

    Raises NotFound, Invalid (``way``, ``number``), Refused (it is out already)."""
    notice = _letter(notice_id)
    if way not in ("post", "door"):
        raise Invalid(fields={"way": T("请选择邮寄或张贴。")})
    if way == "post" and not number.strip():
        raise Invalid(fields={"number": T("请填写邮件编号。")})
    words = T("邮寄，邮件编号 {number}", number=number.strip()) if way == "post" else T("张贴")
    if notice.state in OVER:
        raise Refused(T("这封信已登记寄出。"), case=notice.case_number)
    return note(work, notice, Delivery(True, str(words)))


def note_returned(work: Work, notice_id: int, why: str) -> NoticeFacts:
    """A letter came back. Raises NotFound, Invalid (``why``), Refused (it was not posted)."""
    notice = _letter(notice_id)
    if not why.strip():
        raise Invalid(fields={"why": T("请填写退回原因。")})
    if notice.state != "sent":
        raise Refused(T("这封信没有寄出，不能登记退回。"), case=notice.case_number)
    note(work, notice, Delivery(False, why.strip()))
    notice.state = "returned"
    work.record(notice, "notice:returned", case=notice.case_number, after={"state": "returned"})
    return facts_of(notice)


def note_printed(
    work: Work, notice_id: int, after: Mapping[str, Any], hashes: Mapping[str, str]
) -> None:
    """A letter that belongs to no case was printed."""
    work.record(held(notice_id), "notice:print", after=after, hashes=hashes)


def _letter(notice_id: int) -> Notice:
    notice = held(notice_id)
    if notice.channel != "letter":
        raise NotFound
    return notice


def destroy_of_case(work: Work, number: str) -> int:
    """Destroy what the notices of a case say: a person was erased by law. Gives how many."""
    rows = list(db.session.scalars(sa.select(Notice).where(Notice.case_number == number)))
    for notice in rows:
        sealing.destroy(notice.key_id)
        work.record(notice, "notice:destroy", case=number)
    return len(rows)
