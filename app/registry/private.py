"""Personal values of a customer: sealed under its key, found by keyed hashes.

In a trail entry the personal part of a change is one ciphertext a side, named
``before:<customer id>`` and ``after:<customer id>``: the id says whose key opens it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from app import sealing
from app.db import db
from app.registry.models import Customer
from app.sealing import DataKey

# Fields of 5.1 that say who a customer is.
PERSONAL = (
    "name",
    "id_type",
    "id_no",
    "uscc",
    "legal_rep",
    "phones",
    "contact_person",
    "email",
    "address",
)
# Fields of an account that may name its customer.
INVOICE = ("name_on_bill", "shop_name", "tax_no", "bank", "invoice_phone", "invoice_address")


@dataclass(frozen=True)
class Vault:
    """The key of one customer."""

    customer_id: int
    key_id: uuid.UUID
    key: bytes

    def seal(self, values: Any, place: str) -> bytes:
        """Seal for a place (``customer``, ``account`` …), which must be named to open it."""
        return sealing.seal_with(self.key, orjson.dumps(values), place.encode())

    def open(self, sealed: bytes, place: str) -> Any:
        """Open what was sealed for that place."""
        return orjson.loads(sealing.unseal_with(self.key, bytes(sealed), place.encode()))

    def change(
        self, before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None
    ) -> dict[str, bytes]:
        """The ``sealed`` part of a trail entry."""
        sides = {"before": before, "after": after}
        return {
            f"{side}:{self.customer_id}": self.seal(values, "trail")
            for side, values in sides.items()
            if values
        }


def vaults(customer_ids: Iterable[int]) -> dict[int, Vault | None]:
    """Keys of customers in one statement; None where the key is destroyed."""
    wanted = sorted(set(customer_ids))
    if not wanted:
        return {}
    rows = db.session.execute(
        sa.select(Customer.id, DataKey.id, DataKey.wrapped)
        .join(DataKey, DataKey.id == Customer.key_id)
        .where(Customer.id.in_(wanted))
    )
    return {id: vault(id, key_id, wrapped) for id, key_id, wrapped in rows}


def vault(customer_id: int, key_id: uuid.UUID, wrapped: bytes | None) -> Vault | None:
    """The vault of a row that was read with its key."""
    if wrapped is None:
        return None
    return Vault(customer_id, key_id, sealing.unwrap(bytes(wrapped)))


def vault_of(customer_id: int) -> Vault:
    """The key of a customer. Raises Destroyed when it is gone."""
    found = vaults([customer_id]).get(customer_id)
    if found is None:
        raise sealing.Destroyed
    return found


def open_or_nothing(vault: Vault | None, sealed: bytes, place: str) -> dict[str, Any]:
    """The values, or none of them when they were destroyed by law."""
    return {} if vault is None else vault.open(sealed, place)
