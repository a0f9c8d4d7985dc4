"""Saying why one looks, as who is asked does once for each case."""

from __future__ import annotations

from contextlib import suppress

from app import cases
from app.errors import NotAllowed, NotFound
from app.work import Actor


def say_why(number: str, *people: Actor) -> None:
    """Give a reason for each of them who may."""
    for person in people:
        with suppress(NotAllowed, NotFound):
            cases.give_reason(number, "handle", by=person)
