"""通知客户: by short message when there is a mobile, else people call or write (SVC-21)."""

from __future__ import annotations

from typing import Any

from app import identifiers, notices, settings
from app.cases import BpmnError, Call, service
from app.procedures.common import put_files
from app.texts import T
from app.work import Work


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
    """Put the message into the outbox, which sends it after the commit.

    Raises BpmnError SMS_FAILED for a number that takes no messages.
    """
    given = call.inputs
    if identifiers.mobile(given["phone"]):
        raise BpmnError("SMS_FAILED")
    notices.queue_notice(
        work,
        channel="sms",
        recipient=given["phone"],
        template=given["notice"],
        text=given["text"],
        key=call.key,
        case=call.case_number,
    )
    return {}


@service("c_notify_customer.note_letter", inputs={"letter_photo": "list"}, label=T("登记送达"))
def note_letter(work: Work, call: Call) -> dict[str, Any]:
    """Keep the photo of what was put up at the door."""
    photo = call.inputs["letter_photo"]
    put_files(work, call.case_number, "letter_photo", T("张贴通知照片"), photo)
    return {}
