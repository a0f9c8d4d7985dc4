"""Reading and changing settings; each process keeps what it read until the version changes."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from datetime import time as time_of_day
from functools import cached_property
from typing import Any, cast

import sqlalchemy as sa

from app import audit
from app.db import db, raw
from app.errors import Invalid, NotAllowed, NotFound
from app.settings.defaults import SPECS, Spec
from app.settings.models import CalendarDay, Setting
from app.settings.patterns import pattern_error
from app.texts import T, Text
from app.work import Work, command, ledger
from app.worktime import Calendar

# How long a change made by another process may stay unseen, seconds.
TRUST = 2.0


@dataclass
class Snapshot:
    """All settings as of one version."""

    version: str
    values: Mapping[str, Any]
    days: Mapping[date, bool]

    @cached_property
    def calendar(self) -> Calendar:
        """The working days that follow from them."""
        hours = (_hour(self.values["service.open"]), _hour(self.values["service.close"]))
        return Calendar(self.days, hours)


@dataclass
class _Kept:
    snapshot: Snapshot
    until: float


_kept: list[_Kept] = []


def forget() -> None:
    """Read everything again at the next question."""
    _kept.clear()


def _hour(text: str) -> time_of_day:
    return time_of_day.fromisoformat(text)


def _current() -> Snapshot:
    kept = _kept[0] if _kept else None
    if kept is not None and time.monotonic() < kept.until:
        return kept.snapshot
    version = str(raw().execute("SELECT version FROM settings_version").fetchone()[0])  # type: ignore[index]
    snapshot = kept.snapshot if kept and kept.snapshot.version == version else _read(version)
    _kept[:] = [_Kept(snapshot, time.monotonic() + TRUST)]
    return snapshot


def _read(version: str) -> Snapshot:
    values = {key: spec.default for key, spec in SPECS.items()}
    values |= dict(raw().execute("SELECT key, value FROM settings").fetchall())
    days = dict(raw().execute("SELECT day, workday FROM calendar_days").fetchall())
    return Snapshot(version, values, days)


def get(key: str) -> Any:
    """The value of a setting. Raises NotFound for a key that does not exist."""
    try:
        return _current().values[key]
    except KeyError:
        raise NotFound(T("没有名为 {key} 的参数。", key=key)) from None


def calendar() -> Calendar:
    """The working days and service hours of this installation; one object for each version."""
    return _current().calendar


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
def put(work: Work, key: str, value: Any) -> None:
    """Change a setting. Raises Invalid (field ``value``) for one that its type refuses."""
    _require_admin(work)
    row = db.session.get(Setting, key, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(T("没有名为 {key} 的参数。", key=key))
    error = value_error(row.type, value)
    if error is not None:
        raise Invalid(fields={"value": error})
    before, row.value = row.value, value
    work.record(row, "setting:change", before={"value": before}, after={"value": value})
    changed(work)


def value_error(type_: str, value: Any) -> Text | None:
    """What is wrong with a value for a type; None for a good one."""
    if type_ == "integer":
        good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9
        return None if good else T("请填写不小于 0 的整数。")
    if type_ == "regions":
        return _regions_error(value)
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


@command(right="admin")
def put_day(work: Work, day: date, workday: bool | None, name: str = "") -> None:
    """Say of a date that it is a working day or not; None goes back to what is announced."""
    _require_admin(work)
    old = db.session.get(CalendarDay, day)
    before = None if old is None else {"workday": old.workday, "name": old.name}
    if workday is None:
        db.session.execute(sa.delete(CalendarDay).where(CalendarDay.day == day))
    else:
        db.session.merge(CalendarDay(day=day, workday=workday, name=name))
    after = {"day": day, "workday": workday, "name": name}
    work.record(ledger("calendar"), "calendar:change", before=before, after=after)
    changed(work)


def days() -> list[CalendarDay]:
    """The dates of which the installation says otherwise, in order."""
    return list(db.session.scalars(sa.select(CalendarDay).order_by(CalendarDay.day)))
