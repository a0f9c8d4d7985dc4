"""The service clock: limits in each unit, pauses, both times; acceptance cases 9 and 10."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from flask import Flask

from app import audit, cases, settings
from app.db import raw
from app.jobs.tasks import TIMER
from app.work import SYSTEM
from tests.cases.conftest import DRAWINGS, LIN, deploy

SHANGHAI = timezone(timedelta(hours=8))
TIMES = DRAWINGS.parent / "time_drawings"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def timed(app: Flask) -> Flask:
    """The application with the drawings about time."""
    settings.ensure_defaults(by=SYSTEM)
    audit.ensure_partitions(datetime(2026, 2, 1, tzinfo=UTC))
    deploy(TIMES)
    return app


class Told:
    """One case, moved at moments that are told."""

    def __init__(self, procedure: str, when: str, **given: Any) -> None:
        self.number = cases.start(procedure, given, by=LIN, at=at(when)).number

    def __getattr__(self, name: str) -> Any:
        return getattr(cases.case(SYSTEM, self.number), name)

    def step(self, element: str) -> cases.TaskView:
        """The latest of an element."""
        return [t for t in cases.case(SYSTEM, self.number).tasks if t.element == element][-1]

    def done(self, element: str, when: str) -> cases.TaskView:
        """Somebody does it."""
        cases.submit_task(self.step(element).id, {}, by=LIN, at=at(when))
        return self.step(element)

    def stored(self) -> Any:
        """The row's own: due, why it stands, gross, net."""
        sql = """SELECT due_at, paused_since, paused_by, gross_seconds, net_seconds FROM cases
                 WHERE number = %s"""
        return raw().execute(sql, (self.number,)).fetchone()


@pytest.mark.parametrize(
    ("accepted", "late"),
    [
        ("2026-03-03T00:10:00", False),  # 15 minutes
        ("2026-03-03T00:15:00", False),  # exactly 20: 「以内」 includes the limit
        ("2026-03-03T00:15:01", True),
        ("2026-03-03T00:16:00", True),
    ],
)
def test_case_9_twenty_minutes_run_across_midnight(timed: Flask, accepted: str, late: bool) -> None:
    """cases.md 9: the engineering unit has an order at 23:55 and takes it at 00:10."""
    told = Told("complaint", "2026-03-02T23:55:00")
    assert told.step("accept").due_at == at("2026-03-03T00:15:00")
    step = told.done("accept", accepted)
    assert step.timing.late(step.closed_at) is late
    took = at(accepted) - at("2026-03-02T23:55:00")
    assert (step.gross_seconds, step.net_seconds) == (took.seconds, took.seconds)
    assert told.step("solve").due_at == told.due_at, "the next step has the case's own limit"


def test_case_9_who_does_not_accept_is_urged_after_twenty_minutes(timed: Flask) -> None:
    from tests.cases import parts

    told = Told("complaint", "2026-03-02T23:55:00")
    assert cases.queue_due_timers(by=TIMER, at=at("2026-03-03T00:14:59")) == 0
    assert cases.queue_due_timers(by=TIMER, at=at("2026-03-03T00:15:00")) == 1
    ((timer,),) = raw().execute("SELECT engine_id FROM timers").fetchall()
    assert cases.fire_timer(told.number, timer, by=TIMER, at=at("2026-03-03T00:15:00"))
    assert [f"urge {told.number}"] == parts.CALLED


def test_case_10_the_eve_of_national_day(timed: Flask) -> None:
    """cases.md 10: due on the first working day after the holiday, not on 1 October."""
    told = Told("complaint", "2026-09-30T16:00:00")
    assert told.due_at == at("2026-10-08T17:30:00")
    settings.put("limit.T-SOLVE", 3, by=SYSTEM)
    assert told.due_at == at("2026-10-08T17:30:00"), "a changed setting is for new cases"
    # Saturday 10 October is made up for
    assert Told("complaint", "2026-09-30T16:00:00").due_at == at("2026-10-10T17:30:00")
    told.done("accept", "2026-09-30T16:05:00")
    assert told.due_at == at("2026-10-08T17:30:00"), "whatever moves it"


def test_a_pause_moves_the_due_moment_by_the_service_time_that_was_paused(timed: Flask) -> None:
    told = Told("supplement", "2026-03-02T09:00:00", lapse_days=10)
    assert told.due_at == at("2026-03-09T17:30:00")
    told.done("check", "2026-03-02T16:30:00")
    assert told.stored()[1:3] == (at("2026-03-02T16:30:00"), "等待客户补正")
    assert told.step("supply").paused_since == at("2026-03-02T16:30:00")
    # an hour of Monday, two of Tuesday
    told.done("supply", "2026-03-03T10:30:00")
    assert told.due_at == at("2026-03-10T11:30:00")
    assert told.stored()[1:3] == (None, None)
    decide = told.step("decide")
    assert (decide.limited, decide.due_at) == ("4 working hours", at("2026-03-03T14:30:00"))
    assert decide.paused_since is None
    told.done("decide", "2026-03-04T08:30:00")
    assert told.step("decide").timing.late(at("2026-03-04T08:30:00"))
    assert told.step("decide").net_seconds == 7 * 3600
    assert told.step("supply").net_seconds == 0
    assert told.step("supply").gross_seconds == 18 * 3600
    gross, net = told.stored()[3:]
    assert (gross, net) == (47.5 * 3600, (8.5 + 9 - 3) * 3600)


