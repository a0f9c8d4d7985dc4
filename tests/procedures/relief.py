"""Visits about water relief: registration and yearly review, each page filled by whoever may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app import cases
from app.work import now
from app.worktime import local_day
from tests.procedures.visit import CLERK, SECOND, Visit, person

CLERK_2 = person(9021, "阮清和", "window_clerk")
ENTRY = person(9022, "乔知微", "data_entry")
TODAY = local_day(now())
NEXT_YEAR = TODAY + timedelta(days=365)
PAPERS = ("低保证或特困人员证", "申请人身份证件")
HOLDER = {
    "cert_kind": "low_income",
    "cert_no": "DB4301990001",
    "holder_name": "言若谷",
    "holder_id_no": "430199190105061238",
    "cert_to": NEXT_YEAR.isoformat(),
    "cert_seen": True,
}
NEIGHBOUR = {
    "door": "2单元301",
    "name": "柳松声",
    "id_no": "430199198807079009",
    "phone": "19900001002",
    "kind": "extreme_poverty",
    "cert_no": "TK4301990002",
    "valid_to": NEXT_YEAR.isoformat(),
}


class Relief(Visit):
    """One application of one account."""

    def __init__(self, account_no: str, by: Any = CLERK, begin: bool = True) -> None:
        self.account_no, self.at, self.pages = account_no, None, []
        if begin:
            self.moved = cases.start("low_income_registration", {"account_no": account_no}, by=by)
            self.number = self.moved.number

    def accept(self, **more: Any) -> Relief:
        """受理: the owner in person."""
        answers = {
            "applicant_role": "owner",
            "applicant_name": "言若谷",
            "phone": "19900001001",
            "name_matches": "yes",
            "by_agent": False,
        }
        if more.get("applicant_role") == "tenant":
            del answers["name_matches"]
        self.fill("relief_accept", **{**answers, **more})
        return self

    def certified(self, **more: Any) -> Relief:
        """核验证件 and 绑定水表, after all papers."""
        self.papers()
        return self.bound(**more)

    def bound(self, **more: Any) -> Relief:
        """The same without the papers; ``kind`` and ``others`` of the meter."""
        kind, others = more.pop("meter_kind", "own"), more.pop("others", None)
        self.fill("certificate", **{**HOLDER, **more})
        rows = {"more_households": others} if others is not None else {}
        self.fill("bind_meter", meter_kind=kind, meter_checked=True, **rows)
        return self

    def review(self, **more: Any) -> Relief:
        """复核 by somebody who entered nothing."""
        self.fill("relief_review", by=more.pop("by", SECOND), **{"review_result": "agree", **more})
        return self


def active(account_no: str, **more: Any) -> Relief:
    """An application that has come to its end."""
    relief = Relief(account_no).accept().certified(**more).review()
    assert relief.shown().outcome == "active"
    return relief
