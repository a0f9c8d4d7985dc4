"""Rows over the desk: parts of JSON, single rows, workbooks in and out, runs to come back to."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app import cases, definitions
from app.work import SYSTEM
from tests.cases.test_rows import DRAWINGS
from tests.forms.books import book, cells, flat
from tests.web.counter import Clerk, at_desk


@pytest.fixture
def lin(desk: Flask) -> Clerk:
    """A window clerk, and the drawing of many meters."""
    assert not definitions.deploy(DRAWINGS, by=SYSTEM).refused
    return at_desk(desk, "linqi")


def at_meters(clerk: Clerk, many: int = 3) -> int:
    return cases.start("meters", {"account_no": "", "many": many}, by=clerk.actor).tasks[0].id


def at_flats(clerk: Clerk) -> int:
    task = at_meters(clerk, 1)
    put(clerk, task, [(0, 0, {"result": "pass"})])
    sent = clerk.post(f"/tasks/{task}", {"team": "一组", "_sheet": "meters"})
    return int(re.findall(r"/tasks/(\d+)", sent.location)[0])


def put(
    clerk: Clerk, task: int, rows: list[tuple[int, int, Any]], name: str = "meters"
) -> TestResponse:
    body = {"rows": [{"n": n, "version": v, "values": values} for n, v, values in rows]}
    return clerk.client.put(
        f"/tasks/{task}/rows/{name}", json=body, headers={"X-CSRFToken": clerk.token}
    )


def bring(clerk: Clerk, task: int, content: bytes, name: str = "flats") -> TestResponse:
    return clerk.post(
        f"/tasks/{task}/rows/{name}/import", {"file": (BytesIO(content), "flats.xlsx")}
    )


def test_rows_come_in_parts_and_go_back_one_by_one(lin: Clerk) -> None:
    task = at_meters(lin, 350)
    first = lin.get(f"/tasks/{task}/rows/meters").get_json()
    assert [len(first["rows"]), first["more"], first["next"]] == [300, 300, 350]
    assert first["rows"][0] == {
        "n": 0, "v": 0, "s": "todo", "d": {"door": "102", "serial": "LX26100001"}, "h": ["why"],
    }  # fmt: skip
    rest = lin.get(f"/tasks/{task}/rows/meters?from=300").get_json()
    assert [rest["rows"][0]["n"], rest["more"]] == [300, None]
    told = put(lin, task, [(7, 0, {"result": "fail"})]).get_json()
    assert [(one["n"], one["v"], one["s"], one["e"]) for one in told["rows"]] == [
        (7, 1, "failed", {"why": "请填写原因"})
    ]
    lost = put(lin, task, [(7, 0, {"result": "pass"})]).get_json()["lost"]
    assert [(one["n"], one["name"]) for one in lost] == [(7, "林栖")]


def test_the_page_names_its_lists_and_posts_no_rows(lin: Clerk) -> None:
    page = lin.page(f"/tasks/{at_meters(lin)}")
    assert '<input type="hidden" name="_sheet" value="meters">' in page
    assert 'id="meters[ROW].result"' in page
    assert "显示的空行全部合格" in page


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{", b'{"rows": 1}', b'{"rows": [{"n": 1}]}',
        b'{"rows": [{"n": -1, "version": 0, "values": {}}]}',
        b'{"rows": [{"n": 1, "version": 0, "values": {"a": {"b": 1}}}]}',
        b'{"rows": [{"n": 1, "version": 0, "values": {"seal": "\\u0000"}}]}',
        b'{"rows": [{"n": 99, "version": 0, "values": {}}]}',
        b'{"rows": [{"n": 1, "version": 0, "values": null}]}',
    ],
)  # fmt: skip
def test_what_no_page_sends_is_refused_in_words(lin: Clerk, body: bytes) -> None:
    answer = lin.client.put(
        f"/tasks/{at_meters(lin)}/rows/meters", data=body,
        headers={"X-CSRFToken": lin.token, "Content-Type": "application/json"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert re.search("[一-鿿]", answer.get_data(as_text=True))


def test_rows_need_the_token_the_task_and_a_list(lin: Clerk, desk: Flask) -> None:
    task = at_meters(lin)
    bare = lin.client.put(f"/tasks/{task}/rows/meters", json={"rows": []})
    assert bare.status_code == 400
    assert lin.get(f"/tasks/{task}/rows/nothing").status_code == 404
    assert lin.get(f"/tasks/{task}/rows/meters?from=x").status_code == 422
    other = at_desk(desk, "qinshuyan")
    assert other.get(f"/tasks/{task}/rows/meters").status_code == 403
    assert other.get(f"/tasks/{task}/rows/meters/export").status_code == 403
    assert put(other, task, [(0, 0, {"result": "pass"})]).status_code == 403


def test_an_expired_sign_in_is_told_and_a_fresh_token_given(lin: Clerk) -> None:
    task = at_meters(lin)
    lin.expire()
    assert put(lin, task, [(0, 0, {"result": "pass"})]).status_code == 401
    refused = lin.get("/me/typing", headers={"HX-Request": "true"})
    assert refused.status_code == 401


def test_the_key_is_the_persons_own_and_the_same_each_time(lin: Clerk, desk: Flask) -> None:
    first, again = lin.get("/me/typing").get_json(), lin.get("/me/typing")
    assert first["key"] == again.get_json()["key"]
    assert again.headers["Cache-Control"] == "no-store"
    elsewhere = at_desk(desk, "linqi").get("/me/typing").get_json()
    assert elsewhere["key"] == first["key"]
    assert at_desk(desk, "ruanqinghe").get("/me/typing").get_json()["key"] != first["key"]
    lin.post("/sign-out")
    assert lin.get("/me/typing", headers={"HX-Request": "true"}).status_code == 401


def test_a_page_sent_twice_is_one_deed(lin: Clerk) -> None:
    task = at_meters(lin, 1)
    put(lin, task, [(0, 0, {"result": "pass"})])
    once = re.findall(r'name="_once" value="([^"]+)"', lin.page(f"/tasks/{task}"))[0]
    typed = {"team": "一组", "_sheet": "meters", "_once": once}
    first = lin.post(f"/tasks/{task}", typed)
    again = lin.post(f"/tasks/{task}", typed)
    assert [first.status_code, again.status_code] == [303, 303]
    assert first.location == again.location
    assert lin.post(f"/tasks/{task}", {**typed, "team": "二组"}).status_code == 409


def test_a_building_is_brought_checked_and_taken(lin: Clerk) -> None:
    task = at_flats(lin)
    doors = [f"{floor}0{n}" for floor in range(1, 13) for n in range(1, 5)]
    doors[20], doors[40] = doors[3], doors[7]
    assert "下载模板" in lin.page(f"/tasks/{task}/rows/flats/import")
    template = lin.get(f"/tasks/{task}/rows/flats/template")
    assert cells(template.data)[0] == ["行号", "小区*", "楼栋*", "单元", "门牌*", "口径*", "备注"]
    run = bring(lin, task, book([flat(door) for door in doors], head=cells(template.data)[0][1:]))
    assert run.status_code == 303
    page = lin.page(run.location)
    assert "46 行合格，2 行不合格。" in page
    assert "与文件第 5 行重复" in page
    assert "上次导入的文件" in lin.page(f"/tasks/{task}/rows/flats/import")
    rejected = lin.get(f"{run.location}/rejected")
    assert [row[0] for row in cells(rejected.data)[1:]] == ["22", "42"]
    taken = lin.post(f"{run.location}/take")
    assert taken.location == f"/tasks/{task}"
    said = lin.page(f"/tasks/{task}")
    assert "已采用 46 行。" in said
    assert "2 行没有采用：文件第 22、42 行。" in said
    assert len(lin.get(f"/tasks/{task}/rows/flats").get_json()["rows"]) == 46
    lin.post(f"{run.location}/take")
    assert len(lin.get(f"/tasks/{task}/rows/flats").get_json()["rows"]) == 46
    done = lin.post(f"/tasks/{task}", {"_sheet": "flats"})
    assert done.status_code == 303


def test_what_is_no_workbook_is_told_where_it_was_chosen(lin: Clerk) -> None:
    task = at_flats(lin)
    assert "请选择文件。" in lin.post(f"/tasks/{task}/rows/flats/import").get_data(as_text=True)
    run = bring(lin, task, b"no workbook")
    page = lin.page(run.location)
    assert "另存为 .xlsx" in page
    assert lin.post(f"{run.location}/take").status_code == 303
    assert lin.get(f"/tasks/{task}/rows/flats").get_json()["rows"] == []


def test_one_may_let_go_of_what_was_brought(lin: Clerk) -> None:
    task = at_flats(lin)
    run = bring(lin, task, book([flat("101")]))
    assert lin.post(f"{run.location}/drop").status_code == 303
    assert "没有采用。" in lin.page(run.location)
    assert lin.get(f"/tasks/{task}/rows/flats").get_json()["rows"] == []


def test_a_run_is_its_persons_alone(lin: Clerk, desk: Flask) -> None:
    run = bring(lin, at_flats(lin), book([flat("101")])).location
    other = at_desk(desk, "ruanqinghe")
    for path in (run, f"{run}/rejected", f"{run}/pdf"):
        assert other.get(path).status_code == 404
    for deed in ("take", "drop"):
        assert other.post(f"{run}/{deed}").status_code == 404


def test_thousands_of_rows_are_handed_in_by_a_job(lin: Clerk) -> None:
    task = at_flats(lin)
    run = bring(lin, task, book([flat(str(n)) for n in range(1500)]))
    page = lin.page(run.location)
    assert "正在处理" in page
    assert f'hx-get="{run.location}"' in page
    cases.perform_run(int(run.location.rsplit("/", 1)[1]), by=SYSTEM)
    assert "1500 行合格" in lin.page(run.location)
    lin.post(f"{run.location}/take")
    sent = lin.post(f"/tasks/{task}", {"_sheet": "flats"})
    assert sent.location.startswith("/runs/")
    cases.perform_run(int(sent.location.rsplit("/", 1)[1]), by=SYSTEM)
    part = lin.get(sent.location, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "已提交" in part
    assert "<html" not in part


def test_a_workbook_as_it_stands_comes_out(lin: Clerk) -> None:
    task = at_meters(lin)
    put(lin, task, [(1, 0, {"result": "pass", "seal": "=1+1"})])
    exported = lin.get(f"/tasks/{task}/rows/meters/export")
    assert exported.headers["Content-Disposition"].startswith("attachment")
    assert cells(exported.data)[2][:6] == ["2", "103", "LX26100002", "合格", None, "=1+1"]


def test_rows_are_checked_before_the_answer_that_asks_for_their_list_is_saved(lin: Clerk) -> None:
    task = at_flats(lin)
    page = lin.page(f"/tasks/{task}")
    assert re.search(r'id="spares" data-sheet hidden', page)
    assert 'name="_sheet" value="spares"' not in page
    (row,) = put(lin, task, [(0, 0, {"spare_note": "二库"})], "spares").get_json()["rows"]
    assert (row["s"], list(row["e"]), row.get("h")) == ("failed", ["serial"], None)
    told = lin.post(f"/tasks/{task}/fields", {"spare": "true"}).get_data(as_text=True)
    assert 'name="_sheet" value="spares"' in told
