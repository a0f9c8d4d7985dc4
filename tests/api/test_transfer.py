"""水表过户 over HTTP with the real drawings, the demo register and its print-outs."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask

from app import cases
from app.api import accounts
from app.registry import demo
from app.work import SYSTEM, now
from app.worktime import local_day
from tests.api.conftest import Caller, House, engage
from tests.api.test_calls import PNG, described
from tests.api.walking import Walk
from tests.procedures.steps import NEW_OWNER

ROOT = Path(__file__).parents[2]
HERE = ("window_clerk", "cashier", "contract_clerk", "finance", "data_entry")


@pytest.fixture
def town(furnished: Flask) -> House:
    """The shipped procedures and sixty accounts."""
    house = engage(furnished)
    cases.set_groups("lin", HERE, by=SYSTEM)
    cases.set_groups("ruan", HERE, by=SYSTEM)
    return house


def visit_of(by: Caller, account_no: str) -> Walk:
    """One visit of a customer."""
    return Walk(by, "meter_transfer", account_no=account_no)


def accept(visit: Walk) -> None:
    visit.fill(
        "accept", **NEW_OWNER, reason="sale", old_owner="present", category_change="no",
        title_status="titled", address_matches="yes", by_agent=False,
    )  # fmt: skip


def test_a_sale_over_http_from_start_to_delivery(town: House) -> None:
    number = demo.KNOWN["clean_sale"]
    visit = visit_of(town.lin, number)
    accept(visit)
    paper = town.lin.post("/attachments", data={"file": (BytesIO(PNG), "a.png")}).get_json()["id"]
    rows = [
        {"state": "original", "pages": 1, "files": [paper]},
        *[{"state": "original", "pages": 1}] * 2,
    ]
    visit.fill("check", papers=rows, materials_decision="by_list")
    account = town.lin.get(f"/accounts/{number}").get_json()
    assert account["lock"] == visit.now["number"]
    visit.fill(
        "reading", reading_date=local_day(now()).isoformat(), reading_source="agreed",
        reading=account["meter"]["last_reading"] + 12, confirmed_by="both", settle_way="old_owner",
    )  # fmt: skip
    if visit.now["tasks"][0]["element"] == "receive":
        due = town.lin.get(f"/accounts/{number}").get_json()["arrears"]
        visit.fill("receive", received="yes", method="cash", amount=due, payer_name="周禾清")
    visit.fill("sign", contract_read=True, contract_signed=True)
    typed = {k: v for k, v in NEW_OWNER.items() if k != "applicant_type"}
    visit.fill("change_record", entry_checked=True, **typed)
    visit.fill("review", by=town.ruan, review_result="agree")
    late = town.lin.post(f"/cases/{visit.now['number']}/withdraw", {"reason": "晚了"})
    assert late.status_code == 422, "the register has been changed"
    done = visit.fill("deliver", delivered_to="owner", receipt_signed=True)
    assert done["state"] == "ended", done
    assert town.lin.get(f"/accounts/{number}").get_json()["lock"] is None


def test_case_17_over_http_from_the_arrears_to_the_trail(town: House) -> None:
    cases.set_groups("ruan", (*HERE, "cs_director"), by=SYSTEM)
    number = demo.KNOWN["case17"]
    before = town.lin.get(f"/accounts/{number}").get_json()
    assert before["arrears"] == 19222
    visit = visit_of(town.lin, number)
    visit.fill(
        "accept", **NEW_OWNER, reason="inheritance", old_owner="deceased", category_change="no",
        title_status="none", address_matches="yes", by_agent=False,
    )  # fmt: skip
    taken, gone = {"state": "original", "pages": 1}, {"state": "missing"}
    visit.fill("check", papers=[taken, gone, taken, gone], materials_decision="by_list")
    visit.fill("approve", by=town.ruan, decision="agree", opinion="公证书齐全，同意")
    visit.fill(
        "reading", reading_date=local_day(now()).isoformat(), reading_source="agreed",
        reading=before["meter"]["last_reading"], confirmed_by="new_owner",
        settle_way="new_owner", statement_signed=True,
    )  # fmt: skip
    visit.fill("receive", received="yes", method="cash", amount=19222, payer_name="言若谷")
    visit.fill("sign", contract_read=True, contract_signed=True)
    typed = {k: v for k, v in NEW_OWNER.items() if k != "applicant_type"}
    visit.fill("change_record", entry_checked=True, **typed)
    visit.fill("review", by=town.ruan, review_result="agree")
    done = visit.fill("deliver", delivered_to="owner", receipt_signed=True)
    assert (done["state"], done["outcome"]) == ("ended", "transferred")
    after = town.lin.get(f"/accounts/{number}").get_json()
    assert (after["arrears"], after["lock"]) == (0, None)
    trail = town.lin.get(f"/cases/{done['number']}/trail").get_json()["items"]
    assert trail[0]["action"] == "case:start"
    steps = [e["element"] for e in trail if e["action"] == "task:complete"]
    assert steps == [
        "accept",
        "check",
        "approve",
        "reading",
        "receive",
        "sign",
        "change_record",
        "review",
        "deliver",
    ]
    clear = str(trail)
    assert not any(NEW_OWNER[k] in clear for k in ("new_name", "new_id_no", "new_phone"))


def test_a_print_is_a_pdf_for_the_group_at_work(town: House) -> None:
    visit = visit_of(town.lin, demo.KNOWN["clean_sale"])
    accept(visit)
    path = f"/cases/{visit.now['number']}/prints/application"
    asked = town.lin.get(path)
    assert (asked.status_code, asked.content_type) == (403, "application/problem+json")
    assert town.lin.post(f"/cases/{visit.now['number']}/look", {"why": "handle"}).status_code == 204
    made = town.lin.get(path)
    assert (made.status_code, made.content_type) == (200, "application/pdf"), made.text
    assert made.data.startswith(b"%PDF-")
    full = town.lin.get(f"/cases/{visit.now['number']}/prints/meter_transfer.application")
    assert full.status_code == 200
    assert town.south.get(path).status_code == 403
    assert town.lin.get(path + "x").status_code == 404


def test_what_forms_ask_is_told_with_options(town: House) -> None:
    visit = visit_of(town.lin, demo.KNOWN["clean_sale"])
    page = town.lin.get(f"/tasks/{visit.now['next']}").get_json()
    fields = {f["name"]: f for f in page["form"]["fields"]}
    assert "sale" in [o["value"] for o in fields["reason"]["options"]]
    assert fields["new_name"]["personal"]
    english = town.lin.get(f"/tasks/{visit.now['next']}", headers={"Accept-Language": "en"})
    assert {f["name"]: f["label"] for f in english.get_json()["form"]["fields"]}["reason"] == (
        "Reason"
    )
    wrong = town.lin.post(
        f"/tasks/{visit.now['next']}/complete", {"answers": {**NEW_OWNER, "new_phone": "123"}}
    )
    said = {e["field"] for e in wrong.get_json()["errors"]}
    assert {"new_phone", "reason"} <= said


def test_accounts_are_found_and_masked(town: House) -> None:
    number = demo.KNOWN["case17"]
    found = town.lin.get("/accounts", query_string={"q": number}).get_json()
    described(accounts.Accounts, found)
    (line,) = found["items"]
    assert line["account_no"] == number
    assert "*" in line["name"]
    whole = town.lin.get(f"/accounts/{number}")
    described(accounts.Account, whole.get_json())
    assert whole.get_json()["arrears"] == 19222
    assert not re.search(r"1[3-9]\d{9}|\d{17}[\dX]", whole.text.replace(number, ""))
    assert town.lin.get("/accounts?q=x").get_json()["items"] == []
    assert town.lin.get("/accounts/0000000000").status_code == 404


def test_accounts_of_another_region_are_not_shown(town: House) -> None:
    lines = town.lin.get("/accounts", query_string={"q": "路"}).get_json()["items"]
    lines += town.lin.get("/accounts", query_string={"q": "东"}).get_json()["items"]
    lines += [
        town.lin.get(f"/accounts/{n}").get_json()
        for n in demo.KNOWN.values()
        if re.fullmatch(r"\d{10}", str(n))
    ]
    east = next(line for line in lines if line["region"] == "城东")
    assert town.east.get(f"/accounts/{east['account_no']}").status_code == 200
    assert town.south.get(f"/accounts/{east['account_no']}").status_code == 403
    found = town.south.get("/accounts", query_string={"q": east["account_no"]}).get_json()
    assert found["items"] == []


def test_a_foreign_file_cannot_be_named(town: House) -> None:
    visit = visit_of(town.lin, demo.KNOWN["clean_sale"])
    accept(visit)
    foreign = town.ruan.post("/attachments", data={"file": (BytesIO(PNG), "a.png")}).get_json()
    task = visit.task("check")
    rows = [
        {"state": "original", "pages": 1, "files": [foreign["id"]]},
        *[{"state": "original", "pages": 1}] * 2,
    ]
    answer = town.lin.post(
        f"/tasks/{task}/complete", {"answers": {"papers": rows, "materials_decision": "by_list"}}
    )
    assert answer.status_code == 422
    assert "papers" in answer.get_json()["errors"][0]["field"]
