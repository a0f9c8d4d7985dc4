"""Reading and changing settings; each process keeps what it read until the version changes."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

import sqlalchemy as sa

from app import audit
from app.db import db, raw, turned
from app.errors import Invalid, NotAllowed, NotFound
from app.limits import UNITS, Limit
from app.settings.defaults import SPECS, Spec
from app.settings.hours import (
    Own,
    hours_error,
    house_hours,
    made,
    read_own,
    spans_error,
    weekdays_error,
)
from app.settings.models import Setting
from app.settings.patterns import pattern_error
from app.settings.recounts import ask_recount
from app.texts import T, Text
from app.work import Work, command
from app.worktime import Calendar

# How long a change made by another process may stay unseen, seconds.
TRUST = 2.0


@dataclass
class Snapshot:
    """All settings as of one version. ``own``: branch → its service hours and days."""

    version: str
    values: Mapping[str, Any]
    days: Mapping[date, bool]
    years: frozenset[int] = frozenset()
    own: Mapping[str, Own] = field(default_factory=dict)
    _made: dict[str, Calendar] = field(default_factory=dict)

    @property
    def calendar(self) -> Calendar:
        """The house's working days."""
        return self.calendar_of("")

    def calendar_of(self, branch: str) -> Calendar:
        """A branch's working days; the house's for a name that has none of its own."""
        if branch not in self._made:
            own = self.own.get(branch)
            hours = (own.hours if own else None) or house_hours(self.values)
            days = {**self.days, **(own.days if own else {})}
            self._made[branch] = made(hours, days, self.years)
        return self._made[branch]

    def place(self, branch: str | None, region: str | None) -> str:
        """Whose calendar holds there: the branch's own, else its region's company's, else ""."""
        if branch and branch in self.own:
            return branch
        companies = (n for n, own in self.own.items() if own.company and own.region == region)
        return next(companies, "") if region else ""


@dataclass
class _Kept:
    snapshot: Snapshot
    until: float


_kept: list[_Kept] = []


def forget() -> None:
    """Read everything again at the next question."""
    _kept.clear()


def _current() -> Snapshot:
    kept = _kept[0] if _kept else None
    if kept is not None and time.monotonic() < kept.until:
        return kept.snapshot
    # Of the primary also within a read aside: what is kept here serves commands, too.
    with turned(None):
        version = str(raw().execute("SELECT version FROM settings_version").fetchone()[0])  # type: ignore[index]
        snapshot = kept.snapshot if kept and kept.snapshot.version == version else _read(version)
    _kept[:] = [_Kept(snapshot, time.monotonic() + TRUST)]
    return snapshot


def _read(version: str) -> Snapshot:
    values = {key: spec.default for key, spec in SPECS.items()}
    values |= dict(raw().execute("SELECT key, value FROM settings").fetchall())
    days = dict(raw().execute("SELECT day, workday FROM calendar_days").fetchall())
    years = frozenset(year for (year,) in raw().execute("SELECT year FROM calendar_years"))
    return Snapshot(version, values, days, years, read_own())


def get(key: str) -> Any:
    """The value of a setting. Raises NotFound for a key that does not exist."""
    try:
        return _current().values[key]
    except KeyError:
        raise NotFound(T("没有名为 {key} 的参数。", key=key)) from None


def calendar(branch: str | None = None, region: str | None = None) -> Calendar:
    """The working days and service hours of this installation; one object for each version.

    ``branch``, ``region``: those of a place. A branch without its own has those of its region's
    company, and where that has none the house's.
    """
    now = _current()
    return now.calendar_of(now.place(branch, region))


def calendars() -> dict[str, Calendar]:
    """The house's calendar ("") and those of branches with their own."""
    now = _current()
    return {name: now.calendar_of(name) for name in ("", *sorted(now.own))}


def limit(name: str) -> Limit:
    """A limit among the settings by its name, such as ``T-SURV``. Raises NotFound."""
    value = get(f"limit.{name}")
    return Limit(int(value), SPECS[f"limit.{name}"].unit)


