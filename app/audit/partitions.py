"""Partitions of the trail: one a month, made ahead by a function of the owner."""

from __future__ import annotations

from datetime import date

import psycopg

from app.db import db

AHEAD = 3


def ensure_partitions(since: date | None = None, ahead: int = AHEAD) -> int:
    """Make the partitions of the months from ``since`` (a day or moment; else this month) to
    ``ahead`` months from now; gives how many were missing. At start and daily.

    On a connection of its own: whoever writes next must find them.
    """
    # begin() of the engine commits at its end: this is part of no command.
    with db.engine.engine.begin() as connection:
        plain = connection.connection.driver_connection
        assert isinstance(plain, psycopg.Connection)
        made = plain.execute("SELECT ensure_trail_partitions(%s, %s::date)", [ahead, since])
        return sum(count for (count,) in made)
