"""The API over HTTP with tiny drawings; persons are stored and have tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import cases, definitions, people
from app.work import SYSTEM
from tests.api.promised import broken
from tests.cases import parts
from tests.cases.conftest import DRAWINGS

API = "/api/v1"
ANSWERS = {"applicant_name": "周禾清", "reason": "买卖"}


@dataclass
class Caller:
    """Somebody with a token."""

    client: FlaskClient
    token: str
    login: str

    def send(self, method: str, path: str, json: Any = None, **more: Any) -> TestResponse:
        """One request."""
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        if json is not None:
            more["json"] = json
        answer = self.client.open(API + path, method=method, headers=headers, **more)
        assert broken(method, API + path, answer) == []
        return answer

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.send("GET", path, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> TestResponse:
        return self.send("POST", path, json, **more)

    def start(self, procedure: str = "two_steps", **variables: Any) -> dict[str, Any]:
        """A new case."""
        answer = self.post(f"/procedures/{procedure}/cases", {"variables": variables})
        assert answer.status_code == 201, answer.text
        return answer.get_json()


@dataclass
class House:
    """The cast of these tests."""

    app: Flask
    lin: Caller
    ruan: Caller
    east: Caller
    south: Caller
    reader: Caller


def hire(app: Flask, login: str, name: str, *groups: str, region: str | None = None,
         scope: str = "all") -> Caller:  # fmt: skip
    """Somebody of the house with a token."""
    people.add(login, name, groups=groups, region=region, by=SYSTEM)
    token = people.issue_token(login, scope=scope, by=SYSTEM)
    return Caller(app.test_client(), token, login)


def settle(app: Flask) -> House:
    """Deploy and engage."""
    parts.forget()
    cases.install(parts.FUNCTIONS)
    done = definitions.deploy(DRAWINGS, by=SYSTEM)
    assert not done.refused, done.findings
    return engage(app)


def engage(app: Flask) -> House:
    """The cast, with tokens."""
    people.ensure_groups(by=SYSTEM)
    return House(
        app,
        hire(app, "lin", "林栖", "window_clerk"),
        hire(app, "ruan", "阮清和", "window_clerk"),
        hire(app, "east", "姜北辰", "branch_dispatcher:城东", region="城东"),
        hire(app, "south", "江照野", "branch_dispatcher:城南", region="城南"),
        hire(app, "reader", "余烬", "window_clerk", scope="read"),
    )


@pytest.fixture
def house(app: Flask) -> House:
    """Everything in a transaction that is rolled back."""
    return settle(app)


@pytest.fixture
def real(fresh: Flask) -> House:
    """The same with real commits, for races."""
    return settle(fresh)
