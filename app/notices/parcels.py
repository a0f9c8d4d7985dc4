"""What a gateway is handed, and what it says of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Delivery:
    """What a gateway says of one attempt.

    ``detail``: for people, sealed with the attempt. ``final``: another attempt would be in vain.
    ``receipt``: the provider's number under which it will say later whether the message arrived.
    """

    ok: bool
    detail: str = ""
    final: bool = False
    receipt: str = ""


@dataclass(frozen=True)
class Message:
    """One notice to hand over. ``values``: what stands in the places of its template.

    ``code``: the provider's own name of the template, which it has approved. ``again``: an
    attempt was begun before, and nobody knows how it ended. ``at``: the moment of this attempt.
    """

    channel: str
    recipient: str
    text: str
    key: str
    at: datetime
    template: str = ""
    subject: str = ""
    code: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    files: tuple[tuple[str, bytes], ...] = ()
    again: bool = False

    @property
    def reference(self) -> str:
        """Name of the notice for the outside: always the same, and it tells nothing."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:32]


class Gateway(Protocol):
    """Sends a message. Called again with the same ``key`` it must send nothing anew."""

    def send(self, message: Message) -> Delivery: ...
