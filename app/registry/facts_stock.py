"""What reads of the meter store give: plain, frozen, clear values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class StoreFacts:
    """A store; ``level`` is company or branch, ``region`` that of a branch's store."""

    code: str
    name: str
    level: str
    region: str | None
    branch: str


@dataclass(frozen=True)
class SealFacts:
    """A seal; type is plastic, steel, inspection or lead, state unused, used or void.

    ``meter``: the meter it went out with or seals. ``held_by``: the case that picked it out.
    """

    id: int
    type: str
    no: str
    branch: str
    state: str
    meter: str | None = None
    held_by: str | None = None


@dataclass(frozen=True)
class StockFacts:
    """A meter wherever it is: in a store, out with somebody, at a point, scrapped.

    ``life_rule``: renew (replace) or verify when ``life_until`` comes; None of old stock.
    ``verified_on``: last verification after the first; None without one.
    """

    serial: str
    calibre: int
    type: str
    model: str | None
    maker: str | None
    q3: float | None
    max_dial: int
    first_verification: date
    life_until: date
    life_rule: str | None
    state: str
    store: str | None
    store_name: str | None
    point_no: str | None
    address: str | None
    held_by: str | None
    verified_on: date | None = None


@dataclass(frozen=True)
class MovementFacts:
    """A movement of a meter or a seal; stores by name, None outside of all stores."""

    at: datetime
    kind: str
    from_store: str | None
    to_store: str | None
    from_state: str | None
    to_state: str
    point_no: str | None
    doc_no: str | None
    case: str | None
    reason: str
    by: str


@dataclass(frozen=True)
class IssuedFacts:
    """A meter handed out for a point; ``seals``: {type, no}; state issued, installed, recalled."""

    point_no: str
    address: str
    serial: str
    calibre: int
    seals: tuple[dict[str, str], ...]
    issued_on: date
    install_by: date
    state: str
    case: str
    slip_no: str
    issuer: str
    receiver: str
    first_verification: date
