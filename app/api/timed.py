"""The service clock as the API tells it: the same for cases, tasks and lists as on the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marshmallow import Schema, fields

from app import cases


def timed(timing: cases.Timing, at: datetime) -> dict[str, Any]:
    """Of a case or a step."""
    left = timing.left(at)
    running = timing.paused_since is None or timing.ended is not None
    return {
        "overdue": timing.late(at),
        "limit": timing.limit,
        "left_seconds": None if left is None else int(left.total_seconds()),
        "paused_since": timing.paused_since,
        "paused_for": [] if running else (timing.reason or "").split("、"),
    }


def sla(page: cases.CasePage, at: datetime) -> dict[str, Any]:
    """Of a whole case."""
    gross, net = page.spent.seconds
    return {
        "started": page.started_at,
        "due": page.due_at,
        "ended": page.ended_at,
        **timed(page.timing, at),
        "paused_seconds": page.paused_seconds,
        "gross_seconds": gross,
        "net_seconds": net,
        "provisional": page.timing.provisional,
    }


def _moment(said: str) -> fields.AwareDateTime:
    return fields.AwareDateTime(allow_none=True, metadata={"description": said})


def _seconds(said: str, *, null: bool = False) -> fields.Integer:
    return fields.Integer(allow_none=null, metadata={"description": f"{said}, seconds"})


class Timed(Schema):
    """A service clock. What is done at the due moment itself is in time."""

    overdue = fields.Boolean()
    limit = fields.String(
        allow_none=True,
        metadata={"description": "5 workdays, 4 working hours, 20 minutes …; null: a date"},
    )
    left_seconds = _seconds("Left on its own clock: service time, or 24 hours a day", null=True)
    paused_since = _moment("Since when the clock stands")
    paused_for = fields.List(fields.String(), metadata={"description": "What it waits for"})


class Sla(Timed):
    """The service clock of a case."""

    started = fields.AwareDateTime(metadata={"description": "Start"})
    due = _moment("Due time")
    ended = _moment("End")
    paused_seconds = _seconds("Pauses that are over, by the wall")
    gross_seconds = _seconds("From the start until now or the end")
    net_seconds = _seconds("The same in service time, without pauses")
    provisional = fields.Boolean(
        metadata={"description": "The due moment lies in a year whose holidays are not announced"}
    )
