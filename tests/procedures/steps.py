"""Steps of a transfer as the clerks take them."""

from __future__ import annotations

from typing import Any

from tests.procedures.desk import Desk

NEW_OWNER = {
    "applicant_type": "person",
    "new_name": "言若谷",
    "new_id_type": "resident_id",
    "new_id_no": "430199190105061238",
    "new_phone": "19900001001",
    "household_size": 4,
}
UNIT = {
    "applicant_type": "unit",
    "new_name": "星蔓食品有限公司（湖南）",
    "new_uscc": "91430199MA4Q00016T",
    "new_legal_rep": "段予安",
    "new_phone": "19900001002",
}


def accept(desk: Desk, owner: dict[str, Any] | None = None, **more: Any) -> Desk:
    """受理: a sale by the new owner in person, unless said otherwise."""
    answers = {
        "reason": "sale",
        "old_owner": "present",
        "category_change": "no",
        "title_status": "titled",
        "address_matches": "yes",
        "by_agent": False,
    }
    return desk.submit("accept", **{**answers, **(owner or NEW_OWNER), **more})


def papers(desk: Desk, step: str = "check", missing: tuple[str, ...] = (), **more: Any) -> Desk:
    """核验: everything in the original but what is named."""
    rows = [
        {"state": "missing"} if row["title"] in missing else {"state": "original", "pages": 1}
        for row in desk.scope(step)["papers"]
    ]
    return desk.submit(step, papers=rows, **{"materials_decision": "by_list", **more})


def read(desk: Desk, **more: Any) -> Desk:
    """抄表清算: both agree on 1298."""
    answers = {
        "reading_date": "2026-03-02",
        "reading_source": "agreed",
        "reading": 1298,
        "confirmed_by": "both",
        "settle_way": "old_owner",
    }
    if more.get("reading_source") == "site":
        del answers["reading"], answers["confirmed_by"]
    return desk.submit("reading", **{**answers, **more})


def pay(desk: Desk, amount: int = 3516, **more: Any) -> Desk:
    """收款 by code."""
    answers = {"received": "yes", "method": "wechat", "amount": amount, "payer_name": "周禾清"}
    return desk.submit("receive", **{**answers, **more})


def sign(desk: Desk, **more: Any) -> Desk:
    """签订供用水合同."""
    return desk.submit("sign", contract_read=True, contract_signed=True, **more)


def enter(desk: Desk, owner: dict[str, Any] | None = None) -> Desk:
    """变更档案: nothing to correct."""
    typed = {k: v for k, v in (owner or NEW_OWNER).items() if k != "applicant_type"}
    return desk.submit("change_record", entry_checked=True, **typed)


def finish(desk: Desk, owner: dict[str, Any] | None = None, **signing: Any) -> Desk:
    """From the contract to the end."""
    enter(sign(desk, **signing), owner).submit("review", review_result="agree")
    return desk.submit("deliver", delivered_to="owner", receipt_signed=True)


def to_settlement(desk: Desk, **more: Any) -> Desk:
    """受理 and 核验 of a plain sale."""
    return papers(accept(desk, **more))
