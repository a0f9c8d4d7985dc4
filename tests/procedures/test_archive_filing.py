"""建档归档: check, complete, number."""

from __future__ import annotations

from tests.procedures.desk import Desk

ASKED = {
    "filed_case": "GH1",
    "account_no": "1002003417",
    "process": "meter_transfer",
    "ending": "transferred",
    "applicant_type": "person",
    "region": "城东",
}
MISSING = {"complete": False, "missing_text": "供用水合同", "items": []}
SHELF = {"place": "一库3柜2层", "secrecy": "general", "retention": "permanent"}


def check(desk):
    rows = [{"present": True, "pages": 1} for _ in desk.scope("check_volume")["items"]]
    return desk.submit("check_volume", items=rows)


def test_a_complete_volume_is_numbered():
    desk = check(Desk("archive_filing", ASKED, "archive_requested")).submit("shelve", **SHELF)
    assert desk.out.ended == "filed"
    titles = [row["title"] for row in desk.asked("archive_filing.open_volume")["index_rows"]]
    assert "供用水合同" in titles
    assert "不予受理通知书" not in titles


def test_what_is_missing_goes_back_and_is_checked_again():
    filing = Desk("archive_filing", ASKED, "archive_requested", archive_filing__note_items=MISSING)
    desk = check(filing)
    assert desk.submit("supply", supplied_note="已补合同").open == ["check_volume"]


def test_the_archivist_is_urged_after_five_working_days_and_the_step_stays():
    desk = Desk("archive_filing", ASKED, "archive_requested").later(days=7, hours=9)
    assert desk.called[-1][0] == "archive_filing.urge"
    assert desk.open == ["check_volume"]
