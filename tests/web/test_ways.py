"""What counters need beside the drawing, at the desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app import cases
from tests.web.conftest import token_of
from tests.web.counter import PASSWORD, TYPED, Clerk, at_desk, furnish

Enter = Callable[[str], Clerk]


@pytest.fixture
def enter(desk: Flask) -> Enter:
    furnish()
    return lambda login: at_desk(desk, login)


@pytest.fixture
def lin(enter: Enter) -> Clerk:
    return enter("linqi")


@pytest.fixture
def ruan(enter: Enter) -> Clerk:
    return enter("ruanqinghe")


def at_review(clerk: Clerk) -> int:
    first = clerk.case().tasks[0].id
    return cases.submit_task(first, TYPED, by=clerk.actor).tasks[0].id


def test_a_case_is_sent_back_and_its_page_says_by_whom_and_why(lin: Clerk, ruan: Clerk) -> None:
    review = at_review(lin)
    path = f"/tasks/{review}/send-back"
    assert path in ruan.page(f"/tasks/{review}")
    page = ruan.page(path)
    assert 'value="accept" checked' in page
    wrong = ruan.post(path, {"_to": "accept", "_reason": " "})
    assert (wrong.status_code, "请写明退回的原因" in wrong.text) == (422, True)
    wrong = ruan.post(path, {"_to": "nobody", "_reason": "缺证件号"})
    assert (wrong.status_code, ">缺证件号</textarea>" in wrong.text) == (422, True)
    done = ruan.post(path, {"_to": "accept", "_reason": "缺证件号"})
    assert (done.status_code, done.location) == (303, "/work")
    assert "已退回到受理" in ruan.said()
    task = cases.case(lin.actor, cases.unread(lin.actor)[0].case_number).tasks[-1].id
    again = lin.page(f"/tasks/{task}")
    assert "阮清和退回：缺证件号" in again
    assert "周禾清" not in again
    assert lin.post(f"/tasks/{task}/look", {"_why": "handle"}).status_code == 303
    assert 'value="周禾清"' in lin.page(f"/tasks/{task}")
    told = lin.page(f"/cases/{cases.unread(lin.actor)[0].case_number}?tab=timeline")
    assert "阮清和 从复核退回到受理" in told


def number_of(clerk: Clerk, task: int) -> str:
    return cases.task_for(clerk.actor, task).case_number


def test_a_leader_is_asked_answers_and_the_step_shows_it(enter: Enter, lin: Clerk) -> None:
    task, shen = lin.case().tasks[0].id, enter("shenzhijie")
    path = f"/tasks/{task}/ask"
    assert path in lin.page(f"/tasks/{task}")
    wrong = lin.post(path, {"_to": "nobody", "_question": "能否先收？"})
    assert (wrong.status_code, ">能否先收？</textarea>" in wrong.text) == (422, True)
    assert 'id="_to-error"' in wrong.text
    done = lin.post(path, {"_to": "cs_director", "_question": "能否先收？"})
    assert (done.status_code, done.location) == (303, f"/tasks/{task}")
    shown = lin.page(f"/tasks/{task}")
    assert "请示：能否先收？" in shown
    assert "请示中" in shown
    side = cases.task_for(lin.actor, task).sides[0].id
    assert shen.get(f"/tasks/{side}").location == f"/tasks/{side}/opinion"
    assert "请示：受理" in shen.page("/reminders")
    page = shen.page(f"/tasks/{side}/opinion")
    assert "能否先收？" in page
    assert shen.post(f"/tasks/{side}/opinion", {"_opinion": " "}).status_code == 422
    assert shen.post(f"/tasks/{side}/opinion", {"_opinion": "可以先收"}).status_code == 303
    after = lin.page(f"/tasks/{task}")
    assert "可以先收" in after
    assert "请示中" not in after
    assert "沈知节已答复：请示：受理" in lin.page("/reminders")
    told = lin.page(f"/cases/{number_of(lin, task)}?tab=timeline")
    assert "林栖 就受理请示领导" in told
    assert "沈知节 答复请示：受理" in told


def test_a_sign_off_holds_the_step_until_it_is_back_or_taken_back(enter: Enter, lin: Clerk) -> None:
    task, ruan = lin.case().tasks[0].id, enter("ruanqinghe")
    given = {"_to": str(ruan.actor.id), "_question": "证件请一起看"}
    assert lin.post(f"/tasks/{task}/sign", given).status_code == 303
    answer = lin.post(f"/tasks/{task}", TYPED)
    assert (answer.status_code, "加签意见尚未返回" in answer.text) == (422, True)
    assert 'value="周禾清"' in answer.text
    side = cases.task_for(lin.actor, task).sides[0].id
    assert "撤回" in lin.page(f"/tasks/{side}/opinion")
    wrong = ruan.post(f"/tasks/{side}/opinion", {"_opinion": "看过"})
    assert (wrong.status_code, 'id="_decision-error"' in wrong.text) == (422, True)
    assert lin.post(f"/tasks/{side}/take-back").location == f"/tasks/{task}"
    assert lin.post(f"/tasks/{task}", TYPED).status_code == 303


def test_more_time_is_asked_for_and_a_number_is_a_number(lin: Clerk) -> None:
    task = lin.case().tasks[0].id
    for days in ("", "x", "0", "9" * 5000):
        wrong = lin.post(f"/tasks/{task}/extend", {"_days": days, "_reason": "等补件"})
        assert (wrong.status_code, 'id="_days-error"' in wrong.text) == (422, True)


def test_the_director_ends_by_force_and_nobody_else(enter: Enter, lin: Clerk) -> None:
    number, shen = lin.case().number, enter("shenzhijie")
    path = f"/cases/{number}/force"
    assert path not in lin.page(f"/cases/{number}")
    assert lin.post(path, {"_reason": "误受理"}).status_code == 403
    assert path in shen.page(f"/cases/{number}")
    assert shen.post(path, {"_reason": " "}).status_code == 422
    assert shen.post(path, {"_reason": "误受理"}).status_code == 303
    assert "强制结束" in shen.page(f"/cases/{number}")
    assert f"{number}" in lin.page("/reminders")


def test_urging_watching_and_reading_the_reminders(enter: Enter, lin: Clerk, ruan: Clerk) -> None:
    review = at_review(lin)
    number = number_of(ruan, review)
    assert lin.post(f"/cases/{number}/watch", {"_on": "1"}).status_code == 303
    assert "取消关注" in lin.page(f"/cases/{number}")
    assert lin.post(f"/cases/{number}/urge", {"_words": "用户在等"}).status_code == 303
    (alert,) = [a for a in cases.unread(ruan.actor) if a.kind == "urge"]
    opened = ruan.post(f"/reminders/{alert.id}")
    assert opened.location == f"/tasks/{review}"
    assert cases.unread(ruan.actor) == []
    assert ruan.post(f"/reminders/{alert.id}").status_code == 404
    assert lin.post("/reminders").location == "/reminders"


def test_two_cases_of_one_account_only_are_merged(lin: Clerk) -> None:
    one, other = lin.case().number, lin.case().number
    path = f"/cases/{one}/merge"
    for into in ("", one, other, "SL-20260101-0001"):
        wrong = lin.post(path, {"_into": into, "_reason": "重复受理"})
        assert wrong.status_code in {404, 422}, into


def test_a_deed_typed_into_an_expired_login_goes_on_after_it(lin: Clerk, desk: Flask) -> None:
    number = lin.case().number
    path, typed = f"/cases/{number}/withdraw", {"_reason": "客户改天再来"}
    lin.expire()
    own = {**typed, "_by": str(lin.actor.id)}
    answer = lin.post(path, own, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 401
    sealed = answer.text.split('name="kept" value="', 1)[1].split('"', 1)[0]
    again = lin.client.post(
        "/sign-in",
        data={"login": lin.login, "password": PASSWORD, "kept": sealed,
              "csrf_token": token_of(answer.text)},
    )  # fmt: skip
    assert f'action="{path}"' in again.text
    assert "客户改天再来" in again.text
    lin.token = token_of(again.text)
    assert lin.post(path, typed).status_code == 303
    assert cases.case(lin.actor, number).status == "withdrawn"


def test_where_there_is_no_step_before_the_page_says_so(lin: Clerk) -> None:
    task = lin.case().tasks[0].id
    assert "没有可以退回的步骤" in lin.page(f"/tasks/{task}/send-back")


def test_what_a_refused_page_held_is_there_after_asking(lin: Clerk) -> None:
    task = lin.case().tasks[0].id
    assert lin.post(f"/tasks/{task}", {"applicant_name": "周禾清"}).status_code == 422
    assert lin.post(f"/tasks/{task}/ask", {"_to": "cs_director", "_question": "可以吗"})
    assert 'value="周禾清"' in lin.page(f"/tasks/{task}")
