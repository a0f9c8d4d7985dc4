"""Notices: what is said to customers by SMS, mail, phone or letter, and whether it arrived."""

from app.notices.gateway import Delivery, Gateway, TestGateway, gateway, install
from app.notices.models import Notice, NoticeAttempt
from app.notices.outbox import (
    AttemptFacts,
    NoticeFacts,
    content,
    deliver,
    destroy_of_case,
    masked,
    of_case,
    open_notices,
    queue_notice,
    record_attempt,
    send,
    send_again,
    unsent,
)

__all__ = [
    "AttemptFacts",
    "Delivery",
    "Gateway",
    "Notice",
    "NoticeAttempt",
    "NoticeFacts",
    "TestGateway",
    "content",
    "deliver",
    "destroy_of_case",
    "gateway",
    "install",
    "masked",
    "of_case",
    "open_notices",
    "queue_notice",
    "record_attempt",
    "send",
    "send_again",
    "unsent",
]
