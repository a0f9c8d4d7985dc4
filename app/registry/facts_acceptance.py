"""What reads of acceptances give, and a meter as it was found. Readings in m³."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class PointLine:
    """A service point on its way to a meter; state is numbered, metered or disused."""

    point_no: str
    address: str
    region: str
    branch: str
    state: str
    account_no: str | None


@dataclass(frozen=True)
class CheckedMeter:
    """A meter in a round. ``result``: pass, fail, mismatch (another serial than was issued).

    ``checklist``: code → pass, fail, na. ``failed``: {code, label}. ``seals``: {type, no}.
    """

    point_no: str
    serial: str
    serial_found: str
    door_match: str
    checklist: Mapping[str, str]
    failed: tuple[Mapping[str, str], ...]
    defects: str
    start_reading: int | None
    seals: tuple[Mapping[str, str], ...]
    position: str
    photos: tuple[str, ...]
    result: str
    round: int = 0
    address: str = ""


@dataclass(frozen=True)
class AcceptanceFacts:
    """An acceptance; state is open, accepted, stopped or dropped."""

    id: int
    number: str | None
    case: str
    source: str
    region: str
    points: tuple[str, ...]
    rounds: int
    parties: tuple[Mapping[str, Any], ...]
    works: tuple[Mapping[str, Any], ...]
    state: str
    reason: str
    reported_on: date
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class NoticeFacts:
    """A rectification notice; ``items``: {point_no, address, serial, defects}."""

    number: str
    round: int
    times: int
    items: tuple[Mapping[str, Any], ...]
    issued_on: date
    deadline: date
    reinspect_on: date | None
    note: str
    reported_on: date | None
    report: str


@dataclass(frozen=True)
class FailureCount:
    """Why meters failed: how often, and how many meters."""

    code: str
    label: str
    times: int
    meters: int
