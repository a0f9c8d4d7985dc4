"""Who may in, what every answer carries, and what a person is told."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import web
from app.texts import english
from app.web import kept, rights
from tests.web.conftest import PASSWORD, SignIn, post, token_of

WEB = Path(web.__file__).parent
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\son[a-z]+=|\sstyle=|javascript:", re.I)
PAGES = ("/work", "/work?tab=group", "/start", "/cases", "/accounts", "/password")


def test_every_route_names_who_may(desk: Flask) -> None:
    ours = [r for r in desk.url_map.iter_rules() if r.endpoint.startswith("web.")]
    silent = [r.rule for r in ours if rights.access_of(desk.view_functions[r.endpoint]) is None]
    assert len(ours) > 25
    assert silent == []


def test_only_few_routes_are_open_to_all(desk: Flask) -> None:
    found = {
        rule.endpoint
        for rule in desk.url_map.iter_rules()
        if rule.endpoint.startswith("web.")
        and (access := rights.access_of(desk.view_functions[rule.endpoint]))
        and access.open
    }
    assert found == {
        "web.healthz",
        "web.static",
        "web.sign_in_page",
        "web.sign_in",
        "web.sign_on",
        "web.signed_on",
        "web.sign_out",
        "web.choose",
    }


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_led_to_sign_in_and_back(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in?next=")
    data = {"login": "linqi", "password": PASSWORD, "next": path}
    assert post(client, "/sign-in", data, "/sign-in").headers["Location"] == path


@pytest.mark.parametrize("path", [*PAGES, "/sign-in", "/nowhere"])
def test_pages_are_strict(signed: SignIn, path: str) -> None:
    answer = signed("linqi").get(path, follow_redirects=True)
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert INLINE.findall(answer.get_data(as_text=True)) == []


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil", "x"])
def test_one_is_never_led_elsewhere(client: FlaskClient, target: str) -> None:
    data = {"login": "linqi", "password": PASSWORD, "next": target}
    assert post(client, "/sign-in", data, "/sign-in").headers["Location"] == "/work"


def test_a_wrong_password_keeps_the_login(client: FlaskClient) -> None:
    answer = post(client, "/sign-in", {"login": "linqi", "password": "no"}, "/sign-in")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="linqi"' in page
    assert "密码不正确" in page


def test_guessing_is_slowed(client: FlaskClient) -> None:
    for _ in range(9):
        answer = post(client, "/sign-in", {"login": "linqi", "password": "no"}, "/sign-in")
    assert answer.status_code == 429


def test_signing_out_ends_the_session_on_the_server(signed: SignIn) -> None:
    client = signed("linqi")
    cookie = client.get_cookie("desk")
    assert cookie
    post(client, "/sign-out", {})
    client.set_cookie("desk", cookie.value)
    assert client.get("/work").status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts(client: FlaskClient) -> None:
    answer = client.get("/sign-in")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]


def test_a_form_without_token_does_nothing(signed: SignIn) -> None:
    client = signed("linqi")
    assert client.post("/sign-out").status_code == 400
    assert client.get("/work").status_code == 200


def test_the_reader_chooses_language_and_theme(signed: SignIn) -> None:
    client = signed("linqi")
    post(client, "/choose", {"lang": "en", "theme": "dark", "back": "/start"})
    page = client.get("/work").get_data(as_text=True)
    assert '<html lang="en" data-theme="dark">' in page
    assert "My work" in page


def test_an_expired_login_keeps_what_was_typed(signed: SignIn, desk: Flask) -> None:
    client = signed("linqi")
    token = token_of(client.get("/password").get_data(as_text=True))
    with client.session_transaction() as session:
        del session["token"]
    headers = {"Sec-Fetch-Site": "same-origin"}
    typed = {"csrf_token": token, "_by": "7", "new_name": "言若谷"}
    answer = client.post("/tasks/5", data=typed, headers=headers)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "言若谷" not in page
    sealed = page.split('name="kept" value="', 1)[1].split('"', 1)[0]
    with desk.test_request_context():
        mine = kept.open_for(sealed, "7")
        assert mine
        assert (mine.task_id, mine.given["new_name"]) == (5, "言若谷")
        assert kept.open_for(sealed, "8") is None
        assert kept.open_for(sealed[:-4] + "AAAA", "7") is None


def test_typing_of_another_site_is_not_kept(client: FlaskClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = client.post("/tasks/5", data={"new_name": "x"}, headers=headers)
    assert 'name="kept"' not in answer.get_data(as_text=True)


def test_assets_are_cached_for_good_and_compressed(client: FlaskClient) -> None:
    address = web.built.asset  # the name changes with the content
    with client.application.test_request_context():
        path = address("desk.css")
    if path is None:
        pytest.skip("the front end is not built")
    answer = client.get(path, headers={"Accept-Encoding": "gzip, br"})
    answer.close()
    assert answer.headers["Content-Encoding"] == "br"
    assert "immutable" in answer.headers["Cache-Control"]
    assert client.get("/static/manifest.json").status_code == 404


def _texts() -> set[str]:
    """Every text of the desk: T("…") in code, t("…") in templates."""
    found: set[str] = set()
    for file in WEB.rglob("*.html"):
        source = file.read_text()
        found |= set(re.findall(r"""\bt\((?:"([^"]+)"|'[^']+')""", source)) - {""}
        found |= set(re.findall(r"""\bt\('([^']+)'""", source))
    for file in WEB.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"T", "t"}:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    found.add(str(first.value))
    return found


def test_every_text_is_said_in_english() -> None:
    english.cache_clear()
    missing = sorted(_texts() - set(english()))
    assert missing == []
