"""Asked beside the drawing: leaders, sign-offs, more time; ended, merged, urged, watched."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from app import audit, cases, settings
from app.db import raw
from app.errors import Conflict, Invalid, NotAllowed, Refused
from app.work import SYSTEM, Work, command
from tests.cases.conftest import LIN, RUAN, ZHAO, clerk

SHEN = clerk(105, "沈知节", "cs_director")
ANSWERS = {"applicant_name": "周禾清", "reason": "买卖"}


def begun() -> tuple[str, int]:
    moved = cases.start("two_steps", {}, by=LIN)
    return moved.number, moved.tasks[0].id


@pytest.fixture
def cast(house: Flask) -> dict[str, int]:
    """Persons stored, as a sign-off is asked of one of them by id."""
    settings.ensure_defaults(by=SYSTEM)
    return people_of(by=SYSTEM)


@command
def people_of(work: Work) -> dict[str, int]:
    from app import people

    return {p.login: p.id for p in people.demo_cast(work, "tao-li-bu-yan-10")}


def test_a_leader_is_asked_and_his_opinion_comes_back(house: Flask) -> None:
    number, task = begun()
    side = cases.ask(task, "cs_director", "材料缺一页，能否先收？", by=LIN)
    lines = cases.worklist(SHEN, "group").items
    assert [(line.id, line.name) for line in lines] == [(side, "请示：受理")]
    assert cases.answer(side, "可以先收，三日内补齐", by=SHEN) == number
    (found,) = cases.sides(held(number), task)
    assert (found.status, found.opinion, found.answered_by) == (
        "done",
        "可以先收，三日内补齐",
        "沈知节",
    )
    assert [(a.kind, a.task_id) for a in cases.unread(LIN)] == [("opinion", task)]
    with pytest.raises(Conflict):
        cases.answer(side, "再说一次", by=SHEN)
    assert cases.submit_task(task, ANSWERS, by=LIN).tasks[0].element == "review"


def held(number: str):  # type: ignore[no-untyped-def]
    from app.cases.hold import BY_NUMBER, read_case

    return read_case(raw().execute(BY_NUMBER, (number,)).fetchone())


def test_what_is_asked_closes_with_its_step(house: Flask) -> None:
    _number, task = begun()
    side = cases.ask(task, "cs_director", "能否先收？", by=LIN)
    cases.submit_task(task, ANSWERS, by=LIN)
    with pytest.raises(Conflict):
        cases.answer(side, "可以", by=SHEN)
    assert cases.worklist(SHEN, "group").items == []


def test_questions_and_opinions_stand_nowhere_in_clear(house: Flask) -> None:
    _number, task = begun()
    side = cases.ask(task, "cs_director", "周禾清 的证件", by=LIN)
    cases.answer(side, "周禾清 可以", by=SHEN)
    for table in ("trail", "tasks", "alerts", "cases"):
        for (row,) in raw().execute(f"SELECT t::text FROM {table} t").fetchall():
            assert "周禾清" not in row, table
    assert audit.verify().findings == []


def test_who_may_not_ask_and_who_may_not_answer(house: Flask) -> None:
    _number, task = begun()
    for to, question, field in (("nobody", "问", "to"), ("cs_director", " ", "question")):
        with pytest.raises(Invalid) as caught:
            cases.ask(task, to, question, by=LIN)
        assert field in caught.value.fields
    with pytest.raises(NotAllowed):
        cases.ask(task, "cs_director", "问", by=replace(ZHAO, sees_all_regions=True))
    side = cases.ask(task, "cs_director", "问", by=LIN)
    with pytest.raises(NotAllowed):
        cases.answer(side, "答", by=RUAN)
    both = replace(LIN, groups=LIN.groups | {"cs_director"})
    with pytest.raises(NotAllowed):
        cases.answer(side, "自问自答", by=both)
    with pytest.raises(Refused):
        cases.submit_task(side, {}, by=SHEN)
    with pytest.raises(Refused):
        cases.ask(side, "cs_director", "问上加问", by=SHEN)


def test_a_sign_off_holds_the_step_until_it_is_back(cast: dict[str, int]) -> None:
    _number, task = begun()
    side = cases.add_sign(task, cast["ruanqinghe"], "请核一遍", by=LIN)
    with pytest.raises(Refused):
        cases.submit_task(task, ANSWERS, by=LIN)
    with pytest.raises(Refused):
        cases.add_sign(task, cast["ruanqinghe"], "再核", by=LIN)
    signer = replace(RUAN, id=cast["ruanqinghe"])
    with pytest.raises(Invalid):
        cases.answer(side, "看过", by=signer)
    cases.answer(side, "金额有误", "disagree", by=signer)
    (found,) = cases.sides(held(_number), task)
    assert (found.decision, found.opinion) == ("disagree", "金额有误")
    assert cases.submit_task(task, ANSWERS, by=LIN).status == "open"


def test_a_sign_off_is_taken_back_by_who_asked(cast: dict[str, int]) -> None:
    _number, task = begun()
    side = cases.add_sign(task, cast["ruanqinghe"], "请核一遍", by=LIN)
    with pytest.raises(NotAllowed):
        cases.take_back(side, by=RUAN)
    cases.take_back(side, by=LIN)
    assert cases.submit_task(task, ANSWERS, by=LIN).status == "open"


def test_a_limit_is_extended_once_when_allowed(house: Flask) -> None:
    number, task = begun()
    before = cases.case(LIN, number).due_at
    assert before
    side = cases.ask_extension(task, 3, "客户出差", by=LIN)
    with pytest.raises(Refused):
        cases.ask_extension(task, 3, "再来", by=LIN)
    cases.answer(side, "同意", "agree", by=SHEN)
    after = cases.case(LIN, number)
    assert after.due_at == settings.calendar().add_workdays(before, 3)
    assert cases.task_for(LIN, task).due_at == after.due_at
    with pytest.raises(Refused):
        cases.ask_extension(task, 3, "第二次", by=LIN)
    moved = cases.submit_task(task, ANSWERS, by=LIN)
    assert moved.tasks[0].due_at == after.due_at


def test_a_refused_extension_changes_nothing_and_may_be_asked_again(house: Flask) -> None:
    number, task = begun()
    before = cases.case(LIN, number).due_at
    side = cases.ask_extension(task, 3, "客户出差", by=LIN)
    cases.answer(side, "不必", "disagree", by=SHEN)
    assert cases.case(LIN, number).due_at == before
    assert cases.ask_extension(task, 2, "确有必要", by=LIN)
    for days in (0, 61):
        with pytest.raises(Invalid):
            cases.ask_extension(task, days, "x", by=LIN)


def test_only_the_director_ends_by_force(house: Flask) -> None:
    number, task = begun()
    with pytest.raises(NotAllowed):
        cases.force_end(number, "无人认领", by=LIN)
    with pytest.raises(Invalid):
        cases.force_end(number, " ", by=SHEN)
    done = cases.force_end(number, "无人认领", by=SHEN)
    assert (done.status, done.tasks) == ("forced", ())
    assert [a.kind for a in cases.unread(LIN)] == ["end"]
    with pytest.raises(Conflict):
        cases.submit_task(task, ANSWERS, by=LIN)
    with pytest.raises(Refused):
        cases.force_end(number, "再", by=SHEN)


def test_a_duplicate_is_merged_into_the_case_that_goes_on(house: Flask) -> None:
    here = {"address": "城东区桐荫路12号3单元502"}
    first, double = (cases.start("two_steps", here, by=LIN).number for _ in range(2))
    elsewhere = cases.start("two_steps", {}, by=LIN).number
    for into in (double, elsewhere):
        with pytest.raises(Invalid) as caught:
            cases.merge(double, into, "重复登记", by=LIN)
        assert "into" in caught.value.fields
    assert cases.merge(double, first, "重复登记", by=LIN).status == "merged"
    assert cases.case(LIN, first).status == "open"
    assert cases.trail(LIN, first)[-1].action == "case:take_in"
    with pytest.raises(Refused):
        cases.merge(first, double, "反过来", by=LIN)


def test_urging_tells_who_has_it(cast: dict[str, int]) -> None:
    me = replace(LIN, id=cast["linqi"])
    number = cases.start("two_steps", {}, by=me).number
    assert cases.urge(number, "客户在等", by=RUAN) == ["林栖"]
    assert [a.kind for a in cases.unread(me)] == ["urge"]
    cases.release(cases.case(me, number).tasks[0].id, by=me)
    assert "阮清和" in cases.urge(number, by=SHEN), "nobody has it: all of the group are told"
    cases.withdraw(number, "不办了", by=me)
    with pytest.raises(Refused):
        cases.urge(number, by=SHEN)


def test_who_watches_is_told_of_each_step_until_he_does_no_longer(house: Flask) -> None:
    number, task = begun()
    cases.watch(number, by=SHEN)
    cases.watch(number, by=SHEN)
    after = cases.submit_task(task, ANSWERS, by=LIN)
    assert [(a.kind, a.step) for a in cases.unread(SHEN)] == [("move", "受理")]
    cases.watch(number, False, by=SHEN)
    cases.submit_task(after.tasks[0].id, {}, by=RUAN)
    assert cases.unread_count(SHEN) == 1
    assert raw().execute("SELECT count(*) FROM trail WHERE action = 'case:watch'").fetchone() == (
        1,
    )
