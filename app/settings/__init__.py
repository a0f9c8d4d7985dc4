"""Settings: limits, number patterns, regions, calendars, branches."""

from app.settings.branches import branch, branches, demo_branches, put_branch
from app.settings.defaults import SPECS
from app.settings.models import Branch, CalendarDay, Setting
from app.settings.numbers import next_number
from app.settings.values import (
    all_settings,
    calendar,
    days,
    ensure_defaults,
    forget,
    get,
    history,
    put,
    put_day,
    regions,
)

__all__ = [
    "SPECS",
    "Branch",
    "CalendarDay",
    "Setting",
    "all_settings",
    "branch",
    "branches",
    "calendar",
    "days",
    "demo_branches",
    "ensure_defaults",
    "forget",
    "get",
    "history",
    "next_number",
    "put",
    "put_branch",
    "put_day",
    "regions",
]
