"""Messages over HTTP: who waits, who comes to wait, who may."""

from __future__ import annotations

import pytest
from flask import Flask

from app.db import raw
from tests.api.conftest import House, engage
from tests.cases import parts
from tests.cases.conftest import EVENTS, deploy

KEPT = {"name": "paid_early", "key": "B1", "variables": {"amount": 12}}


@pytest.fixture
def house(app: Flask) -> House:
    deploy(EVENTS)
    return engage(app)


def test_a_message_that_comes_early_is_accepted_and_taken_by_who_comes_to_wait(
    house: House,
) -> None:
    sent = house.lin.post("/messages", KEPT)
    assert (sent.status_code, sent.get_json()) == (202, {"cases": []})
    begun = house.lin.start("late_waiter", bill="B1")
    done = house.lin.post(f"/tasks/{begun['tasks'][0]['id']}/complete", {"answers": {}})
    assert done.status_code == 200
    assert [task["name"] for task in done.get_json()["tasks"]] == ["之后"]
    assert done.get_json()["next"] is not None


def test_what_nobody_knows_or_may_send_is_refused(house: House) -> None:
    unknown = house.lin.post("/messages", {**KEPT, "name": "never heard of"})
    assert unknown.status_code == 409
    assert house.east.post("/messages", KEPT).status_code == 403
    assert house.reader.post("/messages", KEPT).status_code == 403


def test_a_receiver_that_cannot_take_it_is_said_to_the_sender(house: House) -> None:
    begun = house.lin.start("late_waiter", bill="B1")
    house.lin.post(f"/tasks/{begun['tasks'][0]['id']}/complete", {"answers": {}})
    failed = house.lin.post("/messages", {"name": "paid_early", "key": "B1", "variables": {}})
    assert failed.status_code == 422
    assert house.lin.post("/messages", KEPT).get_json() == {"cases": [begun["number"]]}
    assert f"urge {begun['number']}" in parts.CALLED


def test_a_message_sent_again_with_its_key_is_handed_over_once(house: House) -> None:
    key = {"headers": {"Idempotency-Key": "m-1"}}
    begun = house.lin.start("late_waiter", bill="B1")
    house.lin.post(f"/tasks/{begun['tasks'][0]['id']}/complete", {"answers": {}})
    sent = [house.lin.post("/messages", KEPT, **key).get_json() for _ in range(2)]
    assert sent == [{"cases": [begun["number"]]}] * 2
    assert raw().execute("SELECT count(*) FROM kept_messages").fetchone() == (0,)
    other = house.lin.post("/messages", {**KEPT, "key": "B2"}, **key)
    assert other.status_code == 422
