"""The way out, put in place by an installation. Without one nothing is sent, nor called so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.config import settings


@dataclass(frozen=True)
class Delivery:
    """What a gateway says of one notice."""

    ok: bool
    detail: str = ""


class Gateway(Protocol):
    """Sends a text. Called again with the same ``key`` it must send nothing anew."""

    def send(self, channel: str, recipient: str, text: str, key: str) -> Delivery: ...


class TestGateway:
    """Sends nothing and says that it did: for the demo alone."""

    __test__ = False

    def send(self, channel: str, recipient: str, text: str, key: str) -> Delivery:  # noqa: ARG002
        """Mark as sent."""
        return Delivery(True, f"test:{channel}")


_installed: list[Gateway] = []


def install(gateway: Gateway | None) -> None:
    """Send through this gateway from now on; None: through none."""
    _installed[:] = [] if gateway is None else [gateway]


def gateway() -> Gateway | None:
    """The gateway of this installation; None where no provider is configured."""
    if _installed:
        return _installed[0]
    return TestGateway() if settings().demo else None
