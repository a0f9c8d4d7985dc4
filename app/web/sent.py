"""Messages to customers in people's words: by which way, whether each attempt arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app import notices
from app.texts import T, Text

CHANNELS = {"sms": T("短信"), "email": T("邮件"), "phone": T("电话"), "letter": T("信函")}
ARRIVED = {
    "queued": (T("待发送"), "soon"),
    "handed": (T("已提交，等回执"), "soon"),
    "sent": (T("已送达"), "ok"),
    "failed": (T("未送达，将再试"), "late"),
    "lost": (T("未送达"), "late"),
    "letter": (T("未送达，已改寄信"), "late"),
    "returned": (T("被退回"), "late"),
    "unsent": (T("未发出，尚未接通服务"), "late"),
}
LETTER = {"queued": (T("待寄出"), "soon"), "failed": (T("待寄出"), "soon"),
          "sent": (T("已寄出"), "ok")}  # fmt: skip
# Of no use to send anew while it is still on its way.
OVER = frozenset({"sent", "letter", "lost", "returned"})


@dataclass(frozen=True)
class Try:
    """One attempt in words."""

    at: datetime
    by: str
    state: Text
    tone: str


@dataclass(frozen=True)
class Message:
    """A message to a customer: to whom, masked, by which way, and whether it arrived.

    ``title``: what its template is called; ``kind``: its state as the outbox has it.
    """

    id: int
    channel: str
    kind: str
    way: str
    to: str
    case: str | None
    template: str
    title: str
    at: datetime
    state: str
    tone: str
    instead: bool
    attempts: tuple[Try, ...]

    @property
    def over(self) -> bool:
        """Whether it goes nowhere any more by itself."""
        return self.kind in OVER

    @property
    def waiting(self) -> bool:
        """Whether a person still has to do something for it."""
        return self.kind in ("queued", "failed")


def messages(number: str) -> list[Message]:
    """The messages of a case, newest first."""
    return [message(one) for one in reversed(notices.of_case(number))]


def message(one: notices.NoticeFacts) -> Message:
    """A notice as a page shows it."""
    known = {**ARRIVED, **LETTER} if one.channel == "letter" else ARRIVED
    state, tone = known.get(one.state, (one.state, "paused"))
    found = notices.find_template(one.template)
    return Message(
        one.id,
        one.channel,
        one.state,
        CHANNELS.get(one.channel, one.channel),
        one.recipient or "—",
        one.case,
        one.template,
        found.title if found else one.template,
        one.created_at,
        state,
        tone,
        one.instead_of is not None,
        tuple(attempts(one)),
    )


def attempts(one: notices.NoticeFacts) -> list[Try]:
    """The attempts of a notice, in order. Of a letter that came back the last is its return."""
    back = one.attempts[-1:] if one.state == "returned" else ()
    return [Try(a.at, _who(a.by), *_tried(one, a, a in back)) for a in one.attempts]


def _who(login: str) -> str:
    return T("系统") if login == "system" else login


def _tried(one: notices.NoticeFacts, attempt: notices.AttemptFacts, back: bool) -> tuple[Text, str]:
    if back:
        return T("被退回"), "late"
    if one.channel == "letter":
        return (T("已寄出"), "ok") if attempt.ok else (T("未寄出"), "late")
    if attempt.ok and one.channel == "sms" and one.state == "handed":
        return T("已提交服务商"), "soon"
    return (T("已送达"), "ok") if attempt.ok else (T("未送达"), "late")
