"""What waits between two cases, sealed: by the key of the case that sent it, else one of its own.

So what a case said is destroyed with the case. A key of its own is destroyed with what it sealed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from app import sealing
from app.cases.hold import Held
from app.work import Work, ledger

OWN = "message"
DESTROY = "UPDATE data_keys SET wrapped = NULL WHERE id = ANY(%s) AND kind = %s"


@dataclass(frozen=True)
class Envelope:
    """``body`` under the key ``key_id``, bound to the sender's number or to what it is."""

    key_id: UUID
    body: bytes
    bound: str


def enclose(work: Work, variables: Mapping[str, Any], sender: Held | None) -> Envelope:
    """Seal what is sent. The caller leaves a trail: a key of its own is written here."""
    if sender is not None:
        return Envelope(sender.key_id, sender.seal(dict(variables)), sender.number)
    row = sealing.key_row(OWN)
    work.execute(row.INSERT, row.values)
    return Envelope(row.id, _sealed(row.key, dict(variables)), OWN)


def _sealed(key: bytes, value: Any) -> bytes:
    return sealing.seal_with(key, orjson.dumps(value), OWN.encode())


def opened(wrapped: bytes | None, body: bytes, bound: str) -> dict[str, Any]:
    """What was sent. Raises Destroyed when its key is gone."""
    clear = sealing.unseal_with(sealing.unwrap(wrapped), bytes(body), bound.encode())
    found: dict[str, Any] = orjson.loads(clear)
    return found


def record(
    work: Work,
    sender: Held | None,
    chain: str,
    action: str,
    element: str | None,
    after: Mapping[str, Any],
    sent: Envelope,
) -> None:
    """On the chain of the case that sent it, else on the one named, which is no case's."""
    about: dict[str, Any] = {}
    if sender is not None:
        about = {"case": sender.number, "procedure": sender.procedure, "version": sender.version}
        about |= {"release": sender.release_id, "element": element or None}
    work.record(
        sender or ledger(chain), action, after=after, sealed={"variables": sent.body}, **about
    )


def destroy(work: Work, keys: list[UUID]) -> None:
    """Destroy keys that were made here; those of cases are left alone."""
    work.execute(DESTROY, (keys, OWN))
