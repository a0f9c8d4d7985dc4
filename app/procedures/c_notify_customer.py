"""通知客户: by the ways that the table ``notice_channels`` gives, one after the other, until one
arrives: short message, e-mail, phone, letter (SVC-21, D18 §17)."""

from __future__ import annotations

from typing import Any

from app import identifiers, notices, registry, settings
from app.cases import BpmnError, Call, service
from app.errors import Invalid
from app.procedures.common import put_files
from app.texts import T
from app.work import Work

WORDS = {
    "reached": T("已告知本人"),
    "no_answer": T("未接通"),
    "wrong_number": T("号码有误"),
}


@service(
    "c_notify_customer.gather",
    inputs={
        "phone": "string",
        "email": "string",
        "address": "string",
        "notice": "string",
        "values": "context",
        "text": "string",
        "attach": "string",
    },
    outputs={
        "text": "string",
        "values": "context",
        "mobile": "string",
        "email": "string",
        "address": "string",
        "attach": "string",
        "has_phone": "boolean",
        "sms_ok": "boolean",
        "max_attempts": "number",
        "wait_minutes": "number",
    },
    pii=("phone", "mobile", "email", "address", "text", "values"),
    label=T("备好通知内容和联系方式"),
)
def gather(_work: Work, call: Call) -> dict[str, Any]:
    """The notice in words, and by which ways it could go.

    Its task maps no inputs, so that all that the caller gave is here: ``phone`` and ``notice``;
    ``values`` for the places of that template, or ``text`` to be said as it stands; ``email``,
    ``address`` and ``attach`` if there are any. Raises Invalid when a place has no value,
    NotFound when there is no such template.
    """
    given = {name: call.inputs.get(name) or "" for name in ("phone", "email", "address", "attach")}
    values = call.inputs.get("values")
    phone = identifiers.fold_number(given["phone"])
    mobile = "" if identifiers.mobile(phone) else phone
    return {
        "text": _text(call, values),
        "values": values,
        "mobile": mobile,
        "email": given["email"].strip(),
        "address": given["address"].strip(),
        "attach": given["attach"],
        "has_phone": identifiers.phone(phone) is None,
        "sms_ok": not (phone and registry.refuses_sms(phone)),
        "max_attempts": settings.get("limit.T-CALLBACK.attempts"),
        "wait_minutes": settings.get("notices.wait"),
    }


def _text(call: Call, values: Any) -> str:
    if values is None and call.inputs.get("text"):
        return str(call.inputs["text"])
    return notices.write(call.inputs["notice"], values, call.case_number).text


@service(
    "c_notify_customer.hand_over",
    inputs={
        "way": "string",
        "mobile": "string",
        "email": "string",
        "address": "string",
        "notice": "string",
        "values": "context",
        "text": "string",
        "attach": "string",
    },
    outputs={"notice_key": "string"},
    pii=("mobile", "email", "address", "text", "values"),
    label=T("发出通知"),
)
def hand_over(work: Work, call: Call) -> dict[str, Any]:
    """Put the message into the outbox, which sends it after the commit and tells the case how it
    ended by the message ``notice_ended`` of the key that this gives.

    ``attach``: print-outs that go with an e-mail, apart by blanks. Raises BpmnError NOT_SENT when
    the way cannot be taken.
    """
    given = call.inputs
    mail = given["way"] == "email"
    recipient = given["email"] if mail else given["mobile"]
    try:
        notices.queue_notice(
            work,
            channel=given["way"],
            recipient=recipient or "",
            template=given["notice"],
            values=given["values"],
            text=given["text"],
            address=given["address"] or "",
            key=call.key,
            case=call.case_number,
            tell=call.key,
            attach=(given["attach"] or "").split() if mail else (),
        )
    except Invalid as error:
        if "recipient" not in error.fields:
            raise
        raise BpmnError("NOT_SENT") from error
    return {"notice_key": call.key}


