"""From an address to a question: who may look, and what is asked rightly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from app import settings
from app.errors import Invalid, NotAllowed, NotFound
from app.reports.acceptance import ACCEPTANCE
from app.reports.charges import CHARGES
from app.reports.loans import LOANS
from app.reports.old_meters import OLD_METERS
from app.reports.progress import PROGRESS
from app.reports.shapes import Asked, Report
from app.reports.stock import ROTATION, STOCK
from app.reports.suggestions import SUGGESTIONS
from app.texts import T
from app.work import Actor
from app.worktime import local_day

REPORTS = {
    one.key: one
    for one in (PROGRESS, CHARGES, STOCK, ROTATION, OLD_METERS, ACCEPTANCE, SUGGESTIONS, LOANS)
}
# Groups that run the installation and do no business see no business.
NO_BUSINESS = frozenset({"admin", "process_approver"})
NUMBERS = frozenset({"age", "calibre"})
LONGEST = 100
MOST_DAYS = 3660


def reports(actor: Actor) -> list[Report]:
    """The boards that the person may look at."""
    if not actor.groups or actor.groups <= NO_BUSINESS:
        return []
    return [one for one in REPORTS.values() if one.may(actor)]


def report(actor: Actor, key: str) -> Report:
    """A board. Raises NotFound, NotAllowed."""
    if key not in REPORTS:
        raise NotFound
    if REPORTS[key] not in reports(actor):
        raise NotAllowed(T("您的岗位没有此看板，请联系主任。"))
    return REPORTS[key]


def ask(found: Report, given: Mapping[str, str], *, by: Actor, at: datetime) -> Asked:
    """What is asked for, checked. Raises Invalid (fields)."""
    filters = {n: given[n] for n in found.filters if given.get(n)}
    wrong = {n: T("没有这个选项。") for n, v in filters.items() if not _good(n, v)}
    if wrong:
        raise Invalid(fields=wrong)
    if not found.period:
        return Asked(by, at, filters)
    until = _day(given, "until") or local_day(at)
    since = _day(given, "since") or until - timedelta(days=found.period)
    if not timedelta() <= until - since <= timedelta(days=MOST_DAYS):
        raise Invalid(fields={"until": T("结束日期须在开始日期之后，相隔不超过十年")})
    return Asked(by, at, filters, since, until)


def _good(name: str, value: str) -> bool:
    if name == "region":
        return value == "-" or value in settings.regions()
    if name in NUMBERS:
        return value.isascii() and value.isdecimal() and len(value) < 6
    return len(value) <= LONGEST and "\0" not in value


def _day(given: Mapping[str, str], name: str) -> date | None:
    text = given.get(name, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not 2000 <= day.year < 2200:
        raise Invalid(fields={name: T("请按 2026-03-02 的形式填写日期")})
    return day
