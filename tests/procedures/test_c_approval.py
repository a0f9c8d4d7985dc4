"""审批: the levels come from the rule, one after the other."""

from __future__ import annotations

import pytest

from tests.procedures.desk import Desk

START = {
    "process": "meter_transfer",
    "is_exception": True,
    "amount": 0,
    "case_number": "GH1",
    "account_no": "1002003417",
    "subject": "过户特批",
    "summary": "缺权证",
}


@pytest.mark.parametrize(
    ("decision", "ended"), [("agree", "approved"), ("reject", "rejected"), ("return", "returned")]
)
def test_each_opinion_has_its_end(decision, ended):
    desk = Desk("c_approval", START).submit("approve", decision=decision, opinion="如上")
    assert desk.out.ended == ended


@pytest.mark.parametrize(
    ("said", "groups"),
    [
        ({}, ["cs_director"]),
        ({"is_exception": False, "amount": 1000}, ["finance"]),
        ({"process": "other", "is_exception": False}, ["cs_director"]),
    ],
)
def test_the_rule_names_who_approves(said, groups):
    assert Desk("c_approval", {**START, **said}).task("approve").groups == groups


def test_who_asked_may_not_approve():
    assert "balance" in Desk("c_approval", START).task("approve").not_by
