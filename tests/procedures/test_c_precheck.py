"""业务前置校验 on its own: each end, and the number that blocks."""

from __future__ import annotations

import pytest

from tests.procedures.desk import SERVICES, Desk

START = {"business_type": "meter_transfer", "account_no": "1002003417", "case_number": "GH1"}


@pytest.mark.parametrize(
    ("facts", "ended"),
    [
        ({}, "pass"),
        ({"has_arrears": True}, "warn"),
        ({"account_state": "suspended"}, "warn"),
        ({"account_state": "pre"}, "block"),
        ({"open_violation": True, "has_arrears": True}, "block"),
        ({"open_case": True, "blocking_case": "XH20260301-0002"}, "block"),
    ],
)
def test_each_state_of_the_account_has_its_end(facts, ended):
    inspected = {**SERVICES["c_precheck.inspect"], **facts}
    desk = Desk("c_precheck", START, c_precheck__inspect=inspected)
    assert desk.out.ended == ended
    assert facts.get("blocking_case", "") in desk.run.variables["precheck_text"]
