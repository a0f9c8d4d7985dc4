"""Looking at papers at the desk: who may, page by page, each look on record; nothing is deleted."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from app import attachments, audit, cases, registry
from app.db import db
from app.registry import demo
from app.work import SYSTEM, Work, command
from tests.attachments.conftest import Scanner, changed, free_port, opened, photo, scanner, sheets
from tests.procedures.visit import open_the_house
from tests.web.counter import TYPED, Clerk, at_desk, furnish
from tests.web.test_attachments import name_in, send

__all__ = ["scanner"]
PART = {"HX-Request": "true"}
BAD = b"stream: Eicar-Test-Signature FOUND\0"


@command
def put(work: Work, number: str, file_id: str, **more: Any) -> None:
    registry.put_material(
        work, case=number, kind=more.pop("kind", "title_deed"), title="不动产权证",
        **{"mode": "copy", "pages": 1, "received": True, "file_ids": [file_id], **more},
    )  # fmt: skip


@pytest.fixture
def house(desk: Flask) -> Flask:
    furnish()
    return desk


@pytest.fixture
def lin(house: Flask) -> Clerk:
    return at_desk(house, "linqi")


@pytest.fixture
def ruan(house: Flask) -> Clerk:
    return at_desk(house, "ruanqinghe")


def filed(lin: Clerk, content: bytes, name: str = "证.pdf") -> tuple[str, str]:
    """A case with a paper whose file was named in it; its number and the file's id."""
    begun = lin.case(region="城东")
    file = send(lin, content, name).get_json()["id"]
    name_in(file, begun.number, by=SYSTEM)
    put(begun.number, file, by=SYSTEM)
    lin.post(f"/tasks/{begun.tasks[0].id}", TYPED)
    return begun.number, file


def looks(number: str) -> list[dict[str, Any]]:
    entries = [e for e in cases.trail(SYSTEM, number) if e.action == "case:look"]
    return [dict(entry.body["after"]) for entry in entries]


def refused() -> list[audit.Entry]:
    entries = db.session.query(audit.Entry).filter_by(action="attempt:refused")
    return list(entries.order_by(audit.Entry.seq))


def test_pages_are_pictures_and_each_is_a_look(lin: Clerk, ruan: Clerk) -> None:
    number, file = filed(lin, sheets((600, 800), (800, 600)))
    asked = ruan.get(f"/attachments/{file}/view")
    assert (asked.status_code, f"/cases/{number}/look" in asked.location) == (303, True)
    assert ruan.get(f"/attachments/{file}/pages/1").status_code == 303
    ruan.post(f"/cases/{number}/look", {"_why": "verify"})
    page = ruan.page(f"/attachments/{file}/view?page=2")
    assert f'src="/attachments/{file}/pages/2"' in page
    assert "第 2 / 2 页" in page
    assert looks(number) == []
    got = ruan.get(f"/attachments/{file}/pages/2")
    assert (got.mimetype, got.headers["Cache-Control"]) == ("image/webp", "no-store")
    assert opened(got.data).size == (1800, 1350)
    assert looks(number) == [{"fields": ["file"], "why": "verify", "file": file, "page": 2}]


def test_the_part_for_a_dialog_is_no_page(lin: Clerk) -> None:
    _number, file = filed(lin, photo())
    part = lin.get(f"/attachments/{file}/view", headers=PART).text
    assert "data-viewer" in part
    assert "<html" not in part
    assert "script" not in part


def test_pages_that_are_not_there_are_not_found(lin: Clerk) -> None:
    _number, file = filed(lin, sheets((600, 800)))
    for path in ("view?page=2", "view?page=0", "view?page=x", "pages/0", "pages/2", "pages/2001"):
        assert lin.get(f"/attachments/{file}/{path}").status_code == 404, path
    assert lin.get("/attachments/no-file/view").status_code == 404


