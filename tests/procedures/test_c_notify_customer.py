"""通知客户: by message, else by phone up to three times, else by letter."""

from __future__ import annotations

from tests.procedures.desk import Desk

START = {"case_number": "GH1", "phone": "19900001001", "notice": "transfer_lapsed", "text": "逾期"}
NO_MOBILE = {"mobile": "", "max_attempts": 3}


def test_a_message_sent_reaches():
    assert Desk("c_notify_customer", START).out.ended == "reached"


def test_a_message_that_fails_becomes_a_call():
    desk = Desk("c_notify_customer", START, c_notify_customer__send_sms="SMS_FAILED")
    assert desk.open == ["contact"]
    assert desk.submit("contact", contact_result="reached").out.ended == "reached"


def test_three_calls_without_answer_become_a_letter():
    desk = Desk("c_notify_customer", START, c_notify_customer__prepare=NO_MOBILE)
    for _ in range(3):
        assert desk.open == ["contact"]
        desk.submit("contact", contact_result="no_answer")
    desk.submit("letter", letter_way="post", letter_no="EM0001")
    assert desk.out.ended == "not_reached"
