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
    assert page["offered"] == ANSWERS
    assert house.ruan.post(path, {"to": "accept", "reason": "再"}).status_code == 409
