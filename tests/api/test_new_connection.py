"""用水报装 over HTTP: cases 11 and 14 of the domain, each step by the token of whoever may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app import people
from app.registry import demo
from app.work import SYSTEM, now
from app.worktime import local_day
from tests.api.conftest import Caller, hire
from tests.procedures.connecting import ADDRESS, DEVELOPER, HOME, PERSON, SCHEME, post

ROLES = {
    "window": "window_clerk", "design": "surveyor_designer", "contract": "contract_clerk",
    "entry": "data_entry", "second": "data_entry", "store": "meter_storekeeper",
    "fitter": "installer", "engineer": "acceptance_engineer", "reader": "meter_reader:城东",
    "agent": "hotline_agent", "archive": "archivist", "cashier": "cashier",
}  # fmt: skip
DAY = local_day(now()).isoformat()
MOMENT = f"{DAY}T09:00:00+08:00"
VISIT = (now() + timedelta(days=1)).isoformat()
ORIGINAL = {"state": "original", "pages": 1}
HAPPY = {"contact_result": "reached", "is_satisfied": "yes", "rating": "5",
         "promise_kept": "yes", "attitude": "good"}  # fmt: skip
SAID = {"contract_read": True, "contract_signed": True}


class Town:
    """Who works here: one for each role, and for each one who has the same group in 城南."""

    def __init__(self, app: Flask) -> None:
        self.staff = {
            login: hire(app, login, login, group, region="城东" if ":" in group else None)
            for login, group in ROLES.items()
        }
        self.far = {
            group: hire(app, f"far-{n}", f"远{n}", group.replace("城东", "城南"), region="城南")
            for n, group in enumerate(sorted(set(ROLES.values())))
        }


@pytest.fixture
def town(furnished: Flask) -> Town:
    """The shipped procedures, sixty accounts, meters in the stores."""
    people.ensure_groups(by=SYSTEM)
    return Town(furnished)


class Walk:
    """One application on its way."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.now = town.staff["window"].start("new_connection")
        self.number: str = self.now["number"]
        self.steps: list[str] = []

    def listed(self, caller: Caller) -> dict[str, int]:
        """The open steps of the case in somebody's list: id by element."""
        lines = caller.get("/tasks").get_json()["items"]
        return {line["element"]: line["id"] for line in lines if line["case"] == self.number}

    def step(self, login: str, element: str, **answers: Any) -> Walk:
        """Hand a step in, after those who may not have tried."""
        caller = self.town.staff[login]
        task = self.listed(caller)[element]
        if self.steps:
            self.refused(login, element, task)
        done = caller.post(f"/tasks/{task}/complete", {"answers": answers})
        assert done.status_code == 200, done.text
        self.now = done.get_json()
        self.steps.append(element)
        post()
        return self

    def refused(self, login: str, element: str, task: int) -> None:
        """Another role, and the same role of another region, get neither list nor step."""
        group = ROLES[login]
        other = self.town.staff["cashier" if login != "cashier" else "archive"]
        for stranger in (other, self.town.far[group]):
            assert element not in self.listed(stranger)
            sent = stranger.post(f"/tasks/{task}/complete", {"answers": {}})
            assert (sent.status_code, sent.content_type) == (403, "application/problem+json")
        far = self.town.far[group]
        assert far.get(f"/tasks/{task}").status_code == 403
        assert far.get(f"/cases/{self.number}").status_code == 403
        assert far.get("/cases", query_string={"q": self.number}).get_json()["items"] == []

    def trail(self) -> list[dict[str, Any]]:
        """What happened, as the window sees it."""
        asked = self.town.staff["window"].get(f"/cases/{self.number}/trail")
        found: list[dict[str, Any]] = asked.get_json()["items"]
        return found

    def numbered(self) -> list[str]:
        """Numbers of service points that the case was given, in their order."""
        return [e["after"]["point"] for e in self.trail() if e["action"] == "account:pre"]

    def whole(self) -> dict[str, Any]:
        """The case as the clerk of data entry sees it, who has a step in it and says why."""
        entry = self.town.staff["entry"]
        said = entry.post(f"/cases/{self.number}/look", {"why": "handle"})
        assert said.status_code == 204
        found: dict[str, Any] = entry.get(f"/cases/{self.number}").get_json()
        return found

    def to_contract(self, papers: int, **who: Any) -> Walk:
        """From the counter to the signed contract; nothing is charged."""
        self.step("window", "register", **HOME | who)
        self.step("window", "check", papers=[ORIGINAL] * papers, materials_decision="by_list")
        self.step("window", "accept", category="residential", price_code="resident",
                  receipt_given=True)  # fmt: skip
        known = {"calibre": 20, "meters": who.get("meters", 1)}
        self.step("design", "survey", **SCHEME, **known, appointment=MOMENT)
        self.step("window", "answer", answer="agree", answered_by="phone")
        return self.step("contract", "contract", **SAID)

    def to_installed(self) -> Walk:
        """Number, meter, works."""
        self.step("entry", "numbers", book="0901", point_rows=[{"address": ADDRESS, "calibre": 20}])
        self.step("store", "check_slip", slip_result="match")
        meter = {
            "serial": demo.serial("城东", 20, 3),
            "plastic": demo.seal_no("城东", "plastic", 3),
        }
        self.step("store", "pick", picked=[meter])
        self.step("fitter", "sign", sign_result="received", receiver_kind="self")
        return self.step("fitter", "build", started_on=DAY, done_on=DAY)

    def to_accepted(self) -> Walk:
        """水表验收."""
        self.step("engineer", "book", visit_at=VISIT, parties=["installer", "engineer"])
        row = {"serial_same": True, "door_match": "pass", "start_reading": 0, "result": "pass"}
        self.step("engineer", "inspect", rows=[row], works=[{"result": "pass"}] * 3)
        self.step("fitter", "installer_opinion", installer_opinion="agree")
        self.step("reader", "branch_opinion", branch_opinion="agree")
        return self.step("engineer", "sign", parties_signed=True)

    def to_water(self) -> Walk:
        """Entry, review, the first reading, the call."""
        row = {"book_no": "0901", "book_seq": 1, "household_size": 4, "pay_method": "counter"}
        self.step("entry", "entry", entry_rows=[row], entry_checked=True)
        self.step("second", "review", review_result="agree")
        self.step("reader", "open_water", opened_on=DAY, water_rows=[{"reading": 1}],
                  reader="褚向南")  # fmt: skip
        return self.step("agent", "satisfaction_call", called_at=now().isoformat(), **HAPPY)


