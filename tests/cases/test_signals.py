"""Signals across cases."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from app import cases
from app.db import raw
from app.errors import Invalid, NotAllowed
from app.jobs.tasks import JOB
from app.work import SYSTEM
from tests.cases import parts
from tests.cases.conftest import LIN
from tests.cases.events import ADMIN, actions, jobs, rows, steps, tell


def test_a_signal_reaches_all_others_that_listen_and_opens_what_it_starts(eventful: Flask) -> None:
    one, two = (cases.start("listener", {}, by=LIN).number for _ in "12")
    early = cases.start("warner", {"region": "城东"}, by=LIN)
    other = cases.start("warner", {}, by=LIN)
    cases.submit_task(other.tasks[0].id, {}, by=LIN)
    tell()
    raw().execute("DELETE FROM procrastinate_jobs")
    three = cases.start("listener", {}, by=LIN).number
    moved = cases.submit_task(early.tasks[0].id, {}, by=LIN)
    assert [t.name for t in moved.tasks] == ["之后"], "its own event was not yet there"
    assert (steps(one), steps(three)) == (["处置"], []), "told by a job, not by who throws it"
    assert tell() == [True, True, True]
    assert steps(three) == ["处置"]
    assert cases.case(SYSTEM, other.number).state == "ended", "who listens beside a step hears it"
    assert actions(two)[-1] == "case:signal"
    begun = rows(
        "SELECT c.number, c.region, p.number FROM cases c JOIN cases p ON p.id = c.parent_id"
        " WHERE c.procedure = 'patrol' ORDER BY c.id"
    )
    assert [row[1:] for row in begun] == [(None, other.number), ("城东", early.number)]
    assert steps(begun[0][0]) == ["巡查"]
    assert "signal:send" in actions(early.number)
    assert cases.case(SYSTEM, three).variables["warned_by"] == early.number, (
        "it brings what it says"
    )


def test_who_listens_only_since_hears_nothing(eventful: Flask) -> None:
    warner = cases.start("warner", {}, by=LIN)
    first = cases.start("listener", {}, by=LIN).number
    cases.submit_task(warner.tasks[0].id, {}, by=LIN)
    late = cases.start("listener", {}, by=LIN).number
    cases.withdraw(first, "不办了", by=LIN)
    tell()
    assert steps(late) == []
    assert actions(first)[-1] == "signal:miss"
    assert [cases.hear_signal(**job, by=JOB) for job in jobs("hear_signal")] == [False, False]
    assert rows("SELECT count(*) FROM cases WHERE procedure = 'patrol'") == [(1,)]


def test_a_signal_is_told_once_and_cleared_away(eventful: Flask) -> None:
    cases.start("listener", {}, by=LIN)
    assert cases.signal("storm", {"level": 3}, by=SYSTEM) == 2
    ((body,),) = rows("SELECT body FROM signals")
    assert b"level" not in bytes(body)
    assert cases.clear_away(by=JOB) == 0, "not yet told"
    assert tell() == [True, True]
    assert tell() == [False, False]
    assert cases.clear_away(by=JOB) == 1
    assert rows("SELECT count(*) FROM signals") == [(0,)]
    assert rows("SELECT wrapped FROM data_keys WHERE kind = 'message'") == [(None,)]


def test_a_receiver_that_fails_is_an_incident_of_its_own(eventful: Flask) -> None:
    number = cases.start("listener", {}, by=LIN).number
    warner = cases.start("warner", {}, by=LIN)
    parts.BROKEN.add("urge")
    cases.submit_task(warner.tasks[0].id, {}, by=LIN)
    cases.spread_signal(**jobs("spread_signal")[0], by=JOB)
    for job in jobs("hear_signal"):
        with pytest.raises(RuntimeError):
            cases.hear_signal(**job, by=JOB)
        cases.note_unheard(**job, message="RuntimeError", by=JOB)
    assert cases.case(SYSTEM, number).state == "failed"
    of_case, of_start = sorted(cases.incidents(ADMIN), key=lambda one: one.kind)
    assert (of_case.kind, of_case.case_number) == ("signal", number)
    assert (of_start.kind, of_start.case_number, of_start.procedure) == ("start", "", "巡查")
    parts.BROKEN.clear()
    for one in (of_case, of_start):
        with pytest.raises(NotAllowed):
            cases.retry_incident(one.id, by=LIN)
        cases.retry_incident(one.id, by=ADMIN)
    assert [cases.hear_signal(**job, by=JOB) for job in jobs("hear_signal")[2:]] == [True, True]
    assert cases.incidents(ADMIN) == []
    assert steps(number) == ["处置"]


def test_what_could_not_be_told_may_be_let_go(eventful: Flask) -> None:
    number = cases.start("listener", {}, by=LIN).number
    cases.signal("storm", by=ADMIN)
    cases.spread_signal(**jobs("spread_signal")[0], by=JOB)
    for job in jobs("hear_signal"):
        cases.note_unheard(**job, message="RuntimeError", by=JOB)
    for one in cases.incidents(ADMIN):
        assert cases.skip_of(ADMIN, one.id).outputs == {}
        with pytest.raises(Invalid):
            cases.skip_incident(one.id, " ", by=ADMIN)
        cases.skip_incident(one.id, "人工已处置", by=ADMIN)
    assert (cases.incidents(ADMIN), tell()) == ([], [False, False])
    assert steps(number) == []
    assert "人工" not in str(rows("SELECT body::text FROM trail WHERE action = 'incident:skip'"))


def test_a_signal_from_outside_is_the_administrators(eventful: Flask) -> None:
    with pytest.raises(NotAllowed):
        cases.signal("storm", by=LIN)
    assert cases.signal("never heard of", by=ADMIN) == 0
    run = eventful.test_cli_runner().invoke
    said = run(args=["cases", "signal", "storm", "--variables", '{"level": 2}', "--json"])
    assert json.loads(said.output) == {"signal": "storm", "heard": 1}
    assert run(args=["cases", "signal", "storm", "--variables", "[]"]).exit_code == 2
