"""Any order of commands by anybody: what is open stays true, what is refused changes nothing.

``STEPS=10000 pytest tests/cases/test_machine.py`` runs as many steps; by default some hundred.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, current_app
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from app import audit, cases, definitions, engine, people
from app import settings as values
from app.cases.hold import BY_NUMBER, read_case
from app.db import db, raw
from app.errors import NotAllowed, Problem
from app.work import SYSTEM, Actor, Work, command, now
from tests.cases.conftest import deploy

STEPS = int(os.environ.get("STEPS", "600"))
A_RUN = 50
DRAWINGS = ("two_steps", "side_by_side", "timed", "changes", "sender", "waiter")
ANSWERS = {"applicant_name": "周禾清", "reason": "买卖"}
LOGINS = ("linqi", "ruanqinghe", "shenzhijie", "liuwensheng", "jiangbeichen")
ADMIN = Actor(0, "qimingyuan", "祁明远", frozenset({"admin"}))
TASKS = """
    SELECT t.id, t.engine_id, t.side, t.beside, t.status, t.holder FROM tasks t
    JOIN cases c ON c.id = t.case_id WHERE c.number = %s ORDER BY t.id
"""
TIMERS = """
    SELECT t.engine_id, t.due_at FROM timers t JOIN cases c ON c.id = t.case_id WHERE c.number = %s
"""
WAITING = (
    "SELECT s.engine_id FROM subscriptions s JOIN cases c ON c.id = s.case_id WHERE c.number = %s"
)
STATE = """
    SELECT md5(string_agg(c.waits::text || c.status || c.doers::text || c.due_at::text
        || encode(c.state, 'hex') || (SELECT coalesce(string_agg(
            t.id || t.status || coalesce(t.holder, 0), ',' ORDER BY t.id), '') FROM tasks t
            WHERE t.case_id = c.id), ';' ORDER BY c.id)) FROM cases c WHERE c.number = ANY(%s)
