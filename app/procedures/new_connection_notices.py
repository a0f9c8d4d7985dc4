"""What customers are told of their 用水报装: the words, and the short message that nobody awaits.

Clauses: SVC-21, D18 §17.
"""

from __future__ import annotations

from typing import Any

from app import identifiers, notices
from app.cases import Call, service
from app.texts import T
from app.work import Work

notices.template(
    "connection_scheme",
    "报装方案和费用",
    "您申请的用水报装方案已出，方案编号{scheme}，应缴费用{amount}元，请在{days}天内答复，案号{case}。",
    places=[
        ("scheme", "方案编号", "FA20261123-0001"),
        ("amount", "应缴费用（元）", "1260.50"),
        ("days", "答复期限（天）", "30"),
    ],
    en="The scheme of your new connection is ready, no. {scheme}. Due: {amount} yuan. "
    "Please answer within {days} days, case {case}.",
)
notices.template(
    "connection_reminder",
    "报装方案答复提醒",
    "您的用水报装方案等待答复，请于{days}天内答复，案号{case}。",
    places=[("days", "剩余天数", "15")],
    en="The scheme of your new connection awaits your answer. Please answer within {days} days, "
    "case {case}.",
)
notices.template(
    "connection_suspended",
    "报装办理中止",
    "您的用水报装方案逾期未答复，办理中止；{days}天内仍未答复的，本次申请终止，案号{case}。",
    places=[("days", "距终止的天数", "60")],
    en="Your new connection is suspended, as its scheme was not answered in time. It ends unless "
    "you answer within {days} days, case {case}.",
)
notices.template(
    "connection_lapsed",
    "报装逾期终止（方案未答复）",
    "您申请的用水报装因逾期未答复方案，本次申请终止，案号{case}。条件具备后可重新申请。",
    en="Your new connection has ended, as its scheme was not answered in time, case {case}. "
    "You can apply again.",
)
notices.template(
    "connection_papers_late",
    "报装逾期终止（材料未补齐）",
    "您申请的用水报装因逾期未补齐材料，本次申请终止，案号{case}。材料备齐后可重新申请。",
    en="Your new connection has ended, as papers were missing past their day, case {case}. "
    "You can apply again once you have them.",
)


@service(
    "new_connection.remind",
    inputs={"phone": "string", "notice": "string", "values": "context"},
    # Drawings of before give a text.
    pii=("phone", "values", "text"),
    label=T("短信提醒"),
)
def remind(work: Work, call: Call) -> dict[str, Any]:
    """A short message when there is a mobile; else the step in the trail tells the window."""
    given = call.inputs
    if identifiers.mobile(given["phone"]) is None:
        notices.queue_notice(
            work,
            channel="sms",
            recipient=identifiers.fold_number(given["phone"]),
            template=given["notice"],
            values=given.get("values"),
            text=given.get("text", ""),
            key=call.key,
            case=call.case_number,
        )
    return {}
