"""Case 11 by keyboard alone: a home gets water, twelve persons, each from a list of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from app.work import now
from app.worktime import SHANGHAI
from tests.browser.conftest import House, OpenPage
from tests.browser.hands import Hands
from tests.browser.test_case17 import shelve

OWNER = {"id_no": "430199190105061238", "applicant_name": "言若谷", "phone": "19900001001"}
ADDRESS = "城东区青禾路96号2单元301"
# Of those that lie in the demo's store of 城东.
METER, SEAL = "LJ3120019", "S1-00019"
Person = Callable[[str], Hands]


def apply(clerk: Hands) -> str:
    """用水登记, 核验, 受理进窗; gives the case number."""
    clerk.press("受理")
    clerk.press("用水报装")
    clerk.look("01-start")
    clerk.press("开始受理")
    number = clerk.begun()
    for name, text in OWNER.items():
        clerk.type(name, text)
    clerk.choose("region", "城东")
    clerk.type("address", ADDRESS)
    clerk.hand_in("02-register")
    for n in range(clerk.page.locator('select[name$=".state"]').count()):
        clerk.choose(f"papers[{n}].state", "original")
    clerk.hand_in("03-papers")
    clerk.tick("receipt_given")
    clerk.hand_in("04-accept")
    return number


def clock(days: int) -> str:
    """Now, or so many days later, as one types it."""
    return f"{(now() + timedelta(days=days)).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def survey(designer: Hands) -> None:
    """设计委托·现场查勘: no outside pipe, for nothing."""
    designer.type("appointment", clock(0))
    designer.type("pressure", "0.28 MPa")
    designer.type("main_ref", "DN200 球墨铸铁管，距 12 m")
    designer.type("meter_position", "楼道管井")
    designer.choose("feasibility", "no_outside_pipe")
    designer.type("scheme_text", "由楼道管井接入，表后阀在户内")
    designer.type("budget", "0")
    designer.hand_in("05-survey")


def to_contract(number: str, person: Person) -> None:
    """What the customer says, and the contract."""
    clerk = person("linqi").open(number)
    clerk.choose("answer", "agree")
    clerk.hand_in("06-answer")
    contracts = person("qinshuyan").open(number)
    contracts.tick("contract_read")
    contracts.tick("contract_signed")
    contracts.hand_in("07-contract")


def to_meter(number: str, person: Person) -> None:
    """Numbers, then the meter over the counter of the store."""
    entry = person("qiaozhiwei").open(number)
    entry.type("book", "0901")
    entry.hand_in("08-numbers")
    store = person("sumu").open(number)
    store.choose("slip_result", "match")
    store.hand_in("09-slip")
    store.type("picked[0].serial", METER)
    store.type("picked[0].plastic", SEAL)
    store.hand_in("10-pick")
    fitter = person("dingwangshu").open(number)
    fitter.choose("sign_result", "received")
    fitter.hand_in("11-receive")
    fitter.hand_in("12-build")


def accept_works(number: str, person: Person) -> None:
    """水表验收, with the opinions of those who built and who will read."""
    engineer = person("guheng").open(number)
    engineer.type("visit_at", clock(1))
    engineer.hand_in("13-book")
    engineer.tick("rows[0].serial_same")
    engineer.choose("rows[0].door_match", "pass")
    engineer.type("rows[0].start_reading", "0")
    engineer.choose("rows[0].result", "pass")
    for n in range(engineer.page.locator('[name^="works["][name$=".result"]').count()):
        engineer.choose(f"works[{n}].result", "pass")
    engineer.hand_in("14-inspect")
    fitter = person("dingwangshu").open(number)
    fitter.choose("installer_opinion", "agree")
    fitter.hand_in("15-installer")
    branch = person("chuxiangnan").open(number)
    branch.choose("branch_opinion", "agree")
    branch.hand_in("16-branch")
    engineer.open(number)
    engineer.tick("parties_signed")
    engineer.hand_in("17-sign")


def to_water(number: str, person: Person) -> None:
    """Entry, the second person, the first reading."""
    entry = person("qiaozhiwei").open(number)
    entry.tick("entry_checked")
    entry.hand_in("18-entry")
    second = person("chengyuan").open(number)
    second.choose("review_result", "agree")
    second.hand_in("19-review")
    branch = person("chuxiangnan").open(number)
    branch.type("reader", "褚向南")
    branch.hand_in("20-water")


def call_back(agent: Hands) -> None:
    """回访: satisfied."""
    agent.choose("contact_result", "reached")
    agent.choose("is_satisfied", "yes")
    agent.choose("rating", "5")
    agent.choose("promise_kept", "yes")
    agent.choose("attitude", "good")
    agent.hand_in("21-call")


def hidden(stranger: Page, step: Hands) -> None:
    """Whoever serves another region meets the case nowhere: no list, no search, no address."""
    number, there = step.number, urlsplit(step.page.url).path
    for tab in ("mine", "group", "overdue", "waiting"):
        stranger.goto(f"/work?tab={tab}")
        assert number not in stranger.content()
    stranger.goto("/cases")
    assert number not in stranger.content()
    for words in (number, ADDRESS, OWNER["applicant_name"], OWNER["phone"]):
        stranger.fill("#find", words)
        stranger.press("#find", "Enter")
        stranger.wait_for_url("**/find")
        assert f"/cases/{number}" not in stranger.content()
    for address in (f"/cases/{number}", there):
        answer = stranger.goto(address)
        assert answer
        assert answer.status == 403
        assert OWNER["applicant_name"][0] not in stranger.locator("main").inner_text()


def seen_at_last(clerk: Hands, number: str) -> None:
    """What the case came to, on the pages of case, account and meter."""
    clerk.see("22-case", ("案件", number), "报装办结")
    clerk.see("23-timeline", ("经过",), "立户")
    account = clerk.page.locator("aside").inner_text().split("户号")[1].split()[0]
    clerk.press("用户")
    clerk.reach("#q")
    clerk.page.keyboard.type(account)
    with clerk.page.expect_navigation():
        clerk.page.keyboard.press("Enter")
    clerk.see("24-account", (account,), "JS-CD-0901-")
    said = clerk.page.locator("main").inner_text()
    assert METER in said
    assert "言**" in said


@pytest.mark.usefixtures("worker")
def test_case_11_from_the_window_to_the_tap(house: House, open_page: OpenPage, shots: Path) -> None:
    here: dict[str, Hands] = {}

    def person(login: str) -> Hands:
        if login not in here:
            here[login] = Hands(open_page("/work", login=login), shots)
        return here[login]

    number = apply(person("linqi"))
    designer = person("heqingchuan")
    designer.group()
    designer.look("worklist")
    designer.open(number)
    stranger = open_page("/work", login="jiangzhaoye")
    hidden(stranger, designer)
    survey(designer)
    to_contract(number, person)
    to_meter(number, person)
    accept_works(number, person)
    to_water(number, person)
    hidden(stranger, person("hejianwei").open(number))
    call_back(person("hejianwei"))
    seen_at_last(person("linqi"), number)
    archive = person("xushuyan")
    shelve(archive.open(archive.find(ADDRESS)))
    archive.see("25-archive", ("案件", number, "经过"), "档案号 LJGS-")
