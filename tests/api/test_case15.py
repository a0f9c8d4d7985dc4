"""Case 15 over HTTP: crossed doors fail, are put right and looked at again; six is approved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app import registry
from app.work import now
from app.worktime import local_day
from tests.api.conftest import Caller, House, engage, hire
from tests.api.walking import Walk
from tests.procedures.accepting import building, serial
from tests.procedures.visit import open_the_house

WORKS = [{"result": "pass"}] * 3
PEOPLE = {
    "guheng": ("顾衡", "acceptance_engineer", None),
    "dingwangshu": ("丁望舒", "installer", None),
    "chuxiangnan": ("褚向南", "meter_reader:城东", "城东"),
    "guanshanyue": ("关山月", "metering", None),
    "yezhiqiu": ("叶知秋", "sales", None),
}


@pytest.fixture
def house(app: Flask) -> House:
    open_the_house()
    return engage(app)


@pytest.fixture
def cast(house: House) -> dict[str, Caller]:
    """Who takes part, each with a token of their own."""
    return {
        login: hire(house.app, login, name, group, region=region)
        for login, (name, group, region) in PEOPLE.items()
    }


def row(reading: int, *, crossed: bool) -> dict[str, Any]:
    """A meter as it was found."""
    found = {"serial_same": True, "door_match": "pass", "start_reading": reading, "result": "pass"}
    fault = {"door_match": "crossed", "result": "fail", "failed_items": "3 关502的阀，503停水"}
    return found | fault if crossed else found


def reported(house: House) -> Walk:
    """登记完工报告 by the window, of works of the company."""
    walk = Walk(house.lin, "meter_acceptance")
    walk.fill(
        "report", point_list="\n".join(building("3单元502", "3单元503")),
        done_on=local_day(now()).isoformat(), source="connection", completion_files=[],
    )  # fmt: skip
    return walk


def agreed(walk: Walk, cast: dict[str, Caller]) -> None:
    """Both other parties."""
    walk.fill("installer_opinion", cast["dingwangshu"], installer_opinion="agree")
    walk.fill("branch_opinion", cast["chuxiangnan"], branch_opinion="agree")


def looked_at(walk: Walk, cast: dict[str, Caller], *, crossed: bool) -> None:
    """现场验收 of both meters: six and zero."""
    rows = [row(6, crossed=crossed), row(0, crossed=crossed)]
    walk.fill("inspect", cast["guheng"], rows=rows, works=WORKS)
    agreed(walk, cast)


def booked(walk: Walk, cast: dict[str, Caller]) -> None:
    """预约验收."""
    visit = (now() + timedelta(days=1)).isoformat()
    walk.fill("book", cast["guheng"], visit_at=visit, parties=["installer", "engineer"])


def test_crossed_doors_come_again_and_the_reading_of_six_is_approved(
    house: House, cast: dict[str, Caller]
) -> None:
    walk = reported(house)
    booked(walk, cast)
    looked_at(walk, cast, crossed=True)
    assert walk.open == ["notice"]
    walk.fill("notice", cast["guheng"], deadline=local_day(now() + timedelta(days=9)).isoformat())
    day = local_day(now()).isoformat()
    walk.fill("rectify", cast["dingwangshu"], rectified_on=day, rectified_note="对调两表，逐户复核")
    looked_at(walk, cast, crossed=False)
    assert walk.open == ["approve"]
    for login in ("guanshanyue", "yezhiqiu"):
        walk.fill("approve", cast[login], decision="agree", opinion="试压用水，同意")
    done = walk.fill("sign", cast["guheng"], parties_signed=True)
    assert (done["state"], done["outcome"]) == ("ended", "accepted")
    sheet = registry.acceptance(case=walk.number)
    assert sheet is not None
    assert (sheet.state, sheet.rounds) == ("accepted", 2)
    assert [m.start_reading for m in registry.checked_meters(sheet.id)] == [6, 0]
    (notice,) = registry.rectifications(sheet.id)
    assert [item["serial"] for item in notice.items] == [serial(0), serial(1)]
    trail = house.lin.get(f"/cases/{walk.number}/trail").get_json()["items"]
    done_by = [(e["element"], e["by"]) for e in trail if e["action"] == "task:complete"]
    assert done_by[-3:] == [("approve", "guanshanyue"), ("approve", "yezhiqiu"), ("sign", "guheng")]


def test_crossed_doors_cannot_be_judged_as_good(house: House, cast: dict[str, Caller]) -> None:
    walk = reported(house)
    booked(walk, cast)
    rows = [row(6, crossed=True) | {"result": "pass"}, row(0, crossed=False)]
    answer = walk.send("inspect", cast["guheng"], rows=rows, works=WORKS)
    assert answer.status_code == 422
    assert "rows[0]." in str(answer.get_json()["errors"])


def test_each_step_is_refused_to_who_has_no_part_in_it(
    house: House, cast: dict[str, Caller]
) -> None:
    walk = reported(house)

    def only(element: str, login: str, **answers: Any) -> None:
        """Nobody else of the cast, nor the window, nor a token that only reads."""
        others = [house.lin, house.reader, *(c for c in cast.values() if c.login != login)]
        for other in others:
            answer = walk.send(element, other, **answers)
            assert answer.status_code in {403, 404}, (element, other.login, answer.text)
        walk.fill(element, cast[login], **answers)

    visit = (now() + timedelta(days=1)).isoformat()
    only("book", "guheng", visit_at=visit, parties=["installer", "engineer"])
    rows = [row(6, crossed=True), row(0, crossed=True)]
    only("inspect", "guheng", rows=rows, works=WORKS)
    only("installer_opinion", "dingwangshu", installer_opinion="agree")
    only("branch_opinion", "chuxiangnan", branch_opinion="agree")
    only("notice", "guheng", deadline=local_day(now() + timedelta(days=9)).isoformat())
    day = local_day(now()).isoformat()
    only("rectify", "dingwangshu", rectified_on=day, rectified_note="对调两表，逐户复核")
    looked_at(walk, cast, crossed=False)
    only("approve", "guanshanyue", decision="agree", opinion="试压用水，同意")
    only("approve", "yezhiqiu", decision="agree", opinion="试压用水，同意")
    only("sign", "guheng", parties_signed=True)
    assert walk.case()["outcome"] == "accepted"
