"""Reads aside: what may be some seconds old is read from a streaming replica, where there is one.

A replica that does not answer, or is too far behind, costs nobody anything but the primary's time:
the read is done there, and the log says so once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from weakref import WeakKeyDictionary

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from app.db import REPLICA, db, raw, turned

log = logging.getLogger(__name__)

R = TypeVar("R")
# The worker commits each second, so the last commit that was replayed says how old a replica is.
TRUSTED = timedelta(seconds=60)
# How long one that failed is left alone, seconds.
REST = 30.0
STATE = """
    SELECT pg_last_xact_replay_timestamp(), now() - pg_last_xact_replay_timestamp()
    WHERE pg_is_in_recovery()
"""


@dataclass
class _Health:
    """What this process knows of a replica."""

    rests_until: float = 0.0
    well: bool = True

    def note(self, trouble: str) -> None:
        """Say what has changed, and only that; "" when all is well."""
        if trouble and self.well:
            log.warning("reads aside go to the primary: the replica %s", trouble)
        elif not trouble and not self.well:
            log.warning("reads aside go to the replica again")
        self.well = not trouble


_known: WeakKeyDictionary[sa.Engine, _Health] = WeakKeyDictionary()


def rest_over() -> None:
    """Ask again at the next read what has failed a moment ago (tests do not wait)."""
    for health in _known.values():
        health.rests_until = 0.0


def aside(
    read: Callable[[], R], *, most: timedelta = TRUSTED, since: datetime | None = None
) -> tuple[R, datetime | None]:
    """What ``read`` gives, and as of when: None when the primary was asked.

    ``read`` writes nothing, and may be done twice. ``most``: how old the state may be; ``since``: a
    moment that it must include, such as that of the reader's own last write.
    """
    engine = db.engines.get(REPLICA)
    if engine is not None:
        health = _known.setdefault(engine, _Health())
        if time.monotonic() >= health.rests_until:
            found = _on_replica(health, read, most, since)
            if found is not None:
                return found
    with turned("primary"):
        return read(), None


def _on_replica(
    health: _Health, read: Callable[[], R], most: timedelta, since: datetime | None
) -> tuple[R, datetime] | None:
    try:
        with turned(REPLICA):
            as_of = _as_of(health, most)
            return None if as_of is None or (since and as_of < since) else (read(), as_of)
    except (psycopg.OperationalError, OperationalError) as error:
        health.note(f"does not answer ({type(error).__name__})")
        health.rests_until = time.monotonic() + REST
        return None


def _as_of(health: _Health, most: timedelta) -> datetime | None:
    """The last commit that the replica has; None when that is too old."""
    row = raw().execute(STATE).fetchone()
    if row is None or row[0] is None or row[1] > TRUSTED:
        health.note("is behind")
        return None
    health.note("")
    at: datetime = row[0]
    return at if row[1] <= most else None
