"""Two clerks at one counter: claiming, handing over, being late; nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app import cases
from app.work import SYSTEM
from tests.web.conftest import post
from tests.web.counter import TYPED, Clerk, at_desk, furnish

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


def free(clerk: Clerk) -> int:
    """A task that nobody has."""
    task = clerk.case().tasks[0].id
    cases.release(task, by=clerk.actor)
    return task


def test_who_is_late_sees_who_was_first_and_keeps_the_typing(lin: Clerk, ruan: Clerk) -> None:
    task = free(lin)
    assert lin.post(f"/tasks/{task}", TYPED).status_code == 303
    late = ruan.post(f"/tasks/{task}", {"applicant_name": "言若谷", "reason": "继承"})
    page = late.get_data(as_text=True)
    assert late.status_code == 409
    assert "林栖" in page
    for typed, there in (("言若谷", "周**"), ("继承", "买卖")):
        assert f"<td>{typed}</td><td>{there}</td>" in page
    assert cases.task_for(ruan.actor, task).answers["applicant_name"] == "周**"
    number = cases.task_for(ruan.actor, task).case_number
    assert cases.case(SYSTEM, number).variables["applicant_name"] == "周禾清"


def test_what_another_holds_says_so_and_keeps_the_typing(lin: Clerk, ruan: Clerk) -> None:
    task = lin.case().tasks[0].id
    for path in (f"/tasks/{task}", f"/tasks/{task}/draft"):
        late = ruan.post(path, {"applicant_name": "言若谷", "reason": "继承"})
        assert late.status_code == 409, path
        assert "言若谷" in late.text
        assert "林栖" in late.text
    line = ruan.client.put(f"/tasks/{task}/draft", data={"csrf_token": ruan.token, **TYPED})
    assert (line.status_code, "<html" in line.text) == (409, False)
    assert "林栖" in line.text
    assert cases.task_for(lin.actor, task).draft is None


def test_claiming_opens_the_task(lin: Clerk, ruan: Clerk) -> None:
    task = free(lin)
    answer = ruan.post(f"/tasks/{task}/claim")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/tasks/{task}")
    late = lin.post(f"/tasks/{task}/claim")
    assert late.status_code == 409
    assert "阮清和" in late.text
    assert lin.post(f"/tasks/{task}/release").status_code == 409
    assert ruan.post(f"/tasks/{task}/release").status_code == 303
    assert lin.post(f"/tasks/{task}/claim").status_code == 303


def test_two_who_ask_for_the_next_get_two(lin: Clerk, ruan: Clerk) -> None:
    both = {free(lin), free(lin)}
    got = {who.post("/work/next").headers["Location"] for who in (lin, ruan)}
    assert got == {f"/tasks/{task}" for task in both}
    assert lin.post("/work/next").headers["Location"] == "/work"
    assert "没有待认领" in lin.said()


def test_many_are_claimed_at_once(lin: Clerk, ruan: Clerk) -> None:
    mine = [free(lin) for _ in range(3)]
    taken = lin.case().tasks[0].id
    answer = ruan.post(
        "/work/claim", {"task": [*map(str, mine), str(taken), "0", "x"], "tab": "group"}
    )
    assert answer.headers["Location"] == "/work?tab=group"
    said = ruan.said()
    assert "已认领 3 件" in said
    assert "2 件" in said
    held = [line.id for line in cases.worklist(ruan.actor, "mine").items]
    assert sorted(held) == sorted(mine)
    ruan.post("/work/claim")
    assert "没有选中" in ruan.said()


def test_many_are_handed_over_at_once(lin: Clerk, ruan: Clerk) -> None:
    mine = [lin.case().tasks[0].id for _ in range(2)]
    foreign = ruan.case().tasks[0].id
    to = str(ruan.actor.id)
    lin.post("/work/assign", {"task": [*map(str, mine), str(foreign)], "to": to})
    assert "已转交 2 件" in lin.said()
    assert {line.id for line in cases.worklist(ruan.actor, "mine").items} == {*mine, foreign}


@pytest.mark.parametrize("to", ["", "x", "-1", "999999999999999999999999", "²", "1 OR 1"])
def test_many_are_handed_to_nobody(lin: Clerk, to: str) -> None:
    task = lin.case().tasks[0].id
    answer = lin.post("/work/assign", {"task": str(task), "to": to})
    assert answer.status_code == 422
    assert "转交给谁" in answer.text
    assert cases.task_for(lin.actor, task).mine


def test_one_is_handed_to_a_colleague_of_the_group_only(enter: Enter, lin: Clerk) -> None:
    task, ruan = lin.case().tasks[0].id, enter("ruanqinghe")
    page = lin.page(f"/tasks/{task}/assign")
    assert "阮清和" in page
    assert "姜北辰" not in page
    stranger = str(enter("jiangbeichen").actor.id)
    for to in ("", "x", "12345678901234567890123", stranger):
        answer = lin.post(f"/tasks/{task}/assign", {"_to": to})
        assert answer.status_code == 422, to
        assert 'id="_to-error"' in answer.text
    assert lin.post(f"/tasks/{task}/assign", {"_to": str(ruan.actor.id)}).status_code == 303
    assert cases.task_for(ruan.actor, task).holder_name == "阮清和"


def test_withdrawing_needs_a_reason(lin: Clerk) -> None:
    number = lin.case().number
    assert "不能恢复" in lin.page(f"/cases/{number}/withdraw")
    for reason in ("", "   "):
        answer = lin.post(f"/cases/{number}/withdraw", {"_reason": reason})
        assert answer.status_code == 422
        assert 'id="_reason-error"' in answer.text
    assert lin.post(f"/cases/{number}/withdraw", {"_reason": "客户不办了"}).status_code == 303
    assert "用户撤回" in lin.page(f"/cases/{number}")
    again = lin.post(f"/cases/{number}/withdraw", {"_reason": "再来"})
    assert (again.status_code, "再来" in again.text) == (422, True)


def test_what_changed_the_register_is_not_withdrawn(lin: Clerk) -> None:
    begun = lin.case("changes")
    assert f"/cases/{begun.number}/withdraw" in lin.page(f"/cases/{begun.number}")
    cases.submit_task(begun.tasks[0].id, by=lin.actor)
    page = lin.page(f"/cases/{begun.number}")
    assert f"/cases/{begun.number}/withdraw" not in page
    answer = lin.post(f"/cases/{begun.number}/withdraw", {"_reason": "客户不办了"})
    assert answer.status_code == 422
    assert "登记资料已变更" in answer.text
    assert "客户不办了" in answer.text


def test_another_region_sees_neither_case_nor_task(enter: Enter, lin: Clerk) -> None:
    begun = lin.case(region="城东")
    number, task = begun.number, begun.tasks[0].id
    south, admin = enter("jiangzhaoye"), enter("qimingyuan")
    for who in (south, admin):
        assert number not in who.page("/cases")
        assert f"/cases/{number}" not in who.post("/find", {"q": number}).text
        for path in (f"/cases/{number}", f"/tasks/{task}", f"/cases/{number}/prints/x",
                     f"/cases/{number}/withdraw", f"/tasks/{task}/assign"):  # fmt: skip
            assert who.get(path).status_code == 403, path
        for path in (f"/tasks/{task}", f"/tasks/{task}/claim", f"/tasks/{task}/release",
                     f"/tasks/{task}/fields", f"/cases/{number}/withdraw"):  # fmt: skip
            refused = who.post(path, {**TYPED, "_reason": "x", "_to": "1"})
            assert refused.status_code == 403, path
    assert begun.number in enter("jiangbeichen").page("/cases")


def test_a_task_of_another_group_of_the_region_stays_closed(enter: Enter, lin: Clerk) -> None:
    task = lin.case(region="城东").tasks[0].id
    east = enter("jiangbeichen")
    assert east.get(f"/tasks/{task}").status_code == 403
    assert east.post(f"/tasks/{task}", TYPED).status_code == 403
    assert "此任务不属于您的岗位" in east.get(f"/tasks/{task}").text


# --- an expired login -----------------------------------------------------------------------------

OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize("button", ["", "/draft"])
def test_typing_comes_back_after_an_expired_login(lin: Clerk, button: str) -> None:
    task = lin.case().tasks[0].id
    lin.expire()
    typed = {"_by": str(lin.actor.id), "applicant_name": "言若谷", "reason": "继承"}
    answer = lin.post(f"/tasks/{task}{button}", typed, headers=OURS)
    assert answer.status_code == 401
    sealed = answer.text.split('name="kept" value="', 1)[1].split('"', 1)[0]
    data = {"login": "linqi", "password": "tao-li-bu-yan-10", "kept": sealed}
    back = post(lin.client, "/sign-in", data, "/sign-in")
    assert back.headers["Location"] == f"/tasks/{task}"
    page = lin.page(f"/tasks/{task}")
    assert 'value="言若谷"' in page
    assert 'value="继承"' in page
    assert "已找回" in page


def test_a_wrong_password_between_keeps_the_typing(lin: Clerk) -> None:
    task = lin.case().tasks[0].id
    lin.expire()
    answer = lin.post(f"/tasks/{task}", {"_by": str(lin.actor.id), **TYPED}, headers=OURS)
    sealed = answer.text.split('name="kept" value="', 1)[1].split('"', 1)[0]
    data = {"login": "linqi", "password": "wrong", "kept": sealed}
    again = post(lin.client, "/sign-in", data, "/sign-in")
    assert f'name="kept" value="{sealed}"' in again.text


@pytest.mark.parametrize("path", ["/lookup/account", "/tasks/{}/fields"])
def test_a_part_of_a_page_says_that_the_login_expired(lin: Clerk, path: str) -> None:
    task = lin.case().tasks[0].id
    lin.expire()
    answer = lin.post(path.format(task), TYPED, headers={**OURS, "HX-Request": "true"})
    assert answer.status_code == 401
    assert "<html" not in answer.text
    assert "登录已过期" in answer.text
    line = lin.client.put(f"/tasks/{task}/draft", data={"csrf_token": lin.token, **TYPED})
    assert (line.status_code, "登录已过期" in line.text) == (401, True)
