"""A changed calendar works out the limits of open cases anew, once, and says so."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask

from app import audit, cases, settings
from app.db import raw
from app.jobs.tasks import JOB, TIMER
from app.settings import DaySaid
from app.work import SYSTEM
from tests.cases.conftest import LIN
from tests.cases.test_clock import Told, at, timed

__all__ = ["timed"]
HALL = {"open": "08:30", "close": "17:30", "lunch": "", "weekdays": {"6": "09:00-12:00"}}


def recount() -> settings.LimitRun:
    """What the worker does."""
    ((run,),) = raw().execute("SELECT max(id) FROM limit_runs").fetchall()
    cases.recount_limits(run, portion=2, by=JOB)
    assert audit.verify().findings == []
    return settings.recounts()[0]


def said(number: str) -> list[dict[str, Any]]:
    """The entries about it, in order."""
    found = [e for e in cases.trail(SYSTEM, number) if e.action == "case:limit_recomputed"]
    return [dict(entry.body) for entry in found]


def closed(*days: str, by: Any = SYSTEM) -> None:
    """Days off."""
    said = {date.fromisoformat(f"2026-{day}"): DaySaid(False, "停工") for day in days}
    settings.put_days(said, by=by)


def test_cases_steps_and_timers_move_and_say_so(timed: Flask) -> None:
    told = Told("supplement", "2026-03-02T09:00:00", lapse_days=2)
    other = Told("complaint", "2026-03-02T09:00:00")
    told.done("check", "2026-03-02T16:30:00")
    closed("03-03", "03-09")
    run = recount()
    assert (run.total, run.seen, run.changed, run.failed) == (2, 2, 2, 0)
    assert run.finished_at is not None
    assert told.due_at == at("2026-03-11T17:30:00")
    ((due, queued),) = raw().execute(
        "SELECT t.due_at, queued FROM timers t JOIN cases c ON c.id = t.case_id"
        " WHERE c.number = %s", (told.number,)
    ).fetchall()  # fmt: skip
    assert (due, queued) == (at("2026-03-05T23:59:59"), False)
    ((entry),) = said(told.number)
    assert entry["before"] == {
        "due_at": "2026-03-09T09:30:00+00:00",
        "timers": {"lapse": "2026-03-04T15:59:59+00:00"},
    }
    assert entry["after"] == {
        "due_at": "2026-03-11T09:30:00+00:00",
        "timers": {"lapse": "2026-03-05T15:59:59+00:00"},
        "calendar": settings.calendar().version,
    }
    # the 20 minutes of a dispatched order ask no calendar, its working day does
    assert other.step("accept").due_at == at("2026-03-02T09:20:00")
    assert other.due_at == at("2026-03-04T17:30:00")


def test_coming_twice_changes_nothing(timed: Flask) -> None:
    told = Told("supplement", "2026-03-02T09:00:00", lapse_days=2)
    closed("03-03")
    recount()
    before = raw().execute("SELECT * FROM cases").fetchall()
    settings.recount(by=SYSTEM)
    assert recount().changed == 0
    assert raw().execute("SELECT * FROM cases").fetchall() == before
    assert len(said(told.number)) == 1


def test_pauses_and_own_limits_are_counted_by_the_new_calendar(timed: Flask) -> None:
    told = Told("supplement", "2026-03-02T09:00:00", lapse_days=10)
    told.done("check", "2026-03-02T16:30:00")
    told.done("supply", "2026-03-03T10:30:00")
    assert told.step("decide").due_at == at("2026-03-03T14:30:00")
    closed("03-02")
    recount()
    # of the pause two hours of Tuesday are left, and Monday never counted for the start
    assert told.due_at == at("2026-03-10T10:30:00")
    settings.put("service.lunch", "12:00-13:30", by=SYSTEM)
    recount()
    assert told.step("decide").due_at == at("2026-03-03T16:00:00")
    assert told.due_at == at("2026-03-10T10:30:00")


def test_what_has_fired_stays_fired_and_what_is_due_fires(timed: Flask) -> None:
    told = Told("supplement", "2026-03-02T09:00:00", lapse_days=2)
    told.done("check", "2026-03-02T16:30:00")
    sunday = {date(2026, 3, 1): DaySaid(True)}
    settings.put_days(sunday, by=SYSTEM)
    assert recount().changed == 0
    ((timer, due),) = raw().execute("SELECT engine_id, due_at FROM timers").fetchall()
    assert cases.fire_timer(told.number, timer, by=TIMER, at=due)
    closed("03-03")
    assert recount().changed == 0
    assert told.outcome == "lapsed"


def test_a_timer_that_comes_earlier_fires_at_the_next_tick(timed: Flask) -> None:
    closed("03-03", "03-04")
    told = Told("supplement", "2026-03-02T09:00:00", lapse_days=2)
    told.done("check", "2026-03-02T16:30:00")
    settings.put_day(date(2026, 3, 3), None, by=SYSTEM)
    settings.put_day(date(2026, 3, 4), None, by=SYSTEM)
    assert settings.recounts()[0].why == "calendar", "one that waits covers them all"
    recount()
    when = at("2026-03-04T23:59:59")
    assert cases.queue_due_timers(by=TIMER, at=when) == 1
    ((timer,),) = raw().execute("SELECT engine_id FROM timers").fetchall()
    assert cases.fire_timer(told.number, timer, by=TIMER, at=when)
    assert told.outcome == "lapsed"


def test_a_date_of_others_stays_and_a_counted_one_moves(timed: Flask) -> None:
    told = Told("dated", "2026-03-02T09:00:00", agreed_on="2026-03-05T12:00:00+08:00", days=5)
    told.done("ask", "2026-03-02T11:00:00")
    closed("03-03")
    recount()
    assert told.step("agreed").due_at == at("2026-03-05T12:00:00")
    assert told.step("counted").due_at == at("2026-03-09T10:30:00")
    assert told.due_at == at("2026-03-11T10:30:00")
    told.done("agreed", "2026-03-03T12:00:00")
    told.done("counted", "2026-03-03T12:00:00")
    assert told.status == "ended", "the state that was written anew goes on"


def test_a_provisional_year_that_is_filled_in(timed: Flask) -> None:
    told = Told("supplement", "2026-12-30T09:00:00", lapse_days=10)
    assert told.due_at == at("2027-01-06T17:30:00")
    assert told.timing.provisional
    new_year = {date(2027, 1, 1): DaySaid(False, "元旦"), date(2027, 1, 2): DaySaid(True, "调休")}
    settings.put_days(new_year, year=2027, by=SYSTEM)
    recount()
    assert not told.timing.provisional
    assert told.due_at == at("2027-01-06T17:30:00"), "a Friday off, a Saturday on"
    settings.put_days({date(2027, 1, 1): DaySaid(False, "元旦")}, year=2027, by=SYSTEM)
    recount()
    assert told.due_at == at("2027-01-07T17:30:00"), "what was said before fell away"


def test_a_branch_has_its_own_and_others_the_house_s(timed: Flask) -> None:
    settings.put_branch("城东供水分公司", kind="branch", region="城东", by=SYSTEM)
    there = Told("supplement", "2026-03-04T09:00:00", region="城东", lapse_days=10)
    house = Told("supplement", "2026-03-04T09:00:00", lapse_days=10)
    settings.put_hours("城东供水分公司", HALL, by=SYSTEM)
    assert recount().changed == 1
    assert there.due_at == at("2026-03-10T17:30:00")
    assert house.due_at == at("2026-03-11T17:30:00")
    assert said(there.number)[0]["after"]["calendar"] == settings.calendar(region="城东").version


def test_a_setting_is_for_new_waits_unless_it_is_asked_for(timed: Flask) -> None:
    told = Told("permits", "2026-03-02T08:30:00")
    assert told.step("survey").due_at == at("2026-03-05T17:30:00")
    settings.put("limit.T-SURV", 5, by=SYSTEM)
    settings.recount(by=SYSTEM)
    assert recount().changed == 0
    settings.put("limit.T-SURV", 6, recount=True, by=SYSTEM)
    assert recount().changed == 1
    survey = told.step("survey")
    assert (survey.limited, survey.due_at) == ("6 workdays", at("2026-03-10T17:30:00"))
    cases.withdraw(told.number, "不办了", by=LIN)


def test_a_new_version_of_the_product_may_know_more_holidays(
    timed: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not cases.watch_calendars(by=JOB), "the first time it only notes them"
    assert not cases.watch_calendars(by=JOB)
    told = Told("supplement", "2026-03-02T09:00:00", lapse_days=10)
    from app import worktime

    known = worktime.announced
    monkeypatch.setattr(
        worktime, "announced", lambda day: False if day == date(2026, 3, 3) else known(day)
    )
    settings.forget()
    assert cases.watch_calendars(by=JOB)
    assert recount().why == "update"
    assert told.due_at == at("2026-03-10T17:30:00")
    assert not cases.watch_calendars(by=JOB)
    monkeypatch.undo()
    settings.forget()


def test_the_worker_is_asked_once_for_changes_that_come_together(timed: Flask) -> None:
    sql = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'recount_limits'"
    closed("03-03")
    closed("03-04")
    settings.put("service.close", "17:00", by=SYSTEM)
    assert raw().execute(sql).fetchone() == (1,)
    assert settings.recounts()[0].why == "calendar service.close"
    recount()
    closed("03-05")
    assert raw().execute(sql).fetchone() == (2,)
