"""Case 12 over HTTP: a unit without licence and letter of authority is told, reminded, lapses."""

from __future__ import annotations

from datetime import datetime, time

import pytest
from flask import Flask

from app import settings
from app.work import now
from app.worktime import SHANGHAI, local_day
from tests.api.conftest import House, engage
from tests.api.walking import Walk
from tests.printing.paper import Paper
from tests.procedures.connecting import HOME, UNIT
from tests.procedures.visit import open_the_house
from tests.procedures.waiting import wait

AGENT = {"by_agent": True, "agent_name": "何见微", "agent_id_no": "430199190208152044",
         "agent_phone": "19900001003"}  # fmt: skip
LACKING = ("营业执照（统一社会信用代码证）", "授权委托书")


@pytest.fixture
def house(app: Flask) -> House:
    open_the_house()
    return engage(app)


def lacking(house: House) -> Walk:
    """Registered by the agent, two papers missing."""
    walk = Walk(house.lin, "new_connection")
    walk.fill("register", **{**HOME, **UNIT, **AGENT, "category": "non_residential", "calibre": 50})
    rows = [
        {"state": "missing"} if row["title"] in LACKING else {"state": "original", "pages": 1}
        for row in walk.page("check")["answers"]["papers"]
    ]
    walk.fill("check", papers=rows, materials_decision="by_list")
    return walk


def pass_days(walk: Walk, days: int) -> None:
    """To the end of a working day, counted from the beginning."""
    began = local_day(datetime.fromisoformat(walk.case()["sla"]["started"]))
    last = settings.calendar().add_workdays(began, days)
    wait(walk.number, datetime.combine(last, time(23, 59, 59), SHANGHAI))


def told(walk: Walk) -> list[str]:
    """Templates of what the customer was told."""
    trail = walk.by.get(f"/cases/{walk.number}/trail").get_json()["items"]
    return [one["after"]["template"] for one in trail if one["action"] == "notice:queue"]


def test_papers_that_do_not_come_let_the_case_lapse(house: House) -> None:
    walk = lacking(house)
    clock = walk.case()["sla"]
    assert (walk.open, walk.case()["state"]) == (["supplement"], "paused")
    assert clock["paused_since"] is not None
    assert clock["paused_for"] == ["补正登记"]
    assert told(walk) == []
    pass_days(walk, 5)
    assert told(walk) == ["supplement_reminder"]
    pass_days(walk, 9)
    assert walk.open == ["supplement"]
    pass_days(walk, 10)
    ended = walk.case()
    assert (ended["state"], ended["outcome"], ended["tasks"]) == ("ended", "lapsed", [])
    assert ended["sla"]["paused_seconds"] > 7 * 86400
    late = house.lin.post(f"/cases/{walk.number}/withdraw", {"reason": "不办了"})
    assert late.status_code == 422, late.text


def test_the_sheet_says_what_is_missing_and_until_when(house: House) -> None:
    walk = lacking(house)
    path = f"/cases/{walk.number}/prints/c_materials_check.supplement_notice"
    assert house.lin.get(path).status_code == 403, "why one looks is asked first"
    assert house.lin.post(f"/cases/{walk.number}/look", {"why": "handle"}).status_code == 204
    sheet = Paper(house.lin.get(path).data).text
    assert all(title in sheet for title in LACKING)
    assert "代理人身份证件" not in sheet
    last = settings.calendar().add_workdays(local_day(now()), 10)
    assert f"{last.year}年{last.month}月{last.day}日" in sheet


def test_who_is_not_at_the_window_takes_no_papers(house: House) -> None:
    walk = lacking(house)
    task = walk.task("supplement")
    for other in (house.east, house.south, house.reader):
        answer = other.post(f"/tasks/{task}/complete", {"answers": {}})
        assert answer.status_code in {403, 404}, other.login
    assert walk.open == ["supplement"]
