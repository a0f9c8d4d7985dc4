"""How much time a case or a step has left: the one truth of lists, pages, alerts and the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app import settings
from app.limits import Limit
from app.worktime import Calendar, local_day

# In statements over ``tasks t``. By this expression open tasks stand in their index.
DUE = "coalesce(t.due_at, 'infinity')"
# Late now, or when its clock stopped. 「以内」 includes the limit.
LATE = f"{DUE} < %(now)s AND (t.paused_since IS NULL OR t.due_at < t.paused_since)"
# The limit that a step counts by: its own, else its case's; none for a date of its own.
LIMIT = "coalesce(t.limited, CASE WHEN t.own_due THEN NULL ELSE c.clock ->> 'l' END)"


@dataclass(frozen=True)
class Timing:
    """``limit``: as ``app.limits`` writes it, None for a date that was given; ``reason``: why the
    clock stands, names apart by 、; ``branch``, ``region``: whose calendar holds."""

    due: datetime | None
    ended: datetime | None = None
    paused_since: datetime | None = None
    reason: str | None = None
    limit: str | None = None
    branch: str | None = None
    region: str | None = None

    @property
    def calendar(self) -> Calendar:
        """Of the place."""
        return settings.calendar(self.branch, self.region)

    @property
    def round_the_clock(self) -> bool:
        """Whether nights and holidays count."""
        return self.limit is not None and Limit.read(self.limit).round_the_clock

    @property
    def provisional(self) -> bool:
        """The due moment counts holidays of a year that are not announced yet."""
        counted = self.due is not None and not self.round_the_clock
        return counted and self.calendar.provisional(local_day(self.due).year)  # type: ignore[arg-type]

    def reached(self, at: datetime) -> datetime:
        """How far its clock has come: to now, to where it stopped, or to its end."""
        stops = (one for one in (self.ended, self.paused_since) if one is not None)
        return min([at, *stops])

    def late(self, at: datetime) -> bool:
        """Whether it is (or was) too late; to the moment itself it is not."""
        return self.due is not None and self.reached(at) > self.due

    def left(self, at: datetime) -> timedelta | None:
        """Time left on its own clock, negative for what is over; None without a due moment."""
        if self.due is None:
            return None
        now = self.reached(at)
        if self.round_the_clock:
            return self.due - now
        return self.calendar.working_time_between(now, self.due)
