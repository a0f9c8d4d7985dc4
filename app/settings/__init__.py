"""Settings: limits, number patterns, regions, calendars, branches."""

from app.settings.branches import branch, branches, demo_branches, put_branch
from app.settings.calendars import (
    DaySaid,
    calendar_history,
    days,
    fill_year,
    filled_years,
    put_day,
    put_days,
    put_hours,
)
from app.settings.defaults import SPECS
from app.settings.hours import house_hours, spans_error
from app.settings.models import Branch, CalendarDay, Setting
from app.settings.numbers import next_number
from app.settings.recounts import LimitRun, ask_recount, recount, recounts
from app.settings.values import (
    all_settings,
    calendar,
    calendars,
    ensure_defaults,
    forget,
    get,
    history,
    limit,
    limit_names,
    put,
    regions,
)

__all__ = [
    "SPECS",
    "Branch",
    "CalendarDay",
    "DaySaid",
    "LimitRun",
    "Setting",
    "all_settings",
    "ask_recount",
    "branch",
    "branches",
    "calendar",
    "calendar_history",
    "calendars",
    "days",
    "demo_branches",
    "ensure_defaults",
    "fill_year",
    "filled_years",
    "forget",
    "get",
    "history",
    "house_hours",
    "limit",
    "limit_names",
    "next_number",
    "put",
    "put_branch",
    "put_day",
    "put_days",
    "put_hours",
    "recount",
    "recounts",
    "regions",
    "spans_error",
]