@service(
    "c_notify_customer.note_call",
    inputs={
        "phone": "string",
        "notice": "string",
        "text": "string",
        "contact_result": "string",
        "contact_note": "string",
        "call_key": "string",
        "last": "boolean",
    },
    outputs={"call_key": "string"},
    pii=("phone", "text", "contact_note"),
    label=T("登记通话"),
)
def note_call(work: Work, call: Call) -> dict[str, Any]:
    """Put a call on record, as an attempt of the one notice by phone. ``last``: none follows."""
    given = call.inputs
    key = given["call_key"] or call.key
    notice = notices.queue_notice(
        work,
        channel="phone",
        recipient=given["phone"],
        template=given["notice"],
        text=given["text"],
        key=key,
        case=call.case_number,
        tell=key,
    )
    result = given["contact_result"]
    said = [str(WORDS.get(result, result)), (given["contact_note"] or "").strip()]
    notices.record_attempt(
        work, notice.id, result == "reached", "；".join(filter(None, said)), final=given["last"]
    )
    return {"call_key": key}


@service(
    "c_notify_customer.post_letter",
    inputs={
        "notice": "string",
        "text": "string",
        "address": "string",
        "phone": "string",
        "letter_way": "string",
        "letter_no": "string",
        "letter_photo": "list",
    },
    pii=("address", "phone", "text"),
    label=T("登记送达"),
)
def post_letter(work: Work, call: Call) -> dict[str, Any]:
    """Put the letter on record as posted or put up at the door; keep the photo of the latter."""
    given = call.inputs
    letter = notices.queue_notice(
        work,
        channel="letter",
        recipient=given["address"] or given["phone"],
        template=given["notice"],
        text=given["text"],
        key=call.key,
        case=call.case_number,
    )
    way = "post" if given["letter_way"] == "post" else "door"
    notices.note_posted(work, letter.id, way, given["letter_no"] or "")
    put_files(work, call.case_number, "letter_photo", T("张贴通知照片"), given["letter_photo"])
    return {}


@service(
    "c_notify_customer.tell",
    inputs={"phone": "string", "notice": "string", "values": "context"},
    pii=("phone", "values"),
    label=T("发送短信"),
)
def tell(work: Work, call: Call) -> dict[str, Any]:
    """A short message that nobody waits for: what fails three times becomes a letter.

    Raises BpmnError SMS_FAILED for a number that takes no messages.
    """
    return _short(work, call, values=call.inputs["values"] or {})


def _short(work: Work, call: Call, **words: Any) -> dict[str, Any]:
    phone = call.inputs["phone"]
    if identifiers.mobile(phone):
        raise BpmnError("SMS_FAILED")
    notices.queue_notice(
        work,
        channel="sms",
        recipient=phone,
        template=call.inputs["notice"],
        key=call.key,
        case=call.case_number,
        **words,
    )
    return {}


# --- what drawings of before still call -----------------------------------------------------------


@service(
    "c_notify_customer.prepare",
    inputs={"phone": "string"},
    outputs={"mobile": "string", "max_attempts": "number"},
    pii=("phone", "mobile"),
    label=T("查可用联系方式"),
)
def prepare(_work: Work, call: Call) -> dict[str, Any]:
    """The number as a mobile, or nothing; and how often to call before writing."""
    phone = identifiers.fold_number(call.inputs["phone"])
    mobile = "" if identifiers.mobile(phone) else phone
    return {"mobile": mobile, "max_attempts": settings.get("limit.T-CALLBACK.attempts")}


@service(
    "c_notify_customer.send_sms",
    inputs={"phone": "string", "notice": "string", "text": "string"},
    pii=("phone", "text"),
    label=T("发送短信"),
)
def send_sms(work: Work, call: Call) -> dict[str, Any]:
    """Put a text as it stands into the outbox, which sends it after the commit.

    Raises BpmnError SMS_FAILED for a number that takes no messages.
    """
    return _short(work, call, text=call.inputs["text"])


@service("c_notify_customer.note_letter", inputs={"letter_photo": "list"}, label=T("登记送达"))
def note_letter(work: Work, call: Call) -> dict[str, Any]:
    """Keep the photo of what was put up at the door."""
    photo = call.inputs["letter_photo"]
    put_files(work, call.case_number, "letter_photo", T("张贴通知照片"), photo)
    return {}
