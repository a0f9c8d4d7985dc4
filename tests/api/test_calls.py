"""Cases and tasks over HTTP: the calls of the API from start to end."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from app.api import shapes
from app.api.operations import OPERATIONS
from tests.api.conftest import ANSWERS, House

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 9 + b"\0\0\0\0IEND\xaeB`\x82"


def described(schema: Any, value: Any) -> None:
    """Every member of an answer stands in its schema; so the OpenAPI does not lie."""
    known = {f.data_key or name: f for name, f in schema().fields.items()}
    assert set(value) <= set(known), schema.__name__
    for name, inner in value.items():
        field = known[name]
        items = inner if isinstance(inner, list) else [inner]
        nested = getattr(getattr(field, "inner", field), "nested", None)
        if nested is not None:
            for item in items:
                if item is not None:
                    described(nested, item)


def test_a_case_from_start_to_end(house: House) -> None:
    begun = house.lin.start()
    described(shapes.Moved, begun)
    assert (begun["state"], begun["outcome"]) == ("open", None)
    (task,) = begun["tasks"]
    assert begun["next"] == task["id"]
    after = house.lin.post(f"/tasks/{task['id']}/complete", {"answers": ANSWERS})
    assert after.status_code == 200
    (review,) = after.get_json()["tasks"]
    assert (review["element"], review["mine"]) == ("review", False)
    assert after.get_json()["next"] is None
    done = house.ruan.post(f"/tasks/{review['id']}/complete", {"answers": {}}).get_json()
    assert (done["number"], done["state"], done["outcome"]) == (begun["number"], "ended", "done")
    assert done["tasks"] == []


def test_what_is_published(house: House) -> None:
    answer = house.lin.get("/procedures").get_json()
    described(shapes.Procedures, answer)
    found = {p["key"]: p for p in answer["items"]}
    assert found["two_steps"] == {
        "key": "two_steps",
        "name": "两步",
        "version": 1,
        "startable": True,
    }
    assert not {p["key"]: p for p in house.east.get("/procedures").get_json()["items"]}[
        "two_steps"
    ]["startable"]
    assert house.east.post("/procedures/two_steps/cases", {}).status_code == 403
    assert house.lin.post("/procedures/none/cases", {}).status_code == 404


def test_a_task_has_form_and_answers(house: House) -> None:
    task = house.lin.start()["tasks"][0]["id"]
    page = house.lin.get(f"/tasks/{task}").get_json()
    described(shapes.Task, page)
    assert page["task"]["name"] == "受理"
    assert page["task"]["may_complete"]
    assert [
        (f["name"], f["type"], f["label"], f["required"], f["personal"])
        for f in page["form"]["fields"]
    ] == [
        ("applicant_name", "textfield", "申请人", True, True),
        ("reason", "textfield", "事由", True, False),
    ]
    assert set(page["form"]["schema"]["properties"]) == {"applicant_name", "reason"}
    assert page["answers"] == {}
    assert house.lin.get("/tasks/999").status_code == 404


def test_answers_and_people_are_for_the_group_of_the_task(house: House) -> None:
    begun = house.lin.start(region="城东")
    house.lin.post(f"/tasks/{begun['tasks'][0]['id']}/complete", {"answers": ANSWERS})
    path = f"/cases/{begun['number']}"
    masked = house.ruan.get(path).get_json()
    assert (masked["applicant"], masked["whole"], masked["may_look"]) == ("周**", False, True)
    assert masked["variables"] == {"reason": "买卖"}
    for wrong in ({}, {"why": "curious"}, {"why": "other"}, {"why": "other", "words": "长" * 201}):
        assert house.ruan.post(f"{path}/look", wrong).status_code == 422, wrong
    assert house.ruan.post(f"{path}/look", {"why": "other", "words": "复核"}).status_code == 204
    assert house.east.post(f"{path}/look", {"why": "handle"}).status_code == 403
    own = house.ruan.get(path).get_json()
    described(shapes.Case, own)
    assert own["applicant"] == "周禾清"
    assert own["variables"]["applicant_name"] == "周禾清"
    foreign = house.east.get(f"/cases/{begun['number']}")
    assert "周禾清" not in foreign.text
    assert foreign.get_json()["applicant"] == "周**"
    assert foreign.get_json()["variables"]["reason"] == "买卖"
    (task,) = own["tasks"]
    assert house.east.get(f"/tasks/{task['id']}").status_code == 403
    assert house.south.get(f"/cases/{begun['number']}").status_code == 403


def test_lists_of_tasks(house: House) -> None:
    begun = house.lin.start()
    other = house.lin.start()
    house.lin.post(f"/tasks/{begun['tasks'][0]['id']}/complete", {"answers": ANSWERS})
    mine = house.lin.get("/tasks?mine=true").get_json()
    described(shapes.Tasks, mine)
    assert [t["case"] for t in mine["items"]] == [other["number"]]
    free = house.ruan.get("/tasks?group=true").get_json()["items"]
    assert [(t["case"], t["applicant"]) for t in free] == [(begun["number"], "周**")]
    assert len(house.ruan.get("/tasks?group=window_clerk").get_json()["items"]) == 2
    assert house.ruan.get("/tasks?group=cashier").get_json()["items"] == []
    assert house.ruan.get("/tasks?overdue=true").get_json()["items"] == []
    assert house.ruan.get("/tasks?procedure=none").get_json()["items"] == []
    assert house.south.get("/tasks").get_json()["items"] == []


def test_lists_of_cases_have_pages(house: House) -> None:
    numbers = [house.lin.start()["number"] for _ in range(52)]
    first = house.lin.get("/cases").get_json()
    described(shapes.Cases, first)
    second = house.lin.get("/cases", query_string={"cursor": first["cursor"]}).get_json()
    shown = [c["number"] for page in (first, second) for c in page["items"]]
    assert shown == numbers[::-1]
    assert second["cursor"] is None
    found = house.lin.get("/cases", query_string={"q": numbers[3]}).get_json()["items"]
    assert [c["number"] for c in found] == [numbers[3]]
    assert house.lin.get("/cases?state=ended").get_json()["items"] == []
    assert house.lin.get("/cases?state=lost").status_code == 422


@pytest.mark.parametrize("cursor", ["x", "NQ==", "W10=", "WyJhIiwxXQ==", "WzEsMl0=", "é"])
def test_a_foreign_cursor_is_refused(house: House, cursor: str) -> None:
    for path in ("/cases", "/tasks"):
        answer = house.lin.get(path, query_string={"cursor": cursor})
        assert answer.status_code == 422, answer.text
        assert answer.get_json()["errors"][0]["field"] == "cursor"


def test_claim_says_who_has_it(house: House) -> None:
    begun = house.lin.start()
    first = begun["tasks"][0]["id"]
    after = house.lin.post(f"/tasks/{first}/complete", {"answers": ANSWERS}).get_json()
    review = after["tasks"][0]["id"]
    claimed = house.ruan.post(f"/tasks/{review}/claim")
    described(shapes.Held, claimed.get_json())
    assert claimed.get_json() == {"id": review, "holder": "阮清和"}
    late = house.lin.post(f"/tasks/{first}/complete", {"answers": ANSWERS})
    assert late.status_code == 409
    assert late.get_json()["holder"] == "林栖"
    other = house.lin.start()["tasks"][0]["id"]
    for call in ("claim", "release"):
        taken = house.ruan.post(f"/tasks/{other}/{call}")
        assert taken.status_code == 409
        assert taken.content_type == "application/problem+json"
        assert taken.get_json()["holder"] == "林栖"


def test_release_and_assign(house: House) -> None:
    task = house.lin.start()["tasks"][0]["id"]
    assert house.lin.post(f"/tasks/{task}/release").get_json() == {"id": task, "holder": None}
    given = house.lin.post(f"/tasks/{task}/assign", {"to": "ruan"})
    assert given.get_json() == {"id": task, "holder": "阮清和"}
    assert house.lin.post(f"/tasks/{task}/assign", {"to": "lin"}).status_code == 409
    assert house.ruan.post(f"/tasks/{task}/assign", {"to": "nobody"}).status_code == 422
    assert house.ruan.post(f"/tasks/{task}/assign", {}).status_code == 422
    assert house.ruan.post(f"/tasks/{task}/assign", {"to": "south"}).status_code == 403


def test_wrong_answers_get_a_message_each(house: House) -> None:
    task = house.lin.start()["tasks"][0]["id"]
    answer = house.lin.post(
        f"/tasks/{task}/complete", {"answers": {"reason": "x" * 3000, "extra": 1}}
    )
    assert answer.status_code == 422
    said = {e["field"]: e["message"] for e in answer.get_json()["errors"]}
    assert set(said) == {"applicant_name", "reason", "extra"}
    assert all(said.values())
    assert house.lin.post(f"/tasks/{task}/complete", {"answers": ANSWERS}).status_code == 200


def test_the_same_key_is_the_same_case(house: House) -> None:
    again = {"headers": {"Idempotency-Key": "k-1"}}
    first = house.lin.post("/procedures/two_steps/cases", {}, **again)
    second = house.lin.post("/procedures/two_steps/cases", {}, **again)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.get_json()["number"] == second.get_json()["number"]
    assert second.headers["Idempotent-Replayed"] == "true"
    other = house.lin.post("/procedures/two_steps/cases", {"variables": {"reason": "a"}}, **again)
    assert other.status_code == 422
    foreign = house.ruan.post("/procedures/two_steps/cases", {}, **again)
    assert foreign.get_json()["number"] != first.get_json()["number"]


def test_completing_again_with_the_key_changes_nothing(house: House) -> None:
    begun = house.lin.start()
    path = f"/tasks/{begun['tasks'][0]['id']}/complete"
    key = {"headers": {"Idempotency-Key": "k-2"}}
    first = house.lin.post(path, {"answers": ANSWERS}, **key)
    second = house.lin.post(path, {"answers": ANSWERS}, **key)
    assert first.status_code == second.status_code == 200
    assert first.get_json()["tasks"][0]["id"] == second.get_json()["tasks"][0]["id"]
    other = house.lin.post(path, {"answers": {**ANSWERS, "reason": "继承"}}, **key)
    assert other.status_code == 422
    long = {"headers": {"Idempotency-Key": "k" * 300}}
    assert house.lin.post(path, {"answers": ANSWERS}, **long).status_code == 422


def test_a_draft_is_kept_as_it_is(house: House) -> None:
    task = house.lin.start()["tasks"][0]["id"]
    draft = {"applicant_name": "周", "unknown": [1, None]}
    saved = house.lin.send("PUT", f"/tasks/{task}/draft", {"answers": draft})
    assert (saved.status_code, saved.data) == (204, b"")
    assert house.lin.get(f"/tasks/{task}").get_json()["draft"] == draft
    assert house.ruan.send("PUT", f"/tasks/{task}/draft", {"answers": {}}).status_code == 409


def test_withdrawing_ends_the_case(house: House) -> None:
    number = house.lin.start()["number"]
    assert house.lin.post(f"/cases/{number}/withdraw", {"reason": " "}).status_code == 422
    done = house.lin.post(f"/cases/{number}/withdraw", {"reason": "客户撤回"}).get_json()
    assert (done["state"], done["tasks"]) == ("withdrawn", [])
    assert house.lin.post(f"/cases/{number}/withdraw", {"reason": "再"}).status_code == 422


def test_the_trail_is_told_without_what_is_personal(house: House) -> None:
    begun = house.lin.start()
    house.lin.post(f"/tasks/{begun['tasks'][0]['id']}/complete", {"answers": ANSWERS})
    answer = house.ruan.get(f"/cases/{begun['number']}/trail")
    described(shapes.Trail, answer.get_json())
    actions = [e["action"] for e in answer.get_json()["items"]]
    assert actions == ["case:start", "task:complete"]
    assert "周禾清" not in answer.text
    assert answer.get_json()["items"][1]["after"]["answers"] == {"reason": "买卖"}


def test_a_message_reaches_who_waits(house: House) -> None:
    early = house.lin.post("/messages", {"name": "paid", "key": "none", "variables": {}})
    assert early.status_code == 409
    waiting = house.lin.start("waiter")
    sent = {"name": "answered", "key": waiting["number"], "variables": {"a": 1}}
    reached = house.ruan.post("/messages", sent)
    assert reached.status_code == 202
    described(shapes.Reached, reached.get_json())
    assert reached.get_json() == {"cases": [waiting["number"]]}
    for wrong in ({}, {"name": "paid"}, {"name": "paid", "key": 3}, {"name": "", "key": "1"}):
        assert house.lin.post("/messages", wrong).status_code == 422


def test_files_are_handed_in(house: House) -> None:
    sent = house.lin.post("/attachments", data={"file": (BytesIO(PNG), "身份证.png")})
    assert sent.status_code == 201
    described(shapes.Stored, sent.get_json())
    assert len(sent.get_json()["sha256"]) == 64
    wrong = house.lin.post("/attachments", data={"file": (BytesIO(b"MZ"), "a.png")})
    assert wrong.status_code == 422
    assert wrong.get_json()["errors"][0]["field"] == "file"
    assert house.lin.post("/attachments", data={"x": "1"}).status_code == 415
    missing = house.lin.post(
        "/attachments", data={"x": "1"}, content_type="multipart/form-data; boundary=b"
    )
    assert missing.status_code == 422
    form = {"content_type": "multipart/form-data; boundary=b"}
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    big = house.lin.post("/attachments", data=head + PNG + b"0" * 12_000_000, **form)
    assert big.status_code == 413
    assert big.content_type == "application/problem+json"


def test_an_unknown_print_is_not_there(house: House) -> None:
    begun = house.lin.start()
    assert house.lin.get(f"/cases/{begun['number']}/prints/none").status_code == 404
    assert house.lin.get("/cases/XX1/prints/none").status_code == 404
    # East may see the case and has no part in it: nothing of it is printed for them.
    assert house.east.get(f"/cases/{begun['number']}/prints/none").status_code == 403


def test_every_call_has_a_scope() -> None:
    assert {told.scope for told in OPERATIONS} == {"read", "write", "public"}
    assert [told.path for told in OPERATIONS if told.scope == "public"] == ["/openapi.json"]
    for told in OPERATIONS:
        if told.scope != "public":
            reads = told.method == "GET" or told.path.endswith("/search")
            assert told.scope == ("read" if reads else "write"), told.path
