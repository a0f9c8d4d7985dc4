"""Two applications for one address at the very same time, over HTTP and with real commits."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app import cases
from app.db import raw
from tests.api.conftest import Caller, House, engage
from tests.api.test_races import at_once
from tests.procedures.connecting import CLERK, HOME, PERSON
from tests.procedures.visit import open_the_house

OTHER = {**PERSON, "applicant_name": "何见微", "id_no": "430199190208152044"}


@pytest.fixture
def town(fresh: Flask) -> House:
    """The shipped procedures and sixty accounts, in a database of its own."""
    open_the_house()
    return engage(fresh)


def registers(by: Caller, who: dict[str, Any], address: str) -> tuple[str, tuple[Any, ...]]:
    """A case that waits for its registration, and the call that hands it in."""
    begun = by.start("new_connection")
    (task,) = (t["id"] for t in begun["tasks"] if t["element"] == "register")
    answers = {**who, **HOME, "address": address}
    return begun["number"], (by.token, f"/tasks/{task}/complete", {"answers": answers}, {})


def test_of_two_for_one_address_at_once_one_goes_on_and_the_other_is_told(town: House) -> None:
    for n in range(5):
        # However it is typed it is the same address.
        first, call = registers(town.lin, PERSON, f"城东区青禾路{80 + n}号2单元301")
        second, again = registers(town.ruan, OTHER, f"城东区 青禾路{80 + n}号２单元３０１")
        answers = at_once(town, [call, again])
        assert [status for status, _ in answers] == [200, 200], answers
        open_steps = {body["number"]: {t["element"] for t in body["tasks"]} for _, body in answers}
        assert sorted(open_steps) == sorted([first, second])
        (winner,) = (one for one, steps in open_steps.items() if "check" in steps)
        (loser,) = (one for one, steps in open_steps.items() if "tell_refusal" in steps)
        told = next(t["id"] for _, body in answers for t in body["tasks"]
                    if t["element"] == "tell_refusal")  # fmt: skip
        assert winner in cases.task_for(CLERK, told).scope["refusal_reason"]
        holders = raw().execute("SELECT case_no FROM address_lock").fetchall()
        assert (winner,) in holders
        assert (loser,) not in holders
