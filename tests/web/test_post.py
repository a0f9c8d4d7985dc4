"""The messages of a case in the desk: attempts, the text on demand, letters, templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from app import audit, config, notices
from app.db import db
from app.jobs.tasks import send_notice
from app.notices import Delivery, Message
from app.work import SYSTEM, Work, command
from tests.web.counter import Clerk, at_desk, furnish

PHONE, TEXT = "19900000001", "周禾清女士，您的过户已办结。"


class Bounces:
    """A provider that takes nothing, for good."""

    def send(self, message: Message) -> Delivery:
        return Delivery(False, f"550 {message.channel}", final=True)


@command
def queue(work: Work, case: str, **more: object) -> int:
    usual = {"channel": "sms", "recipient": PHONE, "text": TEXT, "key": "k1", "template": "done"}
    return notices.queue_notice(work, case=case, **{**usual, **more}).id  # type: ignore[arg-type]


@pytest.fixture
def lin(desk: Flask) -> Clerk:
    furnish()
    return at_desk(desk, "linqi")


@pytest.fixture
def bounces() -> Iterator[None]:
    notices.install(Bounces())
    yield
    notices.install(None)


def actions(number: int) -> list[str]:
    chain = {"subject_kind": "notice", "subject_key": str(number)}
    return [e.action for e in db.session.query(audit.Entry).filter_by(**chain)]


@pytest.mark.usefixtures("bounces")
def test_the_case_page_says_what_was_tried_and_shows_nobody(lin: Clerk) -> None:
    number = lin.case().number
    send_notice(queue(number, by=SYSTEM))
    page = lin.page(f"/cases/{number}?tab=messages")
    assert "199****0001" in page
    assert PHONE not in page
    assert TEXT not in page
    assert "未送达，已改寄信" in page
    assert re.search(r"系统 · <span class=\"late\">未送达", page)
    assert "待寄出" in page


def test_a_text_is_read_after_a_reason_and_the_look_is_on_record(lin: Clerk) -> None:
    number = lin.case().number
    one = queue(number, by=SYSTEM)
    send_notice(one)
    path = f"/cases/{number}/notices/{one}"
    asked = lin.get(path)
    assert (asked.status_code, f"/cases/{number}/look" in asked.location) == (303, True)
    assert lin.post(asked.location, {"_why": "handle"}).location.endswith(path)
    page = lin.page(path)
    assert PHONE in page
    assert TEXT in page
    assert "test:sms" in page
    looks = db.session.query(audit.Entry).filter_by(action="case:look", case_number=number)
    assert [e.body["after"]["notice"] for e in looks] == [one]
    assert lin.get(f"/cases/{number}/notices/999999").status_code == 404
    other = lin.case().number
    assert lin.get(f"/cases/{other}/notices/{one}").status_code == 404


def test_others_read_no_text(lin: Clerk, desk: Flask) -> None:
    number = lin.case().number
    one = queue(number, by=SYSTEM)
    for login in ("wenrushuang", "qimingyuan", "dingwangshu"):
        assert at_desk(desk, login).get(f"/cases/{number}/notices/{one}").status_code == 403


def test_it_goes_out_once_more_by_hand(lin: Clerk, desk: Flask) -> None:
    number = lin.case().number
    one = queue(number, by=SYSTEM)
    path = f"/cases/{number}/notices/{one}/again"
    assert "还在发送中" in lin.post(path, {"_sure": "1"}).text
    send_notice(one)
    auditor = at_desk(desk, "wenrushuang")
    assert auditor.post(path, {"_sure": "1"}).status_code == 403
    assert "用户可能收到两次" in lin.page(path)
    for _ in range(2):
        assert lin.post(path, {"_sure": "1"}).status_code == 303
    first, *anew = notices.of_case(number)
    assert [n.state for n in (first, *anew)] == ["sent", "queued", "queued"]
    assert [notices.content(n.id).text for n in anew] == [TEXT, TEXT]


@pytest.mark.usefixtures("bounces")
def test_a_letter_is_printed_posted_and_comes_back(known: dict[str, str], desk: Flask) -> None:
    lin = at_desk(desk, "linqi")
    number = lin.case("meter_transfer", account_no=known["clean_sale"]).number
    send_notice(queue(number, by=SYSTEM, address="临江市城东区桐荫路12号"))
    (letter,) = [n for n in notices.of_case(number) if n.channel == "letter"]
    page = lin.page("/letters")
    assert number in page
    assert "桐荫路" not in page
    sheet = lin.get(f"/letters/{letter.id}/sheet")
    assert (sheet.mimetype, sheet.data[:5]) == ("application/pdf", b"%PDF-")
    printed = db.session.query(audit.Entry).filter_by(action="case:print", case_number=number).one()
    assert printed.body["after"]["notice"] == letter.id
    posted, returned = (f"/letters/{letter.id}/{way}" for way in ("posted", "returned"))
    auditor = at_desk(desk, "wenrushuang")
    assert auditor.post(posted, {"_way": "door", "_number": ""}).status_code == 403
    assert auditor.get(f"/letters/{letter.id}/sheet").status_code == 403
    assert "没有寄出" in lin.post(returned, {"_why": "查无此人"}).text
    wrong = lin.post(posted, {"_way": "post", "_number": ""})
    assert (wrong.status_code, "请填写邮件编号" in wrong.text) == (422, True)
    post_and_return(lin, posted, returned)
    assert notices.notice(letter.id).state == "returned"
    assert notices.content(letter.id).details == ("邮寄，邮件编号 EM0001", "查无此人")
    assert "被退回" in lin.page(f"/cases/{number}?tab=messages")
    assert "notice:returned" in actions(letter.id)


def post_and_return(lin: Clerk, posted: str, returned: str) -> None:
    assert lin.post(posted, {"_way": "post", "_number": "EM0001"}).status_code == 303
    assert "没有待寄的信函" in lin.page("/letters")
    assert lin.post(returned, {"_why": "查无此人"}).status_code == 303


def test_letters_of_other_regions_are_not_shown(lin: Clerk, desk: Flask) -> None:
    assert at_desk(desk, "tianyezhou").get("/letters").status_code == 403
    assert lin.get("/letters/999999/posted").status_code == 404
    assert lin.get(f"/letters/{10**30}/sheet").status_code == 404


# --- the test gateway -----------------------------------------------------------------------------


def test_a_demo_shows_what_would_have_been_sent(lin: Clerk) -> None:
    number = lin.case().number
    send_notice(queue(number, by=SYSTEM))
    page = lin.page("/outbox")
    assert "并没有发出" in page
    assert TEXT in page
    assert PHONE in page
    assert lin.get("/outbox?before=x").status_code == 422
    assert "还没有通知" in lin.page("/outbox?before=1")


def test_where_notices_go_out_there_is_no_test_gateway(lin: Clerk, desk: Flask) -> None:
    before = config.settings()
    config.install(replace(before, demo=False))
    try:
        assert lin.get("/outbox").status_code == 404
        assert "测试发件箱" not in lin.page("/me")
        config.install(replace(before, demo=False, notices_test=True))
        assert lin.get("/outbox").status_code == 403
        assert at_desk(desk, "qimingyuan").get("/outbox").status_code == 200
    finally:
        config.install(before)


# --- templates ------------------------------------------------------------------------------------


@pytest.fixture
def owner(desk: Flask) -> Clerk:
    return at_desk(desk, "renyumo")


NAME = "/notices/transfer_lapsed"


def typed(owner: Clerk, **more: str) -> dict[str, str]:
    """The fields of the page as they stand, with others in them."""
    page = owner.page(NAME)
    body = notices.the_template("transfer_lapsed").body
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    return {**vars(body), "version": version[1], "_way": "save", **more}


def test_an_owner_looks_at_it_first_and_then_changes_it(owner: Clerk) -> None:
    assert "逾期失效" in owner.page("/notices")
    text = "您的过户申请已失效，案号{case}，咨询{hotline}。"
    seen = owner.post(NAME, typed(owner, zh=text, _way="preview"))
    assert seen.status_code == 200
    assert "案号GH20261123-0001，咨询0731-96000000。" in seen.text
    assert "按 1 条计费" in seen.text
    assert notices.the_template("transfer_lapsed").version == 0
    assert owner.post(NAME, typed(owner, zh=text, code="SMS_9")).status_code == 303
    found = notices.the_template("transfer_lapsed")
    assert (found.version, found.body.zh, found.body.code) == (1, text, "SMS_9")
    page = owner.page(NAME)
    assert "改为版本 1" in page
    assert "您申请的水表过户因材料逾期未补齐" in page
    said = notices.write("transfer_lapsed", {}, "GH1")
    assert (said.text, said.version) == ("您的过户申请已失效，案号GH1，咨询0731-96000000。", 1)
    back = owner.post(NAME, typed(owner, _way="default"))
    assert "您申请的水表过户因材料逾期未补齐" in back.text


@pytest.mark.parametrize(
    ("field", "wrong", "words"),
    [
        ("zh", "您的{nobody}", "没有名为 nobody 的变量"),
        ("zh", "您的{case", "花括号不成对"),
        ("zh", " ", "请填写通知内容"),
        ("en", "{x}", "没有名为 x 的变量"),
        ("zh", "长" * 1001, "最多 1000 个字"),
    ],
)
@pytest.mark.parametrize("way", ["save", "preview"])
def test_what_cannot_be_said_is_refused_with_all_that_was_typed(
    owner: Clerk, field: str, wrong: str, words: str, way: str
) -> None:
    answer = owner.post(NAME, typed(owner, _way=way, **{"subject": "我的标题", field: wrong}))
    assert answer.status_code == 422
    assert words in answer.text
    assert "我的标题" in answer.text
    assert notices.the_template("transfer_lapsed").version == 0


def test_of_two_who_change_it_at_once_the_second_is_told(owner: Clerk) -> None:
    mine = typed(owner, zh="第二个人写的")
    assert owner.post(NAME, typed(owner, zh="第一个人写的")).status_code == 303
    late = owner.post(NAME, mine)
    assert (late.status_code, "刚刚改过" in late.text, "第二个人写的" in late.text) == (
        422, True, True,
    )  # fmt: skip


def test_nobody_else_changes_a_template(lin: Clerk, owner: Clerk, desk: Flask) -> None:
    for login in ("linqi", "wenrushuang", "renyumo"):
        status = at_desk(desk, login).get(NAME).status_code
        assert status == (200 if login == "renyumo" else 403)
    assert lin.post(NAME, typed(owner, zh="x")).status_code == 403
    body = notices.the_template("transfer_lapsed").body
    with pytest.raises(Exception, match="流程负责人"):
        notices.change_template("transfer_lapsed", body, 0, by=lin.actor)


def test_an_owner_adds_one_for_a_drawing(owner: Clerk) -> None:
    new = {"name": "scheme_ready", "title": "方案已出", "zh": "方案{no}已出，费用{fee}元。",
           "places": "no 方案编号 FA-1\nfee 费用 1200.00", "subject": "供水方案"}  # fmt: skip
    bad = owner.post("/notices/new", {**new, "places": "no 方案编号"})
    assert (bad.status_code, "每行依次写" in bad.text, "方案已出" in bad.text) == (422, True, True)
    assert owner.post("/notices/new", new).status_code == 303
    assert "方案FA-1已出，费用1200.00元。" in owner.page("/notices/scheme_ready")
    assert notices.write("scheme_ready", {"no": "A", "fee": 3}, None).text == "方案A已出，费用3元。"
    again = owner.post("/notices/new", new)
    assert (again.status_code, "已有同名的模板" in again.text) == (422, True)
    with pytest.raises(Exception, match="有误") as caught:
        notices.write("scheme_ready", {"no": "A"}, None)
    assert "fee" in str(caught.value.fields["values"])  # type: ignore[attr-defined]


def test_long_texts_count_as_several_messages() -> None:
    assert notices.segments("字" * 66, "临江") == (70, 1)
    assert notices.segments("字" * 67, "临江") == (71, 2)
    assert notices.segments("字" * 131, "临江") == (135, 3)
    assert notices.segments("𠮷") == (2, 1)
