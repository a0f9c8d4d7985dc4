"""What the API promises: pages that stand still, problems everywhere, members by their names."""

from __future__ import annotations

from typing import Any

import pytest

from app.api.openapi import document
from tests.api.conftest import ANSWERS, API, House
from tests.api.promised import wrong
from tests.api.test_door import PROBLEM, is_problem


def walk(house: House, path: str, meanwhile: Any) -> list[dict[str, Any]]:
    """All pages of a list, with something happening before each next one."""
    found, cursor = [], None
    while True:
        page = house.lin.get(path, query_string={"cursor": cursor} if cursor else {}).get_json()
        found += page["items"]
        cursor = page["cursor"]
        if cursor is None:
            return found
        meanwhile()


def test_pages_of_cases_stand_still_while_cases_come(house: House) -> None:
    before = [house.lin.start()["number"] for _ in range(110)]
    shown = [one["number"] for one in walk(house, "/cases", house.lin.start)]
    assert shown == before[::-1]


def test_pages_of_tasks_lose_and_repeat_nothing(house: House) -> None:
    before = [house.lin.start()["tasks"][0]["id"] for _ in range(110)]
    done = iter(before)

    def meanwhile() -> None:
        house.lin.start()
        house.lin.post(f"/tasks/{next(done)}/complete", {"answers": ANSWERS})

    shown = [one["id"] for one in walk(house, "/tasks", meanwhile)]
    assert len(set(shown)) == len(shown)
    assert set(before) <= set(shown)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("TRACE", "/api/v1/tasks", 405),
        ("PROPFIND", "/api/v1/tasks", 405),
        ("DELETE", "/api/v1/cases/X1", 405),
        ("GET", "/api/v2/tasks", 404),
        ("GET", "/api/", 404),
        ("GET", "/api/v1/tasks/-1", 404),
        ("GET", "/api/v1/tasks/99999999999999999999999", 404),
        ("GET", "/api/v1/tasks?procedure=%00", 422),
        ("GET", "/api/v1/cases/%00", 404),
        ("GET", "/api/v1/accounts?q=a%00", 422),
        ("GET", "/api/v1/tasks?bogus=1", 422),
        ("GET", "/api/v1/tasks?mine=perhaps", 422),
    ],
)
def test_every_error_is_a_problem_document(
    house: House, method: str, path: str, status: int
) -> None:
    headers = {"Authorization": f"Bearer {house.lin.token}"}
    answer = house.app.test_client().open(path, method=method, headers=headers)
    is_problem(answer, status)
    assert (status == 405) == ("Allow" in answer.headers)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"answer": ANSWERS}, 422),
        ({"answers": ANSWERS, "extra": 1}, 422),
        ({"answers": [ANSWERS]}, 422),
        ({"answers": "x"}, 422),
        ({"answers": None}, 422),
        ({"answers": {**ANSWERS, "reason": ["买卖"]}}, 422),
        ({"answers": {**ANSWERS, "reason": {"a": 1}}}, 422),
        ({"answers": {**ANSWERS, "reason": 5}}, 422),
        ({"answers": {**ANSWERS, "reason": True}}, 422),
        ({"answers": {**ANSWERS, "reason": "x" * 900_000}}, 422),
        ({"answers": {**ANSWERS, "reason": "x" * 1_100_000}}, 413),
        ({"answers": {**ANSWERS, "other": "x"}}, 422),
    ],
)
def test_answers_of_another_shape_are_refused_by_name(
    house: House, body: dict[str, Any], status: int
) -> None:
    task = house.lin.start()["tasks"][0]["id"]
    said = is_problem(house.lin.post(f"/tasks/{task}/complete", body), status)
    if status == 422:
        assert said["errors"][0]["message"]
    assert house.lin.get(f"/tasks/{task}").get_json()["task"]["state"] == "open"


def test_what_a_case_starts_with_is_known_by_name(house: House) -> None:
    answer = house.lin.post("/procedures/two_steps/cases", {"variable": {"region": "城东"}})
    assert is_problem(answer, 422)["errors"][0]["field"] == "variable"


def test_a_case_of_another_region_is_closed_in_every_call(house: House) -> None:
    begun = house.lin.start(region="城东")
    number, task = begun["number"], begun["tasks"][0]["id"]
    for method, path, body in (
        ("GET", f"/cases/{number}", None), ("GET", f"/cases/{number}/trail", None),
        ("GET", f"/cases/{number}/prints/x", None), ("GET", f"/tasks/{task}", None),
        ("POST", f"/cases/{number}/withdraw", {"reason": "x"}),
        ("POST", f"/tasks/{task}/claim", None), ("POST", f"/tasks/{task}/release", None),
        ("POST", f"/tasks/{task}/assign", {"to": "south"}),
        ("POST", f"/tasks/{task}/complete", {"answers": ANSWERS}),
        ("PUT", f"/tasks/{task}/draft", {"answers": ANSWERS}),
    ):  # fmt: skip
        is_problem(house.south.send(method, path, body), 403)
    assert house.south.get("/cases", query_string={"q": number}).get_json()["items"] == []


def test_the_check_of_answers_can_fail() -> None:
    schema = {"$ref": "#/components/schemas/Moved"}
    good = {"number": "A", "tasks": [{"id": 1, "due": None}]}
    assert list(wrong(schema, good, "x")) == []
    for bad in (
        {**good, "number": 1}, {"tasks": []}, {**good, "other": 1}, {**good, "tasks": {}},
        {**good, "tasks": [{"id": "1"}]}, {**good, "tasks": [{"id": True}]}, [],
        {**good, "tasks": [{"id": 1, "due": "2026-03-02T09:00:00"}]},
    ):  # fmt: skip
        assert list(wrong(schema, bad, "x")) != [], bad


def test_every_call_tells_its_problems() -> None:
    for path, members in document("x")["paths"].items():
        for told in members.values():
            for status, answer in told["responses"].items():
                assert answer["description"], path
                assert status < "400" or PROBLEM in answer["content"]
            if "requestBody" in told:
                assert {"413", "415"} <= set(told["responses"]), path
            if "{" in path and path != f"{API}/procedures/{{key}}/cases":
                assert "404" in told["responses"], path
