"""The shipped drawings on a small town."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app import notices
from app.notices import Delivery, Message


class Bounces:
    """A provider that takes nothing, for good."""

    def send(self, message: Message) -> Delivery:
        return Delivery(False, f"550 {message.channel}", final=True)


@pytest.fixture
def bounces() -> Iterator[None]:
    """No message or mail ever arrives."""
    notices.install(Bounces())
    yield
    notices.install(None)
