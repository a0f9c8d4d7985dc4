"""Files at the desk: taken by content, opened by whom the case concerns, shown as what they are."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from app import attachments
from app.config import settings
from app.work import SYSTEM, Work, command
from tests.attachments.test_files import JPG, PDF, PNG
from tests.web.counter import TYPED, Clerk, at_desk, furnish

HTML = b"<!doctype html><script>alert(1)</script>"


@command
def name_in(work: Work, file_id: str, number: str) -> None:
    attachments.name_in_case(work, [file_id], number)


@pytest.fixture
def house(desk: Flask) -> Flask:
    furnish()
    return desk


@pytest.fixture
def lin(house: Flask) -> Clerk:
    return at_desk(house, "linqi")


def send(clerk: Clerk, content: bytes, name: str = "a.png", **more: Any) -> Any:
    return clerk.post("/attachments", {"file": (BytesIO(content), name)}, **more)


@pytest.mark.parametrize(
    ("content", "kind"), [(PNG, "image/png"), (JPG, "image/jpeg"), (PDF, "application/pdf")]
)
def test_the_content_says_what_it_is(lin: Clerk, content: bytes, kind: str) -> None:
    sent = send(lin, content, "身份证.html")
    assert sent.status_code == 201
    assert len(sent.get_json()["sha256"]) == 64
    got = lin.get(f"/attachments/{sent.get_json()['id']}")
    assert (got.status_code, got.data, got.mimetype) == (200, content, kind)
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Disposition"].startswith("inline")
    assert got.headers["Cache-Control"] == "no-store"
    assert "script-src" not in got.headers["Content-Security-Policy"] or kind != "application/pdf"


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "a.png", "文件是空的"),
        (HTML, "a.png", "只接受"),
        (b"MZ" + b"\0" * 99, "a.pdf", "只接受"),
        (PNG[:30], "a.png", "不完整"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "a.svg", "只接受"),
    ],
)
def test_what_cannot_be_taken_is_said_in_words(
    lin: Clerk, content: bytes, name: str, said: str
) -> None:
    answer = send(lin, content, name, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert said in answer.text
    assert "<html" not in answer.text


def send_raw(clerk: Clerk, content: bytes) -> Any:
    """As a browser sends it: the test client would leave its own temporary file open."""
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    return clerk.client.post(
        "/attachments",
        data=head + content + b"\r\n--b--\r\n",
        content_type="multipart/form-data; boundary=b",
        headers={"X-CSRFToken": clerk.token, "HX-Request": "true"},
    )


def test_one_that_is_too_big_is_said_in_words(lin: Clerk) -> None:
    most = settings().max_upload_mb * 1024 * 1024
    assert send_raw(lin, PNG[:-12] + b"0" * (most - len(PNG)) + PNG[-12:]).status_code == 201
    for more in (1, 2_000_000):
        answer = send_raw(lin, PNG + b"0" * (most + more))
        assert answer.status_code in {413, 422}
        assert "压缩" in answer.text


def test_no_file_is_said_in_words(lin: Clerk) -> None:
    for data in ({}, {"file": "text"}, {"other": (BytesIO(PNG), "a.png")}):
        answer = lin.post("/attachments", data, content_type="multipart/form-data")
        assert answer.status_code == 422
        assert "请选择文件" in answer.text


def test_a_file_is_for_its_sender_until_a_case_names_it(house: Flask, lin: Clerk) -> None:
    begun = lin.case(region="城东")
    file = send(lin, PNG).get_json()["id"]
    path = f"/attachments/{file}"
    ruan, east = at_desk(house, "ruanqinghe"), at_desk(house, "jiangbeichen")
    south, admin = at_desk(house, "jiangzhaoye"), at_desk(house, "qimingyuan")
    assert [who.get(path).status_code for who in (lin, ruan, east, south, admin)] == [
        200, 404, 404, 404, 404,
    ]  # fmt: skip
    name_in(file, begun.number, by=SYSTEM)
    lin.post(f"/tasks/{begun.tasks[0].id}", TYPED)
    asked = ruan.get(path)
    assert asked.location == f"/cases/{begun.number}/look?next={path}"
    given = ruan.post(asked.location, {"_why": "verify"})
    assert (given.status_code, given.location) == (303, path)
    # Of the group at work; neither another group of the region nor another region.
    assert [who.get(path).status_code for who in (lin, ruan, east, south, admin)] == [
        200, 200, 404, 404, 404,
    ]  # fmt: skip


def test_a_stranger_gets_nothing(house: Flask, lin: Clerk) -> None:
    file = send(lin, PNG).get_json()["id"]
    answer = house.test_client().get(f"/attachments/{file}")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in")
    for wrong in ("0", "../secrets/master.key", file[:-1], "x" * 300, file.upper() + "'"):
        assert lin.get(f"/attachments/{wrong}").status_code == 404


def test_an_expired_login_is_told_where_the_file_stands(lin: Clerk) -> None:
    lin.expire()
    answer = send(lin, PNG, headers={"HX-Request": "true", "Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 401
    assert "登录已过期" in answer.text
    assert "<html" not in answer.text
