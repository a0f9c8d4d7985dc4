"""Signing in through a provider: a real one, from a package, in a process of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import cases, config, people
from app.config import Misconfigured
from app.web import single_sign_on
from app.work import SYSTEM
from tests.served import free_port, wait_for
from tests.web.conftest import PASSWORD, token_of

CLAIMS = (
    {"sub": "7001", "preferred_username": "LinQi"},
    {"sub": "7002", "preferred_username": "linqi"},
    {"sub": "7003", "preferred_username": "nobody-here"},
    {"sub": "7004", "preferred_username": "ruanqinghe"},
)
FORM = re.compile(r'name="(\w+)" value="([^"]*)"')


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    users = [word for claims in CLAIMS for word in ("--user-claims", json.dumps(claims))]
    command = [str(Path(sys.executable).parent / "oidc-provider-mock"), "--port", str(port)]
    said = tmp_path_factory.mktemp("provider") / "said"
    with said.open("wb") as out, subprocess.Popen(
        [*command, "--require-nonce", "true", *users], stdout=out, stderr=out
    ) as running:  # fmt: skip
        issuer = f"http://127.0.0.1:{port}"
        wait_for(lambda: describes(issuer))
        yield issuer
        running.terminate()


def describes(issuer: str) -> bool:
    try:
        return requests.get(f"{issuer}/.well-known/openid-configuration", timeout=2).ok
    except requests.RequestException:
        return False


def engaged(app: Flask, **chosen: str) -> Flask:
    """The application with a provider."""
    config.install(replace(config.settings(), oidc_client_id="desk", **chosen))
    single_sign_on.register(app)
    return app


@pytest.fixture
def desk(desk_of_truth: Flask, provider: str) -> Flask:
    return engaged(desk_of_truth, oidc_issuer=provider, oidc_client_secret="for-tests")


def vouched(client: FlaskClient, sub: str, start: str = "/sign-in/house") -> TestResponse:
    """Off to the provider, who there, and back."""
    off = client.get(start)
    assert off.status_code == 302, off.text
    asked = parse_qs(urlsplit(off.location).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["prompt"] == ["login"]
    assert {"state", "nonce", "code_challenge"} < asked.keys()
    answer = requests.post(off.location, data={"sub": sub}, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    back = answer.headers["Location"]
    return client.get(back.partition("localhost")[2])


def test_who_the_provider_vouches_for_is_in(desk: Flask) -> None:
    client = desk.test_client()
    page = client.get("/sign-in?next=/cases").text
    assert "统一登录" in page
    start = re.search(r'href="(/sign-in/house[^"]*)"', page)
    assert start
    done = vouched(client, "7001", start.group(1).replace("&amp;", "&"))
    assert (done.status_code, done.location) == (303, "/cases")
    assert "林栖" in client.get("/work").text
    assert people.person("linqi").subject.endswith(" 7001")
    # Beside it the password still opens.
    other = desk.test_client()
    token = token_of(other.get("/sign-in").text)
    typed = {"csrf_token": token, "login": "linqi", "password": PASSWORD}
    assert other.post("/sign-in", data=typed).status_code == 303


def test_once_bound_only_the_same_subject_comes_in(desk: Flask) -> None:
    assert vouched(desk.test_client(), "7001").status_code == 303
    for sub in ("7002", "7003"):
        client = desk.test_client()
        refused = vouched(client, sub)
        assert (refused.status_code, "没有您的账号" in refused.text) == (422, True)
        assert client.get("/work").status_code == 303
    people.unbind("linqi", by=SYSTEM)
    assert vouched(desk.test_client(), "7002").status_code == 303


def test_a_stopped_person_stays_out_and_a_first_password_does_not_matter(desk: Flask) -> None:
    people.reset_password("ruanqinghe", "cheng-ming-zhi-yi", by=SYSTEM)
    client = desk.test_client()
    assert vouched(client, "7004").status_code == 303
    assert client.get("/work").status_code == 200, "the password is not theirs to change"
    cases.set_active("ruanqinghe", False, by=SYSTEM)
    assert client.get("/work").status_code == 303
    assert vouched(desk.test_client(), "7004").status_code == 422


def test_what_did_not_begin_here_is_refused(desk: Flask) -> None:
    client = desk.test_client()
    off = client.get("/sign-in/house").location
    state = parse_qs(urlsplit(off).query)["state"][0]
    back = "/sign-in/house/back"
    for query in ("", "?code=x", f"?code=x&state={state}", "?code=x&state=other",
                  f"?error=access_denied&state={state}", "?state=%00"):  # fmt: skip
        answer = desk.test_client().get(back + query)
        assert answer.status_code in (404, 422), query
        assert client.get("/work").status_code == 303
    answer = requests.post(off, data={"sub": "7001"}, allow_redirects=False, timeout=5)
    mine = answer.headers["Location"].partition("localhost")[2]
    stolen = desk.test_client().get(mine)
    assert stolen.status_code == 422, "a code that another browser asked for"
    assert client.get(mine).status_code == 303
    assert client.get(mine).status_code == 422, "a code is used once"


def test_a_provider_that_is_away_leaves_the_password(desk_of_truth: Flask) -> None:
    client = desk_of_truth.test_client()
    assert "统一登录" not in client.get("/sign-in").text
    assert client.get("/sign-in/house").status_code == 404
    away = engaged(desk_of_truth, oidc_issuer=f"http://127.0.0.1:{free_port()}")
    answer = away.test_client().get("/sign-in/house")
    assert (answer.status_code, "请用密码登录" in answer.text) == (503, True)


def test_settings_of_a_provider_are_checked() -> None:
    for wrong in ({"OIDC_ISSUER": "http://sso.example"}, {"OIDC_ISSUER": "https://sso.example"}):
        with pytest.raises(Misconfigured):
            config.read(wrong)
    config.read({"OIDC_ISSUER": "https://sso.example", "OIDC_CLIENT_ID": "desk"})


def test_typing_goes_on_after_signing_in_beside(desk: Flask) -> None:
    client = desk.test_client()
    vouched(client, "7001")
    token = token_of(client.get("/password").text)
    assert client.post("/sign-in/go-on", data={"csrf_token": token, "kept": "x"}).status_code == 303
    assert desk.test_client().post("/sign-in/go-on").status_code in (303, 400)
