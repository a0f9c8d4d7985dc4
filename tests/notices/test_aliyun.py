"""Short messages by the provider's API: signed rightly, sent once, its words understood."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from app import config, notices
from app.jobs.tasks import ask_receipt, queue_receipts, send_notice
from app.notices import Message
from app.notices.aliyun import EMPTY, Aliyun, authorization, canonical
from app.notices.gateway import send_through
from app.work import SYSTEM
from tests.notices.provider import KEY_ID, SECRET, SIGN, Provider, provider
from tests.notices.test_outbox import attempts_of, queue

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PHONE = "19900000001"


@pytest.fixture
def far() -> Iterator[Provider]:
    with provider() as found:
        yield found


def way(far: Provider, **more: object) -> Aliyun:
    return Aliyun(far.url, KEY_ID, SECRET, SIGN, **{"seconds": 5.0, **more})


def message(key: str = "k1", **more: object) -> Message:
    return Message(
        **{
            "channel": "sms", "recipient": PHONE, "text": "过户已办结。", "key": key, "at": AT,
            "template": "done", "code": "SMS_1", "values": {"case": "GH1", "due": "3 月 1 日/&="},
            **more,
        }
    )  # fmt: skip


def test_the_signature_is_that_of_the_provider_s_own_example() -> None:
    """The fixed example of "V3 request structure and signature" in its public reference."""
    query = canonical(
        {
            "RegionId": "cn-shanghai",
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
        }
    )
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": EMPTY,
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    made = authorization("YourAccessKeyId", "YourAccessKeySecret", query, headers)
    assert made.endswith(
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_a_message_goes_out_with_its_places_and_our_reference(far: Provider) -> None:
    said = way(far).send(message())
    assert (said.ok, said.receipt) == (True, "20261123:1^0")
    (sent,) = far.sent
    assert json.loads(sent["TemplateParam"]) == {"case": "GH1", "due": "3 月 1 日/&="}
    assert (sent["PhoneNumbers"], sent["SignName"], sent["TemplateCode"]) == (PHONE, SIGN, "SMS_1")
    assert sent["OutId"] == message().reference
    assert "GH1" not in sent["OutId"]


def test_a_wrong_key_is_understood(far: Provider) -> None:
    said = Aliyun(far.url, KEY_ID, "another", SIGN).send(message())
    assert (said.ok, said.final) == (False, True)
    assert "密钥有误" in said.detail


@pytest.mark.parametrize(
    ("code", "final", "words"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", False, "限流"),
        ("isv.AMOUNT_NOT_ENOUGH", False, "余额不足"),
        ("isp.SYSTEM_ERROR", False, "系统出错"),
        ("isv.MOBILE_NUMBER_ILLEGAL", True, "手机号码"),
        ("isv.SMS_TEMPLATE_ILLEGAL", True, "模板未审核"),
        ("isv.NEVER_HEARD_OF", True, "isv.NEVER_HEARD_OF"),
    ],
)
def test_what_the_provider_says_is_said_in_words(
    far: Provider, code: str, final: bool, words: str
) -> None:
    far.codes = [code]
    said = way(far).send(message())
    assert (said.ok, said.final) == (False, final)
    assert words in said.detail


def test_what_got_no_answer_is_not_sent_twice(far: Provider) -> None:
    """The provider has it and the line broke: the next attempt finds it instead of sending."""
    far.mute = 1
    first = way(far).send(message())
    assert (first.ok, first.final) == (False, False)
    again = way(far).send(message(again=True))
    assert (again.ok, len(far.sent)) == (True, 1)
    assert far.calls == ["SendSms", "QuerySendDetails"]


def test_what_never_got_there_is_sent_again(far: Provider) -> None:
    far.sent = [{"OutId": f"other{n}", "PhoneNumbers": PHONE} for n in range(60)]
    assert way(far).send(message(again=True)).ok
    # Two pages of today, two of the day of an hour ago: the same, so one round.
    assert far.calls == ["QuerySendDetails"] * 2 + ["SendSms"]


def test_a_slow_provider_is_left(far: Provider) -> None:
    far.mute, far.seconds = 1, 1.0
    said = way(far, seconds=0.2).send(message())
    assert (said.ok, said.final) == (False, False)
    assert "没有应答" in said.detail


def test_nobody_at_the_address_is_to_be_tried_again() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = Aliyun(f"http://127.0.0.1:{port}", KEY_ID, SECRET, SIGN).send(message())
    assert (said.ok, said.final) == (False, False)


def test_without_an_approved_template_nothing_goes_out(far: Provider) -> None:
    said = way(far).send(message(code=""))
    assert (said.ok, said.final, far.calls) == (False, True, [])


def test_sample_numbers_never_leave_the_house() -> None:
    """At the real address: refused before anything is connected."""
    real = Aliyun(config.Settings().sms_url, KEY_ID, SECRET, SIGN, seconds=0.001)
    said = send_through(real, message())
    assert (said.ok, said.final, said.detail) == (False, True, "示例号码，不外发。")


# --- by the outbox --------------------------------------------------------------------------------


@pytest.fixture
def wired(app: Flask, far: Provider) -> Iterator[Provider]:
    notices.install(way(far))
    yield far
    notices.install(None)


def sent(far: Provider) -> int:
    """A notice that the provider has."""
    found = notices.the_template("test_due")
    notices.change_template("test_due", replace(found.body, code="SMS_7"), 0, by=SYSTEM)
    facts = queue(values={"due": "3 月 1 日"}, template="test_due", by=SYSTEM)
    send_notice(facts.id)
    (one,) = far.sent
    assert one["TemplateCode"] == "SMS_7"
    assert json.loads(one["TemplateParam"]) == {"due": "3 月 1 日", "case": "GH1"}
    return facts.id


def test_it_is_handed_over_until_the_receipt_is_there(wired: Provider) -> None:
    number = sent(wired)
    assert notices.notice(number).state == "handed"
    notices.ask_receipt(number, by=SYSTEM, at=AT + timedelta(seconds=40))
    assert notices.notice(number).state == "handed"
    wired.status = 3
    ask_receipt(number)
    assert notices.notice(number).state == "sent"
    assert attempts_of(number)[-1] == (True, "已送达手机。")


def test_one_that_the_phone_never_got_becomes_a_letter(wired: Provider) -> None:
    number = sent(wired)
    wired.status, wired.error = 2, "MK:0001"
    ask_receipt(number)
    assert notices.notice(number).state == "letter"
    assert "MK:0001" in attempts_of(number)[-1][1]
    assert [n.channel for n in notices.of_case("GH1")] == ["sms", "letter"]


def test_receipts_are_asked_for_more_and_more_seldom_and_not_for_ever(wired: Provider) -> None:
    number, asked = sent(wired), 0
    at = notices.notice(number).attempts[0].at
    spans = []
    while notices.notice(number).state == "handed":
        at += timedelta(seconds=10 * 2**asked)
        if notices.queue_receipts(by=SYSTEM, at=at):
            spans.append(at)
            notices.ask_receipt(number, by=SYSTEM, at=at)
        asked += 1
        assert asked < 40
    assert len(spans) == 9
    assert attempts_of(number)[-1] == (True, "服务商没有给回执。")


@pytest.mark.usefixtures("wired")
def test_the_clock_of_the_receipts_queues_a_job() -> None:
    queue_receipts(0)