def test_parallel_pauses_count_once_and_stop_every_open_step(timed: Flask) -> None:
    told = Told("permits", "2026-03-02T08:30:00")
    assert told.stored()[1:3] == (at("2026-03-02T08:30:00"), "等待客户缴费、等待占道许可")
    survey = told.step("survey")
    assert survey.paused_since == at("2026-03-02T08:30:00")
    assert survey.due_at == at("2026-03-05T17:30:00")
    told.done("pay", "2026-03-02T10:30:00")
    assert told.stored()[1:3] == (at("2026-03-02T08:30:00"), "等待占道许可")
    cases.deliver_message("permit_came", told.number, {}, by=LIN, at=at("2026-03-02T12:30:00"))
    # four hours in all, not two and four
    assert told.due_at == at("2026-03-10T12:30:00")
    survey = told.step("survey")
    assert (survey.paused_since, survey.due_at) == (None, at("2026-03-06T12:30:00"))
    told.done("survey", "2026-03-02T13:30:00")
    assert told.step("survey").net_seconds == 3600
    told.done("close", "2026-03-02T14:30:00")
    assert told.stored()[3:] == (6 * 3600, 2 * 3600)


def test_a_date_that_others_gave_stays_and_a_counted_one_moves(timed: Flask) -> None:
    told = Told("dated", "2026-03-02T09:00:00", agreed_on="2026-03-05T12:00:00+08:00", days=5)
    told.done("ask", "2026-03-02T11:00:00")
    assert told.step("agreed").due_at == at("2026-03-05T12:00:00")
    assert told.step("counted").due_at == at("2026-03-06T10:30:00")
    assert told.due_at == at("2026-03-10T10:30:00")


def test_what_is_withdrawn_has_its_times_too(timed: Flask) -> None:
    told = Told("supplement", "2026-03-02T09:00:00", lapse_days=10)
    told.done("check", "2026-03-02T10:00:00")
    cases.withdraw(told.number, "不办了", by=LIN, at=at("2026-03-03T10:00:00"))
    assert told.stored()[1:] == (None, None, 25 * 3600, 3600)
    supply = told.step("supply")
    assert (supply.status, supply.gross_seconds, supply.net_seconds) == ("cancelled", 86400, 0)


def test_the_pause_of_a_customer_who_does_not_come_ends_with_the_case(timed: Flask) -> None:
    told = Told("supplement", "2026-03-02T09:00:00", lapse_days=2)
    told.done("check", "2026-03-02T10:00:00")
    ((timer, due),) = raw().execute("SELECT engine_id, due_at FROM timers").fetchall()
    assert due == at("2026-03-04T23:59:59"), "the customer's own time is not paused"
    assert cases.fire_timer(told.number, timer, by=TIMER, at=due)
    assert told.outcome == "lapsed"
    assert told.stored()[3:] == (2 * 86400 + 15 * 3600 - 1, 3600)
    assert told.paused_seconds == 2 * 86400 + 14 * 3600 - 1


def test_an_extension_counts_working_days_beside_the_pauses(timed: Flask) -> None:
    from tests.cases.conftest import clerk

    told = Told("supplement", "2026-03-02T09:00:00", lapse_days=10)
    told.done("check", "2026-03-02T16:30:00")
    told.done("supply", "2026-03-03T10:30:00")
    asked = cases.ask_extension(told.step("decide").id, 2, "客户要求", by=LIN)
    director = clerk(120, "沈知节", "cs_director")
    cases.answer(asked, "可以", "agree", by=director)
    assert told.due_at == at("2026-03-12T11:30:00")


def test_late_means_late_when_the_clock_stopped(timed: Flask) -> None:
    told = Told("supplement", "2026-03-02T09:00:00", lapse_days=10)
    told.done("check", "2026-03-09T17:30:00")
    assert not cases.worklist_counts(LIN)["overdue"], "it stopped at the very end"
    other = Told("supplement", "2026-03-02T09:00:00", lapse_days=10)
    other.done("check", "2026-03-09T17:30:01")
    assert cases.worklist_counts(LIN)["overdue"] == 1
    found = cases.worklist(LIN, "overdue").items
    assert [(line.case_number, line.timing.late(at("2026-03-09T18:00:00"))) for line in found] == [
        (other.number, True)
    ]
