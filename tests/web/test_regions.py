"""The register through the desk: each region sees its own, who does no business sees nothing."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from app import registry
from app.db import raw
from app.procedures.promised import tell_of_promises
from app.registry import demo
from app.work import SYSTEM, now
from tests.attachments.test_files import PDF, PNG
from tests.procedures.visit import Visit
from tests.web.counter import Clerk, at_desk

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def town(furnished: Flask, desk: Flask) -> Flask:
    """The shipped procedures and sixty accounts."""
    assert furnished
    return desk


def hits(clerk: Clerk, q: str) -> list[str]:
    """In which searches an account turns up."""
    asked: dict[str, dict[str, Any]] = {
        "/find": {"q": q},
        "/lookup/account": {"q": q},
        "/lookup/address": {"q": q},
        "/lookup/meter": {"q": q},
    }
    return [
        path
        for path, data in asked.items()
        if "***" in (page := clerk.post(path, data).text) or "**" in page
    ]


def test_accounts_are_found_in_one_s_own_region_only(town: Flask) -> None:
    no = demo.KNOWN["clean_sale"]
    facts = registry.account(no)
    meter = facts.meter.serial if facts.meter else ""
    assert facts.region == "城南"
    lin, east = at_desk(town, "linqi"), at_desk(town, "jiangbeichen")
    south = at_desk(town, "jiangzhaoye")
    for q in (no, facts.owner.name, meter, facts.owner.phones[0]):
        assert len(hits(lin, q)) == len(hits(south, q)) == 4, q
        assert hits(east, q) == [], q
    assert lin.get(f"/accounts/{no}").status_code == 200
    assert south.get(f"/accounts/{no}").status_code == 200
    assert east.get(f"/accounts/{no}").status_code == 403


def test_nothing_personal_is_shown_whole_in_a_search(town: Flask) -> None:
    no = demo.KNOWN["clean_sale"]
    owner = registry.account(no).owner
    lin = at_desk(town, "linqi")
    pages = [lin.page(f"/accounts/{no}"), lin.post("/find", {"q": no}).text,
             lin.post("/lookup/account", {"q": no}).text,
             lin.post("/start/meter_transfer/find", {"q": no}).text]  # fmt: skip
    for page in pages:
        assert owner.name not in page
        assert owner.id_no not in page
        assert owner.phones[0] not in page


@pytest.mark.parametrize("login", ["qimingyuan", "wenrenche"])
def test_who_does_no_business_finds_no_accounts(town: Flask, login: str) -> None:
    no = demo.KNOWN["clean_sale"]
    who = at_desk(town, login)
    assert hits(who, no) == []
    assert who.get(f"/accounts/{no}").status_code in {403, 404}


def test_a_print_is_for_who_has_part_in_the_case(town: Flask) -> None:
    lin = at_desk(town, "linqi")
    begun = lin.case("meter_transfer", account_no=demo.KNOWN["clean_sale"])
    for login in ("jiangbeichen", "qimingyuan"):
        for name in ("guide", "meter_transfer.guide", "none"):
            answer = at_desk(town, login).get(f"/cases/{begun.number}/prints/{name}")
            assert answer.status_code == 403
    assert lin.get(f"/cases/{begun.number}/prints/none").status_code == 404


def test_hostile_text_in_the_real_form_is_text(town: Flask) -> None:
    lin = at_desk(town, "linqi")
    begun = lin.case("meter_transfer", account_no=demo.KNOWN["clean_sale"])
    path = f"/tasks/{begun.tasks[0].id}"
    typed = {
        "new_name": SCRIPT, "new_id_no": SCRIPT, "new_phone": "\u202e110", "reason": "sale",
        "applicant_type": "person", "new_id_type": "resident_id", "household_size": "-3",
    }  # fmt: skip
    answer = lin.post(path, typed)
    assert answer.status_code == 422
    assert SCRIPT not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert "data-errors" in answer.text
    assert SCRIPT not in lin.post(f"{path}/fields", typed).text
    assert lin.post(f"{path}/draft", typed).status_code == 303
    assert SCRIPT not in lin.page(path)


def test_a_late_promise_is_listed_and_taken_in_at_the_desk(
    town: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = promised(town)
    lin, east = at_desk(town, "linqi"), at_desk(town, "jiangbeichen")
    paper = next(m for m in registry.materials(number) if m.mode == "commitment")
    path = f"/cases/{number}/papers/{paper.kind}"
    assert path in lin.page(f"/cases/{number}?tab=papers")
    assert "逾期未补交" not in lin.page("/reminders")
    later = now() + timedelta(days=60)
    monkeypatch.setattr("app.web.bell.now", lambda: later)
    assert path in lin.page("/reminders")
    assert path not in east.page("/reminders")
    assert east.post(path, {"_mode": "original", "_pages": "2"}).status_code == 403
    for wrong in ({"_mode": "promised", "_pages": "2"}, {"_mode": "original", "_pages": "x"}):
        assert lin.post(path, wrong).status_code == 422
    assert lin.post(path, {"_mode": "original", "_pages": "2"}).status_code == 303
    assert path not in lin.page("/reminders")
    assert lin.get(path).status_code == 404


def test_a_promised_paper_comes_with_its_scans_or_not_at_all(town: Flask) -> None:
    number = promised(town)
    lin = at_desk(town, "linqi")
    paper = next(m for m in registry.materials(number) if m.mode == "commitment")
    path = f"/cases/{number}/papers/{paper.kind}"
    given = {"_mode": "copy", "_pages": "2"}
    bad = lin.post(path, {**given, "_file": [(BytesIO(PDF), "a.pdf"), (BytesIO(b"MZ"), "b.pdf")]})
    assert (bad.status_code, "只接受" in bad.text) == (422, True)
    assert next(m for m in registry.materials(number) if m.kind == paper.kind) == paper
    good = lin.post(path, {**given, "_file": [(BytesIO(PDF), "a.pdf"), (BytesIO(PNG), "b.png")]})
    assert good.status_code == 303
    came = next(m for m in registry.materials(number) if m.kind == paper.kind)
    assert (came.mode, len(came.file_ids), came.due) == ("copy", 2, None)


def test_a_promise_that_is_late_shows_on_the_case_the_bell_and_the_customer(town: Flask) -> None:
    number = promised(town)
    lin = at_desk(town, "linqi")
    paper = next(m for m in registry.materials(number) if m.mode == "commitment")
    owner = registry.account(demo.KNOWN["clean_sale"]).owner
    page = lin.page(f"/customers/{owner.id}")
    assert f"承诺补交 · {paper.due} 前" in page
    assert f"/cases/{number}?tab=papers" in page
    late = now() + timedelta(days=40)
    with_part(number, lin.actor.id)
    done = tell_of_promises(by=SYSTEM, at=late)
    assert [one.case for one in done["late"]] == [number]
    assert f"承诺补交的材料已逾期：{paper.title}" in lin.page("/reminders")
    told = lin.page(f"/cases/{number}?tab=timeline")
    assert "承诺补交的材料逾期" in told


def with_part(number: str, person: int | None) -> None:
    """Let the case have been taken in by somebody of the cast."""
    raw().execute("UPDATE cases SET first_receiver = %s WHERE number = %s", (person, number))


def promised(town: Flask) -> str:
    """A sale whose buyer brings a paper later."""
    visit = Visit(demo.KNOWN["clean_sale"]).accept()
    rows = [{"state": "original", "pages": 1} for _ in visit.page("check").scope["papers"]]
    rows[0]["state"] = "commitment"
    visit.fill("check", papers=rows, materials_decision="by_list")
    return visit.number


def test_a_customer_s_page_shows_all_that_is_his_masked_and_in_the_region(town: Flask) -> None:
    facts = registry.account(demo.KNOWN["clean_sale"])
    lin, east = at_desk(town, "linqi"), at_desk(town, "jiangbeichen")
    path = f"/customers/{facts.owner.id}"
    assert path in lin.page(f"/accounts/{facts.account_no}")
    page = lin.page(path)
    assert facts.account_no in page
    assert facts.meter
    assert facts.meter.serial in page
    assert facts.owner.name not in page
    assert facts.owner.id_no
    assert facts.owner.id_no not in page
    assert east.get(path).status_code == 403
    assert at_desk(town, "qimingyuan").get(path).status_code == 403
    assert lin.get("/customers/999999").status_code == 404
    assert lin.get(f"/customers/{2**70}").status_code == 404


def test_every_known_account_and_its_customer_can_be_looked_at(town: Flask) -> None:
    lin = at_desk(town, "linqi")
    owing = 0
    for no in demo.KNOWN.values():
        facts = registry.account(no)
        page = lin.page(f"/accounts/{no}")
        whole = lin.page(f"/customers/{facts.owner.id}")
        for bill in registry.open_bills(no):
            owing += 1
            assert bill.bill_no in page
            assert f"¥{bill.open / 100:,.2f}" in page
            assert bill.bill_no in whole
    assert owing
