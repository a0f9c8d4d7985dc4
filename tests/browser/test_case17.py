"""Case 17 by keyboard alone: an heir, a dead owner's arrears, nine persons; and a clean sale."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.browser.conftest import House, OpenPage
from tests.browser.hands import Hands

HEIR = {"new_name": "言若谷", "new_id_no": "430199190105061238", "new_phone": "19900001001"}


def accept(hands: Hands, reason: str, old_owner: str, title: str) -> None:
    """受理 of a person who comes in person."""
    hands.choose("reason", reason)
    hands.choose("old_owner", old_owner)
    hands.type("new_name", HEIR["new_name"])
    hands.choose("new_id_type", "resident_id")
    for name in ("new_id_no", "new_phone"):
        hands.type(name, HEIR[name])
    hands.type("household_size", "4")
    hands.choose("title_status", title)


LAST = (
    "document.querySelector('#fields').innerText.match(/上次抄见 *([\\d,]+)/)[1].replace(',', '')"
)


def visit(clerk: Hands, director: Hands) -> None:
    """The counter, the approval and the settlement of case 17."""
    accept(clerk, "inheritance", "deceased", "none")
    clerk.hand_in("01-accept")
    clerk.papers(("original", "missing", "original", "missing"))
    clerk.hand_in("02-papers")
    director.group()
    director.look("worklist")
    director.open(clerk.number)
    director.choose("decision", "agree")
    director.type("opinion", "公证书齐全，同意")
    director.hand_in("03-approval")
    clerk.open(clerk.number)
    assert "¥192.22" in clerk.page.locator("aside").inner_text()
    settle(clerk, "new_owner", "new_owner")
    clerk.tick("statement_signed")
    clerk.hand_in("04-settle")


def settle(clerk: Hands, confirmed: str, payer: str) -> None:
    """The reading of today is that of last time."""
    clerk.choose("reading_source", "agreed")
    clerk.type("reading", clerk.page.evaluate(LAST))
    clerk.choose("confirmed_by", confirmed)
    clerk.choose("settle_way", payer)


def back_office(number: str, person: Callable[[str], Hands], *, pays: bool = True) -> None:
    """Payment, contract, data entry, review."""
    if pays:
        cashier = person("liuwensheng").open(number)
        cashier.choose("received", "yes")
        cashier.choose("method", "cash")
        cashier.hand_in("05-payment")
    contracts = person("qinshuyan").open(number)
    contracts.tick("contract_read")
    contracts.tick("contract_signed")
    contracts.hand_in("06-contract")
    entry = person("qiaozhiwei").open(number)
    entry.tick("entry_checked")
    entry.hand_in("07-entry")
    review = person("chengyuan").open(number)
    if pays:
        assert HEIR["new_id_no"] not in review.page.content()
        review.show("verify")
        assert HEIR["new_id_no"] in review.page.content()
    review.choose("review_result", "agree")
    review.hand_in("08-review")


def deliver(clerk: Hands) -> None:
    """交付 to the new owner in person."""
    clerk.open(clerk.number)
    clerk.choose("delivered_to", "owner")
    clerk.tick("receipt_signed")
    clerk.hand_in("09-deliver")


def shelve(archive: Hands) -> None:
    """The archive case: what is in the volume, then where it stands."""
    for n in range(archive.page.locator('[type=checkbox][name$=".present"]').count()):
        archive.tick(f"items[{n}].present")
        archive.type(f"items[{n}].pages", "2")
    archive.hand_in("archive-volume")
    archive.type("place", "一库3柜2层")
    archive.choose("secrecy", "general")
    archive.choose("retention", "permanent")
    archive.hand_in("archive-shelve")


def test_case_17_from_the_counter_to_the_archive(
    house: House, open_page: OpenPage, shots: Path
) -> None:
    def person(login: str) -> Hands:
        return Hands(open_page("/work", login=login), shots)

    clerk, account = person("linqi"), house.known["case17"]
    number = clerk.start(account)
    visit(clerk, person("shenzhijie"))
    back_office(number, person)
    deliver(clerk)
    clerk.see("10-case", ("案件", number), "过户完成")
    clerk.see("11-timeline", ("经过",), "变更户主")
    clerk.see("16-why", ("为何到此",), "决策表")
    clerk.press("流程图")
    clerk.page.wait_for_selector("[data-drawing][data-ready]")
    clerk.look("17-diagram")
    assert clerk.page.locator(".was-here").count() > 10
    assert clerk.page.locator(".bjs-powered-by").is_visible()
    clerk.press("用户")
    clerk.reach("#q")
    clerk.page.keyboard.type(account)
    with clerk.page.expect_navigation():
        clerk.page.keyboard.press("Enter")
    clerk.see("12-account", (account,), "言**")
    archive = person("xushuyan")
    shelve(archive.open(archive.find("建档归档")))


def test_a_clean_sale_takes_nine_pages_at_most_and_nothing_twice(
    house: House, open_page: OpenPage, shots: Path
) -> None:
    everyone: list[Hands] = []

    def person(login: str) -> Hands:
        everyone.append(Hands(open_page("/work", login=login), shots / "sale"))
        return everyone[-1]

    (shots / "sale").mkdir(exist_ok=True)
    clerk = person("linqi")
    number = clerk.start(house.account()["no"])
    accept(clerk, "sale", "present", "titled")
    clerk.hand_in("01-accept")
    clerk.papers(("original",) * 3)
    clerk.hand_in("02-papers")
    settle(clerk, "both", "old_owner")
    clerk.hand_in("04-settle")
    back_office(number, person, pays=False)
    deliver(clerk)
    pages = [page for one in everyone for page in one.pages]
    typed = [text for one in everyone for text in one.typed if len(text) > 1]
    assert len(pages) <= 9
    assert sorted(typed) == sorted(set(typed))
