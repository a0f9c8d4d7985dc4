"""Every file of a case is one of its papers; what was promised has a day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from io import BytesIO

import pytest

from app import attachments, cases, notices, registry, settings
from app.db import db, raw
from app.errors import Conflict, Invalid, NotAllowed, NotFound
from app.procedures.papers import replace_file
from app.procedures.promised import (
    last_day,
    late_promises_for,
    take_in_promised,
    tell_of_promises,
)
from app.registry.models import Customer
from app.work import SYSTEM, command, now
from app.worktime import SHANGHAI
from tests.procedures.steps import NEW_OWNER
from tests.procedures.visit import ARCHIVIST, CLERK, TIMER, Visit, person

OWNER_ID = "新户主身份证件"
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 9 + b"\0\0\0\0IEND\xaeB`\x82"
READER = person(9009, "简望舒", "meter_reader")


@command
def put(work, case, file):
    registry.put_material(
        work, case=case, kind="later", title="后补", mode="file", pages=1, received=True,
        file_ids=[file],
    )  # fmt: skip


@command
def name_in(work, case, file):
    attachments.name_in_case(work, [file], case)


@command
def refuse_messages(work, customer_id):
    row = db.session.get_one(Customer, customer_id)
    row.sms_ok = False
    work.record(row, "customer:update", after={"sms_ok": False})


def sent(by=CLERK):
    content = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"
    return attachments.upload(BytesIO(content), "件.pdf", by=by).id


def photo(by=CLERK):
    return attachments.upload(BytesIO(PNG), "表.png", by=by).id


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


def at(day, hour, minute=0):
    return datetime.combine(day, time(hour, minute), SHANGHAI)


def told(moment):
    done = tell_of_promises(by=TIMER, at=moment)
    return {kind: [p.title for p in found] for kind, found in done.items() if found}


def said(visit):
    return [n.template for n in notices.of_case(visit.number) if n.template.startswith("promise")]


def test_a_promise_has_two_moments_each_once(known):
    visit = promising(known)
    due = promised(visit).due
    assert told(at(due, 8, 29)) == {}
    assert told(at(due, 8, 30)) == {"due": [OWNER_ID]}
    assert told(at(due, 8, 31)) == {}
    assert told(at(due, 23, 59)) == {}
    assert told(at(due + timedelta(days=1), 0)) == {"late": [OWNER_ID]}
    assert told(at(due + timedelta(days=1), 9)) == {}
    assert said(visit) == ["promise_due", "promise_late"]
    acts = [e.action for e in cases.trail(CLERK, visit.number)]
    assert (acts.count("material:remind"), acts.count("material:late")) == (1, 1)


def test_the_moment_follows_the_opening_of_the_house(known):
    settings.put("service.open", "09:15", by=SYSTEM)
    visit = promising(known)
    due = promised(visit).due
    assert told(at(due, 9, 14)) == {}
    assert told(at(due, 9, 15)) == {"due": [OWNER_ID]}


def test_a_worker_that_stood_still_says_only_what_still_holds(known):
    visit = promising(known)
    due = promised(visit).due
    assert told(at(due + timedelta(days=2), 9)) == {"late": [OWNER_ID]}
    assert said(visit) == ["promise_late"]


def test_the_applicant_is_told_whether_the_case_is_open_or_over(known):
    open_one = promising(known)
    due = promised(open_one).due
    assert told(at(due + timedelta(days=1), 0)) == {"late": [OWNER_ID]}
    (notice,) = [n for n in notices.of_case(open_one.number) if n.template == "promise_late"]
    said_to = notices.content(notice.id)
    assert said_to.recipient == NEW_OWNER["new_phone"]
    for words in (OWNER_ID, open_one.number, due.isoformat()):
        assert words in said_to.text


def test_who_took_the_case_in_hears_of_it_once_it_is_late(known):
    visit = promising(known).read().pay().finish()
    due = promised(visit).due
    before = len(cases.unread(CLERK))
    told(at(due, 9))
    assert len(cases.unread(CLERK)) == before
    told(at(due + timedelta(days=1), 0))
    alert = cases.unread(CLERK)[0]
    assert (alert.kind, alert.case_number, alert.step) == ("promise", visit.number, OWNER_ID)
    assert [p.case for p in late_promises_for(CLERK, at(due + timedelta(days=1), 8))] == [
        visit.number
    ]


def test_who_wants_no_messages_or_has_no_mobile_gets_none(known):
    owner = registry.account(known["clean_sale"]).owner
    refuse_messages(owner.id, by=SYSTEM)
    assert registry.refuses_sms(owner.phones[0])
    visit = Visit(known["clean_sale"]).accept(new_phone=owner.phones[0])
    visit.fill("check", papers=rows_of(visit), materials_decision="by_list")
    due = promised(visit).due
    assert told(at(due + timedelta(days=1), 0)) == {"late": [OWNER_ID]}
    assert said(visit) == []
    other = Visit(known["arrears"]).accept(new_phone="0731-96001234")
    other.fill("check", papers=rows_of(other), materials_decision="by_list")
    assert told(at(due + timedelta(days=1), 1)) == {"late": [OWNER_ID]}
    assert said(other) == []


def test_what_came_is_nobodys_moment_any_more(known):
    visit = promising(known)
    due = promised(visit).due
    take_in_promised(visit.number, promised(visit).kind, "copy", 1, by=CLERK)
    assert told(at(due, 9)) == {}
    assert told(at(due + timedelta(days=3), 9)) == {}
    assert said(visit) == []


def test_a_row_of_the_release_before_is_late_all_the_same(known):
    visit = promising(known)
    due = promised(visit).due
    raw().execute("UPDATE material SET remind_at = NULL, late_at = NULL")
    assert told(at(due, 23)) == {}
    assert told(at(due + timedelta(days=1), 0)) == {"late": [OWNER_ID]}
    assert said(visit) == ["promise_late"]


# --- the day that the clerk chooses -------------------------------------------------------------


def rows_of(visit, **more):
    """All in hand but the identity card, which is promised."""
    page = visit.page("check" if "check" in visit.open else "supplement")
    return [
        {"state": "commitment", "pages": 1, **more}
        if row["title"] == OWNER_ID
        else {"state": "original", "pages": 1}
        for row in page.scope["papers"]
    ]


def test_the_page_offers_the_last_day_and_an_earlier_one_holds(known):
    visit = Visit(known["clean_sale"]).accept()
    offered = {row["due"] for row in visit.page("check").scope["papers"]}
    last = last_day(now())
    assert offered == {last.isoformat()}
    chosen = settings.calendar().add_workdays(now(), 3).astimezone(SHANGHAI).date()
    given = rows_of(visit, due=chosen.isoformat())
    visit.fill("check", papers=given, materials_decision="by_list")
    assert promised(visit).due == chosen


@pytest.mark.parametrize("days", [0, -1, 60])
def test_a_day_outside_of_the_limit_is_refused_at_its_field(known, days):
    visit = Visit(known["clean_sale"]).accept()
    day = (now().astimezone(SHANGHAI) + timedelta(days=days)).date()
    given = rows_of(visit, due=day.isoformat())
    with pytest.raises(Invalid) as caught:
        visit.fill("check", papers=given, materials_decision="by_list")
    (name,) = caught.value.fields
    assert name.endswith(".due")
    assert "补交日期" in str(caught.value.fields[name])


def test_a_day_when_the_house_is_shut_is_refused(known):
    visit = Visit(known["clean_sale"]).accept()
    calendar = settings.calendar()
    days = (now().astimezone(SHANGHAI).date() + timedelta(days=n) for n in range(1, 20))
    shut = next(day for day in days if not calendar.is_workday(day))
    given = rows_of(visit, due=shut.isoformat())
    with pytest.raises(Invalid) as caught:
        visit.fill("check", papers=given, materials_decision="by_list")
    assert "不是工作日" in str(caught.value.fields)


def test_a_near_day_stays_when_the_rest_is_supplied_after_it(known):
    visit = Visit(known["clean_sale"]).accept()
    chosen = settings.calendar().add_workdays(now(), 1).astimezone(SHANGHAI).date()
    given = [
        row if row["state"] == "commitment" else {"state": "missing"}
        for row in rows_of(visit, due=chosen.isoformat())
    ]
    visit.fill("check", papers=given, materials_decision="by_list")
    visit.later(days=8)
    given = rows_of(visit, due=chosen.isoformat())
    visit.fill("supplement", papers=given, materials_decision="by_list")
    assert promised(visit).due == chosen


def test_shared_data_name_their_source_and_bring_no_file(known):
    visit = Visit(known["clean_sale"]).accept()
    given = rows_of(visit)
    plain = {"state": "shared", "pages": 1}
    for row, asked in ((plain, "pages"), ({"state": "shared"}, "source")):
        shown = [row if one["state"] == "commitment" else one for one in given]
        with pytest.raises(Invalid) as caught:
            visit.fill("check", papers=shown, materials_decision="by_list")
        assert any(name.endswith(asked) for name in caught.value.fields)
    shown = [
        {"state": "shared", "source": "市电子证照库"} if one["state"] == "commitment" else one
        for one in given
    ]
    visit.fill("check", papers=shown, materials_decision="by_list")
    paper = promised(visit)
    assert (paper.mode, paper.source, paper.pages, paper.file_ids, paper.received) == (
        "shared", "市电子证照库", 0, (), True,
    )  # fmt: skip


# --- a file in another's place ------------------------------------------------------------------


def test_a_new_file_takes_an_old_ones_place_and_the_old_one_stays(known):
    old = sent()
    visit = Visit(known["clean_sale"]).accept()
    given = [{**row, "files": [old]} for row in rows_of(visit)]
    visit.fill("check", papers=given, materials_decision="by_list")
    new = replace_file(visit.number, old, BytesIO(PNG), "清晰.png", by=CLERK)
    assert {m.file_ids for m in registry.materials(visit.number)} == {(new.id,)}
    assert attachments.facts([old])[old].superseded_by == new.id
    assert attachments.open_file(old)[1].startswith(b"%PDF")
    assert {m.file_ids for m in registry.earlier_materials(visit.number)} == {(old,)}
    with pytest.raises(Invalid, match="已被替换"):
        replace_file(visit.number, old, BytesIO(PNG), "又一份.png", by=CLERK)
    with pytest.raises(NotAllowed):
        replace_file(visit.number, new.id, BytesIO(PNG), "x.png", by=READER)
    # A later step that still knows the old one means the new one.
    put(visit.number, old, by=SYSTEM)
    assert registry.materials(visit.number)[-1].file_ids == (new.id,)


def test_a_file_of_another_case_takes_no_place_here(known):
    one, other = Visit(known["clean_sale"]).accept(), Visit(known["arrears"]).accept()
    old = sent()
    put(one.number, old, by=SYSTEM)
    name_in(one.number, old, by=SYSTEM)
    with pytest.raises(NotFound):
        replace_file(other.number, old, BytesIO(PNG), "x.png", by=CLERK)


def test_a_promised_paper_comes_with_its_scan(known):
    visit = promising(known)
    kind = promised(visit).kind
    take_in_promised(visit.number, kind, "original", 1, [(BytesIO(PNG), "证.png")], by=CLERK)
    (file,) = promised(visit).file_ids
    assert attachments.cases_of(file) == (visit.number,)


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
