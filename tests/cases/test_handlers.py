"""Mark ``not_by_case``: who did a step of a case, its own or another, does not do this one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from app import cases
from app.cases import handlers, hold
from app.db import raw
from app.errors import NotAllowed
from tests.cases.conftest import LIN, RUAN, clerk

THIRD = clerk(109, "程予安", "window_clerk")


def open_task(number: str) -> tuple[int, str]:
    row = raw().execute(
        "SELECT t.id, t.element FROM tasks t JOIN cases c ON c.id = t.case_id"
        " WHERE c.number = %s AND t.status = 'open'",
        (number,),
    ).fetchone()  # fmt: skip
    assert row
    return row[0], row[1]


def do(number: str, by) -> cases.Moved:
    return cases.submit_task(open_task(number)[0], {}, by=by)


def test_who_handled_the_case_does_not_follow_it_up_from_a_called_process(house: Flask) -> None:
    begun = cases.start("handled", {"followed": ""}, by=LIN)
    moved = do(begun.number, LIN)
    assert moved.next is None, "not handed on to the same person"
    task, element = open_task(begun.number)
    assert element == "ring"
    for barred in (LIN, replace(RUAN, behalf_of=LIN.id, behalf_name=LIN.name)):
        with pytest.raises(NotAllowed) as refused:
            cases.claim(task, by=barred)
        assert begun.number in str(refused.value)
    assert cases.claim_next(by=LIN) is None
    with pytest.raises(NotAllowed):
        cases.assign(task, LIN, by=RUAN)
    assert cases.claim_next(by=RUAN) == task


def test_a_second_attempt_may_be_the_same_persons_but_not_who_did_another_step(
    house: Flask,
) -> None:
    begun = cases.start("handled", {"followed": ""}, by=LIN)
    do(begun.number, LIN)
    do(begun.number, RUAN)
    cases.release(open_task(begun.number)[0], by=RUAN)  # the next step went to the same person
    do(begun.number, THIRD)
    task, element = open_task(begun.number)
    assert element == "ring"
    with pytest.raises(NotAllowed):
        cases.claim(task, by=THIRD)
    cases.claim(task, by=RUAN)


def test_the_people_of_another_case_are_kept_away_and_do_not_count_as_its_own(
    house: Flask,
) -> None:
    first = cases.start("handled", {"followed": ""}, by=LIN)
    do(first.number, LIN)
    follow = cases.start("handled", {"followed": first.number}, by=RUAN)
    do(follow.number, RUAN)
    task, _ = open_task(follow.number)
    cases.release(task, by=RUAN)
    with pytest.raises(NotAllowed) as refused:
        cases.claim(task, by=LIN)
    assert first.number in str(refused.value)
    cases.claim(task, by=RUAN)
    row = raw().execute("SELECT id FROM cases WHERE number = %s", (follow.number,)).fetchone()
    assert row
    held = hold.read_case(raw().execute(hold.BY_ID, (row[0],)).fetchone())
    assert handlers.did(held, RUAN.id)
    assert not handlers.did(held, LIN.id), "it gives nobody a right to see the people"


def test_an_unknown_number_keeps_nobody_away(house: Flask) -> None:
    follow = cases.start("handled", {"followed": "GH20990101-0001"}, by=LIN)
    do(follow.number, LIN)
    cases.claim(open_task(follow.number)[0], by=LIN)
