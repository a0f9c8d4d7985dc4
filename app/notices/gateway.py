"""The ways out, put in place by an installation. Without one nothing is sent, nor called so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from app.config import Settings, settings
from app.notices.aliyun import Aliyun
from app.notices.mail import Mail
from app.notices.parcels import Delivery, Gateway, Message
from app.texts import T

# Numbers of examples and tests: no provider is ever given one.
SAMPLES = "1990000"


class Receipts(Protocol):
    """What a gateway has besides when its provider says later whether a message arrived."""

    def receipt(self, message: Message, receipt: str) -> Delivery | None: ...


@dataclass
class TestGateway:
    """Sends nothing and says that it did: for demos and tests alone."""

    __test__ = False

    sent: list[str] = field(default_factory=list)

    def send(self, message: Message) -> Delivery:
        """Mark as sent."""
        return Delivery(True, f"test:{message.channel}")


_installed: list[Gateway] = []


def install(gateway: Gateway | None) -> None:
    """Send through this gateway from now on, by every channel; None: as the settings say."""
    _installed[:] = [] if gateway is None else [gateway]


def gateway(channel: str) -> Gateway | None:
    """The gateway of a channel; None where no provider is configured."""
    if _installed:
        return _installed[0]
    return _configured(settings()).get(channel)


def testing() -> bool:
    """Whether what is sent goes to the test gateway, which shows it instead."""
    return isinstance(gateway("sms"), TestGateway)


@lru_cache(maxsize=4)
def _configured(chosen: Settings) -> Mapping[str, Gateway]:
    if chosen.demo or chosen.notices_test:
        return dict.fromkeys(("sms", "email"), TestGateway())
    ways: dict[str, Gateway] = {}
    if chosen.smtp_url:
        ways["email"] = Mail(chosen.smtp_url, chosen.smtp_from, chosen.company)
    if chosen.sms_provider == "aliyun":
        ways["sms"] = Aliyun(
            chosen.sms_url, chosen.sms_key_id, chosen.sms_key_secret, chosen.sms_sign
        )
    return ways


def send_through(way: Gateway, message: Message) -> Delivery:
    """Send, and make an attempt of whatever goes wrong. Sample numbers stay in the house."""
    if message.channel == "sms" and message.recipient.startswith(SAMPLES) and _real(way):
        return Delivery(False, str(T("示例号码，不外发。")), final=True)
    try:
        return way.send(message)
    except Exception as error:
        # Its text may quote the message; the class does not.
        return Delivery(False, type(error).__name__)


def _real(way: Gateway) -> bool:
    return isinstance(way, Aliyun) and not way.here