def limit_names() -> frozenset[str]:
    """The limits that a drawing may name."""
    keys = (key for key, spec in SPECS.items() if spec.unit in UNITS)
    return frozenset(key.removeprefix("limit.") for key in keys if key.startswith("limit."))


def regions() -> dict[str, str]:
    """The regions and their two-letter codes, in order."""
    return dict(cast(Mapping[str, str], get("regions")))


def all_settings() -> list[Setting]:
    """All settings with their labels, by key."""
    return list(db.session.scalars(sa.select(Setting).order_by(Setting.key)))


def history(key: str) -> list[audit.Entry]:
    """Every change of a setting, oldest first."""
    chain = (audit.Entry.subject_kind == "setting", audit.Entry.subject_key == key)
    return list(db.session.scalars(sa.select(audit.Entry).where(*chain).order_by(audit.Entry.seq)))


@command(right="system")
def ensure_defaults(work: Work) -> int:
    """Add the settings that are missing, with their defaults; may run at every start."""
    known = set(db.session.scalars(sa.select(Setting.key)))
    missing = [spec for key, spec in SPECS.items() if key not in known]
    for spec in missing:
        row = _row(spec)
        db.session.add(row)
        work.record(row, "setting:add", after={"value": spec.default})
    if missing:
        changed(work)
    return len(missing)


def _row(spec: Spec) -> Setting:
    return Setting(
        key=spec.key, type=spec.type, value=spec.default, default_value=spec.default,
        label_zh=spec.label_zh, label_en=spec.label_en, unit=spec.unit, source=spec.source,
    )  # fmt: skip


def changed(work: Work) -> None:
    """Give the settings a new version, which every process sees within two seconds."""
    # Random, not counted: a rolled back version can never come again with another content.
    work.execute("UPDATE settings_version SET version = gen_random_uuid()")
    work.after_commit(forget)


def _require_admin(work: Work) -> None:
    if work.by.id is not None and "admin" not in work.by.groups:
        raise NotAllowed


@command(right="admin")
def put(work: Work, key: str, value: Any, recount: bool = False) -> None:
    """Change a setting. Raises Invalid (field ``value``) for one that its type refuses.

    Service hours change the limits of open cases; another limit only with ``recount``, and only
    where a drawing names it: what waits already has its moment.
    """
    _require_admin(work)
    if key.startswith("service."):
        _need_hours({**_current().values, key: value})
    write(work, key, value)
    changed(work)
    if key.startswith("service.") or recount:
        ask_recount(work, key)


def write(work: Work, key: str, value: Any) -> None:
    """Change one setting, with its entry. Raises as ``put``."""
    row = db.session.get(Setting, key, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(T("没有名为 {key} 的参数。", key=key))
    error = value_error(row.type, value)
    if error is not None:
        raise Invalid(fields={"value": error})
    before, row.value = row.value, value
    work.record(row, "setting:change", before={"value": before}, after={"value": value})


def _need_hours(values: Mapping[str, Any]) -> None:
    error = hours_error(house_hours(values))
    if error is not None:
        raise Invalid(fields={"value": error})


def value_error(type_: str, value: Any) -> Text | None:
    """What is wrong with a value for a type; None for a good one."""
    if type_ == "integer":
        good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9
        return None if good else T("请填写不小于 0 的整数。")
    if type_ in OTHER_TYPES:
        return OTHER_TYPES[type_](value)
    if not isinstance(value, str) or not value:
        return T("请填写文字。")
    if type_ == "time" and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        return T("请按 08:30 的形式填写时刻。")
    return pattern_error(value) if type_ == "pattern" else None


def _regions_error(value: Any) -> Text | None:
    if not isinstance(value, dict) or not value:
        return T("请填写片区及其代码。")
    codes = [code for code in value.values() if re.fullmatch(r"[A-Z]{2}", str(code))]
    if len(set(codes)) != len(value):
        return T("每个片区须有各不相同的两位大写字母代码。")
    return None


OTHER_TYPES = {"regions": _regions_error, "spans": spans_error, "weekdays": weekdays_error}
