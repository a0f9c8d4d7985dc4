"""The door itself: tokens, problem documents, the OpenAPI, and bodies of any shape."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from app import people
from app.api.operations import OPERATIONS
from app.work import SYSTEM, now
from tests.api.conftest import ANSWERS, API, Caller, House

PROBLEM = "application/problem+json"


def is_problem(answer: Any, status: int) -> dict[str, Any]:
    """The document, checked."""
    assert (answer.status_code, answer.content_type) == (status, PROBLEM), answer.text
    body: dict[str, Any] = answer.get_json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


def test_every_route_names_its_scope(app: Flask) -> None:
    rules = [r for r in app.url_map.iter_rules() if r.rule.startswith(API)]
    assert len(rules) > len(OPERATIONS)
    for rule in rules:
        right = getattr(app.view_functions[rule.endpoint], "right", "")
        assert right in {"token:read", "token:write", "token:public"}, rule.rule
        assert right != "token:public" or rule.endpoint in {"api.openapi", "api.unknown"}


def test_no_call_answers_without_a_token(house: House) -> None:
    for told in OPERATIONS:
        if told.scope == "public":
            continue
        path = API + told.path.replace("<int:task_id>", "1").replace("<", "").replace(">", "")
        for headers in ({}, {"Authorization": "Bearer garbage"}, {"Authorization": "Basic x"}):
            answer = house.app.test_client().open(path, method=told.method, headers=headers)
            is_problem(answer, 401)
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_expired_or_revoked_token_is_none(house: House) -> None:
    past = now() - timedelta(days=3)
    token = people.issue_token("lin", expires=past + timedelta(days=1), by=SYSTEM, at=past)
    is_problem(Caller(house.lin.client, token, "lin").get("/tasks"), 401)
    for stored in people.tokens(people.person("lin").id):
        people.revoke_token(stored.id, by=SYSTEM)
    is_problem(house.lin.get("/tasks"), 401)


def test_a_read_only_token_writes_nothing(house: House) -> None:
    assert house.reader.get("/tasks").status_code == 200
    for told in OPERATIONS:
        if told.scope == "write":
            path = told.path.replace("<int:task_id>", "1").replace("<", "").replace(">", "")
            is_problem(house.reader.send(told.method, path), 403)


def test_unknown_addresses_and_methods_are_problems_too(house: House) -> None:
    is_problem(house.lin.get("/nothing/here"), 404)
    is_problem(house.lin.get("/tasks/first"), 404)
    is_problem(house.lin.get("/"), 404)
    is_problem(house.lin.get("/tasks/1/%00"), 404)
    wrong = house.lin.send("DELETE", "/tasks")
    is_problem(wrong, 405)
    assert "GET" in wrong.headers["Allow"]
    for later in ("/deployments", "/tasks/1/nothing"):
        is_problem(house.lin.post(later, {}), 404)


def test_a_body_must_be_a_json_object(house: House) -> None:
    path = "/procedures/two_steps/cases"
    is_problem(house.lin.post(path, data="variables=1", content_type="text/plain"), 415)
    as_json = {"content_type": "application/json"}
    for wrong in (
        b"{",
        b"[]",
        b"3",
        b'{"variables": 3}',
        b'{"variables": {"a": "\\u0000"}}',
        b'{"variables": {"a": "\\ud800"}}',
        b'{"variables": {"region": 5}}',
        b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}",
    ):
        is_problem(house.lin.post(path, data=wrong, **as_json), 422)
    is_problem(house.lin.post(path, data=b" " * 2_000_000 + b"{}", **as_json), 413)


def test_problems_speak_the_language_asked_for(house: House) -> None:
    chinese = is_problem(house.lin.get("/tasks/999"), 404)
    assert chinese["title"] == "没有找到"
    english = house.lin.get("/tasks/999", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert english.headers["Content-Language"] == "en"
    assert is_problem(english, 404)["title"].isascii()


def test_a_fault_of_ours_shows_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    typed = "".join(["周禾", "清 19900000001"])

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(typed)

    monkeypatch.setattr("app.cases.all_cases", broken)
    answer = house.lin.get("/cases")
    is_problem(answer, 500)
    assert "周禾清" not in answer.text
    assert "周禾清" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_the_openapi_is_whole(house: House) -> None:
    answer = house.app.test_client().get(f"{API}/openapi.json")
    document = answer.get_json()
    assert answer.status_code == 200
    assert document["openapi"].startswith("3.1")
    assert not any("deployments" in p for p in document["paths"])
    operations = [o for path in document["paths"].values() for o in path.values()]
    assert len(operations) == len(OPERATIONS)
    ids = [o["operationId"] for o in operations]
    assert len(set(ids)) == len(ids)
    for path, members in document["paths"].items():
        for told in members.values():
            places = {p["name"] for p in told["parameters"] if p["in"] == "path"}
            assert places == {part[1:-1] for part in path.split("/") if part.startswith("{")}
            assert any(status.startswith("2") for status in told["responses"])
    schemas = document["components"]["schemas"]
    assert set(_references(document)) <= {f"#/components/schemas/{name}" for name in schemas}
    assert document["paths"][f"{API}/openapi.json"]["get"]["security"] == []


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [r for inner in value.values() for r in _references(inner)]
    if isinstance(value, list):
        return [r for inner in value for r in _references(inner)]
    return []


NAMES = [
    "variables",
    "answers",
    "to",
    "reason",
    "name",
    "key",
    "region",
    "account_no",
    "applicant_name",
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(NAMES) | st.text(st.characters(codec="utf-8"), max_size=8),
                      inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
BODIES = VALUES | st.fixed_dictionaries(
    {},
    optional={
        "variables": st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3),
        "answers": st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3),
        "to": VALUES, "reason": VALUES, "name": VALUES, "key": VALUES,
    },
)  # fmt: skip


@effort(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES)
def test_no_body_breaks_a_call(house: House, body: Any) -> None:
    begun = house.lin.start()
    task, number = begun["tasks"][0]["id"], begun["number"]
    calls = [
        ("PUT", f"/tasks/{task}/draft"), ("GET", f"/tasks/{task}"),
        ("POST", f"/tasks/{task}/assign"), ("POST", f"/tasks/{task}/complete"),
        ("POST", "/procedures/two_steps/cases"), ("POST", "/messages"),
        ("POST", "/attachments"), ("POST", f"/cases/{number}/withdraw"),
        ("POST", f"/tasks/{task}/send-back"),
        ("GET", f"/cases/{number}"), ("GET", "/cases"),
    ]  # fmt: skip
    for method, path in calls:
        answer = house.lin.send(method, path, body)
        assert answer.status_code < 500, (method, path, answer.text)
        if answer.status_code >= 400:
            assert answer.content_type == PROBLEM


def test_completing_costs_few_statements(house: House) -> None:
    from app.db import raw  # the test looks under the door

    begun = house.lin.start()
    path = f"/tasks/{begun['tasks'][0]['id']}/complete"
    sent: list[str] = []
    cursor = raw().cursor_factory

    class Counting(cursor):  # type: ignore[misc, valid-type]
        def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
            sent.append(str(query))
            return super().execute(query, *args, **kwargs)

    raw().cursor_factory = Counting
    try:
        assert house.lin.post(path, {"answers": ANSWERS}).status_code == 200
    finally:
        raw().cursor_factory = cursor
    tokens = [s for s in sent if "api_tokens" in s]
    assert len(tokens) == 1
    assert len(sent) <= 16, "\n".join(sent)
