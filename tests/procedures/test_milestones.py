"""The row of milestones: where the case stands, what it passed, what it never needed."""

from __future__ import annotations

from tests.procedures.visit import SECOND, Visit, milestones

ROW = ["受理", "材料核验", "特批", "水费清算", "签订合同", "变更档案", "复核", "交付"]


def states(visit):
    shown = milestones(visit)
    assert list(shown) == ROW
    return [shown[name] for name in ROW]


def test_a_sale_passes_them_in_order_and_never_the_approval(known):
    visit = Visit(known["clean_sale"])
    assert states(visit) == ["now", *["ahead"] * 7]
    visit.accept()
    assert states(visit) == ["done", "now", *["ahead"] * 6]
    visit.papers()
    # Within a called procedure the case stands at the call
    assert states(visit) == ["done", "done", "ahead", "now", *["ahead"] * 4]
    visit.read().pay()
    assert states(visit) == ["done", "done", "ahead", "done", "now", *["ahead"] * 3]
    visit.finish()
    assert states(visit) == ["done", "done", "ahead", *["done"] * 5]


def test_who_is_sent_back_stands_at_the_beginning_again(known):
    visit = Visit(known["clean_sale"]).accept(reason="court_auction").papers()
    assert states(visit)[:4] == ["done", "done", "now", "ahead"]
    visit.fill("approve", by=SECOND, decision="return", opinion="请补买受人电话")
    assert states(visit) == ["now", *["ahead"] * 7]


def test_a_refund_that_finance_decides_belongs_to_the_settlement(known):
    visit = Visit(known["credit_balance"]).accept().papers().read(used=0)
    visit.fill(
        "balance",
        balance_way="refund",
        refund_name="周禾清",
        refund_account="62220000000001",
        balance_agreed=True,
    )
    assert visit.open == ["approve"]
    assert states(visit)[2:4] == ["ahead", "now"]
