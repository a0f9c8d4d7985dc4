"""通知客户: by message, mail, phone, letter, in the order of the table, until one arrives."""

from __future__ import annotations

from typing import Any

import pytest

from app import notices
from app.db import raw
from app.jobs.tasks import send_notice
from app.notices import Delivery, Message
from app.registry.customers import last4_hash, phone_hash
from tests.procedures.desk import SERVICES, Desk
from tests.procedures.steps import NEW_OWNER
from tests.procedures.visit import CLERK, Visit

START = {"case_number": "GH1", "phone": "19900001001", "notice": "transfer_lapsed", "values": {}}
PHONE = str(NEW_OWNER["new_phone"])
LOST = {"notice_ended": {"arrived": False}}


def found(**more: Any) -> dict[str, Any]:
    """The answer of ``gather`` with something else in it."""
    usual = {"notice": "transfer_lapsed"}
    return {"c_notify_customer__gather": {**SERVICES["c_notify_customer.gather"](usual), **more}}


def test_a_message_that_arrives_reaches():
    desk = Desk("c_notify_customer", START)
    assert desk.out.ended == "reached"
    assert desk.asked("c_notify_customer.hand_over")["way"] == "sms"


def test_a_message_that_never_arrives_becomes_a_call():
    desk = Desk("c_notify_customer", START, **LOST)
    assert desk.open == ["contact"]
    assert desk.submit("contact", contact_result="reached").out.ended == "reached"


def test_a_number_that_takes_no_messages_becomes_a_call():
    desk = Desk("c_notify_customer", START, c_notify_customer__hand_over="NOT_SENT")
    assert desk.open == ["contact"]


def test_without_word_the_next_way_is_taken():
    desk = Desk("c_notify_customer", START, notice_ended=None)
    assert desk.open == []
    assert desk.later(minutes=119).open == []
    assert desk.later(minutes=2).open == ["contact"]


@pytest.mark.parametrize(
    ("known", "ways"),
    [
        ({"sms_ok": False}, []),
        ({"mobile": ""}, []),
        ({"email": "z@example.cn"}, ["sms", "email"]),
        ({"email": "z@example.cn", "sms_ok": False}, ["email"]),
        ({"email": "z@example.cn", "mobile": ""}, ["email"]),
    ],
)
def test_each_way_is_tried_in_turn(known: dict[str, Any], ways: list[str]):
    desk = Desk("c_notify_customer", START, **found(**known), **LOST)
    sent = [given["way"] for name, given in desk.called if name == "c_notify_customer.hand_over"]
    assert sent == ways
    assert desk.open == ["contact"]


def test_a_mail_that_arrives_reaches():
    desk = Desk("c_notify_customer", START, **found(email="z@example.cn", sms_ok=False))
    assert desk.out.ended == "reached"


def test_three_calls_without_answer_become_a_letter():
    desk = Desk("c_notify_customer", START, **found(mobile=""))
    for _ in range(3):
        assert desk.open == ["contact"]
        desk.submit("contact", contact_result="no_answer")
    lasts = [given["last"] for name, given in desk.called if name.endswith("note_call")]
    assert lasts == [False, False, True]
    desk.submit("letter", letter_way="post", letter_no="EM0001")
    assert desk.out.ended == "not_reached"


def test_who_has_no_phone_gets_a_letter():
    desk = Desk("c_notify_customer", START, **found(mobile="", has_phone=False))
    desk.submit("letter", letter_way="notice")
    assert desk.out.ended == "not_reached"


# --- with the register and the outbox -------------------------------------------------------------


def lapse(known: dict[str, str]) -> Visit:
    """A transfer whose papers never came: the customer is told so."""
    visit = Visit(known["clean_sale"]).accept()
    visit.papers(missing=("不动产权证",))
    return visit.later(days=30)


def told(visit: Visit) -> list[tuple[str, str, str]]:
    return [
        (n.template, n.channel, n.state)
        for n in notices.of_case(visit.number)
        if n.template == "transfer_lapsed"
    ]


def test_a_message_sent_ends_the_case(known):
    visit = lapse(known)
    assert told(visit) == [("transfer_lapsed", "sms", "sent")]
    assert visit.shown().status == "ended"
    said = notices.content(notices.of_case(visit.number)[-1].id)
    assert said.text.endswith(f"案号{visit.number}。材料备齐后可重新申请。")


@pytest.mark.usefixtures("bounces")
def test_what_bounces_ends_at_once_and_every_way_is_on_record(known):
    visit = lapse(known)
    assert visit.open == ["contact"]
    for _ in range(3):
        visit.fill("contact", contact_result="no_answer", contact_note="彩铃")
    visit.fill("letter", letter_way="post", letter_no="EM0001")
    assert told(visit) == [
        ("transfer_lapsed", "sms", "lost"),
        ("transfer_lapsed", "phone", "lost"),
        ("transfer_lapsed", "letter", "sent"),
    ]
    sms, phone, letter = notices.of_case(visit.number)[-3:]
    assert [len(n.attempts) for n in (sms, phone, letter)] == [1, 3, 1]
    assert notices.content(phone.id).details[0] == "未接通；彩铃"
    assert notices.content(letter.id).details == ("邮寄，邮件编号 EM0001",)
    assert visit.shown().status == "ended"


def test_one_who_wants_no_messages_is_called(known):
    raw().execute("UPDATE customer SET sms_ok = false")
    visit = Visit(known["clean_sale"]).accept()
    raw().execute(
        "INSERT INTO customer_phone (customer_id, phone_hash, last4_hash)"
        " SELECT id, %s, %s FROM customer LIMIT 1",
        (phone_hash(PHONE), last4_hash(PHONE[-4:])),
    )
    visit.papers(missing=("不动产权证",)).later(days=30)
    assert told(visit) == []
    assert visit.open == ["contact"]


def test_late_word_reaches_nobody_and_harms_nothing(known):
    notices.install(_Silent())
    try:
        visit = lapse(known)
        assert visit.open == ["contact"]
        sms = [n for n in notices.of_case(visit.number) if n.channel == "sms"][-1]
        assert sms.state == "failed"
        notices.install(None)
        send_notice(sms.id)
        assert visit.open == ["contact"]
        visit.fill("contact", by=CLERK, contact_result="reached")
        assert visit.shown().status == "ended"
    finally:
        notices.install(None)


class _Silent:
    """A provider that is out of order for now."""

    def send(self, message: Message) -> Delivery:  # noqa: ARG002
        return Delivery(False, "451")
