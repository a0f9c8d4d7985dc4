"""What customers are told: a notice whole, sent anew; letters to post; the test gateway."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, make_response, render_template, request, url_for

from app import cases, config, notices
from app.errors import Invalid, NotAllowed, NotFound
from app.texts import T, Text
from app.web import sent
from app.web.deeds import Ask, Deed, answer, page
from app.web.door import door
from app.web.rights import actor, may, signed_in
from app.work import Actor, now

Asked = dict[str, str]
NOTICE = "/cases/<number>/notices/<int:notice_id>"
LETTER = "/letters/<int:notice_id>/<any(posted, returned):way>"
PAGE = 50
BIGGEST = 2**63


@door.get(NOTICE)
@signed_in
def notice(number: str, notice_id: int) -> str:
    """One notice whole; a look, which is on record."""
    _need_small(notice_id)
    said = cases.look_at_notice(actor(), number, notice_id)
    facts = notices.notice(notice_id)
    return render_template(
        "notice.html",
        number=number,
        one=sent.message(facts),
        said=said,
        attempts=list(zip(sent.attempts(facts), said.details, strict=True)),
        now=now(),
    )


def _need_small(number: int) -> None:
    if number >= BIGGEST:
        raise NotFound


@door.get(f"{NOTICE}/again")
@signed_in
def notice_again_page(number: str, notice_id: int) -> str:
    """Ask whether it is to go out once more."""
    return page(_again(number, notice_id))


@door.post(f"{NOTICE}/again")
@signed_in
def notice_again(number: str, notice_id: int) -> Response:
    """Send it once more."""
    deed = _again(number, notice_id)
    return answer(deed, lambda _: (_sent_anew(notice_id), deed.back))


def _again(number: str, notice_id: int) -> Deed:
    _need_small(notice_id)
    cases.case(actor(), number)
    facts = notices.notice(notice_id)
    if facts.case != number:
        raise NotFound
    back = url_for("web.case", number=number, tab="messages")
    about = T("{way} {to}", way=sent.CHANNELS[facts.channel], to=facts.recipient)
    hint = T("将以原来的方式和内容再发一次，用户可能收到两次。")
    return Deed(
        T("重新发送"), T("重新发送"), about, back, (Ask("sure", T("确认"), "hidden"),), hint
    )


def _sent_anew(notice_id: int) -> Text:
    cases.send_notice_anew(notice_id, by=actor())
    return T("已重新发送。")


# --- letters --------------------------------------------------------------------------------------


@door.get("/letters")
@may("window_clerk", "hotline_agent", "cs_director")
def letters() -> str:
    """Letters that wait to be printed and posted."""
    found = [sent.message(one) for one in cases.letters_to_post(actor())]
    return render_template("letters.html", letters=found, now=now())


@door.get("/letters/<int:notice_id>/sheet")
@signed_in
def letter_sheet(notice_id: int) -> Response:
    """The sheet to print."""
    _need_small(notice_id)
    made, file = cases.render_letter(notice_id, by=actor())
    response = make_response(made)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{file}"'
    return response


@door.get(LETTER)
@signed_in
def letter_way(notice_id: int, way: str) -> str:
    """What is asked of a letter that went, or came back."""
    return page(_letter(notice_id, way))


@door.post(LETTER)
@signed_in
def take_letter_way(notice_id: int, way: str) -> Response:
    """Write it down."""
    deed = _letter(notice_id, way)
    return answer(deed, lambda given: (LETTERS[way](notice_id, given), deed.back))


def _letter(notice_id: int, way: str) -> Deed:
    _need_small(notice_id)
    facts = notices.notice(notice_id)
    if facts.case is not None:
        cases.case(actor(), facts.case)
    back = url_for("web.letters")
    if facts.case is not None and way == "returned":
        back = url_for("web.case", number=facts.case, tab="messages")
    about = facts.case or T("信函")
    if way == "returned":
        ask = Ask("why", T("退回原因"), "line", T("例如：查无此人、拒收。"), most=200)
        return Deed(T("登记退回"), T("登记退回"), about, back, (ask,))
    ways = (("post", T("邮寄")), ("door", T("张贴")))
    return Deed(
        T("登记寄出"), T("登记寄出"), about, back,
        (
            Ask("way", T("送达方式"), "options", options=ways, chosen="post"),
            Ask("number", T("邮件编号（张贴的不填）"), "line", most=40),
        ),
    )  # fmt: skip


def _posted(notice_id: int, given: Asked) -> Text:
    cases.note_letter_posted(notice_id, given["way"], given["number"], by=actor())
    return T("已登记寄出。")


def _returned(notice_id: int, given: Asked) -> Text:
    cases.note_letter_returned(notice_id, given["why"], by=actor())
    return T("已登记退回。")


LETTERS = {"posted": _posted, "returned": _returned}


# --- the test gateway -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """A notice as the test gateway shows it: whole, as nobody real stands in it."""

    message: sent.Message
    said: notices.Content | None


def sees_outbox(person: Actor | None) -> bool:
    """Whether the test gateway shows itself: to all in a demo, else to administrators, as a test
    installation may hold real customers."""
    if person is None or not notices.testing():
        return False
    return config.settings().demo or "admin" in person.groups


@door.get("/outbox")
@signed_in
def outbox() -> str:
    """What would have been sent; only where nothing is (a demo or test installation)."""
    if not notices.testing():
        raise NotFound(T("这里真的发出通知，没有测试发件箱。"))
    if not sees_outbox(actor()):
        raise NotAllowed
    before = request.args.get("before", "")
    if before and not (before.isascii() and before.isdecimal() and len(before) < 19):
        raise Invalid(T("没有这一页，请从头查看。"))
    found = notices.latest(PAGE + 1, int(before) if before else None)
    return render_template(
        "outbox.html",
        shown=[Shown(sent.message(one), _clear(one.id)) for one in found[:PAGE]],
        older=found[PAGE - 1].id if len(found) > PAGE else None,
        now=now(),
    )


def _clear(notice_id: int) -> notices.Content | None:
    facts = notices.notice(notice_id)
    return notices.content(notice_id) if facts.recipient else None
