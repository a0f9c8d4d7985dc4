"""What opens cases by itself: timers, conditions, messages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from app import cases, definitions
from app.cases.advance import Stuck
from app.db import raw
from app.errors import Refused
from app.jobs.tasks import JOB, TIMER
from app.work import SYSTEM, now
from tests.cases import parts
from tests.cases.conftest import EVENTS, LIN
from tests.cases.events import ADMIN, jobs, rows, steps

HOUR = timedelta(hours=1)


def due() -> list[tuple[Any, ...]]:
    return rows("SELECT due_at, fired, queued FROM start_timers WHERE procedure = 'routine'")


def fire(at: datetime) -> int:
    """A tick and its jobs."""
    raw().execute("DELETE FROM procrastinate_jobs")
    queued = cases.queue_due_timers(by=TIMER, at=at)
    for job in jobs("start_by_timer"):
        assert cases.start_by_timer(**job, by=TIMER, at=at)
        assert not cases.start_by_timer(**job, by=TIMER, at=at), "once"
    return queued


def test_a_timer_start_opens_a_case_each_day_and_does_not_make_up_for_nights(
    eventful: Flask,
) -> None:
    ((first, fired, _),) = due()
    assert (fired, first - now() > timedelta(hours=23)) == (0, True)
    assert fire(now()) == 0
    assert fire(first) == 1
    assert due() == [(first + 24 * HOUR, 1, False)]
    assert fire(first + 10 * 24 * HOUR + HOUR) == 1, "nine nights without a server"
    assert due() == [(first + 11 * 24 * HOUR, 2, False)]
    found = rows("SELECT number, first_receiver FROM cases WHERE procedure = 'routine'")
    assert len(found) == 2
    assert steps(found[0][0]) == ["检查"]
    assert [e.channel for e in cases.trail(SYSTEM, found[0][0])] == ["timer"]


def test_what_a_fast_clock_queued_and_a_slow_one_refused_comes_again(eventful: Flask) -> None:
    """Two machines never agree to the millisecond, and a clock may be put back by an hour."""
    ((first, *_),) = due()
    assert cases.queue_due_timers(by=TIMER, at=first) == 1
    (job,) = jobs("start_by_timer")
    assert not cases.start_by_timer(**job, by=TIMER, at=first - HOUR)
    assert due() == [(first, 0, False)]
    assert fire(first) == 1
    assert due() == [(first + 24 * HOUR, 1, False)]


def test_a_timer_keeps_its_beat_until_it_is_drawn_anew(eventful: Flask) -> None:
    ((first, *_),) = due()
    fire(first)
    beat = due()
    files = definitions.read_folder(EVENTS)
    name = "processes/routine.bpmn"
    files[name] = files[name].replace("检查".encode(), "巡检".encode())
    definitions.deploy(files, by=SYSTEM, at=first + HOUR)
    assert due() == beat
    files[name] = files[name].replace(b"R/PT24H", b"R2/PT12H")
    definitions.deploy(files, by=SYSTEM, at=first + 2 * HOUR)
    assert due() == [(first + 14 * HOUR, 0, False)]
    fire(first + 14 * HOUR)
    fire(first + 26 * HOUR)
    assert due() == [(None, 2, False)], "twice was said"
    (newest, *_) = rows("SELECT number FROM cases WHERE procedure = 'routine' ORDER BY id DESC")
    assert steps(newest[0]) == ["巡检"], "on the live release"
    end = b'<bpmn:timerEventDefinition id="td">'
    start, _, rest = files[name].partition(end)
    files[name] = start + rest.partition(b"</bpmn:timerEventDefinition>")[2]
    definitions.deploy(files, by=SYSTEM)
    assert due() == []


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("timeDate>2026-01-01T00:00:00+08:00<", None),
        ("timeDate>2099-01-01T08:00:00+08:00<", "2099-01-01T00:00:00+00:00"),
        ("timeCycle>R/2026-01-01T09:00:00+08:00/PT24H<", 24),
        ("timeCycle>R3/2026-01-01T09:00:00+08:00/PT1S<", 1),
    ],
)
def test_what_has_passed_at_deployment_opens_nothing(
    eventful: Flask, said: str, hours: str | int | None
) -> None:
    files = definitions.read_folder(EVENTS)
    name = "processes/routine.bpmn"
    tag = said.partition(">")[0]
    old = b'timeCycle xsi:type="bpmn:tFormalExpression">R/PT24H</bpmn:timeCycle>'
    files[name] = files[name].replace(old, f"{said}/bpmn:{tag}>".encode())
    done = definitions.deploy(files, by=SYSTEM)
    assert done.changed, done.findings
    ((then, _, _),) = due()
    if hours is None:
        assert then is None
    elif isinstance(hours, str):
        assert then == datetime.fromisoformat(hours)
    else:
        assert now() < then <= now() + timedelta(hours=hours)


def test_two_timers_of_one_start_are_planned_each(eventful: Flask) -> None:
    files = definitions.read_folder(EVENTS)
    name = "processes/routine.bpmn"
    end = b"</bpmn:timerEventDefinition>"
    timer, _, rest = files[name].partition(end)
    second = timer.partition(b"</bpmn:outgoing>")[2].replace(b'"td"', b'"td2"')
    second = second.replace(b"R/PT24H", b"R/PT12H")
    files[name] = timer + end + second + end + rest
    done = definitions.deploy(files, by=SYSTEM)
    assert done.changed, done.findings
    (first, _, _), (other, _, _) = sorted(due())
    assert other - first >= timedelta(hours=11)
    assert fire(first) == 1
    assert len(due()) == 2


def test_a_timer_that_is_no_time_is_not_deployed(eventful: Flask) -> None:
    files = definitions.read_folder(EVENTS)
    name = "processes/routine.bpmn"
    files[name] = files[name].replace(b"R/PT24H", b"=string(1 + 1)")
    before = rows("SELECT release_id FROM publication")
    with pytest.raises(Refused, match="例行检查"):
        definitions.deploy(files, by=SYSTEM)
    assert rows("SELECT release_id FROM publication") == before


def test_a_timer_that_opens_no_case_is_an_incident_without_one(eventful: Flask) -> None:
    ((first, *_),) = due()
    parts.BROKEN.add("urge")
    cases.queue_due_timers(by=TIMER, at=first)
    (job,) = jobs("start_by_timer")
    with pytest.raises(RuntimeError):
        cases.start_by_timer(**job, by=TIMER, at=first)
    cases.note_unopened(**job, message="RuntimeError", by=TIMER, at=first)
    assert due() == [(first + 24 * HOUR, 1, False)], "the next day comes anyhow"
    (incident,) = cases.incidents(ADMIN)
    assert (incident.kind, incident.case_number, incident.procedure) == ("start", "", "例行检查")
    parts.BROKEN.clear()
    cases.retry_incident(incident.id, by=ADMIN)
    assert cases.start_missed(**jobs("start_missed")[0], by=JOB)
    assert not cases.start_missed(**jobs("start_missed")[0], by=JOB)
    assert cases.incidents(ADMIN) == []
    assert rows("SELECT count(*) FROM cases WHERE procedure = 'routine'") == [(1,)]


def test_a_condition_is_looked_at_when_a_case_is_asked_for(eventful: Flask) -> None:
    begun = cases.start("on_condition", {"amount": 101}, by=LIN)
    assert [t.name for t in begun.tasks] == ["处理"]
    with pytest.raises(Stuck):
        cases.start("on_condition", {"amount": 100}, by=LIN)
    assert len(rows("SELECT 1 FROM cases")) == 1
    ((who, number, said),) = rows(
        "SELECT actor_id, case_number, body->'after' FROM trail WHERE action = 'attempt:refused'"
    )
    assert (who, number, said["reason"]) == (LIN.id, None, "Stuck"), "the case was not opened"
    assert said["about"]["procedure"] == "on_condition"
    assert said["about"]["kind"]


def test_a_receive_task_opens_a_case(eventful: Flask) -> None:
    (number,) = cases.deliver_message("order_came", "7", {"order": "7"}, by=SYSTEM)
    assert steps(number) == ["处理"]


def test_the_second_of_two_messages_comes_into_the_case_of_the_first(eventful: Flask) -> None:
    (number,) = cases.deliver_message("right_came", "P1", {"pair": "P1"}, by=SYSTEM)
    assert steps(number) == []
    assert cases.deliver_message("left_came", "P1", {"pair": "P1"}, by=SYSTEM) == [number]
    assert steps(number) == ["处理"]
    assert cases.deliver_message("left_came", "P1", {"pair": "P1"}, by=SYSTEM) != [number]
