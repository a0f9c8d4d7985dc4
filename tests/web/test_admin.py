"""The administrator's pages, one's own account, acting for a colleague."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask

from app import cases, people, settings
from app.db import raw
from app.work import SYSTEM, now
from app.worktime import SHANGHAI
from tests.web.conftest import token_of
from tests.web.counter import PASSWORD, Clerk, at_desk, furnish
from tests.web.test_hostile import WRONG

Enter = Callable[[str], Clerk]
PAGES = ("/admin", "/admin/settings", "/admin/branches", "/admin/calendar", "/admin/incidents",
         "/admin/refused", "/admin/people/linqi", "/admin/people/new",
         "/admin/settings/limit.T-SUPP")  # fmt: skip
DEEDS = ("groups", "leads", "password", "deputy", "token", "active")


@pytest.fixture
def enter(desk: Flask) -> Enter:
    settings.ensure_defaults(by=SYSTEM)
    furnish()
    return lambda login: at_desk(desk, login)


@pytest.fixture
def admin(enter: Enter) -> Clerk:
    return enter("qimingyuan")


def day(days: int = 0) -> str:
    return (now().astimezone(SHANGHAI).date() + timedelta(days=days)).isoformat()


def test_the_pages_are_the_administrators_alone(enter: Enter, admin: Clerk) -> None:
    lin = enter("linqi")
    for path in (*PAGES, *(f"/admin/people/linqi/{way}" for way in DEEDS)):
        admin.page(path)
        assert lin.get(path).status_code == 403, path
    assert "系统管理" in admin.page("/work")
    assert "系统管理" not in lin.page("/work")
    assert lin.post("/admin/people/linqi/groups", {"_groups": "admin"}).status_code == 403
    assert people.person("linqi").group_names == {"window_clerk"}


def test_a_new_person_gets_groups_and_changes_the_password_first(
    enter: Enter, admin: Clerk, desk: Flask
) -> None:
    typed = {"_login": "xinren", "_name": "辛人", "_region": "城东", "_branch": "",
             "_password": "cheng-ming-zhi-yi"}  # fmt: skip
    wrong = admin.post("/admin/people/new", {**typed, "_login": "新 人"})
    assert (wrong.status_code, 'id="_login-error"' in wrong.text) == (422, True)
    assert "cheng-ming-zhi-yi" not in wrong.text
    done = admin.post("/admin/people/new", typed)
    assert done.location == "/admin/people/xinren/groups"
    groups = {"_groups": ["window_clerk", "meter_reader:城东"]}
    assert admin.post("/admin/people/xinren/groups", groups).status_code == 303
    assert people.person("xinren").group_names == {"window_clerk", "meter_reader:城东"}
    wrong = admin.post("/admin/people/xinren/groups", {"_groups": ["nobody"]})
    assert wrong.status_code == 422
    client = desk.test_client()
    page = client.get("/sign-in").text
    client.post("/sign-in", data={"csrf_token": token_of(page), "login": "xinren",
                                  "password": "cheng-ming-zhi-yi"})  # fmt: skip
    for path in ("/work", "/start", "/cases", "/me"):
        assert client.get(path).location == "/password"
    page = client.get("/password").text
    changed = client.post("/password", data={
        "csrf_token": token_of(page), "old": "cheng-ming-zhi-yi", "new": "xin-mi-ma-2026",
        "again": "xin-mi-ma-2026"})  # fmt: skip
    assert changed.status_code == 303
    assert client.get("/work").status_code == 200


def test_a_token_is_shown_once_and_in_no_cookie(admin: Clerk) -> None:
    done = admin.post("/admin/people/linqi/token", {"_label": "报表", "_scope": "read"})
    found = re.search(r"gs_[\w-]+", done.text)
    assert found
    assert found[0] not in str(done.headers)
    assert people.actor_for_token(found[0], scope="read").login == "linqi"
    assert found[0] not in admin.page("/admin/people/linqi")
    (token,) = people.tokens(people.person("linqi").id)
    assert admin.post(f"/admin/people/linqi/tokens/{token.id}").status_code == 303
    assert people.tokens(people.person("linqi").id)[0].revoked_at


def test_a_setting_changes_with_its_history(admin: Clerk) -> None:
    path = "/admin/settings/limit.T-SUPP"
    for wrong in ("", "x", "-1", "9" * 30):
        answer = admin.post(path, {"_value": wrong})
        assert (answer.status_code, 'id="_value-error"' in answer.text) == (422, True), wrong
    assert admin.post(path, {"_value": "12"}).status_code == 303
    assert settings.get("limit.T-SUPP") == 12
    assert "qimingyuan：12" in admin.page(path)
    assert admin.get("/admin/settings/no.such").status_code == 404
    assert admin.post("/admin/settings/regions", {"_value": "{"}).status_code == 422


def test_branches_and_days(admin: Clerk) -> None:
    typed = {
        "_name": "江湾网点",
        "_kind": "outlet",
        "_region": "",
        "_address": "江湾路1号",
        "_phone": "",
    }
    assert admin.post("/admin/branches/put", {**typed, "_name": ""}).status_code == 422
    assert admin.post("/admin/branches/put", {**typed, "_region": "南海"}).status_code == 422
    assert admin.post("/admin/branches/put", typed).status_code == 303
    assert "江湾网点" in admin.page("/admin/branches")
    closed = {"_day": "2026-12-01", "_kind": "rest", "_name": "台风停工"}
    assert admin.post("/admin/calendar/put", {**closed, "_day": "明天"}).status_code == 422
    assert admin.post("/admin/calendar/put", closed).status_code == 303
    assert "台风停工" in admin.page("/admin/calendar")


def test_a_deputy_acts_by_the_menu_and_back(enter: Enter, admin: Clerk) -> None:
    lin, shen = enter("linqi"), enter("shenzhijie")
    number = lin.case().number
    assert lin.post("/act-for", {"_person": str(shen.actor.id)}).status_code == 403
    given = {"_deputy": "linqi", "_from_day": day(), "_until_day": day(3)}
    wrong = shen.post("/me/deputy", {**given, "_until_day": day(-1)})
    assert (wrong.status_code, 'id="_until_day-error"' in wrong.text) == (422, True)
    assert shen.post("/me/deputy", given).status_code == 303
    assert "林栖 代 沈知节 办理" in shen.page("/me")
    assert "代沈知节办理" in lin.page("/work")
    assert lin.post("/act-for", {"_person": str(shen.actor.id)}).status_code == 303
    assert "代沈知节" in lin.page("/work")
    assert lin.post(f"/cases/{number}/force", {"_reason": "误受理"}).status_code == 303
    assert lin.post("/act-for").status_code == 303
    assert "回到自己的工作" not in lin.page("/work")
    (one,) = people.deputations(shen.actor.id or 0)
    assert shen.post(f"/me/deputies/{one.id}/end", {"_back": "//evil"}).location == "/me"
    assert "代沈知节办理" not in lin.page("/work")


def test_one_sees_and_ends_one_s_other_sessions(enter: Enter, desk: Flask) -> None:
    here, there = enter("linqi"), enter("linqi")
    other = [one for one in people.sessions(here.actor.id or 0)
             if str(one.id) in here.page("/me")]  # fmt: skip
    assert len(other) == 1
    stranger = enter("ruanqinghe")
    assert stranger.post(f"/me/sessions/{other[0].id}").status_code == 403
    assert here.post(f"/me/sessions/{other[0].id}").status_code == 303
    assert there.get("/work").status_code == 303
    assert here.get("/work").status_code == 200


def test_who_is_stopped_is_out_at_once(enter: Enter, admin: Clerk) -> None:
    lin = enter("linqi")
    task = lin.case().tasks[0].id
    assert admin.post("/admin/people/linqi/active", {"_sure": "1"}).status_code == 303
    assert lin.get("/work").status_code == 303
    assert cases.task_for(enter("ruanqinghe").actor, task).holder is None
    assert admin.post("/admin/people/qimingyuan/active", {"_sure": "1"}).status_code == 404
    assert admin.post("/admin/people/linqi/active", {"_sure": "1"}).status_code == 303
    assert people.sign_in("linqi", PASSWORD)


def test_what_failed_is_skipped_with_a_reason_and_its_answer(enter: Enter, admin: Clerk) -> None:
    lin = enter("linqi")
    begun = lin.case("outside")
    ((call,),) = raw().execute("SELECT engine_id FROM service_calls").fetchall()
    cases.note_incident(begun.number, "service", call, "ConnectionError", by=SYSTEM)
    ((incident,),) = raw().execute("SELECT id FROM incidents").fetchall()
    path = f"/admin/incidents/{incident}/skip"
    assert path in admin.page("/admin/incidents")
    assert "hello" in admin.page(path)
    assert lin.get(path).status_code == 403
    assert lin.post(path, {"_reason": "x", "_receipt": "R"}).status_code == 403
    wrong = admin.post(path, {"_reason": "", "_receipt": "R-1"})
    assert (wrong.status_code, "R-1" in wrong.text) == (422, True)
    assert admin.post(path, {"_reason": "已打电话", "_receipt": "R-1"}).status_code == 303
    assert "没有待处理的故障" in admin.page("/admin/incidents")
    assert "跳过出错的步骤" in lin.page(f"/cases/{begun.number}?tab=timeline")
    assert admin.get(path).status_code == 409


def test_who_was_refused_is_listed_page_by_page(enter: Enter) -> None:
    lin, auditor = enter("linqi"), enter("wenrushuang")
    task = lin.case("changes").tasks[0].id
    other = enter("ruanqinghe")
    for _ in range(3):
        assert other.post(f"/tasks/{task}/claim").status_code == 409
    first = auditor.page("/admin/refused")
    assert first.count("ruanqinghe") >= 3
    assert f'task_id=<span class="n">{task}' in first
    found, cursor = people.refused_attempts(auditor.actor, limit=2)
    rest, _ = people.refused_attempts(auditor.actor, cursor, limit=2)
    assert len({(one.at, one.command) for one in (*found, *rest)}) == len(found) + len(rest) >= 3
    assert auditor.get("/admin/refused?cursor=zz").status_code == 422
    assert lin.get("/admin/refused").status_code == 403


def test_nothing_wrong_in_an_administrators_field_is_a_fault(desk_of_truth: Flask) -> None:
    settings.ensure_defaults(by=SYSTEM)
    admin = at_desk(desk_of_truth, "qimingyuan")
    failed = []
    for path, names in FIELDS.items():
        for wrong in WRONG:
            answer = admin.post(path, dict.fromkeys(names, wrong))
            if answer.status_code >= 500:
                failed.append((path, wrong))
    for wrong in WRONG:
        said = quote(wrong, safe="")
        paths = [f"/admin/people/{said}", f"/admin/people/{said}/groups", f"/admin/settings/{said}"]
        failed += [(path, wrong) for path in paths if admin.get(path).status_code >= 500]
    assert failed == []


FIELDS = {
    "/admin/people/new": ["_login", "_name", "_region", "_branch", "_password"],
    "/admin/people/linqi/groups": ["_groups"],
    "/admin/people/linqi/leads": ["_leads"],
    "/admin/people/linqi/password": ["_password"],
    "/admin/people/linqi/deputy": ["_deputy", "_from_day", "_until_day"],
    "/admin/people/linqi/token": ["_label", "_scope"],
    "/admin/settings/limit.T-SUPP": ["_value"],
    "/admin/settings/service.open": ["_value"],
    "/admin/settings/regions": ["_value"],
    "/admin/settings/number.case": ["_value"],
    "/admin/settings/ways.leaders": ["_value"],
    "/admin/branches/put": ["_name", "_kind", "_region", "_address", "_phone"],
    "/admin/calendar/put": ["_day", "_kind", "_name"],
    "/admin/incidents/999999999999999999999999/retry": [],
    "/admin/incidents/999999999999999999999999/skip": ["_reason"],
    "/admin/people/linqi/tokens/999999999999999999999999": [],
}
