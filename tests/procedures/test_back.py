"""水表过户 is sent back: into called procedures, past a payment, not past the new owner."""

from __future__ import annotations

import pytest

from app import cases, registry
from app.errors import Refused
from app.work import SYSTEM
from tests.procedures.visit import CLERK, SECOND, Visit


def back(visit, element, to, by=CLERK):
    return cases.send_back(visit.task(element), to, "请重新核对", by=by)


def names(visit, element, by=CLERK):
    return [way.name for way in cases.ways_back(by, visit.task(element))]


def test_out_of_a_called_procedure_to_the_counter_and_forward_again(known):
    visit = Visit(known["clean_sale"]).accept()
    before = visit.page("check").scope["papers"]
    back(visit, "check", "accept")
    assert visit.open == ["accept"]
    masked = cases.task_for(CLERK, visit.task("accept"))
    assert masked.offered["reason"] == "sale"
    assert "new_name" not in masked.offered
    assert visit.page("accept").offered["new_name"] == "言若谷"
    # What was shown masked, or not at all, stays as it was entered.
    visit.fill("accept", **masked.offered)
    assert cases.case(SYSTEM, visit.number).variables["new_name"] == "言若谷"
    assert visit.page("check").scope["papers"] == before


def test_into_a_called_procedure_that_is_over(known):
    visit = Visit(known["clean_sale"]).accept().papers()
    assert visit.open == ["reading"]
    assert "材料核验" in " ".join(names(visit, "reading"))
    way = next(w for w in cases.ways_back(CLERK, visit.task("reading")) if "材料" in w.name)
    back(visit, "reading", way.element)
    assert visit.open == ["check"]
    assert visit.page("check").offered["materials_decision"] == "by_list"


def test_past_a_payment_nothing_is_asked_or_paid_twice(known):
    visit = Visit(known["clean_sale"]).accept().papers().read().pay()
    paid = registry.account(visit.account_no)
    assert visit.open == ["sign"]
    with pytest.raises(Refused):
        back(visit, "sign", "settle")
    back(visit, "sign", "materials")
    visit.fill("check", **visit.page("check").offered)
    assert visit.open == ["sign"], "all is read and paid: nobody is asked again"
    assert registry.account(visit.account_no).arrears == paid.arrears == 0
    visit.finish()
    assert visit.moved.outcome == "transferred"


def test_not_past_the_change_of_the_owner(known):
    visit = Visit(known["clean_sale"]).accept().papers().read().pay().sign().enter()
    assert "变更档案" in " ".join(names(visit, "review", SECOND))
    visit.fill("review", by=SECOND, review_result="agree")
    assert visit.open == ["deliver"]
    assert names(visit, "deliver") == []
    with pytest.raises(Refused):
        back(visit, "deliver", "accept")
