"""水表过户 through cases and the register: what changes, and what is left behind."""

from __future__ import annotations

from app import cases, registry
from app.work import now
from app.worktime import local_day
from tests.procedures.steps import NEW_OWNER
from tests.procedures.visit import ARCHIVIST, CLERK, SECOND, Visit


def test_a_sale_changes_the_owner_the_contract_and_the_tiers(known):
    number = known["clean_sale"]
    before = registry.account(number)
    visit = Visit(number)
    visit.fill(
        "accept",
        **NEW_OWNER,
        reason="sale",
        old_owner="present",
        category_change="no",
        title_status="titled",
        address_matches="yes",
        by_agent=False,
    )
    rows = [{"state": "original", "pages": 1}] * 3
    visit.fill("check", papers=rows, materials_decision="by_list")
    visit.fill(
        "reading",
        reading_date=local_day(now()).isoformat(),
        reading_source="agreed",
        reading=before.meter.last_reading + 12,
        confirmed_by="both",
        settle_way="old_owner",
    )
    due = sum(b.open for b in registry.open_bills(number))
    if due:
        visit.fill("receive", received="yes", method="cash", amount=due, payer_name="周禾清")
    visit.fill("sign", contract_read=True, contract_signed=True)
    typed = {k: v for k, v in NEW_OWNER.items() if k != "applicant_type"}
    visit.fill("change_record", entry_checked=True, **typed)
    visit.fill("review", by=SECOND, review_result="agree")
    visit.fill("deliver", delivered_to="owner", receipt_signed=True)
    after = registry.account(number)
    assert len(visit.pages) <= 8
    assert after.owner.name == "言若谷"
    assert after.owner.id != before.owner.id
    assert after.contract_no not in (None, before.contract_no)
    assert (after.tier_used, after.arrears, after.lock) == (0, 0, None)
    # And the filing goes on as a case of its own, to its number and shelf
    file_away(visit.moved.number)


def file_away(number):
    task = cases.claim_next(by=ARCHIVIST)
    page = cases.task_for(ARCHIVIST, task)
    assert page.element == "check_volume"
    assert page.scope["filed_case"] == number
    rows = [{"present": True, "pages": 2} for _ in page.scope["items"]]
    moved = cases.submit_task(task, {"items": rows}, by=ARCHIVIST, money="fen")
    shelf = {"place": "一库3柜2层", "secrecy": "general", "retention": "permanent"}
    moved = cases.submit_task(moved.tasks[0].id, shelf, by=ARCHIVIST, money="fen")
    assert moved.outcome == "filed"
    assert registry.volume(case=number).archive_no


def test_case_17_an_heir_pays_the_dead_owners_arrears_by_statement(known):
    number = known["case17"]
    before = registry.account(number)
    assert before.arrears == 19222
    visit = Visit(number)
    visit.fill(
        "accept",
        **NEW_OWNER,
        reason="inheritance",
        old_owner="deceased",
        category_change="no",
        title_status="none",
        address_matches="yes",
        by_agent=False,
    )
    taken, gone = {"state": "original", "pages": 1}, {"state": "missing"}  # as the rule lists them
    visit.fill("check", papers=[taken, gone, taken, gone], materials_decision="by_list")
    visit.fill("approve", by=SECOND, decision="agree", opinion="公证书齐全，同意")
    visit.fill(
        "reading",
        reading_date=local_day(now()).isoformat(),
        reading_source="agreed",
        reading=before.meter.last_reading,
        confirmed_by="new_owner",
        settle_way="new_owner",
        statement_signed=True,
    )
    due = sum(b.open for b in registry.open_bills(number))
    visit.fill("receive", received="yes", method="cash", amount=due, payer_name="言若谷")
    visit.fill("sign", contract_read=True, contract_signed=True)
    typed = {k: v for k, v in NEW_OWNER.items() if k != "applicant_type"}
    visit.fill("change_record", entry_checked=True, **typed)
    visit.fill("review", by=SECOND, review_result="agree")
    visit.fill("deliver", delivered_to="owner", receipt_signed=True)
    after = registry.account(number)
    assert (after.owner.name, after.arrears, after.lock) == ("言若谷", 0, None)
    kinds = {m.kind for m in registry.materials(visit.moved.number) if m.received}
    assert {"new_owner_id", "inheritance_proof", "payer_statement"} <= kinds


def test_a_second_transfer_of_the_account_is_refused_with_the_first_ones_number(known):
    first, second = Visit(known["clean_sale"]), Visit(known["clean_sale"])
    for visit in (first, second):
        visit.fill(
            "accept",
            **NEW_OWNER,
            reason="sale",
            old_owner="present",
            category_change="no",
            title_status="titled",
            address_matches="yes",
            by_agent=False,
        )
    assert first.open == ["check"]
    assert second.open == ["tell_refusal"]
    variables = cases.task_for(CLERK, second.moved.tasks[0].id).scope
    assert first.moved.number in variables["refusal_reason"]
