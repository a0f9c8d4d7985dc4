"""Case 11 in Chromium: a home is connected, each step by the person whose it is."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from app.registry.demo import seal_no, serial
from tests.browser.conftest import House, OpenPage
from tests.browser.test_case17 import TASK, Hands

APPLICATION = {
    "kind": "permanent", "applicant_type": "person", "id_type": "resident_id",
    "id_no": "430199190105061238", "applicant_name": "言若谷", "phone": "19900001001",
    "region": "城东", "address": "城东区青禾路88号2单元301", "category": "residential",
    "title_status": "titled", "demand": "1", "calibre": "20", "meters": "1", "floors": "6",
}  # fmt: skip
SCHEME = {
    "appointment": "2026-12-01T09:00", "pressure": "0.28 MPa", "main_ref": "DN200",
    "meter_position": "楼道管井", "feasibility": "no_outside_pipe", "supply_kind": "none",
    "calibre": "20", "meters": "1", "scheme_text": "由楼道管井接入", "budget": "0",
}  # fmt: skip


def put(page: Page, name: str, value: str) -> None:
    """Fill a field as its kind wants it."""
    field = page.locator(f'[name="{name}"]:not([type=hidden])')
    kind = field.first.evaluate("e => e.type")
    if kind == "radio":
        page.locator(f'[name="{name}"][value="{value}"]').check()
    elif kind == "checkbox":
        field.first.check()
    elif kind.startswith("select"):
        field.first.select_option(value)
    else:
        field.first.fill(value)
    page.wait_for_load_state("networkidle")


def cell(page: Page, name: str, n: int, **values: str) -> None:
    """Fill a row of a page of rows and leave it."""
    page.wait_for_selector("[data-sheet][data-whole]")
    for column, value in values.items():
        field = page.locator(f'[id="{name}[{n}].{column}"]')
        if field.evaluate("e => e.type") == "checkbox":
            field.check()
        elif field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.keyboard.press("Tab")
    expect(page.locator("[data-sheet-sent]")).to_have_attribute("data-is", "sent")


class Office:
    """The persons of one case, each at a browser of their own."""

    def __init__(self, open_page: OpenPage, shots: Path) -> None:
        self.open_page, self.shots = open_page, shots
        self.hands: dict[str, Hands] = {}
        self.number = ""

    def who(self, login: str) -> Hands:
        """That person's hands, signed in the first time."""
        if login not in self.hands:
            self.hands[login] = Hands(self.open_page("/work", login=login), self.shots)
        return self.hands[login]

    def do(self, login: str, name: str, **answers: str) -> Hands:
        """Open the case's step, fill it, hand it in."""
        hands = self.who(login)
        if not TASK.search(hands.page.url):
            hands.open(self.number)
        for field, value in answers.items():
            put(hands.page, field, value)
        hands.hand_in(name)
        return hands

    def begin(self, login: str) -> Hands:
        """Take a new connection in."""
        hands = self.who(login)
        hands.press("受理")
        hands.press("用水报装")
        hands.look("start-direct")
        hands.press("开始受理")
        self.number = hands.page.locator(".crumb a").inner_text()
        return hands


def test_case_11_from_the_window_to_the_tap(house: House, open_page: OpenPage, shots: Path) -> None:
    office = Office(open_page, shots)
    clerk = office.begin("linqi")
    office.do("linqi", "c11-01-register", **APPLICATION)
    for n in range(clerk.page.locator('select[name$=".state"]').count()):
        put(clerk.page, f"papers[{n}].state", "original")
        put(clerk.page, f"papers[{n}].pages", "1")
    office.do("linqi", "c11-02-papers", materials_decision="by_list")
    office.do("linqi", "c11-03-accept", price_code="resident", receipt_given="yes")
    office.do("heqingchuan", "c11-04-survey", **SCHEME)
    office.do("linqi", "c11-05-answer", answer="agree", answered_by="phone")
    office.do("qinshuyan", "c11-06-contract", contract_read="yes", contract_signed="yes")
    office.do("qiaozhiwei", "c11-07-numbers", book="0901")
    office.do("sumu", "c11-08-slip", slip_result="match")
    cell(
        office.who("sumu").page, "picked", 0,
        serial=serial("城东", 20, 1), plastic=seal_no("城东", "plastic", 1),
    )  # fmt: skip
    office.do("sumu", "c11-09-pick")
    office.do("dingwangshu", "c11-10-sign", sign_result="received", receiver_kind="self")
    assert house
