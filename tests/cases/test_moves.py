"""Withdrawal, messages, timers, outside calls, incidents."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from app import cases, definitions
from app.db import raw
from app.errors import Conflict, Invalid, NotAllowed, Refused
from app.jobs.tasks import JOB, TIMER
from app.work import SYSTEM, now
from tests.cases import parts
from tests.cases.conftest import DRAWINGS, LIN, RUAN, ZHAO, clerk

ADMIN = clerk(190, "祁明远", "admin")


def rows(sql: str, *values: object) -> list[tuple[object, ...]]:
    return raw().execute(sql, values).fetchall()


def test_a_withdrawn_case_is_over(house: Flask) -> None:
    begun = cases.start("changes", {}, by=LIN)
    with pytest.raises(Invalid):
        cases.withdraw(begun.number, " ", by=LIN)
    with pytest.raises(NotAllowed):
        cases.withdraw(begun.number, "不办了", by=replace(ZHAO, sees_all_regions=True))
    assert cases.withdraw(begun.number, "不办了", by=LIN).status == "withdrawn"
    with pytest.raises(Conflict):
        cases.submit_task(begun.tasks[0].id, {}, by=LIN)
    with pytest.raises(Refused):
        cases.withdraw(begun.number, "再撤", by=LIN)


def test_no_withdrawal_once_the_register_was_changed(house: Flask) -> None:
    begun = cases.start("changes", {}, by=LIN)
    cases.submit_task(begun.tasks[0].id, {}, by=LIN)
    with pytest.raises(Refused):
        cases.withdraw(begun.number, "后悔", by=LIN)
    refused = rows("SELECT case_number FROM trail WHERE action = 'attempt:refused'")
    assert refused == [(begun.number,)]


def test_a_message_starts_a_child_with_its_own_number(house: Flask) -> None:
    begun = cases.start("sender", {"region": "城东"}, by=LIN)
    moved = cases.submit_task(begun.tasks[0].id, {}, by=LIN)
    assert [t.name for t in moved.tasks] == ["之后"]
    found = rows(
        "SELECT c.number, p.number, c.region FROM cases c JOIN cases p ON p.id = c.parent_id"
    )
    assert len(found) == 1
    assert str(found[0][0]).startswith("GD")
    assert found[0][1:] == (begun.number, "城东")


def test_a_message_reaches_who_waits_and_unknown_ones_are_refused(house: Flask) -> None:
    with pytest.raises(Conflict):
        cases.deliver_message("unheard_of", "GH0", {}, by=LIN)
    begun = cases.start("waiter", {}, by=LIN)
    assert begun.tasks == ()
    assert cases.deliver_message("answered", begun.number, {"a": 1}, by=LIN) == [begun.number]
    assert cases.deliver_message("answered", begun.number, {}, by=LIN) == [], "it is kept"


def test_a_timer_fires_and_is_set_again(house: Flask) -> None:
    begun = cases.start("timed", {}, by=LIN)
    first = rows("SELECT engine_id, due_at FROM timers")
    ((timer, due),) = first
    assert cases.fire_timer(begun.number, timer, by=TIMER) is False, "not yet due"
    later = now() + timedelta(minutes=21)
    assert cases.queue_due_timers(by=TIMER, at=later) == 1
    assert cases.queue_due_timers(by=TIMER, at=later) == 0
    assert cases.fire_timer(begun.number, timer, by=TIMER, at=later) is True
    assert [f"urge {begun.number}"] == parts.CALLED
    ((_again, then),) = rows("SELECT engine_id, due_at FROM timers WHERE NOT queued")
    assert then - due == timedelta(minutes=20)
    assert cases.fire_timer(begun.number, timer, by=TIMER, at=later) is False, "fired once"
    cases.submit_task(begun.tasks[0].id, {}, by=LIN)
    assert rows("SELECT 1 FROM timers") == []


def test_an_outside_call_answers_later(house: Flask) -> None:
    begun = cases.start("outside", {}, by=LIN)
    assert begun.tasks == ()
    assert parts.CALLED == []
    ((call, key),) = rows("SELECT engine_id, key FROM service_calls")
    jobs = rows("SELECT args FROM procrastinate_jobs WHERE task_name = 'call_outside'")
    assert jobs == [({"call_id": call, "case_number": begun.number},)]
    assert cases.call_outside(begun.number, call, by=JOB)
    assert cases.complete_service(begun.number, call, by=JOB)
    assert not cases.complete_service(begun.number, call, by=JOB)
    assert [key] == parts.CALLED
    assert cases.case(SYSTEM, begun.number).variables["receipt"] == "R-hello"
    assert [t.name for t in cases.case(LIN, begun.number).tasks] == ["之后"]


def test_an_incident_is_seen_and_repeated(house: Flask) -> None:
    begun = cases.start("outside", {}, by=LIN)
    ((call,),) = rows("SELECT engine_id FROM service_calls")
    parts.BROKEN.add("sms")
    with pytest.raises(ConnectionError):
        cases.call_outside(begun.number, call, by=JOB)
    cases.note_incident(begun.number, "service", call, "ConnectionError", by=JOB)
    page = cases.case(LIN, begun.number)
    assert page.state == "failed"
    (incident,) = page.incidents
    with pytest.raises(NotAllowed):
        cases.retry_incident(incident[0], by=LIN)
    parts.BROKEN.clear()
    cases.retry_incident(incident[0], by=ADMIN)
    assert cases.call_outside(begun.number, call, by=JOB)
    assert cases.complete_service(begun.number, call, by=JOB)
    page = cases.case(LIN, begun.number)
    assert (page.state, page.incidents) == ("open", ())


def broken_call() -> tuple[cases.Moved, str, int]:
    """A case whose call to the outside failed: case, call, incident."""
    begun = cases.start("outside", {}, by=LIN)
    ((call,),) = rows("SELECT engine_id FROM service_calls")
    cases.note_incident(begun.number, "service", call, "ConnectionError", by=JOB)
    ((incident,),) = rows("SELECT id FROM incidents")
    return begun, call, incident


def test_who_did_it_by_hand_skips_a_call_with_its_answer(house: Flask) -> None:
    begun, call, incident = broken_call()
    shown = cases.skip_of(ADMIN, incident)
    assert (shown.inputs, shown.outputs) == ({"text": "hello"}, {"receipt": "string"})
    for who, reason, answer in (
        (LIN, "已打电话", {"receipt": "R-1"}),
        (ADMIN, " ", {"receipt": "R-1"}),
        (ADMIN, "已打电话", {}),
        (ADMIN, "已打电话", {"receipt": 1}),
        (ADMIN, "已打电话", {"receipt": "R-1", "more": "x"}),
    ):
        with pytest.raises((NotAllowed, Invalid)):
            cases.skip_incident(incident, reason, answer, by=who)
    cases.skip_incident(incident, "已打电话", {"receipt": "R-1"}, by=ADMIN)
    page = cases.case(SYSTEM, begun.number)
    assert (page.state, page.incidents, page.variables["receipt"]) == ("open", (), "R-1")
    assert [t.name for t in page.tasks] == ["之后"]
    assert rows("SELECT status FROM service_calls") == [("done",)]
    assert not cases.call_outside(begun.number, call, by=JOB)
    assert parts.CALLED == []
    assert not cases.complete_service(begun.number, call, by=JOB)
    assert "incident:skip" in [e.action for e in cases.trail(LIN, begun.number)]
    ((trail,),) = rows("SELECT body::text FROM trail WHERE action = 'incident:skip'")
    assert "R-1" not in trail
    assert "电话" not in trail
    with pytest.raises(Conflict):
        cases.skip_incident(incident, "又一次", {"receipt": "R-1"}, by=ADMIN)


def test_a_timer_beside_a_step_may_lie_and_one_that_is_waited_for_may_not(house: Flask) -> None:
    begun = cases.start("timed", {}, by=LIN)
    ((timer,),) = rows("SELECT engine_id FROM timers")
    cases.note_incident(begun.number, "timer", timer, "RuntimeError", by=TIMER)
    ((incident, element),) = rows("SELECT id, element FROM incidents")
    assert element
    cases.skip_incident(incident, "不用催", by=ADMIN)
    assert cases.incidents(ADMIN) == []
    assert cases.queue_due_timers(by=TIMER, at=now() + timedelta(days=9)) == 0
    cases.submit_task(begun.tasks[0].id, {}, by=LIN)
    waiting = cases.start("waiter", {}, by=LIN)
    cases.note_incident(waiting.number, "timer", "gone", "RuntimeError", "wait", by=TIMER)
    ((stuck,),) = rows("SELECT id FROM incidents WHERE resolved_at IS NULL")
    for ask in (lambda: cases.skip_of(ADMIN, stuck),
                lambda: cases.skip_incident(stuck, "不等了", by=ADMIN)):  # fmt: skip
        with pytest.raises(Conflict):
            ask()


def test_a_broken_function_changes_nothing(house: Flask) -> None:
    begun = cases.start("timed", {}, by=LIN)
    ((timer,),) = rows("SELECT engine_id FROM timers")
    before = rows("SELECT state, chain_seq FROM cases")
    parts.BROKEN.add("urge")
    with pytest.raises(RuntimeError):
        cases.fire_timer(begun.number, timer, by=TIMER, at=now() + timedelta(hours=1))
    assert rows("SELECT state, chain_seq FROM cases") == before


def test_a_case_keeps_its_release(house: Flask) -> None:
    begun = cases.start("two_steps", {}, by=LIN)
    files = definitions.read_folder(DRAWINGS)
    name = "processes/two_steps.bpmn"
    files[name] = files[name].replace("复核".encode(), "再核".encode())
    done = definitions.deploy(files, by=SYSTEM)
    assert done.procedures == {"two_steps": 2}
    old = cases.submit_task(begun.tasks[0].id, {"applicant_name": "周禾清", "reason": "x"}, by=LIN)
    assert [t.name for t in old.tasks] == ["复核"]
    fresh = cases.start("two_steps", {}, by=LIN)
    new = cases.submit_task(fresh.tasks[0].id, {"applicant_name": "周禾清", "reason": "x"}, by=LIN)
    assert [t.name for t in new.tasks] == ["再核"]


def test_handing_over_asks_for_the_group(house: Flask) -> None:
    begun = cases.start("changes", {}, by=LIN)
    task = begun.tasks[0].id
    with pytest.raises(Conflict) as caught:
        cases.claim(task, by=RUAN)
    assert caught.value.details["holder"] == "林栖"
    with pytest.raises(NotAllowed):
        cases.assign(task, replace(ZHAO, sees_all_regions=True), by=LIN)
    cases.assign(task, RUAN, by=LIN)
    with pytest.raises(Conflict):
        cases.submit_task(task, {}, by=LIN)
    cases.release(task, by=RUAN)
    cases.claim(task, by=LIN)


def test_an_incident_settles_when_its_timer_is_no_longer_asked_for(house: Flask) -> None:
    begun = cases.start("timed", {}, by=LIN)
    ((timer,),) = rows("SELECT engine_id FROM timers")
    cases.note_incident(begun.number, "timer", timer, "RuntimeError", by=TIMER)
    cases.note_incident(begun.number, "timer", timer, "RuntimeError", by=TIMER)
    assert [i.ref for i in cases.incidents(ADMIN)] == [timer], "the same trouble is one"
    assert [i.id for i in cases.incidents(replace(ADMIN, region="城东", sees_all_regions=False))]
    with pytest.raises(NotAllowed):
        cases.incidents(LIN)
    cases.submit_task(begun.tasks[0].id, {}, by=LIN)
    assert cases.incidents(ADMIN) == []
    (over,) = cases.incidents(ADMIN, resolved=True)
    with pytest.raises(Conflict):
        cases.retry_incident(over.id, by=ADMIN)


def test_incidents_are_listed_and_repeated_from_the_shell(house: Flask) -> None:
    run = house.test_cli_runner().invoke
    assert run(args=["cases", "incidents"]).exit_code == 0
    begun = cases.start("timed", {}, by=LIN)
    ((timer,),) = rows("SELECT engine_id FROM timers")
    cases.note_incident(begun.number, "timer", timer, "RuntimeError", by=TIMER)
    listed = run(args=["cases", "incidents", "--json"])
    assert listed.exit_code == 1
    (found,) = json.loads(listed.output)
    assert (found["case_number"], found["kind"], found["message"]) == (
        begun.number,
        "timer",
        "RuntimeError",
    )
    again = run(args=["cases", "retry", str(found["id"])])
    assert again.exit_code == 0, again.output
    jobs = rows("SELECT args FROM procrastinate_jobs WHERE task_name = 'fire_timer'")
    assert jobs == [({"case_number": begun.number, "timer_id": timer},)]
    assert run(args=["cases", "retry", "999999"]).exit_code == 2
    bad = run(args=["cases", "skip", str(found["id"]), "--reason", "不用催", "--answer", "[1]"])
    assert (bad.exit_code, "JSON" in bad.output) == (2, True)
    done = run(args=["cases", "skip", str(found["id"]), "--reason", "不用催", "--json"])
    assert json.loads(done.output) == {"id": found["id"], "skipped": True}
    assert run(args=["cases", "incidents"]).exit_code == 0


def test_a_receiver_that_fails_stops_its_sender(house: Flask) -> None:
    files = definitions.read_folder(DRAWINGS)
    name = "processes/receiver.bpmn"
    flow = b'<bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="work"/>'
    assert flow in files[name]
    urge = (
        b'<bpmn:serviceTask id="urge" name="urge"><bpmn:extensionElements>'
        b'<zeebe:taskDefinition type="parts.urge"/></bpmn:extensionElements>'
        b"<bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing></bpmn:serviceTask>"
        b'<bpmn:sequenceFlow id="f1" sourceRef="begin" targetRef="urge"/>'
        b'<bpmn:sequenceFlow id="f3" sourceRef="urge" targetRef="work"/>'
    )
    files[name] = (
        files[name]
        .replace(b"<bpmn:incoming>f1</bpmn:incoming>", b"<bpmn:incoming>f3</bpmn:incoming>")
        .replace(flow, urge)
    )
    done = definitions.deploy(files, by=SYSTEM)
    assert not done.refused, done.findings
    begun = cases.start("sender", {}, by=LIN)
    before = rows("SELECT number, state, chain_seq FROM cases")
    parts.BROKEN.add("urge")
    with pytest.raises(RuntimeError):
        cases.submit_task(begun.tasks[0].id, {}, by=LIN)
    assert rows("SELECT number, state, chain_seq FROM cases") == before
    assert rows("SELECT status FROM tasks") == [("open",)]
    parts.BROKEN.clear()
    cases.submit_task(begun.tasks[0].id, {}, by=LIN)
    assert len(rows("SELECT number FROM cases")) == 2
