"""A look at a customer's whole values, on the customer's own chain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.registry import private
from app.registry.books import customer_row
from app.work import Work


def record_look(
    work: Work, customer_id: int, action: str, after: Mapping[str, Any], case: str | None
) -> None:
    """``customer:look`` or ``look:reason``. Raises NotFound."""
    work.record(customer_row(customer_id), action, after=after, case=case)


def seal_words(customer_id: int, words: str) -> bytes:
    """Words about a customer, sealed under its key. Raises Destroyed."""
    return private.vault_of(customer_id).seal(words, "look")


def open_words(customer_id: int, sealed: bytes) -> str | None:
    """The words again; None when the key was destroyed."""
    vault = private.vaults([customer_id]).get(customer_id)
    return vault.open(sealed, "look") if vault is not None else None
