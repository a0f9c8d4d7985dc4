"""A counter with tiny drawings: clerks with browsers, cases to work on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import cases, definitions, people
from app.work import SYSTEM, Actor
from tests.cases import parts
from tests.cases.conftest import DRAWINGS
from tests.web.conftest import post, token_of

PASSWORD = "tao-li-bu-yan-10"
TYPED = {"applicant_name": "周禾清", "reason": "买卖"}


@dataclass
class Clerk:
    """Somebody of the cast at a browser."""

    client: FlaskClient
    login: str
    token: str = ""

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, **more)

    def page(self, path: str) -> str:
        """A page that must be there."""
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.get_data(as_text=True)

    def post(self, path: str, data: Any = None, **more: Any) -> TestResponse:
        """Send a form with the page's token."""
        return self.client.post(path, data={"csrf_token": self.token, **(data or {})}, **more)

    def said(self) -> str:
        """What the next page says on top."""
        return " ".join(re.findall(r'class="flash[^>]*>(.*?)</div>', self.page("/work"), re.S))

    @property
    def actor(self) -> Actor:
        """The person, for what needs no browser."""
        found = people.person(self.login)
        return Actor(
            found.id, found.login, found.name, found.group_names, found.region, found.branch,
            sees_all_regions=found.region is None,
        )  # fmt: skip

    def expire(self) -> None:
        """Let the session on the server end; the browser knows nothing of it."""
        for one in people.sessions(people.person(self.login).id):
            people.end_session(one.id, by=SYSTEM)

    def case(self, procedure: str = "two_steps", **variables: Any) -> cases.Moved:
        """A new case of this clerk."""
        return cases.start(procedure, variables, by=self.actor)


def furnish() -> None:
    """Deploy the tiny drawings."""
    parts.forget()
    cases.install(parts.FUNCTIONS)
    done = definitions.deploy(DRAWINGS, by=SYSTEM)
    assert not done.refused, done.findings


def at_desk(desk: Flask, login: str) -> Clerk:
    """A clerk who has signed in."""
    client = desk.test_client()
    post(client, "/sign-in", {"login": login, "password": PASSWORD}, "/sign-in")
    return Clerk(client, login, token_of(client.get("/password").get_data(as_text=True)))
