"""Deputies, leaders, first passwords, and what goes back when somebody leaves a group."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask

from app import audit, cases, people
from app.db import raw
from app.errors import Conflict, Invalid, NotAllowed, NotFound
from app.work import SYSTEM, Actor, Work, command, now
from app.worktime import SHANGHAI
from tests.web.counter import TYPED, furnish

PASSWORD = "tao-li-bu-yan-10"
ADMIN = Actor(0, "qimingyuan", "祁明远", frozenset({"admin"}))


@command
def cast(work: Work) -> list[people.Person]:
    return people.demo_cast(work, PASSWORD)


@pytest.fixture
def staff(app: Flask) -> Flask:
    from app import settings

    settings.ensure_defaults(by=SYSTEM)
    cast(by=SYSTEM)
    furnish()
    return app


def signed(login: str, at: datetime | None = None) -> tuple[str, Actor]:
    token = people.sign_in(login, PASSWORD)
    return token, come(token, at)


def come(token: str, at: datetime | None = None) -> Actor:
    found = people.actor_for_session(token, at=at)
    assert found
    return found


def today():
    return now().astimezone(SHANGHAI).date()


def stand_in(login: str, deputy: str, days: int = 3) -> int:
    return people.appoint(login, deputy, today(), today() + timedelta(days=days), by=ADMIN)


def test_a_deputy_acts_with_the_groups_of_the_other_and_the_trail_names_both(staff: Flask) -> None:
    token, lin = signed("linqi")
    _, ruan = signed("ruanqinghe")
    number = cases.start("two_steps", {}, by=lin).number
    with pytest.raises(NotAllowed):
        people.act_for(token, people.person("shenzhijie").id, by=lin)
    stand_in("shenzhijie", "linqi")
    people.act_for(token, people.person("shenzhijie").id, by=lin)
    acting = come(token)
    assert (acting.id, acting.behalf_name) == (lin.id, "沈知节")
    assert acting.groups == people.person("shenzhijie").group_names
    cases.force_end(number, "误受理", by=acting)
    row = (
        raw()
        .execute("SELECT actor_id, behalf_of FROM trail WHERE action = 'case:force'")
        .fetchone()
    )
    assert row == (lin.id, people.person("shenzhijie").id)
    assert ruan.behalf_of is None
    assert audit.verify().findings == []


def test_days_and_ending_are_kept(staff: Flask) -> None:
    token, lin = signed("linqi")
    number = stand_in("shenzhijie", "linqi", days=2)
    people.act_for(token, people.person("shenzhijie").id, by=lin)
    late = now() + timedelta(days=4)
    assert people.acts_for(lin.id, late) == []
    assert people.acts_for(lin.id, late - timedelta(days=3))
    people.end_deputation(number, by=lin)
    assert come(token).behalf_of is None
    with pytest.raises(NotFound):
        people.end_deputation(2**70, by=ADMIN)


def test_who_may_appoint_and_whom(staff: Flask) -> None:
    _, lin = signed("linqi")
    day = today()
    with pytest.raises(NotAllowed):
        people.appoint("shenzhijie", "linqi", day, day, by=lin)
    for wrong in (("linqi", day, day), ("ruanqinghe", day, day - timedelta(days=1)),
                  ("ruanqinghe", day, day + timedelta(days=400))):  # fmt: skip
        with pytest.raises(Invalid):
            people.appoint("linqi", *wrong, by=lin)
    assert people.appoint("linqi", "ruanqinghe", day, day, by=lin)
    with pytest.raises(NotAllowed):
        people.appoint("linqi", "shenzhijie", day, day, by=replace(lin, behalf_of=7))


def test_four_eyes_see_through_a_deputy(staff: Flask) -> None:
    """Whoever acts for the doer, and the doer through a deputy, are the same pair of eyes."""
    _, lin = signed("linqi")
    _, ruan = signed("ruanqinghe")
    for doer, next_one in (
        (lin, replace(ruan, behalf_of=lin.id)),
        (replace(ruan, behalf_of=lin.id), lin),
    ):
        moved = cases.start("two_steps", {}, by=doer)
        after = cases.submit_task(moved.tasks[0].id, TYPED, by=doer)
        with pytest.raises(NotAllowed):
            cases.submit_task(after.tasks[0].id, {}, by=next_one)


def test_who_leaves_a_group_gives_its_tasks_back(staff: Flask) -> None:
    _, lin = signed("linqi")
    task = cases.start("two_steps", {}, by=lin).tasks[0].id
    cases.set_groups("linqi", ["cashier"], by=ADMIN)
    row = raw().execute("SELECT holder FROM tasks WHERE id = %s", (task,)).fetchone()
    assert row == (None,)
    cases.set_groups("linqi", ["window_clerk"], by=ADMIN)
    cases.claim(task, by=signed("linqi")[1])
    cases.set_active("linqi", False, by=ADMIN)
    row = raw().execute("SELECT holder FROM tasks WHERE id = %s", (task,)).fetchone()
    assert row == (None,)
    assert audit.verify().findings == []


def test_the_leader_of_a_group_hands_its_tasks_out(staff: Flask) -> None:
    _, lin = signed("linqi")
    task = cases.start("two_steps", {}, by=lin).tasks[0].id
    ruan_id = people.person("ruanqinghe").id
    _, ruan = signed("ruanqinghe")
    with pytest.raises(Conflict):
        cases.assign(task, ruan_id, by=ruan)
    with pytest.raises(Invalid):
        people.set_leader("ruanqinghe", "cashier", True, by=ADMIN)
    people.set_leader("ruanqinghe", "window_clerk", True, by=ADMIN)
    _, ruan = signed("ruanqinghe")
    cases.assign(task, ruan_id, by=ruan)
    assert cases.task_for(ruan, task).mine


def test_a_password_of_somebody_else_is_changed_first(staff: Flask) -> None:
    people.add("xinren", "辛人", password="cheng-ming-zhi-yi", groups=["cashier"], by=ADMIN)
    token = people.sign_in("xinren", "cheng-ming-zhi-yi")
    new = come(token)
    assert new.must_change
    people.change_password("cheng-ming-zhi-yi", "xin-mi-ma-2026", keep=token, by=new)
    assert not come(token).must_change
    people.reset_password("xinren", "huan-yi-ge-mi-ma", by=ADMIN)
    assert come(people.sign_in("xinren", "huan-yi-ge-mi-ma")).must_change
