"""Ways through a transfer that are rare, each to its end."""

from __future__ import annotations

from io import BytesIO

import pytest

from app import attachments, registry
from tests.procedures.steps import NEW_OWNER, UNIT
from tests.procedures.visit import CLERK, SECOND, Visit, person

AGENT = {
    "by_agent": True,
    "agent_name": "何见微",
    "agent_id_no": "430199190208152044",
    "agent_phone": "19900001003",
}
LANDLINE = {**NEW_OWNER, "new_phone": "0731-96000123"}
PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 9 + b"\0\0\0\0IEND\xaeB`\x82"


def test_a_unit_by_an_agent_buys_at_a_court_auction_from_an_owner_who_is_gone(known):
    number = known["clean_sale"]
    visit = Visit(number).accept(
        UNIT, reason="court_auction", old_owner="unreachable", title_status="contract", **AGENT
    )
    titles = {row["title"] for row in visit.page("check").scope["papers"]}
    assert {"法院裁定书和协助执行通知书", "原户主无法到场的证明", "授权委托书"} <= titles
    visit.papers(missing=("原户主无法到场的证明",))
    summary = visit.page("approve").scope["summary"]
    assert "法院拍卖" in summary
    assert "原户主无法到场的证明" in summary
    visit.fill("approve", by=SECOND, decision="agree", opinion="裁定书齐全")
    visit.read().pay().finish(UNIT, signed_by_agent="yes")
    after = registry.account(number)
    running = [c for c in registry.contracts([number]) if c.state == "running"]
    assert visit.moved.outcome == "transferred"
    assert (after.owner.type, after.name_on_bill) == ("unit", UNIT["new_name"])
    assert [(c.signer, c.agent) for c in running] == [(UNIT["new_name"], "何见微")]


@pytest.mark.parametrize("who", [NEW_OWNER, UNIT])
def test_a_developer_hands_over_to_a_person_or_a_unit(known, who):
    number = known["unit"] if who is NEW_OWNER else known["clean_sale"]
    visit = Visit(number).accept(who, reason="first_transfer").papers().read().pay().finish(who)
    assert visit.moved.outcome == "transferred"
    assert registry.account(number).owner.type == who["applicant_type"]


def test_without_a_mobile_people_call_three_times_and_then_put_up_a_notice(known):
    visit = Visit(known["clean_sale"]).accept(LANDLINE).papers(missing=("不动产权证",))
    visit.later(days=30)
    for _ in range(3):
        visit.fill("contact", contact_result="no_answer")
    photo = attachments.upload(BytesIO(PNG), "门.png", by=CLERK).id
    visit.fill("letter", letter_way="notice", letter_photo=[photo])
    assert visit.moved.outcome == "lapsed"
    assert {m.kind: m.file_ids for m in registry.materials(visit.number)}["letter_photo"] == (
        photo,
    )


def test_a_site_check_that_differs_needs_the_director_who_may_say_no(known):
    visit = Visit(known["clean_sale"]).accept(address_matches="no").papers()
    region = registry.account(known["clean_sale"]).region
    reader = person(9104, "褚向南", f"meter_reader:{region}", region=region)
    visit.fill("site_check", by=reader, site_result="differs", site_note="门牌是 13 号")
    assert "门牌是 13 号" in visit.page("approve").scope["summary"]
    visit.fill("approve", by=SECOND, decision="reject", opinion="不是同一户")
    visit.fill("tell_refusal", told_how="in_person")
    assert visit.moved.outcome == "refused"
    assert registry.account(known["clean_sale"]).lock is None
