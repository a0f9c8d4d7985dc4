"""From start to end, step by step, with the real engine and the real tables."""

from __future__ import annotations

import pytest
from flask import Flask

from app import cases
from app.db import raw
from app.errors import Conflict, NotAllowed
from tests.cases.conftest import LIN, RUAN

ANSWERS = {"applicant_name": "周禾清", "reason": "买卖"}


def test_a_case_runs_from_start_to_end(house: Flask) -> None:
    begun = cases.start("two_steps", {}, by=LIN)
    assert begun.number.startswith("GH")
    assert begun.next is not None
    after = cases.submit_task(begun.next.id, ANSWERS, by=LIN)
    assert [t.name for t in after.tasks] == ["复核"]
    assert after.next is None, "four eyes: not handed to the same person"
    done = cases.submit_task(after.tasks[0].id, {}, by=RUAN)
    assert (done.status, done.outcome, done.tasks) == ("ended", "done", ())


def test_the_same_person_does_not_review(house: Flask) -> None:
    begun = cases.start("two_steps", {}, by=LIN)
    after = cases.submit_task(begun.tasks[0].id, ANSWERS, by=LIN)
    with pytest.raises(NotAllowed):
        cases.submit_task(after.tasks[0].id, {}, by=LIN)
    refused = (
        raw()
        .execute("SELECT actor_id, case_number FROM trail WHERE action = 'attempt:refused'")
        .fetchall()
    )
    assert refused == [(LIN.id, begun.number)]


def test_a_done_task_names_who_was_first(house: Flask) -> None:
    begun = cases.start("two_steps", {}, by=LIN)
    cases.submit_task(begun.tasks[0].id, ANSWERS, by=LIN)
    with pytest.raises(Conflict) as caught:
        cases.submit_task(begun.tasks[0].id, ANSWERS, by=RUAN)
    assert caught.value.details["holder"] == "林栖"
