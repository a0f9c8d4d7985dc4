"""建档: asks for the filing and goes on at once."""

from __future__ import annotations

from tests.procedures.desk import Desk

START = {
    "case_number": "GH1",
    "account_no": "1002003417",
    "process": "meter_transfer",
    "ending": "transferred",
    "applicant_type": "person",
    "region": "城东",
}


def test_the_filing_is_asked_for_with_the_cases_number():
    desk = Desk("c_archive", START)
    assert desk.out.ended == "requested"
    (sent,) = desk.sent
    assert (sent.name, sent.key) == ("archive_requested", "GH1")
    assert sent.variables["filed_case"] == "GH1"
