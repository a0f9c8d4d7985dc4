"""Wrong and hostile input: refused or shown as text, always in words, never a fault of ours."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import quote

import pytest
from flask import Flask

from app import cases
from tests.attachments.test_files import PNG
from tests.web.counter import Clerk, at_desk, furnish

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
WRONG = [
    "\0", "a\0b", SCRIPT, "' OR 1=1 --", "\u202eabc", "x" * 5000, "../../etc/passwd", "%00",
    "{{7*7}}${7*7}", "-1", "9" * 30, "1e9", "\r\nSet-Cookie: a=b", "[", "//[", "/\t/evil.example",
    "infinity", "NaN", "²",
]  # fmt: skip
CURSORS = [
    "W10=",
    "Mw==",
    "WyJhIiwxXQ==",
    "WyIyMDI2LTAxLTAxIixbXV0=",
    "é",
]
WEEK = "WyIyMDI2LVcwMS0xIiwxXQ=="
FIELDS = {
    "/find": ["q"],
    "/lookup/account": ["q"],
    "/start/two_steps/find": ["q"],
    "/start/two_steps": ["account_no"],
    "/work/claim": ["task", "tab"],
    "/work/assign": ["to", "task"],
    "/tasks/{task}/assign": ["_to"],
    "/tasks/{task}": ["reason", "_by"],
    "/tasks/{task}/draft": ["reason"],
    "/tasks/{task}/fields": ["reason", "_add", "_drop"],
    "/cases/{number}/withdraw": ["_reason"],
    "/tasks/{task}/send-back": ["_to", "_reason"],
    "/tasks/{task}/ask": ["_to", "_question"],
    "/tasks/{task}/sign": ["_to", "_question"],
    "/tasks/{task}/extend": ["_days", "_reason"],
    "/tasks/{task}/opinion": ["_opinion", "_decision"],
    "/tasks/{task}/take-back": ["_by"],
    "/cases/{number}/force": ["_reason"],
    "/cases/{number}/merge": ["_into", "_reason"],
    "/cases/{number}/urge": ["_words"],
    "/cases/{number}/watch": ["_on"],
    "/cases/{number}/papers/x": ["_mode", "_pages"],
    "/cases/{number}/look": ["_why", "_words"],
    "/tasks/{task}/look": ["_why", "_words", "reason"],
    "/customers/1/look": ["_why", "_words"],
    "/work/views": ["_name", "tab", "procedure", "_drop"],
    "/sign-in/go-on": ["kept"],
    "/me/deputy": ["_deputy", "_from_day", "_until_day"],
    "/me/deputies/1/end": ["_back"],
    "/act-for": ["_person"],
    "/choose": ["back", "lang", "theme"],
    "/password": ["old", "new"],
    "/sign-in": ["login", "password", "next", "kept"],
}


@pytest.fixture
def lin(desk: Flask) -> Clerk:
    furnish()
    return at_desk(desk, "linqi")


def test_nothing_wrong_in_an_address_is_a_fault(desk_of_truth: Flask) -> None:
    lin = at_desk(desk_of_truth, "linqi")
    number = lin.case().number
    failed = []
    for wrong in WRONG:
        said = quote(wrong, safe="")
        paths = [
            *(f"/work?{name}={said}" for name in
              ("tab", "procedure", "step", "branch", "age", "sort", "cursor")),
            f"/cases/{said}", f"/cases/{number}?tab={said}", f"/accounts/{said}", f"/tasks/{said}",
            f"/start/{said}", f"/static/{said}", f"/attachments/{said}", f"/sign-in?next={said}",
            f"/cases/{number}/prints/{said}", f"/cases/{said}/withdraw", f"/{said}",
            f"/cases/{said}/merge", f"/cases/{number}/papers/{said}", f"/tasks/{said}/ask",
            f"/tasks/{said}/opinion", f"/reminders/{said}",
        ]  # fmt: skip
        failed += [path for path in paths if lin.get(path).status_code >= 500]
    # A week is a moment to us, and not to the database.
    failed += [c for c in (WEEK,) if lin.get(f"/work?cursor={c}").status_code != 200]
    failed += [c for c in CURSORS if lin.get(f"/work?cursor={quote(c)}").status_code != 422]
    assert failed == []


def test_nothing_wrong_in_a_field_is_a_fault(desk_of_truth: Flask) -> None:
    lin = at_desk(desk_of_truth, "linqi")
    begun = lin.case()
    task = begun.tasks[0].id
    failed = []
    for path, names in FIELDS.items():
        where = path.format(task=task, number=begun.number)
        for name in names:
            for wrong in WRONG:
                if name == "_reason" and wrong.strip():
                    continue
                answer = lin.post(where, {name: wrong})
                if answer.status_code >= 500:
                    failed.append((path, name, wrong[:40]))
    assert failed == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"q=%ff%fe", "application/x-www-form-urlencoded"),
        (b"q=\xff\xfe", "application/x-www-form-urlencoded"),
        (b'{"q": 1}', "application/json"),
        (b"<q/>", "text/xml"),
        (b"--b\r\n", "multipart/form-data; boundary=b"),
        (b"--b\r\n", "multipart/form-data"),
        (b"q=1", "application/x-www-form-urlencoded; charset=klingon"),
    ],
)
def test_a_body_of_any_kind_is_taken_or_refused(lin: Clerk, body: bytes, kind: str) -> None:
    task = lin.case().tasks[0].id
    for path in ("/find", f"/tasks/{task}", f"/tasks/{task}/fields", "/attachments"):
        headers = {"X-CSRFToken": lin.token}
        answer = lin.client.post(path, data=body, content_type=kind, headers=headers)
        assert answer.status_code in {200, 400, 413, 415, 422}, (path, answer.status_code)
        assert "Traceback" not in answer.text


def test_too_much_is_refused_in_words(lin: Clerk) -> None:
    task = lin.case().tasks[0].id
    assert lin.post(f"/tasks/{task}", {"reason": "x" * 900_000}).status_code == 422
    assert lin.post(f"/tasks/{task}", {"reason": "x" * 13_000_000}).status_code == 413
    parts = {f"f{n}": "x" for n in range(1500)}
    many = lin.post(f"/tasks/{task}", parts, content_type="multipart/form-data")
    assert many.status_code == 413
    assert "不能超过" in many.text
    long = lin.post(f"/tasks/{task}", {"applicant_name": "周", "reason": "x" * 5000})
    assert long.status_code == 422
    assert 'id="f-reason-error"' in long.text or "有 1 处需要改正" in long.text


def test_what_was_not_asked_is_refused_by_name(lin: Clerk) -> None:
    task = lin.case().tasks[0].id
    answer = lin.post(f"/tasks/{task}", {"applicant_name": "周", "reason": "a", "case_number": "X"})
    assert answer.status_code == 422
    assert "case_number" in answer.text
    several = lin.post(f"/tasks/{task}", {"applicant_name": ["周", "李"], "reason": "a"})
    assert several.status_code == 422


def test_scripts_are_shown_as_text(lin: Clerk) -> None:
    begun = lin.case(address=SCRIPT, region="城东")
    task = begun.tasks[0].id
    typed = {"applicant_name": SCRIPT, "reason": SCRIPT}
    lin.post(f"/tasks/{task}/draft", typed)
    pages = [lin.page(path) for path in (f"/tasks/{task}", "/work", f"/cases/{begun.number}")]
    pages += [lin.post(f"/tasks/{task}", {**typed, "extra": SCRIPT}).text]
    pages += [
        lin.post("/find", {"q": SCRIPT}).text,
        lin.post("/start/two_steps", {"account_no": SCRIPT}).text,
    ]
    lin.post(f"/tasks/{task}", typed)
    pages += [
        lin.page(f"/cases/{begun.number}?tab={tab}") for tab in ("overview", "timeline", "papers")
    ]
    pages += [lin.post(f"/tasks/{task}", {**typed, "reason": SCRIPT + "!"}).text]
    assert [page for page in pages if "<script>alert" in page or "<img src=x" in page] == []
    assert sum("&lt;script&gt;" in page for page in pages) >= 6


def test_a_task_of_another_case_gives_nothing_to_mine(lin: Clerk) -> None:
    mine, other = lin.case(), lin.case()
    answer = lin.post(
        f"/cases/{mine.number}/withdraw", {"_reason": "x", "task": str(other.tasks[0].id)}
    )
    assert answer.status_code == 303
    assert cases.case(lin.actor, other.number).state == "open"


@pytest.mark.parametrize("path", ["/work/claim", "/work/next", "/tasks/1", "/find", "/attachments"])
def test_no_form_works_without_its_token(lin: Clerk, path: str) -> None:
    for data in ({}, {"csrf_token": "x"}, {"csrf_token": lin.token[:-2] + "aa"}):
        answer = lin.client.post(path, data=data, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 400
        assert "页面" in answer.text


@pytest.mark.parametrize(
    "target",
    ["//[", "/\t/evil.example", "/\n//evil.example", "///evil.example", "/\\/evil.example",
     "javascript:alert(1)", " //evil.example", "https:evil.example", "\\\\evil.example"],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(desk: Flask, target: str) -> None:
    clerk = at_desk(desk, "linqi")
    for answer in (
        clerk.get(f"/sign-in?next={quote(target)}"),
        clerk.post("/choose", {"lang": "zh", "back": target}),
        clerk.post("/sign-in", {"login": "linqi", "password": "tao-li-bu-yan-10", "next": target}),
    ):
        assert answer.headers["Location"] == "/work"


def test_the_host_named_by_the_sender_stands_nowhere(lin: Clerk) -> None:
    for path in ("/", "/work", "/start", "/nowhere", "/sign-in"):
        answer = lin.get(path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
        assert "evil.example" not in answer.text
        assert "evil.example" not in answer.headers.get("Location", "")


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "PUT", "TRACE"])
def test_other_methods_are_refused_in_words(lin: Clerk, method: str) -> None:
    answer = lin.client.open("/work", method=method)
    assert answer.status_code == 405


def test_what_looks_up_keeps_to_its_kinds(lin: Clerk) -> None:
    assert lin.post("/lookup/person", {"q": "周"}).status_code == 404
    nothing = lin.post("/lookup/account", {"q": "没有这一户"})
    assert (nothing.status_code, "没有找到" in nothing.text) == (200, True)
    assert lin.get("/lookup/account").status_code == 405
    assert lin.post("/lookup/address", {}).status_code == 200


def test_a_file_s_name_leads_nowhere(lin: Clerk) -> None:
    for name in ("../../etc/passwd", "..\\..\\x.exe", "a\u202egnp.exe", "<script>.png", "x" * 999):
        sent = lin.post("/attachments", {"file": (BytesIO(PNG), name)})
        assert sent.status_code == 201, name
        said = sent.get_json()["name"]
        assert said.endswith(".png")
        assert not set("/\\\u202e") & set(said)
        assert len(said) < 256