"""


@command
def cast(work: Work) -> list[people.Person]:
    return people.demo_cast(work, "tao-li-bu-yan-10")


def actor(login: str) -> Actor:
    found = people.person(login)
    return Actor(found.id, found.login, found.name, found.group_names, found.region,
                 sees_all_regions=found.region is None)  # fmt: skip


class Counter(RuleBasedStateMachine):
    """A counter at which everybody does what comes to mind."""

    @initialize()
    def open_up(self) -> None:
        # Each run begins with the same tables, and is rolled back.
        db.session.remove()
        self.savepoint = db._app_engines[current_app._get_current_object()][None].begin_nested()
        self.numbers: list[str] = []
        self.at = now().replace(hour=2, minute=0, second=0, microsecond=0)
        self.stood: dict[str, int] = {}

    # --- who and what -----------------------------------------------------------------------

    def who(self, data: Any) -> Actor:
        by = actor(data.draw(st.sampled_from(LOGINS)))
        other = actor(data.draw(st.sampled_from(LOGINS)))
        if data.draw(st.integers(0, 9)) == 0 and other.id != by.id:
            return replace(by, groups=other.groups, region=other.region, behalf_of=other.id,
                           sees_all_regions=other.region is None)  # fmt: skip
        return by

    def task(self, data: Any) -> int:
        found = [row[0] for one in self.numbers for row in raw().execute(TASKS, (one,))]
        # By place, not by value: what is drawn must not hang on what there is.
        place = data.draw(st.integers(0, 99))
        return int(found[place % len(found)]) if found else 1

    def number(self, data: Any) -> str:
        place = data.draw(st.integers(0, 99))
        return self.numbers[place % len(self.numbers)] if self.numbers else "GH20260101-0001"

    def attempt(self, deed: Callable[[], Any]) -> Any:
        """Do it; when it is refused, nothing is other than before."""
        before = raw().execute(STATE, (self.numbers,)).fetchone()
        try:
            done = deed()
            event("done")
            return done
        except Problem:
            assert raw().execute(STATE, (self.numbers,)).fetchone() == before
            return None

    # --- what people do ---------------------------------------------------------------------

    @rule(data=st.data())
    def start(self, data: Any) -> None:
        drawing = data.draw(st.sampled_from(DRAWINGS))
        by = self.who(data)
        moved = self.attempt(lambda: cases.start(drawing, {}, by=by, at=self.at))
        if moved:
            self.numbers.append(moved.number)

    @rule(data=st.data())
    def complete(self, data: Any) -> None:
        task, by = self.task(data), self.who(data)
        answers = data.draw(st.sampled_from([ANSWERS, {}, {"no_such": 1}]))
        four_eyes = self.same_eyes(task, by)
        if self.attempt(lambda: cases.submit_task(task, answers, by=by, at=self.at)):
            assert not four_eyes

    def same_eyes(self, task: int, by: Actor) -> bool:
        row = raw().execute(
            "SELECT c.doers, t.not_by FROM tasks t JOIN cases c ON c.id = t.case_id"
            " WHERE t.id = %s", (task,),
        ).fetchone()  # fmt: skip
        doers, not_by = row or ({}, [])
        return any({by.id, by.behalf_of} & set(doers.get(element, ())) for element in not_by)

    @rule(data=st.data())
    def claim(self, data: Any) -> None:
        task, by = self.task(data), self.who(data)
        self.attempt(lambda: cases.claim(task, by=by, at=self.at))

    @rule(data=st.data())
    def release(self, data: Any) -> None:
        task, by = self.task(data), self.who(data)
        self.attempt(lambda: cases.release(task, by=by, at=self.at))

    @rule(data=st.data())
    def hand_over(self, data: Any) -> None:
        to = actor(data.draw(st.sampled_from(LOGINS))).id or 0
        task, by = self.task(data), self.who(data)
        self.attempt(lambda: cases.assign(task, to, by=by, at=self.at))

    @rule(data=st.data())
    def send_back(self, data: Any) -> None:
        to = data.draw(st.sampled_from(("accept", "ask", "left", "right", "review")))
        task, by = self.task(data), self.who(data)
        self.attempt(lambda: cases.send_back(task, to, "请核对", by=by, at=self.at))

    @rule(data=st.data())
    def ask(self, data: Any) -> None:
        task, by = self.task(data), self.who(data)
        self.attempt(lambda: cases.ask(task, "cs_director", "可以吗", by=by, at=self.at))

    @rule(data=st.data())
    def add_sign(self, data: Any) -> None:
        to = actor(data.draw(st.sampled_from(LOGINS))).id or 0
        task, by = self.task(data), self.who(data)
        self.attempt(lambda: cases.add_sign(task, to, "请看", by=by, at=self.at))

    @rule(data=st.data())
    def more_time(self, data: Any) -> None:
        task, by = self.task(data), self.who(data)
        self.attempt(lambda: cases.ask_extension(task, 3, "等件", by=by, at=self.at))

    @rule(data=st.data())
    def answer(self, data: Any) -> None:
        task, by = self.task(data), self.who(data)
        self.attempt(lambda: cases.answer(task, "可以", "agree", by=by, at=self.at))

    @rule(data=st.data())
    def take_back(self, data: Any) -> None:
        task, by = self.task(data), self.who(data)
        self.attempt(lambda: cases.take_back(task, by=by, at=self.at))

    @rule(data=st.data(), way=st.sampled_from(["withdraw", "force_end", "urge", "watch"]))
    def whole_case(self, data: Any, way: str) -> None:
        number, by = self.number(data), self.who(data)
        words = {"withdraw": ["不办了"], "force_end": ["误受理"]}.get(way, [])
        self.attempt(lambda: getattr(cases, way)(number, *words, by=by, at=self.at))

    @rule(data=st.data())
    def merge(self, data: Any) -> None:
        one, other, by = self.number(data), self.number(data), self.who(data)
        self.attempt(lambda: cases.merge(one, other, "重复", by=by, at=self.at))

    @rule(data=st.data())
    def time_passes(self, data: Any) -> None:
        self.at += timedelta(hours=data.draw(st.integers(1, 30)))
        for number in self.numbers:
            for timer, due in raw().execute(TIMERS, (number,)).fetchall():
                if due <= self.at:
                    assert cases.fire_timer(number, timer, by=SYSTEM, at=self.at)

    @rule(data=st.data())
    def change_groups(self, data: Any) -> None:
        login = data.draw(st.sampled_from(LOGINS[:2]))
        groups = data.draw(st.sampled_from([["window_clerk"], ["cashier"]]))
        cases.set_groups(login, groups, by=ADMIN, at=self.at)
        if groups == ["cashier"]:
            held = {row[5] for one in self.numbers for row in raw().execute(TASKS, (one,))
                    if row[4] == "open" and row[2] is None}  # fmt: skip
            assert actor(login).id not in held

    # --- what stays true --------------------------------------------------------------------

    @invariant()
    def what_is_open_is_what_the_engine_waits_for(self) -> None:
        for number in self.numbers:
            case = read_case(raw().execute(BY_NUMBER, (number,)).fetchone())
            rows = raw().execute(TASKS, (number,)).fetchall()
            open_rows = [row for row in rows if row[4] == "open"]
            timers = {row[0] for row in raw().execute(TIMERS, (number,))}
            waiting = {row[0] for row in raw().execute(WAITING, (number,))}
            if case.status != "open":
                assert (open_rows, timers, waiting) == ([], set(), set()), number
                continue
            run = engine.load(
                definitions.library(case.release_id), case.clear_state(), values.calendar()
            )
            seen = run.look()
            assert {r[1] for r in open_rows if r[2] is None} == {t.id for t in seen.tasks}
            assert timers == {t.id for t in seen.timers}
            sides = {str(r[0]): (r[3], r[2]) for r in open_rows if r[2] is not None}
            assert sides == case.open.sides
            assert {main for main, _ in sides.values()} <= {r[0] for r in open_rows}

    @invariant()
    def no_chain_gets_shorter(self) -> None:
        for number in self.numbers:
            row = (
                raw().execute("SELECT chain_seq FROM cases WHERE number = %s", (number,)).fetchone()
            )
            assert row
            assert row[0] >= self.stood.get(number, 0)
            self.stood[number] = row[0]

    def teardown(self) -> None:
        assert audit.verify().findings == []
        db.session.remove()
        self.savepoint.rollback()


@pytest.fixture
def counter(app: Flask) -> Flask:
    values.ensure_defaults(by=SYSTEM)
    deploy()
    cast(by=SYSTEM)
    return app


def test_whatever_people_do_it_stays_true(counter: Flask) -> None:
    run_state_machine_as_test(
        Counter,
        settings=settings(
            max_examples=max(1, STEPS // A_RUN),
            stateful_step_count=A_RUN,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_nobody_is_let_past_four_eyes_through_a_deputy(counter: Flask) -> None:
    lin, ruan = actor("linqi"), actor("ruanqinghe")
    moved = cases.start("two_steps", {}, by=lin)
    after = cases.submit_task(moved.tasks[0].id, ANSWERS, by=lin)
    with pytest.raises(NotAllowed):
        cases.claim(after.tasks[0].id, by=replace(ruan, behalf_of=lin.id))
