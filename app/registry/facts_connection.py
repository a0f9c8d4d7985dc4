"""What reads of new connections give: plain, frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class ConnectionFacts:
    """An application for water. ``demand`` m³ a day, ``calibre`` mm, ``budget`` fen.

    ``kind``: permanent, temporary, per_household, enlarge, relocate. ``feasibility``: None before
    the survey, else no_outside_pipe, outside_pipe or not_feasible. ``outcome``: the case's end.
    """

    case: str
    customer_id: int | None
    kind: str
    applicant_type: str
    category: str
    address: str
    region: str
    account_no: str | None
    demand: int
    calibre: int
    meters: int
    feasibility: str | None
    supply_kind: str | None
    scheme_no: str | None
    budget: int | None
    outcome: str | None
    applied_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class PointOfCase:
    """A point that a case was given. ``seq``: its place in the list, from 1.

    ``state``: numbered, metered, disused; ``account_state``: pre, normal … ``serial``: of the
    meter that hangs there.
    """

    seq: int
    point_no: str
    account_no: str
    address: str
    calibre: int
    region: str
    state: str
    account_state: str
    book_no: str | None
    book_seq: int | None
    serial: str | None = None


@dataclass(frozen=True)
class RejectedRow:
    """A row of the list that got no point; ``row`` from 1, as the clerk counts."""

    row: int
    address: str
    reason: str


@dataclass(frozen=True)
class IssuedPoints:
    """What a list of addresses was given."""

    points: tuple[PointOfCase, ...]
    rejected: tuple[RejectedRow, ...]


@dataclass(frozen=True)
class Standing:
    """How an applicant stands: what is owed under the same number or at the same address (fen),
    an open violation there, and the account that already takes water at the address."""

    arrears: int
    open_violation: bool
    connected: str | None
    accounts: tuple[str, ...]


@dataclass(frozen=True)
class InstalledMeter:
    """A meter as it hangs at a point of a case, for the entry of its account."""

    serial: str
    calibre: int
    maker: str | None
    model: str | None
    max_dial: int
    first_verification: str
    installed: str
    start_reading: int
    position: str | None
    seals: tuple[str, ...]


Terms = Mapping[str, Any]
