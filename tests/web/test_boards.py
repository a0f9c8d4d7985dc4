"""Boards in the desk: figures lead to lists, lists to cases, and all of it into a workbook."""

from __future__ import annotations

import html
import io
import json
import re

import pytest
from flask import Flask
from openpyxl import load_workbook

from app import audit
from app.db import db
from tests.web.counter import Clerk, at_desk
from tests.web.test_hostile import WRONG

KEYS = ("progress", "charges", "stock", "rotation", "old_meters", "acceptance", "suggestions")


@pytest.fixture
def director(known: dict[str, str], desk: Flask) -> Clerk:
    at_desk(desk, "linqi").case("meter_transfer", account_no=known["clean_sale"])
    return at_desk(desk, "shenzhijie")


def test_every_board_opens_and_its_figures_lead_somewhere(director: Clerk) -> None:
    assert director.get("/boards").location == "/boards/progress"
    followed = 0
    for key in KEYS:
        page = director.page(f"/boards/{key}")
        for href in re.findall(rf'href="(/boards/{key}/list[^"]*)"', page)[:6]:
            listed = director.page(html.unescape(href))
            assert "没有符合的记录" not in listed, href
            followed += 1
    assert followed > 8


def test_from_a_figure_to_the_case(director: Clerk) -> None:
    page = director.page("/boards/progress?procedure=meter_transfer")
    href = html.unescape(re.findall(r'href="(/boards/progress/list[^"]*)"', page)[0])
    number = re.findall(r'href="/cases/(GH[^"]+)"', director.page(href))
    assert len(number) == 1
    assert director.get(f"/cases/{number[0]}").status_code == 200


def test_the_chart_has_the_table_s_numbers_and_lists(director: Clerk) -> None:
    page = director.page("/boards/stock")
    data = re.search(r'data-charts="([^"]*)"', page)
    assert data
    drawn = json.loads(html.unescape(data[1]))["board"]
    assert drawn["bars"][0]["name"] == "未安装"
    first = drawn["bars"][0]["values"][0]
    assert f">{first}<span" in page
    assert director.page(drawn["bars"][0]["opens"][0]).count("<tr>") == min(first, 50) + 1


def test_long_lists_have_pages(director: Clerk) -> None:
    page, seen = "/boards/stock/list", 0
    for _ in range(30):
        shown = director.page(page)
        seen += shown.count("<tr>") - 1
        more = re.search(r'href="(/boards/stock/list[^"]*cursor=[^"]*)"', shown)
        if more is None:
            break
        page = html.unescape(more[1])
    book = load_workbook(io.BytesIO(director.get("/boards/stock/export").data), read_only=True)
    assert len(list(book["明细"].rows)) == seen + 1 > 51


def test_an_export_is_on_record(director: Clerk) -> None:
    answer = director.get("/boards/rotation/export?region=城东")
    assert answer.headers["Content-Disposition"].endswith('.xlsx"')
    entry = db.session.query(audit.Entry).filter_by(action="report:export").one()
    assert entry.body["after"] == {"report": "rotation", "filters": {"region": "城东"}}


def test_who_reads_what_customers_said_leaves_an_entry(director: Clerk) -> None:
    assert director.get("/boards/suggestions/list?said=complaint").status_code == 200
    entry = db.session.query(audit.Entry).filter_by(action="report:look").one()
    said = entry.body["after"]
    assert (said["report"], said["filters"]["said"]) == ("suggestions", "complaint")
    assert director.get("/boards/stock/list").status_code == 200
    assert db.session.query(audit.Entry).filter_by(action="report:look").count() == 1


def test_a_branch_is_offered_no_other_region(director: Clerk, desk: Flask) -> None:
    branch = at_desk(desk, "jiangbeichen")
    assert 'name="region"' in director.page("/boards/progress")
    page = branch.page("/boards/progress?region=城北")
    assert 'name="region"' not in page
    assert "没有可看的数字" in page


def test_who_has_no_board_is_told_so(director: Clerk, desk: Flask) -> None:
    admin = at_desk(desk, "qimingyuan")
    assert "看板" not in admin.page("/me")
    for path in ("/boards", "/boards/progress", "/boards/stock/list", "/boards/stock/export"):
        assert admin.get(path).status_code == 403
    assert director.get("/boards/nothing").status_code == 404


def test_nothing_wrong_in_an_address_of_a_board_is_a_fault(director: Clerk) -> None:
    failed = []
    for wrong in WRONG:
        for key in KEYS:
            for name in ("region", "procedure", "stage", "age", "promise", "since", "until",
                         "cursor", "store", "calibre", "window", "cause", "waits",
                         "business", "said"):  # fmt: skip
                path = f"/boards/{key}/list"
                if director.get(path, query_string={name: wrong}).status_code >= 500:
                    failed.append((path, name, wrong))
    assert failed == []


def test_a_board_in_english_has_its_words(director: Clerk) -> None:
    director.client.set_cookie("lang", "en")
    page = director.page("/boards/stock")
    assert ("Boards" in page, "Store and calibre" in page, "库房" in page) == (True, True, False)
    book = load_workbook(io.BytesIO(director.get("/boards/stock/export").data), read_only=True)
    assert book.sheetnames == ["Figures", "List"]
