"""The way out. What stands here only says that it sent; an installation puts its own in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Delivery:
    """What a gateway says of one notice."""

    ok: bool
    detail: str = ""


class Gateway(Protocol):
    """Sends a text. Called again with the same ``key`` it must send nothing anew."""

    def send(self, channel: str, recipient: str, text: str, key: str) -> Delivery: ...


class TestGateway:
    """Sends nothing and says that it did: for demo and trial."""

    __test__ = False

    def send(self, channel: str, recipient: str, text: str, key: str) -> Delivery:  # noqa: ARG002
        """Mark as sent."""
        return Delivery(True, f"test:{channel}")


_installed: list[Gateway] = [TestGateway()]


def install(gateway: Gateway) -> None:
    """Send through this gateway from now on."""
    _installed[:] = [gateway]


def gateway() -> Gateway:
    """The gateway of this installation."""
    return _installed[0]
