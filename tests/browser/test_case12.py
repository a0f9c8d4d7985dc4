"""Case 12 in Chromium: a unit without licence and letter of authority is told, reminded, lapses."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import House, OpenPage, violations
from tests.printing.paper import Paper

LACKING = ("营业执照（统一社会信用代码证）", "授权委托书")
UNIT = {
    "uscc": "91430199MA4Q00016T", "applicant_name": "星蔓食品有限公司", "legal_rep": "段予安",
    "phone": "19900001002", "address": "城东区青禾路126号", "demand": "5", "calibre": "50",
    "agent_name": "何见微", "agent_id_no": "430199190208152044", "agent_phone": "19900001003",
}  # fmt: skip


def settled(page: Page) -> None:
    page.wait_for_load_state("networkidle")


def register(page: Page) -> str:
    """用水登记 of a unit by its agent, to the papers; gives the number of the case."""
    page.goto("/start/new_connection")
    page.locator("form[action$='/start/new_connection'] button").click()
    page.wait_for_url(re.compile(r"/tasks/\d+$"))
    for name, value in (("applicant_type", "unit"), ("category", "non_residential")):
        page.check(f"[name={name}][value={value}]")
        settled(page)
    page.check("[name=by_agent]:not([type=hidden])")
    settled(page)
    page.select_option("[name=region]", label="城东")
    for name, value in UNIT.items():
        page.fill(f"[name={name}]", value)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[name='papers[0].state']")
    return page.locator(".crumb a").inner_text()


def check(page: Page) -> None:
    """核验材料: two of them are not there."""
    for row in page.locator(".row-of").all():
        there = not any(title in row.inner_text() for title in LACKING)
        row.locator("[name$='.state']").select_option("original" if there else "missing")
        settled(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_have_text("补正登记")


def notice(page: Page) -> Paper:
    """补正告知书 as the clerk prints it; why one looks at a person is asked once."""
    page.locator("details.menu.up summary").click()
    link = page.get_by_role("link", name="打印补正告知书")
    with page.expect_popup() as opened:
        link.click()
    asked = opened.value
    asked.check("[name=_why][value=handle]")
    with asked.expect_response(re.compile(r"^[^?]+/prints/")) as made:
        asked.locator("main button[type=submit]").click()
    # Chromium shows the sheet in a viewer of its own; the bytes are the same once more.
    return Paper(page.context.request.get(made.value.url).body())


def tab(page: Page, number: str, name: str = "overview") -> str:
    """What a tab of the case's page says."""
    page.goto(f"/cases/{number}?tab={name}")
    return page.locator("main").inner_text()


def told(page: Page) -> None:
    """补正告知书 and the page: what is missing, until when, and that the clock stands."""
    expect(page.locator("aside .clock")).to_contain_text("暂停：补正登记")
    expect(page.locator("#fields")).to_contain_text("、".join(LACKING))
    assert violations(page) == []
    sheet = notice(page).text
    assert all(title in sheet for title in (*LACKING, UNIT["applicant_name"]))
    assert "不动产权证" not in sheet
    assert "10个工作日内）一次补齐" in sheet
    assert "补正期间办理时限暂停计算" in sheet


def test_case_12_papers_that_do_not_come(house: House, open_page: OpenPage, shots: Path) -> None:
    page = open_page("/work", login="linqi")
    number = register(page)
    check(page)
    page.screenshot(path=shots / "case12-supplement.png", full_page=True)
    told(page)
    waiting = tab(page, number)
    assert re.search(r"补正登记\n林栖 · 暂停：补正登记", waiting)
    assert re.search(r"自 .+ 起暂停，届时还剩", waiting)
    assert "补正告知书" in waiting
    assert "还没有给用户发过消息" in tab(page, number, "messages")

    house.later(number, 5)
    reminded = tab(page, number, "messages")
    assert "短信 199****1002" in reminded
    assert "补正材料提醒" in reminded
    house.later(number, 9)
    assert "暂停：补正登记" in tab(page, number)

    house.later(number, 10)
    assert "已办结：逾期失效" in tab(page, number)
    happened = tab(page, number, "timeline")
    page.screenshot(path=shots / "case12-timeline.png", full_page=True)
    assert "到时自动处理：补正提醒" in happened
    assert "到时自动处理：补正期满" in happened
    assert violations(page) == []
