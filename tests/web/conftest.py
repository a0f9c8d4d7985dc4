"""The desk with its cast: persons of a demo, a client signed in as one of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

from app import people, web
from app.work import SYSTEM, Work, command

PASSWORD = "tao-li-bu-yan-10"
SignIn = Callable[[str], FlaskClient]


@pytest.fixture(scope="session")
def _app_with_desk(_app: Flask) -> Flask:
    if "web" not in _app.blueprints:
        web.register(_app)
    # One context spans a whole test; what belongs to a request must not.
    # (Hung in by hand: other tests may have sent requests to this application before.)
    forget = _app.before_request_funcs.setdefault(None, [])
    forget.append(lambda: g.pop("csrf_token", None) and None)
    _app.config["TESTING"] = True
    return _app


@pytest.fixture
def desk(_app_with_desk: Flask, app: Flask) -> Flask:
    """The application with the demo's cast."""
    _cast(by=SYSTEM)
    return app


@pytest.fixture
def client(desk: Flask) -> FlaskClient:
    """A browser that nobody has signed in with."""
    return desk.test_client()


def token_of(page: str) -> str:
    """The CSRF token of a page's first form."""
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


def post(client: FlaskClient, path: str, data: dict[str, str], page: str = "/password") -> object:
    """Send a form as a page would, with its token."""
    found = client.get(page).get_data(as_text=True)
    return client.post(path, data={"csrf_token": token_of(found), **data})


@pytest.fixture
def signed(desk: Flask) -> SignIn:
    """A browser signed in as one of the cast."""

    def enter(login: str) -> FlaskClient:
        client = desk.test_client()
        post(client, "/sign-in", {"login": login, "password": PASSWORD}, "/sign-in")
        return client

    return enter


@command
def _cast(work: Work) -> None:
    people.demo_cast(work, PASSWORD)


@pytest.fixture
def desk_of_truth(fresh: Flask) -> Flask:
    """With real commits, so that one fault does not hide the next; and faults are pages."""
    from tests.web.counter import furnish

    fresh.before_request_funcs.setdefault(None, []).insert(
        0, lambda: g.pop("csrf_token", None) and None
    )
    _cast(by=SYSTEM)
    furnish()
    return fresh
