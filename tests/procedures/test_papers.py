"""Every file of a case is one of its papers; what was promised has a day."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

import pytest

from app import attachments, cases, notices, registry, settings
from app.errors import Conflict, Invalid, NotAllowed
from app.procedures.promised import late_promises_for, take_in_promised
from app.work import now
from tests.procedures.steps import NEW_OWNER
from tests.procedures.visit import ARCHIVIST, CLERK, TIMER, Visit, person

OWNER_ID = "新户主身份证件"
READER = person(9009, "简望舒", "meter_reader")


def sent(by=CLERK):
    content = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"
    return attachments.upload(BytesIO(content), "件.pdf", by=by).id


def photo(by=CLERK):
    content = b"\x89PNG\r\n\x1a\n" + b"pixels" * 9 + b"\0\0\0\0IEND\xaeB`\x82"
    return attachments.upload(BytesIO(content), "表.png", by=by).id


def files(visit):
    return {m.kind: m.file_ids for m in registry.materials(visit.number) if m.file_ids}


def test_files_of_every_step_are_papers_and_reach_the_volume(known):
    region = registry.account(known["arrears"]).region
    reader = person(9103, "褚向南", f"meter_reader:{region}", region=region)
    site, dial, statement, contract = photo(by=reader), photo(), sent(), sent()
    visit = Visit(known["arrears"]).accept(address_matches="no").papers()
    visit.fill("site_check", by=reader, site_result="match", site_photos=[site])
    visit.read(
        settle_way="new_owner",
        statement_signed=True,
        reading_photo=[dial],
        statement_file=[statement],
    )
    visit.pay().finish(contract_scan=[contract])
    assert files(visit) == {
        "site_photos": (site,),
        "reading_photo": (dial,),
        "payer_statement": (statement,),
        "contract_scan": (contract,),
    }
    page = cases.task_for(ARCHIVIST, cases.claim_next(by=ARCHIVIST))
    notes = {row["title"]: row["note"] for row in page.scope["items"]}
    for title in ("现场核对照片", "水表表底照片", "自愿结清声明", "供用水合同"):
        assert notes[title] == "扫描件 1 份"
    assert notes["受理回执"] == ""


def test_the_photo_of_a_disputed_dial_is_kept_and_a_newer_one_supersedes_it(known):
    first, second = photo(), photo()
    visit = Visit(known["arrears"]).accept().papers()
    visit.read(settle_way="disputed", dispute_note="表底数不认可", reading_photo=[first])
    assert files(visit) == {"reading_photo": (first,)}
    cases.deliver_message("customer_answered", visit.number, {}, by=TIMER)
    visit.read(reading_photo=[second])
    assert files(visit) == {"reading_photo": (second,)}


def test_what_the_archive_was_given_joins_the_case_and_the_index(known):
    visit = Visit(known["clean_sale"]).accept().papers().read().pay().finish()
    task = cases.claim_next(by=ARCHIVIST)
    items = cases.task_for(ARCHIVIST, task).scope["items"]
    rows = [{"present": row["title"] != "供用水合同", "pages": 1} for row in items]
    moved = cases.submit_task(task, {"items": rows}, by=ARCHIVIST, money="fen")
    supply, given = moved.tasks[0].id, sent()
    answers = {"supplied_files": [given], "supplied_note": "已补"}
    moved = cases.submit_task(supply, answers, by=CLERK, money="fen")
    assert files(visit) == {"supplied_1": (given,)}
    shown = cases.task_for(ARCHIVIST, moved.tasks[0].id).scope["items"]
    assert shown[-1]["title"] == "归档补交文件 1"
    volume = registry.volume(case=visit.number)
    assert volume
    assert [item.title for item in volume.items] == [row["title"] for row in shown]


# --- promises ---------------------------------------------------------------------------------


def promising(known):
    """A sale whose buyer brings the identity card later."""
    visit = Visit(known["clean_sale"]).accept()
    rows = [
        {"state": "commitment" if row["title"] == OWNER_ID else "original", "pages": 1}
        for row in visit.page("check").scope["papers"]
    ]
    return visit.fill("check", papers=rows, materials_decision="by_list")


def promised(visit):
    return next(m for m in registry.materials(visit.number) if m.title == OWNER_ID)


def test_a_promised_paper_has_the_day_of_the_setting(known):
    visit = promising(known)
    days = settings.get("limit.T-COMMIT")
    start = visit.shown().started_at
    closing = settings.calendar().add_workdays(start, days)
    assert days == 15
    assert promised(visit).due == (closing + timedelta(hours=8)).date()
    assert visit.open == ["reading"]
    assert {m.due for m in registry.materials(visit.number)} == {None, promised(visit).due}


def test_who_keeps_no_promise_is_reminded_once_and_listed(known):
    visit = promising(known).read().pay().finish()
    due = promised(visit).due
    assert isinstance(due, date)
    assert registry.late_promises(due) == []
    late = now() + (due - now().date()) + timedelta(days=2)
    assert [p.title for p in registry.remind_of_promises(by=TIMER, at=late)] == [OWNER_ID]
    assert registry.remind_of_promises(by=TIMER, at=late) == []
    said = [n.template for n in notices.of_case(visit.number)]
    assert said.count("promise_late") == 1
    assert [p.case for p in registry.late_promises(due + timedelta(days=1))] == [visit.number]


def test_before_the_account_changes_hands_a_late_promise_is_listed_only(known):
    visit = promising(known)
    late = now() + timedelta(days=60)
    assert [p.case for p in registry.remind_of_promises(by=TIMER, at=late)] == [visit.number]
    assert notices.of_case(visit.number) == []


def test_nothing_promised_nothing_late(known):
    visit = Visit(known["clean_sale"]).accept(NEW_OWNER).papers()
    assert {m.due for m in registry.materials(visit.number)} == {None}
    assert registry.late_promises(date(2099, 1, 1)) == []


def test_promising_again_does_not_put_the_day_off(known):
    visit = Visit(known["clean_sale"]).accept()
    rows = [
        {"state": "commitment", "pages": 1} if row["title"] == OWNER_ID else {"state": "missing"}
        for row in visit.page("check").scope["papers"]
    ]
    visit.fill("check", papers=rows, materials_decision="by_list")
    first = promised(visit).due
    visit.later(days=4)
    rows = [{**row, "state": "original"} if row["state"] == "missing" else row for row in rows]
    visit.fill("supplement", papers=rows, materials_decision="by_list")
    assert promised(visit).due == first
    assert next(m for m in registry.materials(visit.number) if m.kind == "title_deed").due is None


def test_a_promised_paper_comes_after_the_case_is_over(known):
    visit = promising(known).read().pay().finish()
    kind, due = promised(visit).kind, promised(visit).due
    with pytest.raises(Invalid):
        take_in_promised(visit.number, kind, "promised", 2, by=CLERK)
    with pytest.raises(Invalid):
        take_in_promised(visit.number, kind, "original", 0, by=CLERK)
    with pytest.raises(NotAllowed):
        take_in_promised(visit.number, kind, "original", 2, by=READER)
    assert [p.kind for p in late_promises_for(CLERK, now() + timedelta(days=60))] == [kind]
    take_in_promised(visit.number, kind, "original", 2, by=CLERK)
    assert (promised(visit).mode, promised(visit).pages, promised(visit).due) == (
        "original",
        2,
        None,
    )
    assert registry.late_promises(due + timedelta(days=1)) == []
    with pytest.raises(Conflict):
        take_in_promised(visit.number, kind, "original", 2, by=CLERK)
    done = [e.action for e in cases.trail(CLERK, visit.number) if e.action.startswith("material:")]
    assert done[-2:] == ["material:supersede", "material:put"]