def test_case_11_over_http_from_the_window_to_the_archive(town: Town) -> None:
    walk = Walk(town).to_contract(3, **PERSON).to_installed().to_accepted().to_water()
    assert (walk.now["state"], walk.now["outcome"], len(walk.steps)) == ("ended", "connected", 20)
    (point,) = walk.numbered()
    number = town.staff["window"].get(f"/cases/{walk.number}").get_json()["account_no"]
    account = town.staff["window"].get(f"/accounts/{number}").get_json()
    assert account["meter"]["serial"] == demo.serial("城东", 20, 3)
    assert account["meter"]["last_reading"] == 1
    assert point.startswith("JS-CD-0901-")
    assert town.far["window_clerk"].get(f"/accounts/{number}").status_code == 403
    lines = town.staff["archive"].get("/tasks").get_json()["items"]
    assert [line["address"] for line in lines if line["procedure"] == "archive_filing"] == [ADDRESS]
    trail = walk.trail()
    told = [(e["element"], e["by"]) for e in trail if e["action"] == "task:complete"]
    assert [element for element, _ in told] == walk.steps
    assert {by for _, by in told} == ROLES.keys() - {"archive", "cashier"}
    assert not any(PERSON[name] in str(trail) for name in ("applicant_name", "id_no", "phone"))


def flats() -> list[dict[str, Any]]:
    """Forty-eight, the 18th like the 4th and the 41st like the 31st."""
    found = [{"estate": "城东区星河湾", "building": "7", "unit": str(1 + n // 24),
              "door": f"{1 + n % 24 // 2:02}0{1 + n % 2}", "calibre": 20}
             for n in range(48)]  # fmt: skip
    found[17], found[40] = dict(found[3]), dict(found[30])
    return found


def test_case_14_over_http_forty_six_are_numbered_once(town: Town) -> None:
    building = {"address": "城东区星河湾7栋", "meters": 48, "floors": 12}
    walk = Walk(town).to_contract(7, **DEVELOPER, **building)
    walk.step("entry", "numbers", book="0901", point_rows=flats())
    rejected = walk.whole()["variables"]["rejected"]
    assert [row["row"] for row in rejected] == [18, 41]
    assert "第 4 行" in rejected[0]["reason"]
    numbers = walk.numbered()
    assert len(set(numbers)) == len(numbers) == 46
    walk.step("entry", "check_points", points_decision="correct")
    walk.step("entry", "numbers", book="0901", point_rows=flats())
    assert walk.numbered() == numbers
    walk.step("entry", "check_points", points_decision="go_on")
    assert "check_slip" in walk.listed(town.staff["store"])


def test_a_step_that_is_sent_twice_is_one(town: Town) -> None:
    walk = Walk(town).to_contract(3, **PERSON)
    entry = town.staff["entry"]
    task = walk.listed(entry)["numbers"]
    rows = {"book": "0901", "point_rows": [{"address": ADDRESS, "calibre": 20}]}
    key = {"Idempotency-Key": "numbers-1"}
    sent = [entry.post(f"/tasks/{task}/complete", {"answers": rows}, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [200, 200]
    assert len(walk.numbered()) == 1
    again = entry.post(f"/tasks/{task}/complete", {"answers": rows})
    assert again.status_code == 409


def test_answers_that_cannot_be_are_told_by_field(town: Town) -> None:
    walk = Walk(town)
    window = town.staff["window"]
    task = walk.listed(window)["register"]
    wrong = HOME | PERSON | {"id_no": "430199190001010015", "calibre": 21}
    sent = window.post(f"/tasks/{task}/complete", {"answers": wrong})
    assert sent.status_code == 422
    assert {one["field"] for one in sent.get_json()["errors"]} == {"id_no", "calibre"}
