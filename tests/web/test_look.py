"""At the desk: masked until one says why; what is masked stays as it is when handed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app import cases
from app.work import SYSTEM
from tests.web.counter import TYPED, Clerk, at_desk, furnish

Enter = Callable[[str], Clerk]
MASKED, WHOLE = "周**", "周禾清"


@pytest.fixture
def enter(desk: Flask) -> Enter:
    furnish()
    return lambda login: at_desk(desk, login)


@pytest.fixture
def lin(enter: Enter) -> Clerk:
    return enter("linqi")


def back(lin: Clerk, ruan: Clerk) -> tuple[str, int]:
    """A first step that is open again, with what was entered."""
    begun = lin.case(region="城东")
    moved = cases.submit_task(begun.tasks[0].id, TYPED, by=lin.actor)
    moved = cases.send_back(moved.tasks[0].id, "accept", "请核对", by=ruan.actor)
    return begun.number, moved.tasks[0].id


def test_the_form_is_masked_and_one_button_shows_it(enter: Enter, lin: Clerk) -> None:
    number, task = back(lin, enter("ruanqinghe"))
    page = lin.page(f"/tasks/{task}")
    assert (WHOLE in page, MASKED in page, 'name="applicant_name"' in page) == (False, True, False)
    wrong = lin.post(f"/tasks/{task}/look", {"reason": "赠与"})
    assert (wrong.status_code, "请选择查看的理由" in wrong.text) == (422, True)
    assert 'value="赠与"' in wrong.text
    assert lin.post(f"/tasks/{task}/look", {"_why": "verify", "reason": "赠与"}).status_code == 303
    page = lin.page(f"/tasks/{task}")
    assert f'value="{WHOLE}"' in page
    assert 'value="赠与"' in page, "what was typed is not lost by asking"
    assert "显示完整信息" not in page.split("<aside")[0]
    redrawn = lin.post(f"/tasks/{task}/fields", {"reason": "赠与"})
    assert WHOLE in redrawn.text
    told = lin.page(f"/cases/{number}?tab=timeline")
    assert "说明查看理由：核对身份" in told
    assert told.count("查看完整个人信息") == 1


def test_what_stays_masked_is_handed_in_unchanged(enter: Enter, lin: Clerk) -> None:
    number, task = back(lin, enter("ruanqinghe"))
    assert lin.post(f"/tasks/{task}", {"reason": "赠与"}).status_code == 303
    case = cases.case(SYSTEM, number)
    assert (case.variables["applicant_name"], case.variables["reason"]) == (WHOLE, "赠与")


def test_a_typed_value_takes_the_place_of_a_masked_one(enter: Enter, lin: Clerk) -> None:
    number, task = back(lin, enter("ruanqinghe"))
    assert lin.post(f"/tasks/{task}", {**TYPED, "applicant_name": "言若谷"}).status_code == 303
    assert cases.case(SYSTEM, number).variables["applicant_name"] == "言若谷"


def test_the_case_page_shows_who_it_is_after_a_reason(enter: Enter, lin: Clerk) -> None:
    number, _task = back(lin, enter("ruanqinghe"))
    path = f"/cases/{number}?whole=1"
    assert path.replace("?whole=1", "") in lin.page(f"/cases/{number}")
    assert WHOLE not in lin.page(f"/cases/{number}")
    asked = lin.get(path)
    assert asked.status_code == 303
    assert lin.page(asked.location)
    given = lin.post(asked.location, {"_why": "inquiry"})
    assert given.location == path
    assert WHOLE in lin.page(path)
    assert WHOLE not in lin.page(f"/cases/{number}")
    east = enter("jiangbeichen")
    assert WHOLE not in east.page(path)
    assert east.post(f"/cases/{number}/look", {"_why": "handle"}).status_code == 403
    for wrong in ("//evil.example", "https://evil.example", "\\\\evil"):
        gone = lin.post(f"/cases/{number}/look?next={wrong}", {"_why": "inquiry"})
        assert gone.location == "/work"
