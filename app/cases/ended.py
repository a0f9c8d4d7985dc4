"""Cases that their drawing brought to an end, by when that was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.db import raw

ENDED = """
    SELECT number FROM cases WHERE status = 'ended' AND procedure = ANY(%s)
        AND ended_at >= %s AND ended_at < %s ORDER BY number
"""


def ended(procedures: Sequence[str], since: datetime, until: datetime) -> list[str]:
    """Numbers of the cases of these procedures that ended from ``since`` on, before ``until``."""
    rows = raw().execute(ENDED, (list(procedures), since, until)).fetchall()
    return [number for (number,) in rows]
