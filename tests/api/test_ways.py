"""What counters need beside the drawing, over HTTP."""

from __future__ import annotations

from app.api import shapes
from tests.api.conftest import ANSWERS, House
from tests.api.test_calls import described


def test_a_case_is_sent_back_with_what_was_entered(house: House) -> None:
    first = house.lin.start()["tasks"][0]["id"]
    after = house.lin.post(f"/tasks/{first}/complete", {"answers": ANSWERS}).get_json()
    review = after["tasks"][0]["id"]
    ways = house.ruan.get(f"/tasks/{review}/ways-back").get_json()
    described(shapes.WaysBack, ways)
    assert ways == {"items": [{"element": "accept", "name": "受理"}]}
    path = f"/tasks/{review}/send-back"
    for wrong in ({"to": "accept", "reason": " "}, {"to": "done", "reason": "看看"}, {}):
        assert house.ruan.post(path, wrong).status_code == 422
    back = house.ruan.post(path, {"to": "accept", "reason": "缺证件号"})
    described(shapes.Moved, back.get_json())
    (task,) = back.get_json()["tasks"]
    assert (task["element"], task["mine"]) == ("accept", False)
    page = house.lin.get(f"/tasks/{task['id']}").get_json()
    described(shapes.Task, page)
    assert (page["offered"], page["task"]["may_look"]) == ({"reason": "买卖"}, True)
    assert (
        house.lin.post(f"/cases/{page['task']['case']}/look", {"why": "handle"}).status_code == 204
    )
    assert house.lin.get(f"/tasks/{task['id']}").get_json()["offered"] == ANSWERS
    assert house.ruan.post(path, {"to": "accept", "reason": "再"}).status_code == 409


def test_opinions_come_and_go_over_http(house: House) -> None:
    task = house.lin.start()["tasks"][0]["id"]
    for wrong in ({"to": "nobody", "question": "?"}, {"to": "cs_director"}, {"to": 7}):
        assert house.lin.post(f"/tasks/{task}/ask", wrong).status_code == 422
    made = house.lin.post(f"/tasks/{task}/sign", {"to": house.ruan.login, "question": "请核对"})
    described(shapes.Asked, made.get_json())
    side = made.get_json()["id"]
    held = house.lin.post(f"/tasks/{task}/complete", {"answers": ANSWERS})
    assert held.status_code == 422
    assert house.ruan.get(f"/tasks/{side}").get_json()["task"]["side"] == "sign"
    (asked,) = house.ruan.get(f"/tasks/{side}/opinions").get_json()["items"]
    assert (asked["question"], asked["state"]) == ("请核对", "open")
    path = f"/tasks/{side}/answer"
    assert house.lin.post(path, {"opinion": "我自己看", "decision": "agree"}).status_code == 409
    assert house.ruan.post(path, {"opinion": "无误", "decision": "maybe"}).status_code == 422
    assert house.ruan.post(path, {"opinion": "无误", "decision": "agree"}).status_code == 200
    found = house.lin.get(f"/tasks/{task}/opinions").get_json()
    described(shapes.Opinions, found)
    assert found["items"][0]["opinion"] == "无误"
    (alert,) = house.lin.get("/alerts").get_json()["items"]
    assert (alert["kind"], alert["task"]) == ("opinion", task)
    assert house.lin.post("/alerts/read", {"id": alert["id"]}).status_code == 204
    assert house.lin.get("/alerts").get_json() == {"items": []}
    assert house.lin.post(f"/tasks/{task}/complete", {"answers": ANSWERS}).status_code == 200


def test_asking_is_taken_back_once(house: House) -> None:
    task = house.lin.start()["tasks"][0]["id"]
    given = {"to": "cs_director", "question": "能否先收？"}
    side = house.lin.post(f"/tasks/{task}/ask", given).get_json()["id"]
    assert house.lin.post(f"/tasks/{side}/take-back").status_code == 200
    assert house.lin.post(f"/tasks/{side}/take-back").status_code == 409
    wrong = house.lin.post(f"/tasks/{task}/extend", {"days": 0, "reason": "等件"})
    assert wrong.get_json()["errors"][0]["field"] == "days"


def test_cases_are_urged_watched_and_not_ended_by_just_anybody(house: House) -> None:
    first = house.lin.start()
    number = first["number"]
    assert house.lin.post(f"/cases/{number}/watch", {"on": "yes"}).status_code == 422
    assert house.lin.post(f"/cases/{number}/watch", {"on": True}).status_code == 204
    house.lin.post(f"/tasks/{first['tasks'][0]['id']}/complete", {"answers": ANSWERS})
    urged = house.lin.post(f"/cases/{number}/urge", {})
    described(shapes.Urged, urged.get_json())
    assert "阮清和" in urged.get_json()["told"]
    assert house.lin.post(f"/cases/{number}/force", {"reason": "误受理"}).status_code == 403
    merge = {"into": number, "reason": "重复"}
    assert house.lin.post(f"/cases/{number}/merge", merge).status_code == 422
