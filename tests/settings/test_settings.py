"""Limits, calendars, regions, numbers."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app import settings
from app.db import db, raw
from app.errors import Invalid, NotAllowed, NotFound
from app.identifiers import luhn_digit
from app.settings import patterns
from app.work import SYSTEM, Actor, Work, command, ledger

ADMIN = Actor(None, "cli", "命令行", channel="cli")
CLERK = Actor(2, "linqi", "林栖", frozenset({"window_clerk"}))
DAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    settings.forget()
    yield
    settings.forget()


@pytest.fixture
def ready(app: Flask) -> Flask:
    settings.ensure_defaults(by=SYSTEM)
    return app


@command
def numbered(work: Work, kind: str, **given: Any) -> str:
    work.record(ledger("numbers"), "number:give")
    return settings.next_number(work, kind, **given)


@pytest.mark.usefixtures("ready")
def test_limits_of_the_domain_are_there_with_source_and_label() -> None:
    assert settings.get("limit.T-SUPP") == 10
    assert settings.get("limit.T-SUPP.reminder") == 5
    assert settings.get("limit.T-DISPUTE") == 30
    rows = {row.key: row for row in settings.all_settings()}
    assert rows.keys() == settings.SPECS.keys()
    assert (rows["limit.T-ACC"].unit, rows["limit.T-ACC"].source) == ("minutes", "D08 第十二条")
    assert settings.ensure_defaults(by=SYSTEM) == 0


@pytest.mark.usefixtures("app")
def test_defaults_hold_before_they_are_stored_and_unknown_keys_do_not_exist() -> None:
    assert settings.get("limit.T-SUPP") == 10
    with pytest.raises(NotFound):
        settings.get("limit.T-NONE")


@pytest.mark.usefixtures("ready")
def test_a_change_is_seen_and_kept_in_the_history() -> None:
    assert settings.get("limit.T-SUPP") == 10
    settings.put("limit.T-SUPP", 15, by=ADMIN)
    assert settings.get("limit.T-SUPP") == 15
    history = settings.history("limit.T-SUPP")
    assert [e.action for e in history] == ["setting:add", "setting:change"]
    assert history[1].body == {"before": {"value": 10}, "after": {"value": 15}}


@pytest.mark.usefixtures("ready")
def test_only_the_administrator_changes_settings() -> None:
    for attempt in (
        lambda: settings.put("limit.T-SUPP", 15, by=CLERK),
        lambda: settings.put_day(date(2026, 3, 3), False, by=CLERK),
        lambda: settings.put_branch("城东供水分公司", by=CLERK),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert settings.get("limit.T-SUPP") == 10


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("limit.T-SUPP", -1), ("limit.T-SUPP", True), ("limit.T-SUPP", "10"),
        ("service.open", "8:30"), ("service.open", "25:00"), ("number.SJ", "SJ{date}"),
        ("number.SJ", "SJ{seq:4}{seq:4}"), ("number.SJ", "SJ{day}-{seq:4}"),
        ("number.SJ", "SJ{date-{seq:4}"), ("regions", {}), ("regions", {"城东": "C"}),
        ("regions", {"城东": "CD", "城南": "CD"}), ("number.fonds", ""),
    ],
)  # fmt: skip
def test_values_that_the_type_refuses(key: str, value: Any) -> None:
    with pytest.raises(Invalid):
        settings.put(key, value, by=ADMIN)


def test_shipped_patterns_are_good() -> None:
    for spec in settings.SPECS.values():
        if spec.type == "pattern":
            assert patterns.pattern_error(spec.default) is None


def test_a_change_by_another_process_is_seen(fresh: Flask, monkeypatch: Any) -> None:
    assert fresh
    settings.ensure_defaults(by=SYSTEM)
    assert settings.get("limit.T-SUPP") == 10
    raw().execute("UPDATE settings SET value = '12' WHERE key = 'limit.T-SUPP'")
    raw().execute("UPDATE settings_version SET version = gen_random_uuid()")
    assert settings.get("limit.T-SUPP") == 10, "within its trust it asks nobody"
    from app.settings import values

    monkeypatch.setattr(values.time, "monotonic", lambda: 10.0**9)
    assert settings.get("limit.T-SUPP") == 12


@pytest.mark.usefixtures("ready")
def test_the_calendar_follows_the_settings_and_is_one_object_for_a_version() -> None:
    tuesday = date(2026, 3, 3)
    before = settings.calendar()
    assert before.is_workday(tuesday)
    assert settings.calendar() is before
    settings.put_day(tuesday, False, "停电", by=ADMIN)
    assert not settings.calendar().is_workday(tuesday)
    assert settings.calendar().version != before.version
    settings.put("service.close", "17:00", by=ADMIN)
    assert settings.calendar().hours[1].hour == 17
    settings.put_day(tuesday, None, by=ADMIN)
    assert settings.calendar().is_workday(tuesday)
    assert settings.days() == []


@pytest.mark.usefixtures("ready")
def test_branches() -> None:
    @command
    def demo(work: Work) -> int:
        return len(settings.demo_branches(work))

    assert (demo(by=SYSTEM), demo(by=SYSTEM)) == (6, 0)
    settings.put_branch("城东供水分公司", region="城东", phone="0731-96000199", by=ADMIN)
    found = settings.branch("城东供水分公司")
    assert found is not None
    assert (found.region, found.phone) == ("城东", "0731-96000199")
    with pytest.raises(Invalid):
        settings.put_branch("月球分公司", region="月球", by=ADMIN)


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize(
    ("kind", "given", "first", "second"),
    [
        ("GH", {}, "GH20260302-0001", "GH20260302-0002"),
        ("GD", {}, "GD20260302-0001", "GD20260302-0002"),
        ("receipt", {"cashier": 7}, "SJ20260302007-0001", "SJ20260302007-0002"),
        ("contract", {"region": "城东"}, "GYS2026-CD-00001", "GYS2026-CD-00002"),
        ("supplement", {}, "BZTZ20260302-0001", "BZTZ20260302-0002"),
        ("acceptance", {}, "YSD20260302-0001", "YSD20260302-0002"),
        ("rectification", {}, "ZG20260302-0001", "ZG20260302-0002"),
        ("violation", {}, "WZ20260302-0001", "WZ20260302-0002"),
        ("archive", {"class_": "02"}, "LJGS-2026-02-0001", "LJGS-2026-02-0002"),
    ],
)
def test_numbers_of_the_domain(kind: str, given: Any, first: str, second: str) -> None:
    assert numbered(kind, by=SYSTEM, at=DAY, **given) == first
    assert numbered(kind, by=SYSTEM, at=DAY, **given) == second


@pytest.mark.usefixtures("ready")
def test_a_service_point_ends_in_a_check_digit() -> None:
    number = numbered("service_point", region="城南", book="0012", by=SYSTEM, at=DAY)
    assert number == "JS-CN-0012-00001-" + luhn_digit("001200001")


@pytest.mark.usefixtures("ready")
def test_the_day_and_the_year_turn_in_shanghai() -> None:
    numbered("GH", by=SYSTEM, at=DAY)
    assert numbered("GH", by=SYSTEM, at=datetime(2026, 3, 2, 16, 0, tzinfo=UTC)) == (
        "GH20260303-0001"
    )
    assert (
        numbered("contract", region="城东", by=SYSTEM, at=datetime(2026, 12, 31, 16, 0, tzinfo=UTC))
        == "GYS2027-CD-00001"
    )


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize(
    ("kind", "given"), [("contract", {}), ("receipt", {}), ("contract", {"region": "月球"})]
)
def test_a_number_that_lacks_a_part_is_refused(kind: str, given: Any) -> None:
    with pytest.raises(Invalid):
        numbered(kind, by=SYSTEM, **given)


@pytest.mark.usefixtures("ready")
def test_a_pattern_is_data() -> None:
    settings.put("number.case", "{kind}-{year}-{seq:6}", by=ADMIN)
    assert numbered("GH", by=SYSTEM, at=DAY) == "GH-2026-000001"


@given(st.lists(st.integers(1, 10**6), unique=True, min_size=2, max_size=50))
def test_different_counts_give_different_numbers(counts: list[int]) -> None:
    for pattern in ("SJ20260302007-{seq:4}", "JS-CN-0012-{seq:5}-{check}"):
        assert len({patterns.number(pattern, n) for n in counts}) == len(counts)


def test_numbers_taken_at_once_are_unique_and_without_gaps_also_after_failures(
    fresh: Flask,
) -> None:
    settings.ensure_defaults(by=SYSTEM)

    @command
    def failing(work: Work) -> None:
        work.record(ledger("numbers"), "number:give")
        settings.next_number(work, "receipt", cashier=7)
        raise ZeroDivisionError

    def take(n: int) -> str | None:
        with fresh.app_context():
            if n % 3:
                return str(numbered("receipt", cashier=7, by=SYSTEM, at=DAY))
            with pytest.raises(ZeroDivisionError):
                failing(by=SYSTEM, at=DAY)
            return None

    with ThreadPoolExecutor(8) as pool:
        taken = sorted(n for n in pool.map(take, range(90)) if n)
    assert taken == [f"SJ20260302007-{n:04}" for n in range(1, 61)]
    db.session.rollback()
