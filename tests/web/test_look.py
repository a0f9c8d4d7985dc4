"""At the desk: masked until one says why; what is masked stays as it is when handed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app import cases, registry
from app.registry import demo
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


@pytest.fixture
def town(furnished: Flask, desk: Flask) -> Flask:
    assert furnished
    return desk


def test_a_customer_is_whole_for_whose_case_is_at_work(town: Flask) -> None:
    lin, auditor = at_desk(town, "linqi"), at_desk(town, "wenrushuang")
    no = demo.KNOWN["clean_sale"]
    owner = registry.account(no).owner
    path = f"/customers/{owner.id}"
    page = lin.page(path)
    assert (owner.name in page, "显示完整信息" in page) == (False, False)
    assert lin.post(f"{path}/look", {"_why": "handle"}).status_code == 403
    begun = lin.case("meter_transfer", account_no=no)
    assert "显示完整信息" in lin.page(path)
    asked = lin.get(f"{path}?whole=1")
    assert asked.location == f"{path}/look"
    wrong = lin.post(asked.location, {"_why": "other", "_words": ""})
    assert (wrong.status_code, "请说明理由" in wrong.text) == (422, True)
    given = lin.post(asked.location, {"_why": "other", "_words": f"{owner.name}来电"})
    assert given.location == f"{path}?whole=1"
    shown = lin.page(given.location)
    assert owner.name in shown
    assert str(owner.id_no) in shown
    assert owner.name not in lin.page(path)
    listed = auditor.page("/audit/looks")
    assert f"“{owner.name}来电”" in listed
    cases.withdraw(begun.number, "不办了", by=lin.actor)
    assert owner.name not in lin.page(f"{path}?whole=1")


def test_who_looked_is_for_auditors(enter: Enter, lin: Clerk) -> None:
    number, task = back(lin, enter("ruanqinghe"))
    lin.post(f"/tasks/{task}/look", {"_why": "verify"})
    lin.page(f"/tasks/{task}")
    lin.page(f"/tasks/{task}")
    auditor = enter("wenrushuang")
    assert auditor.page("/audit/looks").count(number) == 2 * 2
    found, cursor = cases.lookers(auditor.actor, limit=1)
    rest, none = cases.lookers(auditor.actor, cursor, limit=1)
    assert (len(found), len(rest), none) == (1, 1, None)
    assert (found[0].login, found[0].fields, found[0].why) == (
        "linqi", ("applicant_name",), "verify",
    )  # fmt: skip
    assert lin.get("/audit/looks").status_code == 403
    assert lin.get("/customers/99999999999999999999/look").status_code == 404