def test_what_cannot_be_drawn_says_to_open_the_original(lin: Clerk) -> None:
    _number, file = filed(lin, b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n")
    assert "打开原件" in lin.page(f"/attachments/{file}/view")
    answer = lin.get(f"/attachments/{file}/pages/1", headers=PART)
    assert answer.status_code == 422
    assert "请打开原件查看" in answer.text


@pytest.mark.parametrize("path", ["view", "pages/1"])
def test_who_has_no_part_sees_nothing(house: Flask, lin: Clerk, path: str) -> None:
    _number, file = filed(lin, photo())
    for login in ("jiangbeichen", "jiangzhaoye", "qimingyuan"):
        assert at_desk(house, login).get(f"/attachments/{file}/{path}").status_code == 404
    assert house.test_client().get(f"/attachments/{file}/{path}").status_code == 303


# --- the folder -----------------------------------------------------------------------------------


def test_small_pictures_are_shown_after_a_reason_and_are_one_look(lin: Clerk, ruan: Clerk) -> None:
    number, file = filed(lin, photo())
    attachments.keep_thumbnail(file, by=SYSTEM)
    plain = ruan.page(f"/cases/{number}?tab=papers")
    assert "data:image/webp" not in plain
    assert "显示缩略图" in plain
    asked = ruan.get(f"/cases/{number}?tab=papers&whole=1")
    given = ruan.post(asked.location, {"_why": "handle"})
    shown = ruan.page(given.location)
    assert shown.count("data:image/webp;base64,") == 1
    assert [one for one in looks(number) if "thumbnail" in one["fields"]] == [
        {"fields": ["thumbnail"], "why": "handle", "files": [file]}
    ]
    ruan.page(f"/cases/{number}?tab=papers")
    assert len([one for one in looks(number) if "thumbnail" in one["fields"]]) == 1


def test_a_customer_shows_small_pictures_of_the_cases_whose_reason_was_said(desk: Flask) -> None:
    open_the_house()
    lin = at_desk(desk, "linqi")
    no = demo.KNOWN["clean_sale"]
    begun = lin.case("meter_transfer", account_no=no)
    file = send(lin, photo(), "证.jpg").get_json()["id"]
    name_in(file, begun.number, by=SYSTEM)
    put(begun.number, file, by=SYSTEM)
    attachments.keep_thumbnail(file, by=SYSTEM)
    path = f"/customers/{registry.account(no).owner.id}"
    assert "附件 1 份" in lin.page(path)
    lin.post(f"{path}/look", {"_why": "verify"})
    # The reason for the customer is none for the papers of a case.
    whole = lin.page(f"{path}?whole=1")
    assert (file in whole, "data:image/webp" in whole) == (False, False)
    lin.post(f"/cases/{begun.number}/look", {"_why": "handle"})
    assert file not in lin.page(path)
    shown = lin.page(f"{path}?whole=1")
    assert f'href="/attachments/{file}/view" data-view' in shown
    assert shown.count("data:image/webp;base64,") == 1
    assert looks(begun.number) == [{"fields": ["thumbnail"], "why": "handle", "files": [file]}]
    # Another clerk, who has said why of the customer only.
    ruan = at_desk(desk, "ruanqinghe")
    ruan.post(f"{path}/look", {"_why": "verify"})
    assert file not in ruan.page(f"{path}?whole=1")


def test_a_folder_of_many_files_stays_light(lin: Clerk) -> None:
    number, file = filed(lin, photo())
    attachments.keep_thumbnail(file, by=SYSTEM)
    for n in range(60):
        put(number, file, kind=f"more_{n}", by=SYSTEM)
    cases.give_reason(number, "handle", by=lin.actor)
    page = lin.page(f"/cases/{number}?tab=papers&whole=1")
    assert page.count("data:image/webp") == 24


def test_a_promise_that_is_broken_and_shared_data_are_told_in_words(lin: Clerk) -> None:
    number, file = filed(lin, photo())
    put(number, file, kind="id", mode="commitment", due=date(2020, 3, 2), by=SYSTEM)
    put(number, file, kind="licence", mode="shared", source="市电子证照库", by=SYSTEM)
    page = lin.page(f"/cases/{number}?tab=papers")
    assert "承诺补交 · 2020-03-02 已到期" in page
    assert "承诺补交已逾期" in page
    assert "数据共享 · 市电子证照库" in page
    assert "材料 2 / 3" in lin.page(f"/cases/{number}")


def test_the_history_of_a_paper_is_shown(lin: Clerk) -> None:
    number, file = filed(lin, photo())
    put(number, file, mode="original", pages=2, by=SYSTEM)
    page = lin.page(f"/cases/{number}?tab=papers")
    assert "登记过 2 次" in page
    assert "复印件 · 1 页" in page


# --- superseding, deleting ------------------------------------------------------------------------


def test_a_new_file_is_put_in_an_old_ones_place(lin: Clerk, ruan: Clerk) -> None:
    number, file = filed(lin, photo())
    path = f"/cases/{number}/files/{file}/replace"
    assert "证.pdf.jpg" in lin.page(path)
    none = lin.post(path)
    assert (none.status_code, "请选择文件" in none.text) == (422, True)
    wrong = lin.post(path, {"_file": (BytesIO(b"MZ"), "a.exe")})
    assert (wrong.status_code, "只接受" in wrong.text) == (422, True)
    done = lin.post(path, {"_file": (BytesIO(sheets((600, 800))), "新.pdf")})
    assert done.location == f"/cases/{number}?tab=papers"
    page = lin.page(done.location)
    assert "旧件 1" in page
    assert f"/attachments/{file}/view" in page
    assert "此件已被替换" in lin.page(f"/attachments/{file}/view")
    again = lin.post(path, {"_file": (BytesIO(photo()), "又.jpg")})
    assert (again.status_code, "已被替换" in again.text) == (422, True)
    told = lin.page(f"/cases/{number}?tab=timeline")
    assert "用新的一份替换附件，旧件留存" in told


def test_who_has_no_part_puts_nothing_in_its_place(house: Flask, lin: Clerk) -> None:
    number, file = filed(lin, photo())
    for login in ("jiangbeichen", "qimingyuan", "yujin"):
        clerk = at_desk(house, login)
        answer = clerk.post(
            f"/cases/{number}/files/{file}/replace", {"_file": (BytesIO(photo()), "a.jpg")}
        )
        assert answer.status_code in {403, 404}, login
    assert attachments.facts([file])[file].superseded_by is None


def test_deleting_is_refused_and_on_record(lin: Clerk, ruan: Clerk) -> None:
    number, file = filed(lin, photo())
    tokens = {"X-CSRFToken": lin.token, "HX-Request": "true"}
    answer = lin.client.delete(f"/attachments/{file}", headers=tokens)
    assert (answer.status_code, "不能删除" in answer.text) == (422, True)
    last = refused()[-1]
    assert last.body["after"]["command"] == "app.attachments.keeping.delete"
    assert (last.case_number, last.body["after"]["on"]) == (number, {"file_id": file})
    assert lin.get(f"/attachments/{file}").data == photo()


# --- malware, and a store that is down ------------------------------------------------------------


def test_an_infected_file_is_refused_in_words(lin: Clerk, scanner: Scanner) -> None:
    scanner.answer[0] = BAD
    answer = send(lin, photo(), headers=PART)
    assert (answer.status_code, "恶意程序" in answer.text) == (422, True)
    assert refused()[-1].body["after"]["about"]["found"] == "Eicar-Test-Signature"


def test_a_silent_scanner_and_a_store_that_is_down_say_come_back(lin: Clerk) -> None:
    with changed(clamd=f"127.0.0.1:{free_port()}", clamd_timeout=1):
        answer = send(lin, photo(), headers=PART)
    assert (answer.status_code, "查毒服务暂时用不了" in answer.text) == (503, True)
    down = {
        "files_url": "s3://papers", "aws_endpoint_url": f"http://127.0.0.1:{free_port()}",
        "files_timeout": 1, "aws_access_key_id": "k", "aws_secret_access_key": "s",
    }  # fmt: skip
    file = send(lin, photo()).get_json()["id"]
    with changed(**down):
        answer = send(lin, photo(), headers=PART)
        assert (answer.status_code, "没有存下" in answer.text) == (503, True)
        assert lin.get(f"/attachments/{file}").status_code == 503


def test_an_unscanned_file_is_marked(lin: Clerk) -> None:
    with changed(clamd=f"127.0.0.1:{free_port()}", clamd_timeout=1, clamd_down="accept"):
        number, _file = filed(lin, photo())
    assert "尚未查毒" in lin.page(f"/cases/{number}?tab=papers")
