"""Case 17 by keyboard alone: an heir, a dead owner's arrears, nine persons; and a clean sale."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.conftest import House, OpenPage, violations

HEIR = {"new_name": "言若谷", "new_id_no": "430199190105061238", "new_phone": "19900001001"}
TASK = re.compile(r"/tasks/\d+$")
HERE = "document.activeElement"


class Hands:
    """A person who has a keyboard and no mouse."""

    def __init__(self, page: Page, shots: Path) -> None:
        self.page, self.shots = page, shots
        self.typed: list[str] = []
        self.pages: list[str] = []
        self.number = ""

    def reach(self, selector: str, most: int = 120) -> None:
        """Tab until the focus is there."""
        for _ in range(most):
            if self.page.evaluate(f"s => {HERE}.matches(s)", selector):
                return
            self.page.keyboard.press("Tab")
        self.page.screenshot(path=self.shots / "stuck.png", full_page=True)
        raise AssertionError(f"{selector} cannot be reached by Tab on {self.page.url}")

    def type(self, name: str, text: str) -> None:
        """Type into a field, over what stands there."""
        self.reach(f'[name="{name}"]')
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)
        self.typed.append(text)

    def show(self, why: str) -> None:
        """Everything whole, for a reason."""
        self.reach("details.look summary")
        self.page.keyboard.press("Enter")
        self.choose("_why", why)
        self.press("查看")

    def choose(self, name: str, value: str) -> None:
        """An option of a radio group or a list, by arrows."""
        self.reach(f'[name="{name}"]')
        for _ in range(12):
            if self.page.evaluate(f"{HERE}.value") == value and self._taken():
                break
            first = self.page.evaluate(f"{HERE}.type === 'radio' && {HERE}.value") == value
            self.page.keyboard.press("Space" if first else "ArrowDown")
        assert self.page.evaluate(f"{HERE}.value") == value, (name, value)
        self.page.wait_for_load_state("networkidle")

    def _taken(self) -> bool:
        return bool(self.page.evaluate(f"{HERE}.type !== 'radio' || {HERE}.checked"))

    def tick(self, name: str) -> None:
        """Tick a box."""
        self.reach(f'[name="{name}"]:not([type=hidden])')
        if not self.page.evaluate(f"{HERE}.checked"):
            self.page.keyboard.press("Space")
        self.page.wait_for_load_state("networkidle")

    def press(self, words: str) -> None:
        """A button or a link, by its words."""
        for _ in range(120):
            if words in self.page.evaluate(f"{HERE}.innerText || ''").strip()[:40] and (
                self.page.evaluate(f"{HERE}.matches('button, a, summary')")
            ):
                break
            self.page.keyboard.press("Tab")
        else:
            raise AssertionError(f"“{words}” cannot be reached by Tab on {self.page.url}")
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def look(self, name: str) -> None:
        """A picture, and what axe says."""
        self.page.screenshot(path=self.shots / f"{name}.png", full_page=True)
        assert violations(self.page) == [], name

    def see(self, name: str, way: tuple[str, ...], words: str) -> None:
        """Go by links to a page that says this."""
        for link in way:
            self.press(link)
        self.look(name)
        assert words in self.page.locator("main").inner_text()

    def hand_in(self, name: str) -> None:
        """Look at the page and send it."""
        self.look(name)
        self.pages.append(name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Control+Enter")
        assert self.page.locator("[data-errors]").count() == 0, self.page.locator(
            "[data-errors]"
        ).inner_text()

    def start(self, account: str) -> str:
        """From the tiles to the first step; gives the case number."""
        self.press("受理")
        self.press("水表过户")
        self.look("start")
        self.page.keyboard.type(account)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.look("found")
        self.press("为此户受理")
        self.page.wait_for_url(TASK)
        self.number = self.page.locator(".crumb a").inner_text()
        return self.number

    def group(self) -> None:
        """The list of one's group, by the bar and the tabs."""
        self.press("我的工作")
        self.press("本组")

    def open(self, number: str) -> Hands:
        """The open step of a case from the list of one's group."""
        self.group()
        self.look("worklist")
        self.reach(f'[aria-label="选中 {number}"]')
        self.press("认领")
        self.page.wait_for_url(TASK)
        return self

    def papers(self, states: tuple[str, ...]) -> None:
        """The list of papers."""
        for n, state in enumerate(states):
            self.choose(f"papers[{n}].state", state)
            if state != "missing":
                self.type(f"papers[{n}].pages", "1")
        self.choose("materials_decision", "by_list")


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
    archive.group()
    archive.look("13-archive-list")
    archive.press("认领")
    archive.page.wait_for_url(TASK)
    for n in range(archive.page.locator('[type=checkbox][name$=".present"]').count()):
        archive.tick(f"items[{n}].present")
        archive.type(f"items[{n}].pages", "2")
    archive.hand_in("14-volume")
    archive.type("place", "一库3柜2层")
    archive.choose("secrecy", "general")
    archive.choose("retention", "permanent")
    archive.hand_in("15-shelve")


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
    shelve(person("xushuyan"))


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
